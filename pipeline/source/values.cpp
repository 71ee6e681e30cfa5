#include "pipeline/source/values.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "pipeline/source/ini.hpp"

namespace tarifa
{
namespace
{

[[noreturn]] void refuse(std::string_view text, std::string_view reason)
{
  throw Error(Fault::usage, "'" + std::string(text) + "' " + std::string(reason));
}

/// Position one past the closing quote of text that begins with a quote; npos when it stays open.
std::size_t end_of_quoted(std::string_view text)
{
  for (std::size_t i = 1; i < text.size(); ++i)
  {
    if (text[i] == '"' && (i + 1 == text.size() || text[i + 1] != '"'))
    {
      return i + 1;
    }
    i += text[i] == '"' ? 1 : 0;
  }
  return std::string_view::npos;
}

std::string without_quotes(std::string_view quoted)
{
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i)
  {
    text += quoted[i];
    i += quoted[i] == '"' ? 1 : 0;
  }
  return text;
}

/// Dates of "(from..to)", either end open.
void read_dates(std::string_view parentheses, ListItem& item)
{
  std::string_view const inside = parentheses.substr(1, parentheses.size() - 2);
  std::size_t const dots = inside.find("..");
  std::string_view const from = trimmed(inside.substr(0, dots));
  std::string_view const to = trimmed(inside.substr(dots + 2));
  if (!from.empty())
  {
    item.from = iso_date(from);
  }
  if (!to.empty())
  {
    item.to = iso_date(to);
  }
  if (item.from && item.to && *item.from > *item.to)
  {
    refuse(parentheses, "ends before it begins");
  }
}

bool holds_dates(std::string_view text)
{
  return text.size() >= 4 && text.front() == '(' && text.back() == ')'
         && text.find("..") != std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> cut_list(std::string_view text, std::string_view separators)
{
  std::vector<std::string_view> pieces;
  while (true)
  {
    text = trimmed(text);
    std::size_t const quoted = text.starts_with('"') ? end_of_quoted(text) : 0;
    std::size_t const end =
        quoted == std::string_view::npos ? quoted : text.find_first_of(separators, quoted);
    pieces.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos)
    {
      return pieces;
    }
    text.remove_prefix(end + 1);
  }
}

ListItem list_item(std::string_view piece, ItemDates dates)
{
  ListItem item;
  std::string_view rest;
  if (piece.starts_with('"'))
  {
    std::size_t const end = end_of_quoted(piece);
    if (end == std::string_view::npos)
    {
      refuse(piece, "has no closing quote");
    }
    item.text = without_quotes(piece.substr(0, end));
    rest = trimmed(piece.substr(end));
  }
  else
  {
    std::size_t const open = dates == ItemDates::none ? std::string_view::npos : piece.rfind('(');
    bool const dated = open != std::string_view::npos && holds_dates(piece.substr(open));
    item.text = trimmed(piece.substr(0, dated ? open : piece.size()));
    rest = dated ? piece.substr(open) : std::string_view{};
  }
  if (!rest.empty() && (dates == ItemDates::none || !holds_dates(rest)))
  {
    refuse(rest, "follows a closing quote");
  }
  if (!rest.empty())
  {
    read_dates(rest, item);
  }
  return item;
}

std::vector<ListItem> list_items(std::string_view text, std::string_view separators, ItemDates dates)
{
  std::vector<std::string_view> pieces = cut_list(text, separators);
  if (pieces.size() > 1 && pieces.back().empty())
  {
    pieces.pop_back();
  }
  std::vector<ListItem> items;
  for (std::string_view const piece : pieces)
  {
    items.push_back(list_item(piece, dates));
    if (items.back().text.empty())
    {
      throw Error(Fault::usage, "the list has an empty item");
    }
  }
  auto const key = [](ListItem const& item) { return std::tie(item.text, item.from, item.to); };
  std::vector<ListItem> sorted = items;
  std::sort(sorted.begin(), sorted.end(), [&](auto const& a, auto const& b) { return key(a) < key(b); });
  auto const twice = std::adjacent_find(sorted.begin(), sorted.end(),
                                        [&](auto const& a, auto const& b) { return key(a) == key(b); });
  if (twice != sorted.end())
  {
    refuse(twice->text, "stands twice in the list");
  }
  return items;
}

std::vector<std::string> list_of_texts(std::string_view text)
{
  std::vector<std::string> texts;
  for (ListItem& item : list_items(text, ",;", ItemDates::none))
  {
    texts.push_back(std::move(item.text));
  }
  return texts;
}

std::vector<std::pair<std::string, std::string>> replacements(std::string_view text)
{
  std::vector<std::pair<std::string, std::string>> map;
  std::set<std::string> seen;
  for (std::string_view const piece : cut_list(text, ";"))
  {
    std::vector<std::string_view> const sides = cut_list(piece, "=");
    if (sides.size() != 2 || sides[0].empty())
    {
      refuse(piece, "is not written TEXT=VALUE");
    }
    map.emplace_back(list_item(sides[0], ItemDates::none).text, list_item(sides[1], ItemDates::none).text);
    if (!seen.insert(map.back().first).second)
    {
      refuse(map.back().first, "is replaced twice");
    }
  }
  return map;
}

bool true_or_false(std::string_view text)
{
  return one_of<bool>(text, {{"true", true}, {"false", false}});
}

int whole_number(std::string_view text, int least, int most)
{
  int value = 0;
  auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < least || value > most)
  {
    refuse(text, "is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

std::size_t byte_count(std::string_view text, std::size_t least, std::size_t most)
{
  std::size_t value = 0;
  auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view const unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  if (problem != std::errc{} || value > most)
  {
    refuse(text, "is not a number of bytes up to " + std::to_string(most));
  }
  value *= one_of<std::size_t>(unit, {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}});
  if (value < least || value > most)
  {
    refuse(text, "is outside " + std::to_string(least) + " to " + std::to_string(most) + " bytes");
  }
  return value;
}

std::int32_t iso_date(std::string_view text)
{
  static DateFormat const format("YYYY-MM-DD");
  std::int32_t days = 0;
  if (format.parse(text, days) != ParseResult::ok)
  {
    refuse(text, "is not a date YYYY-MM-DD");
  }
  return days;
}

std::int64_t exact_units(std::string_view text, int scale)
{
  std::int64_t value = 0;
  std::int64_t residual = 0;
  switch (parse_decimal(text, {'.', 0, scale}, value, residual))
  {
    case ParseResult::ok:
      return value;
    case ParseResult::rounded:
      refuse(text, "has more than " + std::to_string(scale) + " decimal places");
    case ParseResult::out_of_range:
      refuse(text, "does not fit 64 bits at scale " + std::to_string(scale));
    case ParseResult::malformed:
      break;
  }
  refuse(text, "is not a number");
}

}  // namespace tarifa
