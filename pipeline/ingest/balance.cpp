#include "pipeline/ingest/balance.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "pipeline/run/decimal_text.hpp"

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

/// Titles and reasons may be longer than this; then all lines of a sheet have the width of the longest.
constexpr std::size_t name_width = 28;

std::string row(std::string_view name, std::size_t width, Tally const& tally, ColumnSchema const* value)
{
  std::string text =
      fmt::format("{:<{}}{:>18}{:>16}", name, width, decimal_text(tally.bytes, 0, Grouping::commas),
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
  earlier += other.earlier;
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
  for (Tally const& part : {read, header, blank, kept, filtered, duplicate, superseded, earlier})
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
  for (Tally* part : {&read, &header, &blank, &kept, &filtered, &duplicate, &superseded, &earlier})
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
  std::vector<std::pair<std::string, Tally>> lines = {
      {"read", sheet.read},
      {"header and blank lines", {sheet.header.bytes + sheet.blank.bytes, 0, 0, 0, 0}},
      {"kept", sheet.kept},
      {"rejected", sheet.rejected_total()}};
  for (std::size_t reason = 0; reason < sheet.rejected.size(); ++reason)
  {
    if (sheet.rejected[reason].records > 0)
    {
      lines.emplace_back("  " + reasons.text(static_cast<Reasons::Id>(reason)), sheet.rejected[reason]);
    }
  }
  lines.insert(lines.end(), {{"duplicate", sheet.duplicate},
                             {"superseded", sheet.superseded},
                             {"filtered", sheet.filtered},
                             {"difference", sheet.difference()}});
  std::size_t width = std::max(name_width, title.size());
  for (auto const& [name, tally] : lines)
  {
    width = std::max(width, name.size());
  }
  std::string text = fmt::format("{:<{}}{:>18}{:>16}", title, width, "bytes", "records");
  text += value != nullptr ? fmt::format("{:>28}\n", value->name) : "\n";
  for (auto const& [name, tally] : lines)
  {
    text += row(name, width, tally, value);
  }
  text.pop_back();
  text += sheet.balances() ? "   balance ok\n" : "   DOES NOT BALANCE\n";
  if (sheet.earlier.records > 0)
  {
    text += row("earlier rows superseded", width, sheet.earlier, value);
  }
  if (sheet.rounded > 0 && value != nullptr)
  {
    text += fmt::format("rounding: {} values had more than {} decimal places; given minus kept {} {}\n",
                        decimal_text(sheet.rounded, 0, Grouping::commas), value->scale,
                        decimal_text(sheet.rounding, value->scale + 12, Grouping::none), value->unit);
  }
  return text;
}

std::string balance_lines(std::span<BalanceSheet const> sheets)
{
  std::vector<std::array<std::string, 6>> lines = {
      {"records of", "read", "kept", "rejected", "duplicate", "superseded and filtered"}};
  std::array<std::size_t, 6> width{};
  for (BalanceSheet const& sheet : sheets)
  {
    auto const count = [](std::int64_t records) { return decimal_text(records, 0, Grouping::commas); };
    lines.push_back({sheet.file, count(sheet.read.records), count(sheet.kept.records),
                     count(sheet.rejected_total().records), count(sheet.duplicate.records),
                     count(sheet.superseded.records + sheet.filtered.records)});
  }
  for (auto const& line : lines)
  {
    for (std::size_t c = 0; c < line.size(); ++c)
    {
      width[c] = std::max(width[c], line[c].size());
    }
  }
  std::string text;
  for (std::size_t l = 0; l < lines.size(); ++l)
  {
    text += fmt::format("{:<{}}", lines[l][0], std::max(name_width, width[0]));
    for (std::size_t c = 1; c < width.size(); ++c)
    {
      text += fmt::format("{:>{}}", lines[l][c], std::max<std::size_t>(width[c] + 2, 12));
    }
    text += l == 0 ? "\n" : sheets[l - 1].balances() ? "   ok\n" : "   DOES NOT BALANCE\n";
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
                              {"superseded", line(sheet.superseded)},
                              {"earlier_superseded", line(sheet.earlier)}};
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

}  // namespace tarifa
