#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/run/error.hpp"
#include "pipeline/run/nearest.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{

/// Readers of single values of a source file. Each throws Error(usage) with the reason alone: the caller
/// knows the line, section and key.

/// Text of one list item with the dates that may follow it: `Old Name (..2019-12-31)`, `"a, b"
/// (2010-01-01..)`.
struct ListItem
{
  std::string text;
  std::optional<std::int32_t> from, to;
};

enum class ItemDates : std::uint8_t
{
  none,
  allowed,
};

/// Cuts at any of `separators` outside of double quotes; pieces are trimmed, their quotes still on.
std::vector<std::string_view> cut_list(std::string_view text, std::string_view separators);
/// One piece without quotes; text in parentheses is a pair of dates only when it holds "..".
ListItem list_item(std::string_view piece, ItemDates dates);
/// Items of a list; an empty item, or one given twice with the same dates, is an error. A last separator is
/// not.
std::vector<ListItem> list_items(std::string_view text, std::string_view separators, ItemDates dates);
/// The texts of a list without dates, separated by ',' or ';'.
std::vector<std::string> list_of_texts(std::string_view text);
/// `JAN=1; FEB=2`
std::vector<std::pair<std::string, std::string>> replacements(std::string_view text);

bool true_or_false(std::string_view text);
int whole_number(std::string_view text, int least, int most);
/// "64 KiB", "1 MiB" or bytes alone.
std::size_t byte_count(std::string_view text, std::size_t least, std::size_t most);
std::int32_t iso_date(std::string_view text);
/// Number with '.' as its decimal mark, in units of 10^-scale; it must fit without rounding.
std::int64_t exact_units(std::string_view text, int scale);

/// The value `text` stands for; the error lists all names when it is none of them.
template <class T>
T one_of(std::string_view text, std::vector<std::pair<std::string_view, T>> const& choices)
{
  std::vector<std::string> known;
  std::string names;
  for (auto const& [name, value] : choices)
  {
    if (name == text)
    {
      return value;
    }
    names += (names.empty() ? "" : ", ") + std::string(name);
    known.emplace_back(name);
  }
  // One or two letters are a slip of anything.
  std::string const hint = text.size() < 3 ? "" : suggestion(text, known);
  throw Error(Fault::usage, "'" + std::string(text) + "' is none of " + names + "." + hint);
}

}  // namespace tarifa
