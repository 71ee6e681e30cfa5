#include "pipeline/group/run_statistics.hpp"

#include "pipeline/run/int128.hpp"

namespace tarifa
{
namespace
{

/// Floor of numerator / 2^bits.
ExactQuotient divide_by_power(Int128 numerator, int bits)
{
  std::uint64_t const denominator = std::uint64_t{1} << bits;
  return {static_cast<std::int64_t>(numerator >> bits),
          static_cast<std::uint64_t>(numerator) & (denominator - 1), denominator};
}

}  // namespace

ExactQuotient quantile(SortedValues const& sorted, Share share)
{
  if (sorted.size() == 0)
  {
    return {0, 0, 0};
  }
  constexpr std::uint64_t small = std::uint64_t{1} << 32;
  std::uint64_t const steps = sorted.size() - 1;
  // Products of two numbers below 2^32 fit in 64 bits, and a 128-bit division costs ten times a 64-bit one.
  Int128 const position = steps < small ? 0 : static_cast<Int128>(steps) * share.numerator;
  std::uint64_t const near = steps < small ? steps * share.numerator : 0;
  auto const lower =
      steps < small ? near / share.denominator : static_cast<std::uint64_t>(position / share.denominator);
  auto const above =
      steps < small ? near % share.denominator : static_cast<std::uint64_t>(position % share.denominator);
  auto const least = static_cast<std::uint64_t>(sorted[lower]);
  if (above == 0)
  {
    return {sorted[lower], 0, share.denominator};
  }
  std::uint64_t const gap = static_cast<std::uint64_t>(sorted[lower + 1]) - least;
  if (gap < small)
  {
    std::uint64_t const part = gap * above;
    return {static_cast<std::int64_t>(least + part / share.denominator), part % share.denominator,
            share.denominator};
  }
  auto const part = static_cast<Int128>(gap) * above;
  return {static_cast<std::int64_t>(least + static_cast<std::uint64_t>(part / share.denominator)),
          static_cast<std::uint64_t>(part % share.denominator), share.denominator};
}

ExactQuotient median_absolute_deviation(SortedValues const& sorted)
{
  std::size_t const rows = sorted.size();
  if (rows == 0)
  {
    return {0, 0, 0};
  }
  // Everything doubled, because the median of an even number of values is a half.
  Int128 const centre = static_cast<Int128>(sorted[(rows - 1) / 2]) + sorted[rows / 2];
  std::size_t below = (rows + 1) / 2;  // values before this position are at or below the median
  std::size_t above = below;
  Int128 deviation = 0;
  Int128 before = 0;
  for (std::size_t taken = 0; taken <= rows / 2; ++taken)
  {
    before = deviation;
    bool const take_below = above == rows
                            || (below > 0
                                && centre - 2 * static_cast<Int128>(sorted[below - 1])
                                       <= 2 * static_cast<Int128>(sorted[above]) - centre);
    deviation = take_below ? centre - 2 * static_cast<Int128>(sorted[--below])
                           : 2 * static_cast<Int128>(sorted[above++]) - centre;
  }
  // Deviations number rows/2 - 1 and rows/2 for an even count, rows/2 alone for an odd one.
  return rows % 2 == 0 ? divide_by_power(before + deviation, 2) : divide_by_power(deviation, 1);
}

}  // namespace tarifa
