#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Several exact sums as one row of digits that ranks can add element by element.
inline void append_digits(std::vector<std::int64_t>& digits, std::span<ExactSum const> sums)
{
  for (ExactSum const& sum : sums)
  {
    auto const some = sum.to_digits();
    digits.insert(digits.end(), some.begin(), some.end());
  }
}

/// Fills the sums from the front of `digits`; returns the rest.
inline std::span<std::int64_t const> take_digits(std::span<std::int64_t const> digits,
                                                 std::span<ExactSum> sums)
{
  for (ExactSum& sum : sums)
  {
    sum = ExactSum::from_digits(digits.first<ExactSum::digits>());
    digits = digits.subspan(ExactSum::digits);
  }
  return digits;
}

/// The same for plain counts.
inline std::span<std::int64_t const> take_digits(std::span<std::int64_t const> digits,
                                                 std::vector<std::int64_t>& counts)
{
  counts.assign(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(counts.size()));
  return digits.subspan(counts.size());
}

inline void add_each(std::vector<ExactSum>& sums, std::vector<ExactSum> const& others)
{
  for (std::size_t i = 0; i < sums.size(); ++i)
  {
    sums[i].add(others[i]);
  }
}

inline void add_each(std::vector<std::int64_t>& counts, std::vector<std::int64_t> const& others)
{
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    counts[i] += others[i];
  }
}

}  // namespace tarifa::kernels
