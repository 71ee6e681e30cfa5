#pragma once

#include <vector>

#include "jobs/support/mirror/cell_blocks.hpp"
#include "kernels/mirror/country_pairs.hpp"

namespace tarifa::jobs
{

/// Which flows count for the unit value of a product: both sides report, each more than these.
struct UnitValueSample
{
  double least_value = 10, least_kg = 2000;
};

/// [all] [products] Median over flows of the exporters' unit values, in currency per kg, over all periods and
/// all pairs whose distance is known; NaN: no flow counts. The mean of the two middle ones where their number
/// is even.
std::vector<double> world_unit_values(Comm const& comm, CellBlocks const& blocks,
                                      kernels::CountryPairs const& pairs, UnitValueSample const& sample);

}  // namespace tarifa::jobs
