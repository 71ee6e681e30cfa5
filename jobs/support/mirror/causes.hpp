#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobs/support/mirror/fob.hpp"
#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/causes/gap_parts.hpp"
#include "kernels/mirror/causes/gap_reasons.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/result/result_file.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{

/// What explains the gaps of the cells (docs/methods/mirror.md, parts of a gap).
struct PartsSettings
{
  bool wanted = false;
  std::vector<std::string> unspecified{"_X",  "_O",  "X1",  "X2",  "XX",  "F19",
                                       "S19", "E19", "A59", "F49", "O19", "A79"};

  void declare(Options& options);
};

/// Parts of the gap, reasons and hypothesis of the cells of one range.
struct CellCauses
{
  kernels::GapParts parts;
  std::vector<std::int32_t> reasons;  ///< bits of kernels::GapReason
  std::vector<std::int8_t> hypothesis;
};

/// Column of a part, without cells.
ResultColumn part_column(kernels::GapPart part, ColumnSchema const& value);

/// [all] Labels `hypothesis`, and table `reasons`: what each bit of a cell's reasons says.
void write_reasons(Run const& run, ResultFile& result);

/// [all] As the cells; empty when not wanted. Gaps are set off between cells of one chapter and period, so
/// these travel to one rank, and what was found comes back: twice 100 bytes a cell.
std::vector<CellCauses> find_causes(Run const& run, PartsSettings const& settings, int hs_digits,
                                    TradeFlows const& flows, std::vector<kernels::MirrorCells> const& cells,
                                    CellBlocks const& blocks, FobFigures const& figures);

}  // namespace tarifa::jobs
