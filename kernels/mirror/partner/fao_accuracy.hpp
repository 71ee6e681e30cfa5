#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Accuracy of countries after FAO (SWS-Methodology/faoswsTrade, accuracyScores): how well the weights that a
/// country reports go with those of its partners. docs/methods/mirror.md.
struct FaoAccuracySettings
{
  int groups = 10;
  /// Published: countries that cannot be scored take part in the ranking, with the lowest correlation of any
  /// pair as their score, before they are put into a group of their own. Corrected: they do not.
  bool published_ranking = true;
};

/// First pass: number of products and means of both weights, by pair of countries, of flows of one period
/// with both weights. Additive; exact.
class FaoPairMeans
{
 public:
  FaoPairMeans(std::size_t countries, std::int32_t period);

  void add(FlowBlock const& block);
  void add(FaoPairMeans const& other);
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  std::size_t countries() const noexcept { return countries_; }
  std::int32_t period() const noexcept { return period_; }
  std::int64_t products(std::size_t pair) const noexcept { return products_[pair]; }
  /// Of one side, in kg; NaN without products.
  std::vector<double> exported_means() const { return means(exported_); }
  std::vector<double> imported_means() const { return means(imported_); }
  /// The country is in a flow that anybody reports.
  bool is_seen(std::size_t country) const noexcept { return seen_[country] > 0; }

 private:
  std::vector<double> means(std::vector<ExactSum> const& sums) const;

  std::size_t countries_;
  std::int32_t period_;
  std::vector<std::int64_t> products_;         ///< [countries x countries], exporter by importer
  std::vector<ExactSum> exported_, imported_;  ///< of each
  std::vector<std::int64_t> seen_;             ///< [countries] flows
};

/// Second pass: correlations of the two weights over the products of a pair. Additive; exact.
class FaoPairProducts
{
 public:
  /// `means` of all flows.
  explicit FaoPairProducts(FaoPairMeans const& means);

  void add(FlowBlock const& block);
  void add(FaoPairProducts const& other);
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  /// [countries x countries], exporter by importer; NaN below 2 products, or where one side is constant.
  std::vector<double> correlations() const;

 private:
  std::size_t countries_;
  std::int32_t period_;
  std::vector<double> exported_mean_, imported_mean_;
  std::vector<ExactSum> exported_, imported_, both_;  ///< products about the means
};

struct FaoAccuracy
{
  std::vector<double> score;  ///< [countries] sum of correlation x share of the country's products
  std::vector<std::int32_t>
      group;  ///< 1: most accurate ... `groups`; groups + 1: could not be scored; 0: not seen
};

/// A country is scored by its pairs of two products or more, in both roles; its products in pairs of one
/// count in the shares all the same. Groups are of equal size, the larger ones first.
FaoAccuracy fao_accuracy(FaoPairMeans const& means, FaoPairProducts const& products,
                         FaoAccuracySettings const& settings = {});

}  // namespace tarifa::kernels
