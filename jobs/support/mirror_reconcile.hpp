#pragma once

#include <string>
#include <vector>

#include "jobs/support/cell_blocks.hpp"
#include "jobs/support/mirror_fob.hpp"
#include "kernels/mirror/reliability.hpp"
#include "pipeline/result/result_file.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{

/// How the two reports of a flow become one figure (docs/methods/mirror.md).
enum class ReconcileMethod : std::uint8_t
{
  none,
  likelihood,  ///< weights from the reporters' error variances by maximum likelihood; the one with intervals
};

struct ReconcileSettings
{
  ReconcileMethod method = ReconcileMethod::none;
  double interval = 0.9;

  void declare(Options& options);
};

/// Reconciled figures of the cells of one range, in stored units of value and of weight. Quantities have a
/// model of their own.
struct ReconciledCells
{
  std::vector<std::int64_t> value, value_low, value_high;     ///< at FOB; 0 where nobody reported more than 0
  std::vector<std::int64_t> weight, weight_low, weight_high;  ///< the same of net weight
  std::vector<double> exporter_weight;                        ///< of the value: 0 to 1, on the log scale
};

struct Reconciliation
{
  std::vector<ReconciledCells> of_range;      ///< as the cells; empty: nothing was asked for
  std::vector<kernels::ReliabilityModel> of;  ///< of values, of quantities
};

/// [all] Error(data) where no flow has both reports.
Reconciliation reconcile(Run const& run, ReconcileSettings const& settings, TradeFlows const& flows,
                         CellBlocks const& blocks, FobFigures const& figures);

/// [all] Table `reliability`: how well each country reports.
void write_reliability(Run const& run, ResultFile& result, TradeFlows const& flows,
                       Reconciliation const& reconciliation);

}  // namespace tarifa::jobs
