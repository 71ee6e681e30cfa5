#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// One fit of the share of goods by lag.
struct LagFit
{
  std::vector<double> share;  ///< [lags] adds up to 1
  double mean_lag = 0;        ///< [periods]
  double explained = 0;       ///< share of the variance of the importer's months
};

/// Coefficients b >= 0 that make b'Gb - 2c'b least (Lawson & Hanson, Solving Least Squares Problems, 1974,
/// ch. 23, on normal equations). `gram` is G row by row [terms, squared], `cross` is c.
std::vector<double> non_negative_least_squares(std::span<double const> gram, std::span<double const> cross);

/// Fit from sums of products, lower triangle of (exported at each lag, imported), less those of `without`
/// (empty: less nothing). Without any movement in common all goods arrive in lag 0, or in the first lag
/// where 0 is not among them.
LagFit fit_lags(std::span<ExactSum const> sums, std::span<ExactSum const> without, int first_lag);

/// Standard error of what `of` takes from fits that each leave out one of the groups (delete-a-group
/// jackknife, Kott 2001); NaN with fewer than two.
template <class Fit, class Of>
double jackknife_error(std::vector<Fit> const& without, Of const& of)
{
  if (without.size() < 2)
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  auto const groups = static_cast<double>(without.size());
  double mean = 0, squares = 0;
  for (Fit const& one : without)
  {
    mean += of(one) / groups;
  }
  for (Fit const& one : without)
  {
    squares += (of(one) - mean) * (of(one) - mean);
  }
  return std::sqrt(squares * (groups - 1) / groups);
}

}  // namespace tarifa::kernels
