#pragma once

#include <cstddef>
#include <vector>

namespace tarifa::kernels
{

/// Flows of one exporter and one importer: `n` gaps whose (weighted) squares sum to `s`.
struct VariancePair
{
  std::size_t exporter = 0, importer = 0;  ///< parameters; importers are numbered after exporters
  double n = 0, s = 0;
};

/// Most likely x = ln s^2 of exporters and importers when gaps of a pair have the variance e^x_i + e^x_j and
/// x ~ N(mean, variance) with both estimated (empirical Bayes). For some hundred parameters: one matrix of
/// all of them is held.
class VarianceFit
{
 public:
  VarianceFit(std::vector<VariancePair> pairs, std::vector<double> start, double prior_mean,
              double prior_variance);

  /// Alternates between the parameters (Fisher scoring) and their distribution until neither moves.
  /// `most_spread`: largest standard deviation of that distribution.
  void run(double most_spread, int most_rounds);

  std::vector<double> const& estimates() const noexcept { return x_; }
  double prior_mean() const noexcept { return prior_mean_; }
  double prior_variance() const noexcept { return prior_variance_; }

  /// Standard errors. `of_normal`: what a flow tells of ln variance, as a share of what it tells when errors
  /// are normal.
  std::vector<double> errors(double of_normal) const;

 private:
  double objective(std::vector<double> const& x) const;
  class VarianceInformation information_at(std::vector<double>& gradient, double of_normal) const;
  double score();
  double update_prior(double most_spread);

  std::vector<VariancePair> pairs_;
  std::vector<double> x_, variances_;
  double prior_mean_, prior_variance_;
};

}  // namespace tarifa::kernels
