#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/mirror/measure.hpp"

namespace tarifa::kernels
{

enum class Tails : std::uint8_t
{
  normal,   ///< one pass over the flows
  student,  ///< errors of Student's t distribution; the degrees of freedom are estimated
};

struct ReliabilitySettings
{
  Tails tails = Tails::student;
  /// Countries are shrunk towards one another by as much as their differences call for; without, a reporter
  /// of three flows gets what three flows say.
  double most_spread = 3;  ///< largest standard deviation of ln variance between countries that is believed
};

/// How well each country reports, as exporter and as importer:
///
///     ln X - ln F = bias + e_i + e_j,   e_i ~ (0, s_i^2) of exporter i,   e_j ~ (0, s_j^2) of importer j
///
/// X: the exporter's figure, F: the importer's at FOB (quantities: as reported). Estimated by maximum
/// likelihood (ten Cate, CPB 2007) with ln s^2 ~ N(m, w^2) over countries and roles, m and w^2 estimated with
/// it (empirical Bayes), so that small reporters are shrunk.
///
/// Only sums s_i^2 + s_j^2 are seen in the data: to add the same amount to all exporters and take it from all
/// importers changes nothing. The common distribution of both roles settles it: a country is as reliable an
/// exporter as an importer unless the flows say otherwise. The standard errors hold this doubt.
///
/// The estimates do not depend on the currency (a scale moves both sides), nor on order, ranks or threads.
/// Pairs of countries differ for reasons of their own (two offices that exchange their data agree on
/// everything; a port of transit spoils a pair), so that ten thousand flows of one pair are no ten thousand
/// witnesses about its countries. Variances of pairs scatter about the sum of the two roles with
/// `pair_variance`, relative, which is estimated; a pair then counts for at most 2 / pair_variance flows
/// (quasi-likelihood: Wedderburn, Biometrika 61, 1974).
struct ReliabilityModel
{
  double bias = 0;  ///< mean of ln X - ln F
  /// Of Student's t, 1 to 200; infinity: normal.
  double degrees_of_freedom = std::numeric_limits<double>::infinity();
  double pair_variance = 0;                                          ///< relative
  double prior_mean = 0, prior_variance = 1;                         ///< of ln s^2 over countries and roles
  std::vector<double> exporter_log_variance, importer_log_variance;  ///< [countries] ln s^2 of a role
  std::vector<double> exporter_error, importer_error;                ///< [countries] standard errors of these
  std::vector<std::int64_t> exporter_flows, importer_flows;          ///< [countries] two-sided flows
  std::int64_t flows = 0;
  /// Largest of ln s^2 by the last fit; one whose standard error is above .1 counts by tenths of that.
  double change = std::numeric_limits<double>::infinity();

  explicit ReliabilityModel(std::size_t countries);

  std::size_t countries() const noexcept { return exporter_flows.size(); }
  double exporter_sigma(std::int32_t country) const;  ///< s, on the scale of the logarithm
  double importer_sigma(std::int32_t country) const;
  double exporter_sigma_error(std::int32_t country) const;  ///< standard error of s
  double importer_sigma_error(std::int32_t country) const;
};

/// Sums over flows with both sides > 0, by pair of countries. Additive; whole numbers, so that sums are
/// exact.
class ReliabilitySums
{
 public:
  explicit ReliabilitySums(std::size_t countries);

  /// `cif_fob_ratio` [flows] divides the imported values (NaN: the flow is left out); empty: imports are at
  /// FOB. Quantities take none. Flows are weighted by how well they fit `model` (all equal where it is
  /// normal).
  void add(FlowBlock const& flows, std::span<double const> cif_fob_ratio, Measure measure,
           ReliabilityModel const& model);
  void add(ReliabilitySums const& other);

  /// For adding over ranks, element by element.
  std::span<std::int64_t> numbers() noexcept { return sums_; }
  std::span<std::int64_t const> numbers() const noexcept { return sums_; }

 private:
  friend ReliabilityModel fit_reliability(ReliabilitySums const&, ReliabilityModel const&,
                                          ReliabilitySettings const&);

  std::size_t countries_;
  std::vector<std::int64_t> sums_;
};

/// One pass of the fit: the model that is most likely given sums that were weighted by `before`. The first
/// pass starts from ReliabilityModel(countries). With normal tails one pass is all; with Student's, passes
/// are repeated until `change` is small (ten to thirty for .01). A role without flows has the prior mean.
ReliabilityModel fit_reliability(ReliabilitySums const& sums, ReliabilityModel const& before,
                                 ReliabilitySettings const& settings);

/// What was traded, from both reports.
struct ReconciledFlow
{
  double value = 0;            ///< median of what was traded; NaN: neither side reported more than 0
  double unbiased = 0;         ///< for sums over flows: its mean over errors is what was traded
  double low = 0, high = 0;    ///< interval of the share asked for
  double exporter_weight = 0;  ///< 0 to 1, on the scale of the logarithm; 1 and 0: only one side reported
};

/// Reconciles reports of a flow: the mean of their logarithms, weighted by 1 / s^2.
///
/// The bias of the model does not enter: which side causes it is not known, and shared in proportion to s^2
/// it cancels from the mean. With Student's tails the interval grows with the gap of the flow.
class Reconciler
{
 public:
  /// `share` of the interval, such as 0.9.
  Reconciler(ReliabilityModel const& model, double share);

  /// `exported`, `imported_fob`: NaN or not above 0: not reported. The error of an estimated freight ratio is
  /// part of s of the importer, because the model was fitted to imports divided by such ratios.
  ReconciledFlow reconcile(std::int32_t exporter, std::int32_t importer, double exported,
                           double imported_fob) const;

 private:
  double bias_, degrees_of_freedom_, quantile_one_side_, quantile_both_;
  std::vector<double> exporter_variance_, importer_variance_;
};

}  // namespace tarifa::kernels
