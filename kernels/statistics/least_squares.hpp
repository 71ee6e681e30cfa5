#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// A fitted linear model y = intercept + sum of coefficient x term.
struct LinearFit
{
  double intercept = 0;
  std::vector<double> coefficients;  ///< [terms]; 0 for a term that was left out
  std::vector<bool> kept;            ///< [terms] false: the term is a combination of earlier ones
  std::int64_t observations = 0;
  int parameters = 0;                      ///< the intercept among them
  double residual_sum = 0, total_sum = 0;  ///< weighted squares: about the fit, about the mean
  double variance = 0;                     ///< of the error: residual sum / degrees of freedom
  /// [1 + kept terms, squared, row by row, the intercept first] times `variance` = covariance of the
  /// estimates
  std::vector<double> unscaled_covariance;

  double r_squared() const noexcept { return total_sum > 0 ? 1 - residual_sum / total_sum : 0; }
  double predict(std::span<double const> x) const noexcept;
  /// Position of a kept term in `unscaled_covariance`.
  std::size_t place(std::size_t term) const noexcept;
  double standard_error(std::size_t term) const noexcept;  ///< NaN for a term that was left out
  double standard_error_of_intercept() const noexcept;
  /// Diagonal element of the hat matrix of an observation with this weight.
  double leverage(std::span<double const> x, double weight) const noexcept;
};

/// Weighted least squares with an intercept, as sums that are added without rounding: the same fit for any
/// order of the observations and any sharing among threads and ranks.
///
/// Products are taken about `origin`, which should lie near the means: a distance and its square, or a year,
/// are otherwise nearly the same column and cost digits. For up to a few hundred terms.
class LeastSquares
{
 public:
  /// `origin` has one value per term and one for y.
  explicit LeastSquares(std::vector<double> origin);

  std::size_t terms() const noexcept { return origin_.size() - 1; }
  void add(std::span<double const> x, double y, double weight);
  void add(LeastSquares const& other);

  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  /// Terms whose part that is free of earlier terms is below 1e-7 of their size are left out, as R does.
  /// Throws std::domain_error when there are fewer observations than parameters, or a sum is not finite.
  LinearFit fit() const;

 private:
  std::vector<double> origin_;     ///< [terms + 1]
  std::vector<ExactSum> product_;  ///< lower triangle of (1, x, y) times itself
  std::int64_t observations_ = 0;
};

}  // namespace tarifa::kernels
