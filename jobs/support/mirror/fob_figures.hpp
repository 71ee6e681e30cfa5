#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/mirror/cell_figures.hpp"
#include "kernels/mirror/mirror_cells.hpp"

namespace tarifa::jobs
{

/// A coefficient of the model that was fitted, or a figure about it.
struct FreightTerm
{
  std::string name;
  double estimate, standard_error;
};

/// Figures at FOB of the cells of this rank, and the model they come from.
struct FobFigures
{
  std::vector<kernels::CellFigures> of_range;  ///< as the cells
  /// [ranges][cells] Interval of the ratio; empty where the method gives none.
  std::vector<std::vector<double>> ratio_low, ratio_high;
  std::vector<FreightTerm> model;  ///< empty: a flat ratio
  std::int64_t observations = 0;   ///< flows the model was fitted to
  /// Cells with imports, on all ranks, that took the flat ratio for want of a term.
  std::int64_t fallback_cells = 0;
  /// Cells, on all ranks, whose importer gives both CIF and FOB for all of its records: these stand.
  std::int64_t reported_cells = 0;
  std::int64_t imputed = 0;  ///< flows with both that were filled in with a constant: not learnt from

  explicit FobFigures(std::vector<kernels::MirrorCells> const& cells) : of_range(cells.size())
  {
    for (std::size_t range = 0; range < cells.size(); ++range)
    {
      of_range[range].resize(cells[range].size());
    }
  }
};

}  // namespace tarifa::jobs
