#pragma once

#include <vector>

#include "jobs/support/mirror/cell_blocks.hpp"
#include "jobs/support/mirror/fob_figures.hpp"
#include "kernels/mirror/baci/baci_cif.hpp"
#include "kernels/mirror/country_pairs.hpp"

namespace tarifa::jobs
{

/// [all] Imports at FOB: the importer's own FOB value where it gives one for all records of a cell, else by
/// the freight model, learnt from all importers that give both, with intervals from importers that were left
/// out. `basis` [countries]. Without any such flow the model has one ratio for all and no interval.
FobFigures by_freight_model(Run const& run, std::vector<kernels::ImportBasis> const& basis, int hs_digits,
                            TradeFlows const& flows, CellBlocks const& blocks,
                            std::vector<kernels::MirrorCells> const& cells,
                            kernels::CountryPairs const& pairs);

}  // namespace tarifa::jobs
