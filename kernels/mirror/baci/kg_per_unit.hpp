#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Net weight of goods that are reported in another unit, from flows of which one side reports kg and the
/// other that unit (Gaulier and Zignago, CEPII working paper 2010-23, section 2; docs/methods/mirror.md).

/// Such flows as columns of one length; products and units are dense indices of the caller. Leave out units
/// that say nothing of the goods (unknown, kWh).
struct UnitPairs
{
  std::span<std::int32_t const> product, unit;
  std::span<double const> kg;        ///< of the side that reports kg; NaN or not above 0: the flow is out
  std::span<double const> quantity;  ///< of the other side, in the unit; the same

  std::size_t size() const noexcept { return product.size(); }
};

/// The paper does not say whether its standard deviation is that of the conversion or of its logarithm.
enum class UnitSpread : std::uint8_t
{
  of_logarithm,  ///< factor: geometric mean; the deviation has no unit
  of_level,      ///< factor: mean; the deviation is in kg per unit and so depends on the goods
};

struct KgPerUnitSettings
{
  UnitSpread spread = UnitSpread::of_logarithm;
  std::int64_t least_flows = 10;
  double most_deviation = 2.5;  ///< standard deviations at or above it give no factor
};

/// Conversion of one (product, unit).
struct KgPerUnit
{
  double kg = 0;  ///< of one unit; NaN: too few flows, or they disagree too much
  double deviation = 0;
  std::int64_t flows = 0;
};

/// Sums over flows; additive and exact.
class KgPerUnitSums
{
 public:
  KgPerUnitSums(KgPerUnitSettings const& settings, std::size_t products, std::size_t units);

  void add(UnitPairs const& pairs);
  void add(KgPerUnitSums const& other);
  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  /// [products, units]
  std::vector<KgPerUnit> factors() const;

 private:
  KgPerUnitSettings settings_;
  std::size_t units_;
  std::vector<std::int64_t> flows_;      ///< [products, units]
  std::vector<ExactSum> sum_, squares_;  ///< of the ratio or of its logarithm
};

}  // namespace tarifa::kernels
