#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/mirror/country_pairs.hpp"
#include "kernels/mirror/flow_block.hpp"
#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Reconciliation of the Growth Lab at Harvard (harvard-growth-lab/comtrade-mirroring, after Bustos and
/// Yildirim), one year at a time, in five steps: totals of country pairs; freight; scores of countries;
/// reconciled pairs; products scaled to them. No step gives an interval. docs/methods/mirror.md has the
/// formulas.
///
/// Values are in the currency of the flows, and thresholds in USD. NaN: not reported.

/// A step as the published program computes it, or as its authors meant it.
enum class GrowthLabForm : std::uint8_t
{
  published,
  corrected,
};

struct GrowthLabSettings
{
  int iterations = 25;  ///< of the published scores

  /// Published: both scores are updated from the old ones, which never settles but jumps between two states.
  /// Corrected: from each other in turn until they settle, and scaled to equal geometric means.
  GrowthLabForm scores = GrowthLabForm::published;
  /// Published: the score called exporter reliability is worked out from what the country declares as
  /// importer, and the other way about.
  GrowthLabForm labels = GrowthLabForm::published;
  /// Published: a product with two reports takes that of the exporter whatever the weight. Corrected: both,
  /// at the weight of their pair.
  GrowthLabForm product_weight = GrowthLabForm::published;
  /// Published: pairs that one side or none reported are observations of ratio 1, pairs of unknown distance
  /// lie 1 km apart, and extremes are cut off at ranks among all of them. Corrected: they are left out.
  GrowthLabForm incomplete_pairs = GrowthLabForm::published;
  /// Published: a pair is an observation unless the exporter reported less than the floor and the importer
  /// did not. Corrected: unless either reported less.
  GrowthLabForm freight_floor = GrowthLabForm::published;
  /// Published: pairs below `least_value` stay. Corrected: they go.
  GrowthLabForm small_pairs = GrowthLabForm::published;
  /// Published: nothing. Corrected: where more than `most_unspecified` of what a country declares is
  /// unspecified by product and by partner, that part is taken from its trade with the unspecified.
  GrowthLabForm unspecified_trade = GrowthLabForm::published;
  /// Published: nothing. Corrected: exporters with too much unspecified trade get no products
  /// (`most_unspecified_products`).
  GrowthLabForm unspecified_exporters = GrowthLabForm::published;

  double least_value = 1e3;
  double most_unspecified = 0.25;
  double most_unspecified_products = 1.0 / 3;  ///< over the specified
  double least_freight_value = 1e6;            ///< or the percentile below, if higher
  double freight_percentile = 0.01;
  double cut_share = 0.1;     ///< of extreme log ratios, at each end
  double most_rate = 0.2;     ///< of freight, of the value CIF
  double equal_ratio = 0.05;  ///< log ratios smaller than this need no freight
  double least_score_value = 1e4;
  double least_population = 0.5e6;
  std::int64_t least_flows = 10;
  int flow_passes = 5;
  double most_mean_rate = 0.2;
  /// Price level of the year over that of the base year. The published program divides by that of the base
  /// year over itself.
  double deflator = 1;
  std::int32_t unspecified_country = -1;  ///< index of the partner "areas not specified"; -1: none
  /// [products] 1: a code of goods not specified by kind. Empty: none.
  std::vector<std::uint8_t> unspecified_product;

  bool is_unspecified(std::int32_t product) const noexcept
  {
    auto const at = static_cast<std::size_t>(product);
    return at < unspecified_product.size() && unspecified_product[at] != 0;
  }
};

/// Pairs of countries of one year, by exporter and then importer.
struct GrowthLabPairs
{
  std::size_t countries = 0;
  std::vector<std::int32_t> exporter, importer;
  std::vector<double> exported, imported;  ///< FOB, CIF; NaN: not reported

  std::size_t size() const noexcept { return exporter.size(); }
};

/// Step 1: totals of the pairs of one period. Exact and additive; the flows may come in any order, and
/// several flows of one pair and product may.
///
/// A pair of which neither side reported anything is there all the same where its opposite is: as published.
class GrowthLabTotals
{
 public:
  GrowthLabTotals(std::size_t countries, std::int32_t period);

  void add(FlowBlock const& block, GrowthLabSettings const& settings);
  void add(GrowthLabTotals const& other);
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  GrowthLabPairs pairs(GrowthLabSettings const& settings) const;

 private:
  struct Side
  {
    std::vector<ExactSum> value;        ///< [countries x countries], exporter by importer
    std::vector<std::int64_t> reports;  ///< of each
    std::vector<ExactSum> unspecified;  ///< [countries] of the reporter, by partner and product
    void resize(std::size_t countries);
    void report(std::size_t pair, double reported);
    std::vector<double> values() const;
  };

  std::size_t countries_;
  std::int32_t period_;
  Side exported_, imported_;
};

