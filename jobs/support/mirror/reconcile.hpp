#pragma once

#include <string>
#include <vector>

#include "jobs/support/mirror/cell_blocks.hpp"
#include "jobs/support/mirror/fob.hpp"
#include "kernels/mirror/measure.hpp"
#include "pipeline/result/result_file.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{

/// How the two reports of a flow become one figure (docs/methods/mirror.md).
enum class ReconcileMethod : std::uint8_t
{
  none,
  likelihood,  ///< weights from the reporters' error variances by maximum likelihood; the one with intervals
  baci,        ///< weights from the reporting distance, as BACI
  gehlhar,     ///< the report of the side that agrees with its partners more often
};

struct ReconcileSettings
{
  ReconcileMethod method = ReconcileMethod::none;
  double interval = 0.9;
  int least_observations = 30;
  bool excludes_worst_partner = false;

  void declare(Options& options);
};

/// Reconciled figures of the cells of one range, in stored units of value and of weight. Quantities have a
/// model of their own. Low and high are empty where the method gives no interval.
struct ReconciledCells
{
  std::vector<std::int64_t> value, value_low, value_high;     ///< at FOB; 0 where nobody reported more than 0
  std::vector<std::int64_t> weight, weight_low, weight_high;  ///< the same of net weight
  std::vector<double> exporter_weight;                        ///< of the value: 0 to 1
};

/// How well one country reports in one role.
struct ReporterScore
{
  kernels::Measure measure;
  bool is_importer;
  std::int32_t country;
  std::int64_t flows;  ///< with both reports; 0: not counted by the method
  double score, standard_error;
};

struct Reconciliation
{
  std::vector<ReconciledCells> of_range;  ///< as the cells; empty: nothing was asked for
  std::string score, interval;            ///< what the score is; what the interval is, or that there is none
  std::vector<ReporterScore> reporters;

  bool has_interval = false;
};

/// [all] Error(data) where the method has too few flows with both reports.
Reconciliation reconcile(Run const& run, ReconcileSettings const& settings, TradeFlows const& flows,
                         CellBlocks const& blocks, FobFigures const& figures);

/// [all] Table `reliability`: how well each country reports.
void write_reliability(Run const& run, ResultFile& result, Reconciliation const& reconciliation);

}  // namespace tarifa::jobs
