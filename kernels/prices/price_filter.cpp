#include "kernels/prices/price_filter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

/// Standard deviations of a normal distribution in its median absolute deviation: 1 / quantile(3/4).
constexpr double deviation_scale = 1.4826;

template <class Sums, class Visit>
void for_each_sum(Sums& sums, Visit const& visit)
{
  for (auto* const sum :
       {&sums.value, &sums.below_quartile, &sums.above_quartile, &sums.below_fence, &sums.below_deviation})
  {
    visit(*sum);
  }
}

}  // namespace

double quantile_of_sorted(std::span<double const> ascending, double share)
{
  if (ascending.empty())
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double const place = share * static_cast<double>(ascending.size() - 1);
  auto const below = static_cast<std::size_t>(place);
  double const next = ascending[std::min(below + 1, ascending.size() - 1)];
  return ascending[below] + (next - ascending[below]) * (place - static_cast<double>(below));
}

PriceBounds price_bounds(std::span<double const> unit_values)
{
  std::vector<double> sorted(unit_values.begin(), unit_values.end());
  std::sort(sorted.begin(), sorted.end());
  PriceBounds bounds;
  bounds.flows = std::ssize(sorted);
  bounds.lower = quantile_of_sorted(sorted, 0.25);
  bounds.median = quantile_of_sorted(sorted, 0.5);
  bounds.upper = quantile_of_sorted(sorted, 0.75);
  double const middle = portable_log(bounds.median);
  for (double& one : sorted)
  {
    one = std::abs(portable_log(one) - middle);
  }
  std::sort(sorted.begin(), sorted.end());
  bounds.deviation = quantile_of_sorted(sorted, 0.5);
  return bounds;
}

PriceGap price_gap(double value, double weight, PriceBounds const& bounds,
                   PriceFilterSettings const& settings)
{
  double const unit_value = value / weight;
  PriceGap gap;
  gap.below_quartile = std::max(0.0, bounds.lower * weight - value);
  gap.above_quartile = std::max(0.0, value - bounds.upper * weight);
  double const missing = bounds.median * weight - value;
  if (unit_value < bounds.lower - settings.fence * (bounds.upper - bounds.lower))
  {
    gap.below_fence = missing;
  }
  double const distance = portable_log(unit_value) - portable_log(bounds.median);
  if (bounds.deviation > 0 && distance / (deviation_scale * bounds.deviation) < -settings.deviations)
  {
    gap.below_deviation = missing;
  }
  return gap;
}

PriceGroups price_groups(PricedFlows const& flows, PriceFilterSettings const& settings)
{
  std::vector<std::size_t> order(flows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const key = [&](std::size_t flow)
  { return std::tuple(flows.reporter[flow], flows.product[flow], flows.year[flow]); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  PriceGroups result;
  result.group_of_flow.assign(flows.size(), -1);
  std::vector<double> unit_values;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last)
  {
    unit_values.clear();
    for (last = first; last < order.size() && key(order[last]) == key(order[first]); ++last)
    {
      unit_values.push_back(flows.value[order[last]] / flows.weight[order[last]]);
    }
    if (static_cast<std::int64_t>(last - first) < settings.least_flows)
    {
      continue;
    }
    for (std::size_t i = first; i < last; ++i)
    {
      result.group_of_flow[order[i]] = static_cast<std::int32_t>(result.groups.size());
    }
    std::size_t const one = order[first];
    result.groups.push_back(
        {flows.reporter[one], flows.product[one], flows.year[one], price_bounds(unit_values)});
  }
  return result;
}

void PriceGapSums::add(double flow_value, PriceGap const& gap)
{
  ++flows;
  value.add(flow_value);
  below_quartile.add(gap.below_quartile);
  above_quartile.add(gap.above_quartile);
  below_fence.add(gap.below_fence);
  below_deviation.add(gap.below_deviation);
}

void PriceGapSums::add(PriceGapSums const& other)
{
  flows += other.flows;
  value.add(other.value);
  below_quartile.add(other.below_quartile);
  above_quartile.add(other.above_quartile);
  below_fence.add(other.below_fence);
  below_deviation.add(other.below_deviation);
}

std::vector<std::int64_t> PriceGapSums::to_digits() const
{
  std::vector<std::int64_t> digit{flows};
  for_each_sum(*this, [&](ExactSum const& sum) { append_digits(digit, std::span(&sum, 1)); });
  return digit;
}

void PriceGapSums::set_digits(std::span<std::int64_t const> digit)
{
  flows = digit.front();
  digit = digit.subspan(1);
  for_each_sum(*this, [&](ExactSum& sum) { digit = take_digits(digit, std::span(&sum, 1)); });
}

}  // namespace tarifa::kernels
