#pragma once

#include <cstdint>
#include <vector>

#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/mirror_totals.hpp"
#include "pipeline/result/result_file.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{

/// Totals by the codes of one dimension, codes ascending. Sums are exact, so the order of adding is free.
struct TotalsBy
{
  std::vector<std::int64_t> codes;
  std::vector<kernels::MirrorTotals> totals;  ///< [codes]
};

/// [all] Totals over the cells of all ranks by exporter, importer, product, period and in all (code 0; none
/// when there are no cells). Error(data) when one leaves 64 bits.
std::vector<TotalsBy> add_up(Run const& run, TradeFlows const& flows,
                             std::vector<kernels::MirrorCells> const& cells,
                             std::vector<kernels::CellFigures> const& figures);

/// [all] Writes them as tables by_exporter ... total.
void write_totals(Run const& run, ResultFile& result, TradeFlows const& flows, int hs_digits,
                  std::vector<TotalsBy> const& totals);

}  // namespace tarifa::jobs