/// Step 2: rate of freight = constant + distance x ln km + contiguity, of the value CIF, from a regression of
/// the log ratio of the two reports with effects of exporter and importer.
struct GrowthLabFreight
{
  double constant = 0, distance = 0, contiguity = 0;
  double distance_error = 0, contiguity_error = 0;  ///< standard errors, all observations independent
  double mean_rate = 0;                             ///< over pairs of known distance: for the others
  std::int64_t observations = 0, exporters = 0, importers = 0;  ///< of the year itself
  std::int64_t zeros = 0;                                       ///< observations of log ratio 0
};

/// `neighbours` holds the years whose pairs are to be observations too, with effects of their own; the
/// published program means to join those before and after, and joins none. Throws std::domain_error when no
/// coefficient can be estimated.
GrowthLabFreight fit_growth_lab_freight(GrowthLabPairs const& pairs, CountryPairs const& geography,
                                        GrowthLabSettings const& settings,
                                        std::span<GrowthLabPairs const> neighbours = {});

/// [pairs] imports at FOB: unchanged where they are less than the exports or nearly equal, else less freight.
std::vector<double> growth_lab_at_fob(GrowthLabPairs const& pairs, CountryPairs const& geography,
                                      GrowthLabFreight const& freight, GrowthLabSettings const& settings);

/// Step 3: scores of countries, by country; NaN: not scored.
struct GrowthLabScores
{
  std::vector<std::int64_t> exporter_flows, importer_flows;        ///< partners; 0 where not scored
  std::vector<double> exporter_discrepancy, importer_discrepancy;  ///< mean over scored countries
  std::vector<double> exporter_reliability, importer_reliability;
  std::int64_t countries = 0;  ///< scored
};

/// `population` [countries], NaN: not known, which does not leave a country out.
GrowthLabScores growth_lab_scores(GrowthLabPairs const& pairs, std::span<double const> imports_at_fob,
                                  std::span<double const> population, GrowthLabSettings const& settings);

/// Step 4: one value for each pair worth at least `least_score_value`. Columns of equal length.
struct GrowthLabReconciled
{
  std::size_t countries = 0;
  std::vector<std::int32_t> exporter, importer;
  std::vector<double> exported, imported;  ///< FOB; NaN also where below `least_value`
  std::vector<double> value;               ///< NaN: both below `least_value`
  std::vector<double> freight_rate;        ///< of the exporter: mean of CIF/FOB - 1
  std::vector<double> weight;              ///< of the exporter's report; NaN where a side has no score
  std::vector<std::int8_t> exporter_flag, importer_flag;  ///< 1: score above the lowest tenth
  std::vector<std::int32_t> place;  ///< [countries x countries] exporter by importer: row, or -1

  std::size_t size() const noexcept { return exporter.size(); }
  std::int32_t find(std::int32_t from, std::int32_t to) const noexcept
  {
    return place[static_cast<std::size_t>(from) * countries + static_cast<std::size_t>(to)];
  }
};

GrowthLabReconciled reconcile_growth_lab_pairs(GrowthLabPairs const& pairs,
                                               std::span<double const> imports_at_fob,
                                               GrowthLabScores const& scores,
                                               GrowthLabSettings const& settings);

/// Step 5, first pass: what the products of each pair add up to. Exact and additive. Each flow is one product
/// of one pair; whoever merges partners or codes first leaves reports below `least_value` out, since the
/// published program does.
class GrowthLabProductTotals
{
 public:
  GrowthLabProductTotals(std::size_t countries, std::int32_t period);

  void add(FlowBlock const& block, GrowthLabReconciled const& pairs, GrowthLabSettings const& settings);
  void add(GrowthLabProductTotals const& other);
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

 private:
  friend class GrowthLabProducts;
  std::size_t countries_;
  std::int32_t period_;
  std::vector<ExactSum> all_, scaled_;  ///< [countries x countries] products; those that are scaled
  std::vector<ExactSum> unspecified_;   ///< [countries] of the exporter, of those scaled
};

/// Step 5, second pass: products scaled to the value of their pair.
class GrowthLabProducts
{
 public:
  GrowthLabProducts(GrowthLabReconciled const& pairs, GrowthLabProductTotals const& totals,
                    GrowthLabSettings const& settings);

  struct Flow
  {
    double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN: no report of at least `least_value`
    double exported = 0, imported = 0;                        ///< FOB; 0: none
  };
  /// One per flow; NaN in other periods too.
  void apply(FlowBlock const& block, std::span<Flow> flows) const;

  /// Value of a pair that no product accounts for.
  struct Remainder
  {
    std::int32_t exporter, importer;
    double value;
  };
  std::vector<Remainder> const& remainders() const noexcept { return remainders_; }

 private:
  GrowthLabReconciled const* pairs_;
  GrowthLabSettings settings_;
  std::int32_t period_;
  std::vector<double> total_, scaled_;  ///< [countries x countries]
  std::vector<std::uint8_t> left_out_;  ///< [countries] exporters
  std::vector<Remainder> remainders_;
};

}  // namespace tarifa::kernels
