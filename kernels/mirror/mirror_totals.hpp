#pragma once

#include <array>
#include <cstdint>

#include "kernels/mirror/causes/gap_parts.hpp"
#include "kernels/mirror/cell_figures.hpp"
#include "kernels/mirror/mirror_cells.hpp"

namespace tarifa::kernels
{

/// Totals over cells. Additive; exact.
struct MirrorTotals
{
  std::int64_t cells_both = 0, cells_import_only = 0, cells_export_only = 0;
  std::int64_t import_records = 0, export_records = 0;
  std::int64_t import_value = 0, export_value = 0, import_value_fob = 0, asymmetry = 0;
  std::int64_t two_sided_import_fob = 0, two_sided_export = 0, two_sided_absolute = 0;
  std::array<std::int64_t, gap_parts> part = {};  ///< of the gap: imports as reported less exports

  std::int64_t cells() const noexcept { return cells_both + cells_import_only + cells_export_only; }
  /// False when a sum leaves 64 bits; the totals are then void.
  [[nodiscard]] bool add(MirrorTotals const& other) noexcept;
};

/// Totals of one cell; its parts are 0.
MirrorTotals totals_of(MirrorCells const& cells, CellFigures const& figures, std::size_t cell);

}  // namespace tarifa::kernels
