#include "kernels/mirror/lag/lag_parts.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// Month of the series that takes what arrives in `month`: itself where it has a flow. Of the same calendar
/// year before another, the nearest, the later of two.
std::size_t place_for(std::size_t month, std::int32_t first_month,
                      std::vector<std::size_t> const& flow_of_month)
{
  auto const year = [first_month](std::size_t one)
  { return (first_month + static_cast<std::int32_t>(one)) / 12; };
  std::size_t best = none;
  for (std::size_t distance = 0; distance < flow_of_month.size(); ++distance)
  {
    for (std::size_t const candidate : {month + distance, distance <= month ? month - distance : none})
    {
      if (candidate >= flow_of_month.size() || flow_of_month[candidate] == none)
      {
        continue;
      }
      if (year(candidate) == year(month))
      {
        return candidate;
      }
      best = best == none ? candidate : best;
    }
  }
  return best;
}

}  // namespace

std::vector<std::int64_t> lag_parts(FlowBlock const& block, std::span<std::int64_t const> exported,
                                    std::span<std::int32_t const> stratum,
                                    LagDistribution const& distribution)
{
  std::vector<std::vector<std::int64_t>> weights;
  for (LagDistribution::Stratum const& one : distribution.strata)
  {
    weights.push_back(lag_weights(one.share));
  }
  std::vector<std::int64_t> parts(block.size()), sent;
  std::vector<std::size_t> flow_of_month;
  auto const visit = [&](std::size_t first, std::size_t last, MonthlySeries const& series)
  {
    if (stratum[first] < 0)
    {
      return;
    }
    sent.assign(series.exported.size(), 0);
    flow_of_month.assign(series.exported.size(), none);
    for (std::size_t flow = first; flow < last; ++flow)
    {
      auto const month = static_cast<std::size_t>(month_number(block.period[flow]) - series.first_month);
      sent[month] += exported[flow];
      flow_of_month[month] = flow;
    }
    LagShift const shift =
        shift_arrivals(sent, weights[static_cast<std::size_t>(stratum[first])], distribution.first_lag, 12);
    for (std::size_t month = 0; month < shift.part.size(); ++month)
    {
      if (shift.part[month] != 0)
      {
        parts[flow_of_month[place_for(month, series.first_month, flow_of_month)]] += shift.part[month];
      }
    }
  };
  for_each_series(block, Measure::value, visit);
  return parts;
}

}  // namespace tarifa::kernels
