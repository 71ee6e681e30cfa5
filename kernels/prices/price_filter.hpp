#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Price filter: which flows lie outside of what the same importer pays for the same product in the same
/// year, and how much value that is (interquartile range: Zdanowicz 2004, Pak & Zdanowicz; fences: Tukey
/// 1977; docs/methods/mirror.md, price filter).
struct PriceFilterSettings
{
  std::int64_t least_flows = 12;  ///< in a group, to have bounds
  double fence = 1.5;             ///< lower fence = q1 - fence (q3 - q1)
  double deviations = 3;          ///< robust standard deviations below the median
};

/// What is normal in one group.
struct PriceBounds
{
  std::int64_t flows = 0;
  double lower = 0, median = 0, upper = 0;  ///< quartiles of the unit value (type 7 of Hyndman & Fan 1996)
  double deviation = 0;                     ///< median of |ln(unit value / median)|
};

/// Quantile of ascending values between the two nearest (type 7); `share` in 0..1. NaN for none.
double quantile_of_sorted(std::span<double const> ascending, double share);

/// Bounds of unit values in any order, all above 0.
PriceBounds price_bounds(std::span<double const> unit_values);

/// Value outside of the bounds, in the currency of the value; 0 inside.
struct PriceGap
{
  double below_quartile = 0;   ///< q1 x weight - value, where above 0
  double above_quartile = 0;   ///< value - q3 x weight, where above 0
  double below_fence = 0;      ///< median x weight - value, for unit values below the lower fence
  double below_deviation = 0;  ///< the same, for those more than 3 robust deviations below the median
};

PriceGap price_gap(double value, double weight, PriceBounds const& bounds,
                   PriceFilterSettings const& settings);

/// Flows with value and weight above 0, as columns of one length. All flows of one reporter, product and year
/// belong into one call; more do not matter, nor does their order.
struct PricedFlows
{
  std::span<std::int32_t const> reporter, product, year;
  std::span<double const> value, weight;

  std::size_t size() const noexcept { return reporter.size(); }
};

struct PriceGroup
{
  std::int32_t reporter = 0, product = 0, year = 0;
  PriceBounds bounds;
};

/// Bounds of every group with enough flows, by (reporter, product, year), and for each flow its group's place
/// among them, -1: too few flows.
struct PriceGroups
{
  std::vector<PriceGroup> groups;
  std::vector<std::int32_t> group_of_flow;  ///< [flows]
};

PriceGroups price_groups(PricedFlows const& flows, PriceFilterSettings const& settings);

/// Sums over flows in groups with bounds. Additive; exact, so in any order.
struct PriceGapSums
{
  std::int64_t flows = 0;
  ExactSum value, below_quartile, above_quartile, below_fence, below_deviation;

  void add(double flow_value, PriceGap const& gap);
  void add(PriceGapSums const& other);
  static constexpr std::size_t digits = 1 + 5 * ExactSum::digits;
  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digit);
};

}  // namespace tarifa::kernels
