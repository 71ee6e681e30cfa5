#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/mirror/measure.hpp"
#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Reporting distance |ln(F / X)| of two-sided flows, F the import at FOB and X the export, explained by
/// exporter, importer, year and product: the weighted analysis of variance by which BACI judges reporters
/// (Gaulier and Zignago, CEPII working paper 2010-23, equation 5; docs/methods/mirror.md).
///
/// The weight of a flow is ln(F + X), so it depends on the unit of money: flows with F + X <= 1 are out. Each
/// set of effects sums to zero. Values and net weights are two uses of the same code.

struct ReportingDistanceSettings
{
  Measure measure = Measure::value;
  std::int32_t first_year = 1989;
  std::int32_t years = 16;
  /// Fewest flows of an exporter, an importer and a product; those with fewer are out, again and again until
  /// all have as many.
  std::int64_t least_observations = 30;
};

/// Weights are whole numbers of 1 / this.
inline constexpr double reporting_weight_units = 4294967296.0;

/// Which exporters, importers and products have observations enough. Count all blocks, restrict(), and start
/// again as long as it says so.
class ReportingDistanceLevels
{
 public:
  ReportingDistanceLevels(ReportingDistanceSettings const& settings, std::size_t countries,
                          std::size_t products);

  /// `cif_ratio` [block.size()], NaN: the flow is out; not read for net weights.
  void count(FlowBlock const& block, std::span<double const> cif_ratio);
  /// Exporters, importers, products, years: to be added element by element over threads and ranks.
  std::span<std::int64_t> counts() noexcept { return counts_; }
  /// Lets go of levels with too few observations. True: something went; the counts are 0 again.
  bool restrict();

 private:
  friend class ReportingDistanceSums;
  bool is_kept(std::size_t exporter, std::size_t importer, std::size_t product) const noexcept;

  ReportingDistanceSettings settings_;
  std::size_t countries_, products_;
  std::vector<std::int64_t> counts_;
  std::vector<std::uint8_t> out_;  ///< as counts, without the years
};

/// What the analysis says of the countries as exporters, or as importers; NaN where they are out.
struct ReporterDistances
{
  std::vector<double> mean;  ///< [countries] least-squares mean: intercept + effect
  std::vector<double>
      error_of_effect;                ///< [countries] standard error of the effect, which the reference uses
  std::vector<double> error_of_mean;  ///< [countries] that of the intercept included
  std::vector<std::int64_t> observations;  ///< [countries]
};

struct ReportingDistanceFit
{
  ReporterDistances exporters, importers;
  std::vector<double> year_effect, product_effect;  ///< [years], [products]; NaN: out
  double intercept = 0;
  double variance = 0;  ///< of an observation of weight 1
  std::int64_t observations = 0;
  int parameters = 0;
};

/// Sums of the analysis over the flows whose levels are kept. Weights are whole numbers of 2^-32, so that
/// the sums are integers and exact; 8 bytes for each kept (product, country) as exporter and as importer:
/// 22 MB for 250 countries and 5,500 products.
class ReportingDistanceSums
{
 public:
  /// After the last restrict(), with the counts of that pass added up.
  explicit ReportingDistanceSums(ReportingDistanceLevels const& levels);

  void add(FlowBlock const& block, std::span<double const> cif_ratio);
  void add(ReportingDistanceSums const& other);
  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  /// Product effects are eliminated, so that the dense part has as many rows as exporters, importers and
  /// years together. Throws std::domain_error when there are too few observations, or the levels fall into
  /// parts without a flow between them.
  ReportingDistanceFit fit() const;

 private:
  struct Equations;
  Equations equations() const;
  std::size_t reporters() const noexcept { return exporters_ + importers_ + years_; }

  ReportingDistanceLevels levels_;
  std::vector<std::int32_t> place_;  ///< exporters, importers, products, years: among the kept; -1: out
  std::size_t exporters_ = 0, importers_ = 0, years_ = 0, products_ = 0;  ///< kept
  std::vector<std::int64_t> between_;     ///< [reporters, reporters] weights; exporter, importer, year; upper
  std::vector<std::int64_t> by_product_;  ///< [products, reporters] weights
  std::vector<std::int64_t> observations_;  ///< [exporters + importers]
  std::vector<ExactSum> moment_;            ///< [reporters + products + 1] weight x distance; squares last
};

}  // namespace tarifa::kernels
