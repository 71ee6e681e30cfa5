#include "pipeline/ingest/balance.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tarifa
{
namespace
{

constexpr std::size_t tally_numbers = 6;

void append(std::vector<std::int64_t>& to, Int128 value)
{
  to.push_back(static_cast<std::int64_t>(value >> 32));
  to.push_back(static_cast<std::int64_t>(value & 0xFFFFFFFF));
}

Int128 wide(std::int64_t high, std::int64_t low)
{
  return (static_cast<Int128>(high) << 32) + low;
}

void append(std::vector<std::int64_t>& to, Tally const& tally)
{
  to.insert(to.end(), {tally.bytes, tally.lines, tally.records, tally.without_value});
  append(to, tally.value);
}

Tally tally_of(std::int64_t const* from)
{
  return {from[0], from[1], from[2], wide(from[4], from[5]), from[3]};
}

std::string row(std::string_view name, Tally const& tally, ColumnSchema const* value)
{
  std::string text = fmt::format("{:<28}{:>18}{:>16}", name, decimal_text(tally.bytes, 0, Grouping::commas),
                                 decimal_text(tally.records, 0, Grouping::commas));
  if (value != nullptr)
  {
    text += fmt::format("{:>28} {}", decimal_text(tally.value, value->scale, Grouping::commas), value->unit);
  }
  return text + "\n";
}

}  // namespace

Tally& Tally::operator+=(Tally const& other) noexcept
{
  bytes += other.bytes;
  lines += other.lines;
  records += other.records;
  value += other.value;
  without_value += other.without_value;
  return *this;
}

Tally Tally::operator-(Tally const& other) const noexcept
{
  return {bytes - other.bytes, lines - other.lines, records - other.records, value - other.value,
          without_value - other.without_value};
}

bool Tally::is_zero() const noexcept
{
  return *this == Tally{};
}

BalanceSheet& BalanceSheet::operator+=(BalanceSheet const& other)
{
  rejected.resize(std::max(rejected.size(), other.rejected.size()));
  for (std::size_t reason = 0; reason < other.rejected.size(); ++reason)
  {
    rejected[reason] += other.rejected[reason];
  }
  read += other.read;
  header += other.header;
  blank += other.blank;
  kept += other.kept;
  filtered += other.filtered;
  duplicate += other.duplicate;
  superseded += other.superseded;
  rounding += other.rounding;
  rounded += other.rounded;
  return *this;
}

Tally BalanceSheet::rejected_total() const
{
  Tally total;
  for (Tally const& tally : rejected)
  {
    total += tally;
  }
  return total;
}

Tally BalanceSheet::difference() const
{
  Tally rest = read;
  for (Tally const& part : {header, blank, kept, filtered, duplicate, superseded, rejected_total()})
  {
    rest = rest - part;
  }
  return rest;
}

std::vector<std::int64_t> BalanceSheet::numbers() const
{
  std::vector<std::int64_t> all;
  for (Tally const& part : {read, header, blank, kept, filtered, duplicate, superseded})
  {
    append(all, part);
  }
  append(all, rounding);
  all.push_back(rounded);
  for (Tally const& tally : rejected)
  {
    append(all, tally);
  }
  return all;
}

void BalanceSheet::set_numbers(std::span<std::int64_t const> numbers)
{
  std::int64_t const* at = numbers.data();
  for (Tally* part : {&read, &header, &blank, &kept, &filtered, &duplicate, &superseded})
  {
    *part = tally_of(at);
    at += tally_numbers;
  }
  rounding = wide(at[0], at[1]);
  rounded = at[2];
  at += 3;
  for (Tally& tally : rejected)
  {
    tally = tally_of(at);
    at += tally_numbers;
  }
}

std::string balance_text(BalanceSheet const& sheet, std::string_view title, Reasons const& reasons,
                         ColumnSchema const* value)
{
  std::string text = fmt::format("{:<28}{:>18}{:>16}", title, "bytes", "records");
  text += value != nullptr ? fmt::format("{:>28}\n", value->name) : "\n";
  text += row("read", sheet.read, value);
  text += row("header and blank lines", {sheet.header.bytes + sheet.blank.bytes, 0, 0, 0, 0}, value);
  text += row("kept", sheet.kept, value);
  text += row("rejected", sheet.rejected_total(), value);
  for (std::size_t reason = 0; reason < sheet.rejected.size(); ++reason)
  {
    if (sheet.rejected[reason].records > 0)
    {
      text += row("  " + reasons.text(static_cast<Reasons::Id>(reason)), sheet.rejected[reason], value);
    }
  }
  text += row("duplicate", sheet.duplicate, value);
  text += row("superseded", sheet.superseded, value);
  text += row("filtered", sheet.filtered, value);
  std::string last = row("difference", sheet.difference(), value);
  last.pop_back();
  text += last + (sheet.balances() ? "   balance ok\n" : "   DOES NOT BALANCE\n");
  if (sheet.rounded > 0 && value != nullptr)
  {
    text += fmt::format("rounding: {} values had more than {} decimal places; given minus kept {} {}\n",
                        decimal_text(sheet.rounded, 0, Grouping::commas), value->scale,
                        decimal_text(sheet.rounding, value->scale + 12, Grouping::none), value->unit);
  }
  return text;
}

nlohmann::ordered_json balance_json(BalanceSheet const& sheet, Reasons const& reasons)
{
  auto const line = [](Tally const& tally)
  {
    return nlohmann::ordered_json{{"bytes", tally.bytes},
                                  {"lines", tally.lines},
                                  {"records", tally.records},
                                  {"value", decimal_text(tally.value, 0, Grouping::none)},
                                  {"without_value", tally.without_value}};
  };
  nlohmann::ordered_json json{{"file", sheet.file},
                              {"read", line(sheet.read)},
                              {"header", line(sheet.header)},
                              {"blank", line(sheet.blank)},
                              {"kept", line(sheet.kept)},
                              {"filtered", line(sheet.filtered)},
                              {"duplicate", line(sheet.duplicate)},
                              {"superseded", line(sheet.superseded)}};
  for (std::size_t reason = 0; reason < sheet.rejected.size(); ++reason)
  {
    if (sheet.rejected[reason].records > 0)
    {
      json["rejected"][reasons.text(static_cast<Reasons::Id>(reason))] = line(sheet.rejected[reason]);
    }
  }
  json["rounded"] = sheet.rounded;
  json["rounding"] = decimal_text(sheet.rounding, 0, Grouping::none);
  return json;
}

std::string decimal_text(Int128 value, int scale, Grouping grouping)
{
  bool const negative = value < 0;
  auto rest = negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::string reversed;
  int digits = 0;
  while (rest > 0 || digits <= scale)
  {
    if (scale > 0 && digits == scale)
    {
      reversed += '.';
    }
    int const whole = digits - scale;
    if (grouping == Grouping::commas && whole > 0 && whole % 3 == 0)
    {
      reversed += ',';
    }
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    ++digits;
  }
  if (negative)
  {
    reversed += '-';
  }
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

}  // namespace tarifa
