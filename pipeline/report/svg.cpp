#include "pipeline/report/svg.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "pipeline/report/html.hpp"

namespace tarifa
{
namespace
{

// Heights leave three charts on a sheet of A4.
constexpr double height = 250, left = 74, right = 8, top = 22, bottom = 26;
constexpr double inner_height = height - top - bottom;

std::string value_text(double value)
{
  // Numbers of an axis or a title have at most one decimal place, as those of the tables.
  return tenths_text(std::llround(value * 10));
}

/// The axis: from a multiple of a round step to another.
struct Axis
{
  double low = 0, high = 1, step = 1;

  Axis(double least, double most)
  {
    constexpr double steps = 5;
    least = std::min(least, 0.0);
    most = std::max(most, 0.0);
    double const rough = std::max((most - least) / steps, 1e-9);
    double power = 1;
    while (power > rough)
    {
      power /= 10;
    }
    while (power * 10 <= rough)
    {
      power *= 10;
    }
    step = rough <= power       ? power
           : rough <= 2 * power ? 2 * power
           : rough <= 5 * power ? 5 * power
                                : 10 * power;
    low = std::floor(least / step) * step;
    high = std::max(std::ceil(most / step) * step, low + step);
  }
  double y(double value) const { return top + inner_height * (high - value) / (high - low); }
};

std::string mark_title(std::string const& series, std::string const& category, double value,
                       std::string const& unit)
{
  return fmt::format("<title>{}, {}: {} {}</title>", html_text(series), html_text(category),
                     value_text(value), html_text(unit));
}

std::string rectangle(double x, double y, double w, double h, int colour, std::string const& title)
{
  return fmt::format(
      "<rect class=\"c{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">{}</rect>\n", colour,
      x, y, w, std::max(h, 0.0), title);
}

double inner_width(Chart const& chart)
{
  return chart.width - left - right;
}

std::string frame(Chart const& chart, Axis const& axis, std::string const& marks)
{
  std::string svg = fmt::format(
      "<figure>\n<figcaption>{}<span>{}</span></figcaption>\n{}<svg viewBox=\"0 0 {:.0f} {:.0f}\" "
      "role=\"img\" "
      "aria-labelledby=\"{}-t {}-d\">\n<title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}. The figures stand "
      "in the "
      "table after the chart.</desc>\n",
      html_text(chart.title), html_text(chart.subtitle), legend(chart.series), chart.width, height, chart.id,
      chart.id, chart.id, html_text(chart.title), chart.id, html_text(chart.subtitle));
  svg += fmt::format("<text x=\"0\" y=\"12\">{}</text>\n", html_text(chart.unit));
  for (int tick = 0; axis.low + tick * axis.step <= axis.high + axis.step / 2; ++tick)
  {
    double const value = axis.low + tick * axis.step;
    bool const is_zero = std::abs(value) < axis.step / 2;
    svg += fmt::format(
        "<path class=\"{}\" d=\"M{:.0f} {:.1f}H{:.0f}\"/><text x=\"{:.0f}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>\n",
        is_zero ? "zero" : "grid", left, axis.y(value), chart.width - right, left - 8, axis.y(value) + 4,
        axis.step >= 1 ? whole_text(std::llround(value)) : value_text(value));
  }
  double const slot =
      inner_width(chart) / static_cast<double>(std::max<std::size_t>(chart.categories.size(), 1));
  constexpr std::size_t most_names = 12;
  std::size_t const every = (chart.categories.size() + most_names - 1) / most_names;
  for (std::size_t c = 0; c < chart.categories.size(); c += std::max<std::size_t>(every, 1))
  {
    svg +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n",
                    left + slot * (static_cast<double>(c) + 0.5), height - 8, html_text(chart.categories[c]));
  }
  return svg + marks + "</svg>\n</figure>\n";
}

Axis axis_of(std::vector<Series> const& series)
{
  double least = 0, most = 0;
  for (Series const& one : series)
  {
    for (double const value : one.values)
    {
      if (!std::isnan(value))
      {
        least = std::min(least, value);
        most = std::max(most, value);
      }
    }
  }
  return {least, most};
}

}  // namespace

std::string legend(std::vector<Series> const& series)
{
  std::string text = "<ul class=\"legend\">";
  for (Series const& one : series)
  {
    text += fmt::format("<li><i class=\"c{}\"></i>{}</li>", one.colour, html_text(one.name));
  }
  return text + "</ul>\n";
}

