#pragma once

#include <vector>

#include "jobs/support/mirror/causes.hpp"
#include "jobs/support/mirror/fob.hpp"
#include "jobs/support/mirror/reconcile.hpp"
#include "jobs/support/trade_flows.hpp"
#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// What the stages of a mirror analysis made of the cells of this rank, range by range.
struct MirrorMade
{
  std::vector<kernels::MirrorCells> const& cells;
  FobFigures const& figures;
  Reconciliation const& reconciled;
  std::vector<CellCauses> const& causes;
};

struct CellsSettings
{
  int hs_digits;
  FobMethod fob;
  bool with_causes;
};

/// [all] Table `cells`; which columns it has depends on the methods (docs/files.md).
void write_cells(Run const& run, ResultFile& result, TradeFlows const& flows, CellsSettings const& settings,
                 MirrorMade const& made);

}  // namespace tarifa::jobs
