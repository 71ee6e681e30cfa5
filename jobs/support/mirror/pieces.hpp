#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/group/group_plan.hpp"

namespace tarifa::jobs
{

/// Cells of consecutive key ranges, column after column, as a checkpoint keeps them: read again by the same
/// build only.
std::string piece_of(std::span<kernels::MirrorCells const> ranges);

/// Puts the cells of a piece that belong to this rank behind those of their range: cells[plan.ranges()].
void take_piece(std::string_view piece, GroupPlan const& plan, std::vector<kernels::MirrorCells>& cells);

}  // namespace tarifa::jobs
