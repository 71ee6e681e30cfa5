#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// Pieces of a page that is read in a browser, on paper or by a screen reader: one file, no script, nothing
/// from the network. Functions that take `text` escape it; those that take `html` do not.

/// The text with & < > " ' as entities and control characters that HTML forbids as blanks.
std::string html_text(std::string_view text);

/// How integers at a decimal scale are shown: in `name`, with one decimal place.
struct ShownUnit
{
  std::string name;  ///< "million USD"
  int scale = 0;     ///< decimal places of the stored number
  int exponent = 0;  ///< the unit is 10^exponent of what is counted

  /// Stored number in tenths of the unit, to the nearest, half away from 0.
  std::int64_t tenths(std::int64_t stored) const;
  double value(std::int64_t stored) const;  ///< in the unit; for drawing
};

/// A unit in which `largest` (by size) has 3 to 6 digits before the point: `of`, thousand, million or bn of
/// it.
ShownUnit shown_unit(std::int64_t largest, int scale, std::string const& of);

/// Tenths of `unit` that add up to those of the total: each is rounded down, then those with the largest
/// rests get the tenths that are missing (the largest remainder method, Hamilton's); of equal rests the
/// first.
std::vector<std::int64_t> rounded_to_total(std::span<std::int64_t const> stored, ShownUnit const& unit);
/// Parts of a sum in tenths of a percent; they add up to 100 %. All 0 when the sum is 0. Parts >= 0.
std::vector<std::int64_t> shares_of_sum(std::span<std::int64_t const> parts);

enum class Sign : std::uint8_t
{
  minus_only,
  always,
};
/// "12,345.6", with a true minus sign.
std::string tenths_text(std::int64_t tenths, Sign sign = Sign::minus_only);
std::string whole_text(std::int64_t number);  ///< "12,345"

/// A shown figure with the exact one behind it, for programs and for copying: <data value="...">.
std::string data_html(std::string_view exact, std::string_view shown);
/// The same for a stored number shown as `tenths`.
std::string data_html(std::int64_t stored, int scale, std::int64_t tenths, Sign sign = Sign::minus_only);
std::string count_html(std::int64_t count);
/// Tenths of a percent: "12.3 %"; nothing to show: a dash with a title.
std::string percent_html(std::int64_t tenths, Sign sign = Sign::minus_only);
std::string nothing_html(std::string_view why);

/// A table whose first column names the rows. Cells are HTML.
struct HtmlTable
{
  std::string id, caption;        ///< text
  std::vector<std::string> head;  ///< text
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> total;  ///< last row; empty: none
  std::vector<std::string> below;  ///< [rows] HTML under a row, over all columns; empty: none
  bool has_long_names = false;     ///< in the first column

  std::string html() const;
};

struct HtmlPage
{
  std::string title;           ///< text
  std::string content;         ///< HTML between header and footer
  std::string header, footer;  ///< HTML

  std::string html() const;
};

}  // namespace tarifa
