#include "pipeline/group/run_statistics.hpp"

#include <limits>

namespace tarifa
{
namespace
{

__extension__ typedef __int128 Wide;

ExactQuotient divide(Wide numerator, std::uint64_t denominator)
{
  auto const divisor = static_cast<Wide>(denominator);
  Wide whole = numerator / divisor;
  Wide remainder = numerator % divisor;
  if (remainder < 0)
  {
    remainder += divisor;
    whole -= 1;
  }
  return {static_cast<std::int64_t>(whole), static_cast<std::uint64_t>(remainder), denominator};
}

}  // namespace

double ExactQuotient::value() const noexcept
{
  return denominator == 0
             ? std::numeric_limits<double>::quiet_NaN()
             : static_cast<double>(whole) + static_cast<double>(remainder) / static_cast<double>(denominator);
}

ExactQuotient quantile(SortedValues const& sorted, Share share)
{
  if (sorted.size() == 0)
  {
    return {0, 0, 0};
  }
  Wide const position = static_cast<Wide>(sorted.size() - 1) * share.numerator;
  auto const lower = static_cast<std::size_t>(position / share.denominator);
  auto const above = static_cast<std::uint64_t>(position % share.denominator);
  Wide numerator = static_cast<Wide>(sorted[lower]) * static_cast<Wide>(share.denominator - above);
  if (above > 0)
  {
    numerator += static_cast<Wide>(sorted[lower + 1]) * static_cast<Wide>(above);
  }
  return divide(numerator, share.denominator);
}

ExactQuotient median(SortedValues const& sorted)
{
  return quantile(sorted, {1, 2});
}

ExactQuotient median_absolute_deviation(SortedValues const& sorted)
{
  std::size_t const rows = sorted.size();
  if (rows == 0)
  {
    return {0, 0, 0};
  }
  // Everything doubled, because the median of an even number of values is a half.
  Wide const centre = static_cast<Wide>(sorted[(rows - 1) / 2]) + sorted[rows / 2];
  std::size_t below = (rows + 1) / 2;  // values before this position are at or below the median
  std::size_t above = below;
  Wide deviation = 0;
  Wide before = 0;
  for (std::size_t taken = 0; taken <= rows / 2; ++taken)
  {
    before = deviation;
    bool const take_below = above == rows
                            || (below > 0
                                && centre - 2 * static_cast<Wide>(sorted[below - 1])
                                       <= 2 * static_cast<Wide>(sorted[above]) - centre);
    deviation = take_below ? centre - 2 * static_cast<Wide>(sorted[--below])
                           : 2 * static_cast<Wide>(sorted[above++]) - centre;
  }
  // Deviations number rows/2 - 1 and rows/2 for an even count, rows/2 alone for an odd one.
  return rows % 2 == 0 ? divide(before + deviation, 4) : divide(deviation, 2);
}

}  // namespace tarifa
