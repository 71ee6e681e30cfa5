#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "pipeline/group/group_row.hpp"

namespace tarifa
{

/// An exact rational number: whole + remainder / denominator, 0 <= remainder < denominator.
struct ExactQuotient
{
  std::int64_t whole = 0;
  std::uint64_t remainder = 0;
  std::uint64_t denominator = 1;

  /// Nearest double of the fraction added to the nearest double of the whole; NaN when denominator is 0 (no
  /// rows).
  double value() const noexcept
  {
    if (remainder == 0 && denominator != 0)
    {
      return static_cast<double>(whole);
    }
    return denominator == 0 ? std::numeric_limits<double>::quiet_NaN()
                            : static_cast<double>(whole)
                                  + static_cast<double>(remainder) / static_cast<double>(denominator);
  }
  friend bool operator==(ExactQuotient const&, ExactQuotient const&) = default;
};

/// A share such as 1/2 or 95/100.
struct Share
{
  std::uint32_t numerator = 1;
  std::uint32_t denominator = 2;
};

/// Integers at equal distances in memory, ascending: a column, or value[v] of the rows of one key.
class SortedValues
{
 public:
  explicit SortedValues(std::span<std::int64_t const> column) : first_(column.data()), size_(column.size()) {}

  template <int Values>
  explicit SortedValues(std::span<GroupRow<Values> const> run)
      : first_(run.empty() ? nullptr : run[0].value)
      , size_(run.size())
      , stride_(sizeof(GroupRow<Values>) / sizeof(std::int64_t))
  {
  }

  std::size_t size() const noexcept { return size_; }
  std::int64_t operator[](std::size_t i) const noexcept { return first_[i * stride_]; }

 private:
  std::int64_t const* first_;
  std::size_t size_;
  std::size_t stride_ = 1;
};

/// Quantile by linear interpolation between the two neighbouring order statistics, position (n - 1) x share:
/// type 7 of Hyndman and Fan (1996), the default of R. Denominator 0 when there are no values.
ExactQuotient quantile(SortedValues const& sorted, Share share);

/// Mean of the two middle values, or the middle one; quantile(sorted, {1, 2}).
inline ExactQuotient median(SortedValues const& sorted)
{
  std::size_t const size = sorted.size();
  if (size == 0)
  {
    return {0, 0, 0};
  }
  std::int64_t const lower = sorted[(size - 1) / 2];
  std::uint64_t const gap = static_cast<std::uint64_t>(sorted[size / 2]) - static_cast<std::uint64_t>(lower);
  return {static_cast<std::int64_t>(static_cast<std::uint64_t>(lower) + gap / 2), gap % 2, 2};
}

/// Median of the absolute deviations from the median, not scaled. Two pointers walk outwards from the median,
/// so it costs half a pass and no memory.
ExactQuotient median_absolute_deviation(SortedValues const& sorted);

/// Calls use(std::span<GroupRow<Values> const> run) for each run of equal keys; with `dropped_bits` low bits
/// of the key left out, so that a side flag in the lowest bit does not part the two sides of a join.
template <int Values, class Use>
void for_each_run(std::span<GroupRow<Values> const> sorted, Use&& use, int dropped_bits = 0)
{
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end)
  {
    std::uint64_t const key = sorted[begin].key >> dropped_bits;
    for (end = begin + 1; end < sorted.size() && sorted[end].key >> dropped_bits == key; ++end)
    {
    }
    use(sorted.subspan(begin, end - begin));
  }
}

}  // namespace tarifa
