#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// A fitted linear model y = intercept of the group + sum of coefficient x term.
struct GroupedFit
{
  std::vector<double> coefficients;  ///< [terms]; 0 for a term that was left out
  std::vector<bool> kept;            ///< [terms] false: a combination of the groups and earlier terms
  std::vector<double> intercepts;    ///< [groups]; NaN for a group without observations
  std::int64_t observations = 0;
  int parameters = 0;                      ///< kept terms and groups that have observations
  int considered = 0;                      ///< all terms and groups that have observations
  double residual_sum = 0, total_sum = 0;  ///< weighted squares: about the fit, about the mean of all
  double variance = 0;                     ///< of the error: residual sum / degrees of freedom
  double mean_intercept = 0;               ///< of the groups, by their weight

  std::vector<double> unscaled_covariance;  ///< [terms, terms] of the coefficients; 0 for terms left out
  std::vector<double> group_weight;         ///< [groups]
  std::vector<double> group_mean;           ///< [groups, terms]; of groups that have observations

  double r_squared() const noexcept { return total_sum > 0 ? 1 - residual_sum / total_sum : 0; }
  /// A group without observations takes the mean intercept.
  double predict(std::span<double const> x, std::size_t group) const noexcept;
  double standard_error(std::size_t term) const noexcept;  ///< NaN for a term that was left out
  double standard_error_of_intercept(std::size_t group) const noexcept;
  /// Diagonal element of the hat matrix of an observation with this weight.
  double leverage(std::span<double const> x, std::size_t group, double weight) const noexcept;
};

/// Weighted least squares with one intercept for each group, such as a year. The same fit as with a term for
/// each group but one; the intercepts are eliminated (Frisch and Waugh 1933, doi:10.2307/1907330), so
/// that a leverage costs the square of the terms only and any group that has observations can be the
/// reference. Sums are added without rounding: the same fit for any order and sharing of the observations.
class GroupedLeastSquares
{
 public:
  /// `origin` has one value for each term and one for y, which should lie near the means: products are taken
  /// about it.
  GroupedLeastSquares(std::vector<double> origin, std::size_t groups);

  std::size_t terms() const noexcept { return origin_.size() - 1; }
  std::size_t groups() const noexcept { return observations_.size(); }
  void add(std::span<double const> x, double y, double weight, std::size_t group);
  void add(GroupedLeastSquares const& other);

  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  /// Terms whose part that is free of the groups and of earlier terms is below 1e-7 of their size are left
  /// out. Throws std::domain_error when there are fewer observations than parameters, or a sum is not finite.
  GroupedFit fit() const;

 private:
  std::vector<double> origin_;              ///< [terms + 1]
  std::vector<ExactSum> product_;           ///< [groups] lower triangle of (1, x, y) times itself
  std::vector<std::int64_t> observations_;  ///< [groups]
};

}  // namespace tarifa::kernels
