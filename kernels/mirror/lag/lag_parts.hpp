#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/mirror/lag/time_lag.hpp"

namespace tarifa::kernels
{

/// Lag part of the gap of every monthly flow: arrivals less departures, whole units (`GapCells::lag`). Sums
/// over the months of a year are the part of an annual cell.
///
/// The block holds whole series (see for_each_series). `exported` [flows]: stored units, 0 where the exporter
/// is silent; `stratum` [flows]: as LagMoments, negative: no lag. What arrives in a month without a flow goes
/// to the nearest month of the series that has one, of the same year before another, later before earlier.
/// Over a series the parts add up to what entered less what left it (shift_arrivals()).
std::vector<std::int64_t> lag_parts(FlowBlock const& block, std::span<std::int64_t const> exported,
                                    std::span<std::int32_t const> stratum,
                                    LagDistribution const& distribution);

}  // namespace tarifa::kernels