std::string Chart::bars() const
{
  Axis const axis = axis_of(series);
  double const slot = inner_width(*this) / static_cast<double>(std::max<std::size_t>(categories.size(), 1));
  constexpr double widest = 60, used = 0.7;
  double const bar =
      std::min(slot * used / static_cast<double>(std::max<std::size_t>(series.size(), 1)), widest);
  std::string marks;
  for (std::size_t c = 0; c < categories.size(); ++c)
  {
    double x = left + slot * (static_cast<double>(c) + 0.5) - bar * static_cast<double>(series.size()) / 2;
    for (Series const& one : series)
    {
      if (double const value = one.values[c]; !std::isnan(value))
      {
        double const y = std::min(axis.y(value), axis.y(0));
        marks += rectangle(x, y, bar, std::abs(axis.y(value) - axis.y(0)), one.colour,
                           mark_title(one.name, categories[c], value, unit));
      }
      x += bar;
    }
  }
  return frame(*this, axis, marks);
}

std::string Chart::lines() const
{
  Axis const axis = axis_of(series);
  double const slot = inner_width(*this) / static_cast<double>(std::max<std::size_t>(categories.size(), 1));
  std::string marks;
  for (Series const& one : series)
  {
    std::string path;
    bool is_drawn = false;
    for (std::size_t c = 0; c < categories.size(); ++c)
    {
      double const value = one.values[c];
      if (!std::isnan(value))
      {
        path += fmt::format("{}{:.1f} {:.1f}", is_drawn ? "L" : "M",
                            left + slot * (static_cast<double>(c) + 0.5), axis.y(value));
      }
      is_drawn = !std::isnan(value);
    }
    if (!path.empty())
    {
      marks +=
          fmt::format("<path class=\"series c{}\" style=\"fill:none\" d=\"{}\"><title>{}</title></path>\n",
                      one.colour, path, html_text(one.name));
    }
  }
  return frame(*this, axis, marks);
}

std::string Chart::stacked() const
{
  double least = 0, most = 0;
  for (std::size_t c = 0; c < categories.size(); ++c)
  {
    double above = 0, below = 0;
    for (Series const& one : series)
    {
      (one.values[c] > 0 ? above : below) += std::isnan(one.values[c]) ? 0 : one.values[c];
    }
    most = std::max(most, above);
    least = std::min(least, below);
  }
  Axis const axis(least, most);
  double const slot = inner_width(*this) / static_cast<double>(std::max<std::size_t>(categories.size(), 1));
  constexpr double widest = 90, used = 0.6;
  double const bar = std::min(slot * used, widest);
  std::string marks;
  for (std::size_t c = 0; c < categories.size(); ++c)
  {
    double above = 0, below = 0;
    double const x = left + slot * (static_cast<double>(c) + 0.5) - bar / 2;
    for (Series const& one : series)
    {
      double const value = one.values[c];
      if (std::isnan(value) || value == 0)
      {
        continue;
      }
      double& edge = value > 0 ? above : below;
      double const from = axis.y(edge), to = axis.y(edge + value);
      edge += value;
      marks += rectangle(x, std::min(from, to), bar, std::abs(to - from), one.colour,
                         mark_title(one.name, categories[c], value, unit));
    }
  }
  return frame(*this, axis, marks);
}

std::string strip(std::vector<Series> const& parts, double reach, std::string const& unit)
{
  if (!(reach > 0))
  {
    return "";
  }
  constexpr double length = 600, thick = 14;
  double above = 0, below = 0;
  std::string marks, words;
  for (Series const& one : parts)
  {
    double const value = one.values.front();
    if (std::isnan(value) || value == 0)
    {
      continue;
    }
    double& edge = value > 0 ? above : below;
    double const from = length / 2 * (1 + edge / reach), to = length / 2 * (1 + (edge + value) / reach);
    edge += value;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", one.name,
                         tenths_text(std::llround(value * 10), Sign::always));
    marks += rectangle(std::min(from, to), 1, std::abs(to - from), thick - 2, one.colour,
                       fmt::format("<title>{}: {} {}</title>", html_text(one.name),
                                   tenths_text(std::llround(value * 10), Sign::always), html_text(unit)));
  }
  return fmt::format(
      "<svg class=\"strip\" viewBox=\"0 0 {:.0f} {:.0f}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{}, {}\">\n{}<path class=\"zero\" d=\"M{:.0f} 0V{:.0f}\"/></svg>\n",
      length, thick, html_text(words), html_text(unit), marks, length / 2, thick);
}

}  // namespace tarifa
