#include "pipeline/report/html.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "pipeline/report/page_style.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

constexpr char const* minus_sign = "\u2212";

Int128 power_of_ten(int exponent)
{
  Int128 power = 1;
  for (int digit = 0; digit < exponent; ++digit)
  {
    power *= 10;
  }
  return power;
}

/// number / divisor in whole numbers, down.
Int128 floor_of(Int128 number, Int128 divisor)
{
  return number / divisor - (number % divisor < 0 ? 1 : 0);
}

Int128 nearest(Int128 number, Int128 divisor)
{
  Int128 const size = number < 0 ? -number : number;
  Int128 const whole = (2 * size + divisor) / (2 * divisor);
  return number < 0 ? -whole : whole;
}

/// Divisor and factor that bring a stored number to tenths of a unit.
struct ToTenths
{
  Int128 factor, divisor;
  explicit ToTenths(ShownUnit const& unit)
      : factor(power_of_ten(std::max(0, 1 - unit.scale - unit.exponent)))
      , divisor(power_of_ten(std::max(0, unit.scale + unit.exponent - 1)))
  {
  }
};

/// Hamilton's method: numbers[i] * factor / divisor, rounded so that they add up to `total`.
std::vector<std::int64_t> apportioned(std::span<std::int64_t const> numbers, Int128 factor, Int128 divisor,
                                      Int128 total)
{
  std::vector<std::int64_t> rounded;
  std::vector<Int128> rest;
  for (std::int64_t const number : numbers)
  {
    Int128 const down = floor_of(number * factor, divisor);
    rounded.push_back(static_cast<std::int64_t>(down));
    rest.push_back(number * factor - down * divisor);
    total -= down;
  }
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rest[a] > rest[b]; });
  for (std::size_t i = 0; i < order.size() && total > 0; ++i, --total)
  {
    ++rounded[order[i]];
  }
  return rounded;
}

std::string with_sign(std::string text, Sign sign)
{
  if (text.front() == '-')
  {
    return minus_sign + text.substr(1);
  }
  return sign == Sign::always && text.find_first_of("123456789") != std::string::npos ? "+" + text : text;
}

}  // namespace

std::string html_text(std::string_view text)
{
  std::string html;
  for (char const c : text)
  {
    switch (c)
    {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f ? ' ' : c;
    }
  }
  return html;
}

std::int64_t ShownUnit::tenths(std::int64_t stored) const
{
  ToTenths const to(*this);
  return static_cast<std::int64_t>(nearest(stored * to.factor, to.divisor));
}

double ShownUnit::value(std::int64_t stored) const
{
  return static_cast<double>(stored) / static_cast<double>(power_of_ten(scale + exponent));
}

ShownUnit shown_unit(std::int64_t largest, int scale, std::string const& of)
{
  constexpr int step = 3;
  constexpr std::int64_t digits_before = 100;
  char const* const names[] = {"", "thousand ", "million ", "bn "};
  Int128 const size = largest < 0 ? -static_cast<Int128>(largest) : static_cast<Int128>(largest);
  int exponent = 0;
  while (exponent < 3 * step && size >= digits_before * power_of_ten(scale + exponent + step))
  {
    exponent += step;
  }
  return {names[exponent / step] + of, scale, exponent};
}

std::vector<std::int64_t> rounded_to_total(std::span<std::int64_t const> stored, ShownUnit const& unit)
{
  ToTenths const to(unit);
  Int128 total = 0;
  for (std::int64_t const one : stored)
  {
    total += one;
  }
  return apportioned(stored, to.factor, to.divisor, nearest(total * to.factor, to.divisor));
}

std::vector<std::int64_t> shares_of_sum(std::span<std::int64_t const> parts)
{
  constexpr std::int64_t whole = 1000;
  Int128 sum = 0;
  for (std::int64_t const part : parts)
  {
    sum += part;
  }
  return sum <= 0 ? std::vector<std::int64_t>(parts.size()) : apportioned(parts, whole, sum, whole);
}

std::string tenths_text(std::int64_t tenths, Sign sign)
{
  return with_sign(decimal_text(tenths, 1, Grouping::commas), sign);
}

std::string whole_text(std::int64_t number)
{
  return with_sign(decimal_text(number, 0, Grouping::commas), Sign::minus_only);
}

std::string data_html(std::string_view exact, std::string_view shown)
{
  return fmt::format("<data value=\"{}\">{}</data>", html_text(exact), html_text(shown));
}

std::string data_html(std::int64_t stored, int scale, std::int64_t tenths, Sign sign)
{
  return data_html(decimal_text(stored, scale, Grouping::none), tenths_text(tenths, sign));
}

std::string count_html(std::int64_t count)
{
  return data_html(std::to_string(count), whole_text(count));
}

std::string percent_html(std::int64_t tenths, Sign sign)
{
  return html_text(tenths_text(tenths, sign)) + "&#160;%";
}

std::string nothing_html(std::string_view why)
{
  return fmt::format("<abbr title=\"{}\">\u2013</abbr>", html_text(why));
}

std::string HtmlTable::html() const
{
  std::string text =
      fmt::format("<div class=\"scroll\"><table id=\"{}\"{}>\n<caption>{}</caption>\n<thead><tr>",
                  html_text(id), has_long_names ? " class=\"wide\"" : "", html_text(caption));
  for (std::string const& column : head)
  {
    text += fmt::format("<th scope=\"col\">{}</th>", html_text(column));
  }
  text += "</tr></thead>\n<tbody>\n";
  auto const add_row = [&text](std::vector<std::string> const& row)
  {
    for (std::size_t cell = 0; cell < row.size(); ++cell)
    {
      text += cell == 0 ? fmt::format("<th scope=\"row\">{}</th>", row[cell])
                        : fmt::format("<td>{}</td>", row[cell]);
    }
    text += "</tr>\n";
  };
  for (std::size_t row = 0; row < rows.size(); ++row)
  {
    text += below.empty() ? "<tr>" : "<tr class=\"over\">";
    add_row(rows[row]);
    if (!below.empty())
    {
      text += fmt::format("<tr class=\"under\"><td colspan=\"{}\">{}</td></tr>\n", head.size(), below[row]);
    }
  }
  text += "</tbody>\n";
  if (!total.empty())
  {
    text += "<tfoot>\n<tr>";
    add_row(total);
    text += "</tfoot>\n";
  }
  return text + "</table></div>\n";
}

std::string HtmlPage::html() const
{
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light "
      "dark\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n"
      "<header>{}</header>\n<main>\n{}</main>\n<footer>{}</footer>\n</body>\n</html>\n",
      html_text(title), page_style, header, content, footer);
}

}  // namespace tarifa
