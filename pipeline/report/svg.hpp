#pragma once

#include <string>
#include <vector>

namespace tarifa
{

/// One kind of thing in a chart; its colour is class c1..c10 of the page style.
struct Series
{
  std::string name;
  int colour = 1;              ///< 1 to 10
  std::vector<double> values;  ///< [categories]; NaN: nobody reported, nothing is drawn
};

/// A chart that stands in the page: inline SVG with a title and a description for those who cannot see it,
/// and a title on every mark. The table behind it is the caller's.
struct Chart
{
  std::string id;  ///< unique in the page
  std::string title, subtitle;
  std::string unit;                     ///< of the axis
  std::vector<std::string> categories;  ///< text under the axis
  std::vector<Series> series;
  double width =
      540;  ///< of the drawing, 1 = 1/12 of the height of its letters; two charts of 540 stand side by side

  std::string bars() const;     ///< side by side, for a few categories
  std::string lines() const;    ///< for many
  std::string stacked() const;  ///< above and below 0
};

/// One bar lying, parts stacked right and left of 0, for a row of a table. `reach` is the value at either
/// end, so that the rows of a table compare. Empty when reach is 0.
std::string strip(std::vector<Series> const& parts, double reach, std::string const& unit);

/// <ul> of names and colours.
std::string legend(std::vector<Series> const& series);

}  // namespace tarifa
