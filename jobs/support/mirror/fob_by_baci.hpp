#pragma once

#include <vector>

#include "jobs/support/mirror/cell_blocks.hpp"
#include "jobs/support/mirror/fob_figures.hpp"
#include "kernels/mirror/baci/baci_cif.hpp"
#include "kernels/mirror/country_pairs.hpp"

namespace tarifa::jobs
{

/// [all] Imports at FOB by `model` 1 to 4 of BACI, learnt from all cells; cells of which a term is not known
/// take `flat_ratio`. `basis` [countries]. Error(data) where too few flows have both values and weights.
FobFigures by_baci(Run const& run, int model, double flat_ratio,
                   std::vector<kernels::ImportBasis> const& basis, CellBlocks const& blocks,
                   std::vector<kernels::MirrorCells> const& cells, kernels::CountryPairs const& pairs);

}  // namespace tarifa::jobs
