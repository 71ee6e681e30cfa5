#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/baci/reporting_distance.hpp"
#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// Reconciled value of a flow as BACI forms it: the mean of export and import at FOB, weighted by how far
/// the reports of either country usually lie from those of its partners (Gaulier and Zignago, CEPII working
/// paper 2010-23, equations 3 and 4 and footnote 22; docs/methods/mirror.md). Gives no interval.
///
/// Known defects of the original: equation 3 as printed lacks a factor, so that weights leave 0 to 1; the
/// form that follows from the model is used here. The squared estimate makes a negative one count as if it
/// were positive (SigmaFloor). The mean of a log-normal error is not taken out: the reconciled value of noisy
/// reporters is too high.

enum class StandardError : std::uint8_t
{
  of_effect,  ///< as the reference result has it
  of_mean,    ///< of the least-squares mean, as the paper says
};

enum class SigmaFloor : std::uint8_t
{
  none,  ///< as published: an estimate may be below 0, and counts by its square
  zero,
};

struct BaciReliabilitySettings
{
  StandardError error = StandardError::of_effect;
  SigmaFloor floor = SigmaFloor::none;
  double errors_taken_off = 2;  ///< standard errors
};

/// Standard deviation of the logarithm of the reporting error of each country, as exporter and as importer.
struct BaciReliability
{
  std::vector<double> exporter_sigma, importer_sigma;  ///< [countries]; NaN: too few observations
  double typical_exporter = 0, typical_importer = 0;   ///< median sigma, which those without one take

  /// Weight of the export, 0 to 1; that of the import at FOB is the rest.
  double exporter_weight(std::size_t exporter, std::size_t importer) const;
};

BaciReliability baci_reliability(ReportingDistanceFit const& fit, BaciReliabilitySettings const& settings);

/// Reconciled figure of each flow; where one side is silent that of the other (imports at FOB). An import
/// whose ratio is not known counts as silent; NaN where both are. `weight` is that of the export: 1 or 0 for
/// one-sided flows. `cif_ratio`, `weight`, `reconciled` [block.size()]; the ratio is not read for net
/// weights. Values and net weights have separate reliabilities.
void reconcile_baci(BaciReliability const& reliability, Measure measure, FlowBlock const& block,
                    std::span<double const> cif_ratio, std::span<double> weight,
                    std::span<double> reconciled);

}  // namespace tarifa::kernels
