#pragma once

#include <cstdint>
#include <vector>

#include "jobs/support/mirror/causes.hpp"
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

enum class GapColumns : std::uint8_t
{
  left_out,
  with_parts,
};

/// [all] Totals over the cells of all ranks by exporter, importer, product, period and in all (code 0; none
/// when there are no cells). `causes` may be empty: no parts. Error(data) when one leaves 64 bits.
std::vector<TotalsBy> add_up(Run const& run, TradeFlows const& flows,
                             std::vector<kernels::MirrorCells> const& cells,
                             std::vector<kernels::CellFigures> const& figures,
                             std::vector<CellCauses> const& causes);

/// [all] Writes them as tables by_exporter ... total.
void write_totals(Run const& run, ResultFile& result, TradeFlows const& flows, int hs_digits,
                  std::vector<TotalsBy> const& totals, GapColumns gap);

}  // namespace tarifa::jobs
