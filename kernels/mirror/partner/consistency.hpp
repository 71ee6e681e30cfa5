#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/mirror/measure.hpp"
#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Reliability of reporters as the share of their trade on which the partner agrees, and the choice of the
/// more reliable report (Gehlhar, GTAP technical paper 11, 1996; docs/methods/mirror.md). Two-sided flows
/// only. The threshold and the exclusion of the worst partner are as later users of the method describe it.
/// Gives no interval.

enum class WorstPartner : std::uint8_t
{
  counted,
  excluded,  ///< the one without which the index is highest; of a reporter with one partner it is counted
};

struct ConsistencySettings
{
  Measure measure = Measure::value;
  /// |F - X| / F of a consistent flow is at most this; F import at FOB, X export.
  double most_difference_share = 0.20;
};

/// Shares 0 to 1; NaN: no two-sided trade.
struct ReporterConsistency
{
  std::vector<double> exporters;  ///< [countries] of the value of their exports, by their own reports
  std::vector<double> importers;  ///< [countries] of the value of their imports at FOB
};

/// Sums of the index: 192 bytes for each pair of countries.
class ConsistencySums
{
 public:
  ConsistencySums(ConsistencySettings const& settings, std::size_t countries);

  /// `cif_ratio` [block.size()], NaN: the flow is out; not read for net weights.
  void add(FlowBlock const& block, std::span<double const> cif_ratio);
  void add(ConsistencySums const& other);
  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  ReporterConsistency consistency(WorstPartner worst) const;

 private:
  /// Totals of an ordered pair.
  enum Total : std::uint8_t
  {
    exports,
    consistent_exports,
    imports,
    consistent_imports,
    totals
  };

  ExactSum const& total(std::size_t exporter, std::size_t importer, Total which) const noexcept
  {
    return total_[(exporter * countries_ + importer) * totals + which];
  }

  ConsistencySettings settings_;
  std::size_t countries_;
  std::vector<ExactSum> total_;  ///< [exporters, importers, totals]
};

/// The report of the more reliable side of each flow; the importer's (at FOB) where both are alike or neither
/// has an index; where one side is silent that of the other. `cif_ratio`, `reconciled` [block.size()].
void take_more_consistent(ReporterConsistency const& consistency, Measure measure, FlowBlock const& block,
                          std::span<double const> cif_ratio, std::span<double> reconciled);

}  // namespace tarifa::kernels
