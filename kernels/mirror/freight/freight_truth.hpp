#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/country_pairs.hpp"
#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// Sizes and settings of the freight model.
struct FreightSettings
{
  std::size_t countries = 0;
  std::vector<std::int32_t> product_heading;  ///< [products] dense index of the heading (HS4) of a product
  std::size_t headings = 0;
  std::int32_t first_year = 2000;
  std::size_t years = 1;  ///< a year outside has no effect of its own
  /// Flows weigh as this power of their value: the error of a total counts as well as that of a flow.
  double value_power = 0.1;
  /// Errors of the ratio below this are squared rather than absolute (Huber): many small ones tell more than
  /// their signs do.
  double small_error = 0.05;
  /// Penalties, in sums of weights: a level whose flows weigh as much has half the effect that they show.
  double common_penalty = 20, level_penalty = 60, importer_penalty = 3;
  int sweeps = 7;
  double lowest_ratio = 0.98, highest_ratio = 3;  ///< CIF/FOB outside is a mistake, not freight
};

/// What is known of a flow before its ratio is.
struct FreightFlow
{
  std::int32_t exporter = 0, importer = 0, product = 0, year = 0;
  double log_value = 0, log_unit_value = 0, log_distance = 0;  ///< CIF; NaN: not known, taken as the mean
  bool contiguous = false;
};

/// Flows of which the importer reported both CIF and FOB values, as columns, with their logarithms taken
/// once.
class FreightTruth
{
 public:
  /// Takes flows with a CIF value > 0 (`flows.imported`), an FOB value > 0 (`imported_fob` [flows]) and a
  /// ratio in range. `pairs` gives the distance.
  void add(FlowBlock const& flows, std::span<double const> imported_fob, CountryPairs const& pairs,
           FreightSettings const& settings);

  std::size_t size() const noexcept { return exporter.size(); }
  FreightFlow flow(std::size_t row) const;

  std::vector<std::int32_t> exporter, importer, product, year;
  std::vector<double> log_value;                     ///< of the CIF value, known when the ratio is not
  std::vector<double> log_unit_value, log_distance;  ///< CIF per kg; km; NaN: not known
  std::vector<double> value_weight;                  ///< CIF value ^ `value_power`
  std::vector<std::uint8_t> contiguous;
  std::vector<double> ratio;          ///< CIF / FOB
  std::vector<std::uint8_t> imputed;  ///< a constant that someone filled in; not learnt from
};

/// Finds ratios that were filled in with a constant instead of observed: counts of flows by importer, year
/// and ratio, in bins of .002. Additive.
///
/// Freight differs between flows. Where three in ten flows of an importer and year (or of all its years), out
/// of at least twenty, lie within .004, they were not observed; where such flows are more than half, none of
/// that importer and year is believed.
class ImputedRatios
{
 public:
  explicit ImputedRatios(FreightSettings const& settings);

  void add(FreightTruth const& truth, std::size_t begin, std::size_t end);
  void add(ImputedRatios const& other);
  /// For adding over ranks, element by element.
  std::span<std::int64_t> numbers() noexcept { return counts_; }

  /// Fills `truth.imputed`; how many there are.
  std::size_t mark(FreightTruth& truth) const;

 private:
  std::size_t row_of(FreightTruth const& truth, std::size_t flow) const;
  std::vector<std::uint8_t> verdict(std::span<std::int64_t const> counts) const;

  std::size_t countries_, years_;
  std::int32_t first_year_;
  std::vector<std::int64_t> counts_;  ///< [countries x years x bins]
};

}  // namespace tarifa::kernels
