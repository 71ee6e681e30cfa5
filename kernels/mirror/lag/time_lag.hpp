#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/lag/monthly_series.hpp"
#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Goods arrive later than they leave: how many months later, from monthly series of both sides
/// (docs/methods/mirror.md, time lag). Lag k: what leaves in month t arrives in month t + k.
struct LagSettings
{
  int first_lag = -2, last_lag = 6;  ///< [months]; below 0: the importer's month comes first
  Measure measure = Measure::net_weight;
  std::int32_t least_months = 24;      ///< of a series with all lags in reach, to be used in the distribution
  std::int64_t least_series = 30;      ///< in a stratum; one with fewer takes the distribution of all
  std::int32_t jackknife_groups = 40;  ///< of pairs of countries, for standard errors; at least 2

  std::size_t lags() const noexcept { return static_cast<std::size_t>(last_lag - first_lag + 1); }
};

/// The lag at which both series of one product and pair are most alike.
struct BestLag
{
  int lag = 0;
  double correlation = 0;           ///< of ln(1 + quantity) at that lag; NaN: a side never changes
  double correlation_unlagged = 0;  ///< at lag 0
};

/// The lag from first_lag to last_lag with the largest correlation of ln(1 + exported(t)) and
/// ln(1 + imported(t + lag)), the first of equal ones; over the months from last_lag before the later of both
/// first reports to last_lag behind the later of both last ones. Months without a report count as 0.
///
/// The method of the published lag tables. It gives one whole number per series, and where months of two
/// lags are mixed it gives the larger half; the distribution of LagMoments is what gaps are computed with.
BestLag best_lag(MonthlySeries const& series, LagSettings const& settings);

/// Stratum of a distance [km]: 0 up to 1,500 km, 1 up to 4,000, 2 up to 8,000, 3 up to 12,000, 4 beyond,
/// 5 not known (NaN).
std::int32_t distance_band(double distance_km) noexcept;
inline constexpr std::int32_t distance_bands = 6;

/// Which share of the goods arrives after how many months, by stratum.
struct LagDistribution
{
  struct Stratum
  {
    std::vector<double> share;           ///< [lags] not negative, adds up to 1
    std::vector<double> standard_error;  ///< [lags] jackknife over groups of pairs; NaN without two groups
    double mean_lag = 0, mean_lag_error = 0;  ///< [months]
    double explained = 0;                     ///< share of the variance of the importer's months, 0 to 1
    std::int64_t series = 0, months = 0;
    bool own = true;  ///< false: too few series, these are the figures of all strata together
  };

  int first_lag = 0;
  std::vector<Stratum> strata;
  Stratum all;
};

/// Sums from which lag distributions are estimated. Additive; exact, so that the estimates do not depend on
/// the order of series or on how ranks and threads share them.
///
/// Within a series imported(t) = a + b sum over k of p_k exported(t - k) + error, both sides divided by their
/// standard deviation, so that every month of every series has the same say. p is fitted by least squares
/// under p_k >= 0 and then scaled to add up to 1 (non-negative least squares: Lawson & Hanson 1974, ch. 23).
/// b is free: error in the exporter's months pulls all slopes towards 0 alike, and a fit that forces their
/// sum to 1 would make up for it by spreading p over all lags.
class LagMoments
{
 public:
  LagMoments(LagSettings const& settings, std::size_t strata);

  /// Adds the series of a block (see for_each_series). `stratum` [flows]: distance band, or band and mode
  /// of transport as the caller numbers them; that of the first flow of a series counts, and a negative one
  /// leaves it out. Throws std::invalid_argument on one that is too large.
  void add(FlowBlock const& block, std::span<std::int32_t const> stratum);
  void add_series(MonthlySeries const& series, std::size_t stratum, std::uint64_t pair_hash);
  void add(LagMoments const& other);

  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  LagDistribution fit() const;

 private:
  /// Sums of one group of pairs in one stratum.
  struct Group
  {
    std::vector<ExactSum> sums;  ///< lower triangle of (exported at each lag, imported) times itself
    std::int64_t series = 0, months = 0;
  };

  Group& group(std::size_t stratum, std::size_t number)
  {
    return groups_[stratum * static_cast<std::size_t>(settings_.jackknife_groups) + number];
  }
  void add_moments(MonthlySeries const& series, std::int32_t from, std::int32_t to, Group& into) const;
  LagDistribution::Stratum fit_groups(std::span<Group const> groups, std::size_t strata) const;

  LagSettings settings_;
  std::size_t strata_;
  std::vector<Group> groups_;  ///< [strata x jackknife groups]
};

/// Shares of months as whole weights that add up to 10^9, for shift_arrivals().
std::vector<std::int64_t> lag_weights(std::span<double const> share);

/// Shares over years -1, 0, 1 from shares over months, for annual figures whose months are not known: trade
/// is taken as even within the year, so of what leaves, k/12 arrives a year later for each lag of k months
/// (up to 12). A measure of how much of a year may stand in another, not of one cell's gap: trade of a cell
/// is a few shipments, and on planted worlds a lag part from annual figures errs more than none.
std::vector<double> annual_lag_shares(std::span<double const> share, int first_lag);

/// What the lag adds to each period: arrivals less departures. Whole units.
struct LagShift
{
  std::vector<std::int64_t> part;  ///< [periods] arrivals expected in the period - exported in it
  std::int64_t entered = 0;        ///< before the first period under way, or ahead of the last; estimated
  std::int64_t left = 0;           ///< that arrives outside of the periods
};

/// Lets the exports of each period arrive over the periods by `weights` (weight of first_lag first). Every
/// export is split into whole units that add up to it, so sum of parts = entered - left exactly.
///
/// What arrives in the first periods left before them: it is taken to be what the same period a `season`
/// later (12 for months, 1 for years) sent, likewise at the end for negative lags; with fewer periods than
/// that, what the nearest one sent. Parts of the `last_lag` first and of the -first_lag last periods hold
/// such guesses.
LagShift shift_arrivals(std::span<std::int64_t const> exported, std::span<std::int64_t const> weights,
                        int first_lag, std::int32_t season);

}  // namespace tarifa::kernels
