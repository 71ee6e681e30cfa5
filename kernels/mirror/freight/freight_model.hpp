#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/freight/freight_truth.hpp"

namespace tarifa::kernels
{

/// CIF/FOB ratio r of a flow:
///
///     r = 1 + exp(common terms + heading + product + exporter + year + importer)
///
/// Terms are the logarithms of distance, CIF unit value and CIF value (about their means, by their standard
/// deviations, at most 3) and contiguity, with squares and products in the common part; headings, products,
/// exporters and years have slopes of their own for some. All are shrunk (ridge). The loss is the absolute
/// error of r (Huber's below `small_error`), so that the estimate is near the median: freight has a long
/// upper tail.
///
/// Effects of importers are fitted last, on what the others leave: without them the model says what an
/// importer that reports no FOB values is to expect, which is where it is used.
///
/// Fitted by passes over FreightTruth: FreightSums(model), add, add over threads and ranks,
/// model.advance(sums), until finished(). One pass updates one kind of effects, all levels at once, by
/// iteratively reweighted least squares. Without any truth the ratio is 1.06 (2.4 of the methods).
class FreightModel
{
 public:
  static constexpr double flat_ratio = 1.06;

  /// Importers of fold `left_out` (`folds` [countries]) are not learnt from; -1: all are.
  explicit FreightModel(FreightSettings settings, std::vector<std::int32_t> folds = {},
                        std::int32_t left_out = -1);

  bool finished() const noexcept;
  bool learns_from(std::int32_t importer) const noexcept;

  double ratio(FreightFlow const& flow) const;
  /// [flows] of a block; the importers' values are taken as CIF. NaN where there is none > 0.
  void ratios(FlowBlock const& flows, CountryPairs const& pairs, std::span<double> result) const;

  FreightSettings const& settings() const noexcept { return settings_; }
  /// Value, in standard deviations about the mean of the truth.
  double standard_value(double log_value) const;
  /// Shrunk intercepts (on the logarithm of r - 1); 0: nothing known.
  double exporter_effect(std::int32_t country) const;
  double importer_effect(std::int32_t country) const;
  double product_effect(std::int32_t product) const;
  std::int64_t flows() const noexcept { return flows_; }  ///< learnt from

  /// `sums` of this pass.
  void advance(class FreightSums const& sums);

 private:
  friend class FreightSums;

  static constexpr std::size_t kinds = 6, most_terms = 11, standardised = 3;
  using Terms = std::array<double, most_terms>;

  /// Effects of one kind: levels x the terms of which each level has a slope.
  struct Kind
  {
    std::vector<std::size_t> terms;  ///< places in Terms
    std::size_t levels = 0;
    double penalty = 0;
    std::vector<double> effects;  ///< [levels x terms]
  };

  std::size_t kind_of_pass() const noexcept;
  std::size_t level(std::size_t kind, FreightFlow const& flow) const;
  Terms terms_of(FreightFlow const& flow) const;
  double effect(std::size_t kind, FreightFlow const& flow, Terms const& terms) const;
  double log_margin(FreightFlow const& flow, Terms const& terms) const;
  void take_moments(std::span<std::int64_t const> sums);
  void take_effects(std::span<std::int64_t const> sums);

  FreightSettings settings_;
  std::vector<std::int32_t> folds_;
  std::int32_t left_out_;
  int pass_ = 0;
  std::int64_t flows_ = 0;
  std::array<double, standardised> mean_{}, deviation_{1, 1, 1};  ///< of log value, unit value, distance
  double start_;
  std::array<Kind, kinds> kind_;
};

/// Sums of one pass: whole numbers, additive.
class FreightSums
{
 public:
  explicit FreightSums(FreightModel const& model);

  void add(FreightTruth const& truth, std::size_t begin, std::size_t end, FreightModel const& model);
  void add(FreightSums const& other);
  /// For adding over ranks, element by element.
  std::span<std::int64_t> numbers() noexcept { return sums_; }
  std::span<std::int64_t const> numbers() const noexcept { return sums_; }

 private:
  std::vector<std::int64_t> sums_;
};

/// How far off the ratios of a model are for importers that it did not learn from: counts of flows by the
/// logarithm of (r - 1 + .02) / (estimate - 1 + .02), by size of the estimate and of the flow. Additive.
class FreightErrors
{
 public:
  FreightErrors();

  /// Counts flows of importers that `model` left out, but not those with imputed ratios.
  void add(FreightTruth const& truth, std::size_t begin, std::size_t end, FreightModel const& model);
  void add(FreightErrors const& other);
  void subtract(FreightErrors const& other);
  std::span<std::int64_t> numbers() noexcept { return counts_; }
  std::span<std::int64_t const> numbers() const noexcept { return counts_; }

 private:
  std::vector<std::int64_t> counts_;
};

/// Intervals of ratios by the errors that were made on other importers (split-conformal prediction by groups:
/// Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005).
class FreightIntervals
{
 public:
  /// `share` of flows to cover, such as 0.9. Groups of fewer than 100 flows use the errors of all.
  FreightIntervals(FreightErrors const& errors, double share);

  struct Interval
  {
    double low, high;
  };
  /// `standard_value` of the flow as the model has it. NaN without any errors.
  Interval around(double ratio, double standard_value) const;

 private:
  std::vector<double> low_, high_;  ///< [groups] logarithms
};

}  // namespace tarifa::kernels
