#include "kernels/mirror/lag/time_lag.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/mirror/lag/lag_fit.hpp"
#include "kernels/statistics/apportion.hpp"
#include "kernels/statistics/cholesky.hpp"
#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/random.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double correlation(std::span<double const> a, std::span<double const> b)
{
  double mean_a = 0, mean_b = 0;
  auto const size = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
  {
    mean_a += a[i];
    mean_b += b[i];
  }
  mean_a /= size;
  mean_b /= size;
  double aa = 0, ab = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
  {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa) / std::sqrt(bb);
}

/// ln(1 + quantity) of the months from .. to - 1, 0 outside of the series.
std::vector<double> logarithms(std::vector<double> const& quantity, std::int32_t from, std::int32_t to)
{
  std::vector<double> result(static_cast<std::size_t>(to - from));
  for (std::int32_t month = std::max(from, 0);
       month < std::min(to, static_cast<std::int32_t>(quantity.size())); ++month)
  {
    result[static_cast<std::size_t>(month - from)] =
        portable_log(1 + quantity[static_cast<std::size_t>(month)]);
  }
  return result;
}

/// First and last month with trade; false: none.
bool extent(std::vector<double> const& quantity, std::int32_t& first, std::int32_t& last)
{
  first = 0;
  last = static_cast<std::int32_t>(quantity.size()) - 1;
  while (first <= last && quantity[static_cast<std::size_t>(first)] == 0)
  {
    ++first;
  }
  while (last > first && quantity[static_cast<std::size_t>(last)] == 0)
  {
    --last;
  }
  return first <= last;
}

/// Standard deviation of quantity[from .. to - 1] from its mean, over the number of months.
double spread(std::vector<double> const& quantity, std::int32_t from, std::int32_t to)
{
  std::span<double const> const part =
      std::span(quantity).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
  double mean = 0, squares = 0;
  for (double const q : part)
  {
    mean += q / static_cast<double>(part.size());
  }
  for (double const q : part)
  {
    squares += (q - mean) * (q - mean) / static_cast<double>(part.size());
  }
  return std::sqrt(squares);
}

}  // namespace

BestLag best_lag(MonthlySeries const& series, LagSettings const& settings)
{
  BestLag best{0, nan, nan};
  std::int32_t first = 0, last = 0, first_import = 0, last_import = 0;
  if (!extent(series.exported, first, last) || !extent(series.imported, first_import, last_import))
  {
    return best;
  }
  std::int32_t const from = std::max(first, first_import) - settings.last_lag;
  std::int32_t const to = std::max(last, last_import) + settings.last_lag + 1;
  std::vector<double> const a = logarithms(series.exported, from, to);
  std::vector<double> const b = logarithms(series.imported, from, to);
  for (int lag = settings.first_lag; lag <= settings.last_lag; ++lag)
  {
    auto const shift = static_cast<std::size_t>(lag < 0 ? -lag : lag);
    if (shift >= a.size())
    {
      continue;
    }
    std::size_t const overlap = a.size() - shift;
    double const r = lag >= 0 ? correlation(std::span(a).first(overlap), std::span(b).last(overlap))
                              : correlation(std::span(a).last(overlap), std::span(b).first(overlap));
    best.correlation_unlagged = lag == 0 ? r : best.correlation_unlagged;
    if (r > best.correlation || (std::isnan(best.correlation) && !std::isnan(r)))
    {
      best.lag = lag;
      best.correlation = r;
    }
  }
  return best;
}

std::int32_t distance_band(double distance_km) noexcept
{
  constexpr double border[] = {1500, 4000, 8000, 12000};
  if (std::isnan(distance_km))
  {
    return distance_bands - 1;
  }
  std::int32_t band = 0;
  while (band < 4 && distance_km > border[band])
  {
    ++band;
  }
  return band;
}

LagMoments::LagMoments(LagSettings const& settings, std::size_t strata)
    : settings_(settings)
    , strata_(strata)
    , groups_(strata * static_cast<std::size_t>(settings.jackknife_groups))
{
  for (Group& group : groups_)
  {
    group.sums.resize(triangle(settings.lags() + 1, 0));
  }
}

void LagMoments::add(FlowBlock const& block, std::span<std::int32_t const> stratum)
{
  auto const visit = [&](std::size_t first, std::size_t /*last*/, MonthlySeries const& series)
  {
    if (stratum[first] >= static_cast<std::int32_t>(strata_))
    {
      throw std::invalid_argument("a stratum of the time lag is out of range");
    }
    if (stratum[first] >= 0)
    {
      // Both directions of a pair share ports and statisticians: they are drawn together.
      auto const low = static_cast<std::uint64_t>(std::min(block.exporter[first], block.importer[first]));
      auto const high = static_cast<std::uint64_t>(std::max(block.exporter[first], block.importer[first]));
      add_series(series, static_cast<std::size_t>(stratum[first]), stream_key(low, high));
    }
  };
  for_each_series(block, settings_.measure, visit);
}

void LagMoments::add_series(MonthlySeries const& series, std::size_t stratum, std::uint64_t pair_hash)
{
  std::int32_t first = 0, last = 0, first_import = 0, last_import = 0;
  if (!extent(series.exported, first, last) || !extent(series.imported, first_import, last_import))
  {
    return;
  }
  // Importer's months for which the exports of all lags lie within what the exporter reports.
  std::int32_t const from = std::max(first + settings_.last_lag, first_import);
  std::int32_t const to = std::min(last + settings_.first_lag, last_import) + 1;
  if (to - from >= settings_.least_months)
  {
    auto const groups = static_cast<std::uint64_t>(settings_.jackknife_groups);
    add_moments(series, from, to, group(stratum, static_cast<std::size_t>(mix64(pair_hash) % groups)));
  }
}

void LagMoments::add_moments(MonthlySeries const& series, std::int32_t from, std::int32_t to,
                             Group& into) const
{
  double const exports = spread(series.exported, from - settings_.last_lag, to - settings_.first_lag);
  double const imports = spread(series.imported, from, to);
  if (!(exports > 0) || !(imports > 0))
  {
    return;
  }
  auto const months = static_cast<std::size_t>(to - from);
  std::size_t const size = settings_.lags() + 1;
  std::vector<double> columns(size * months);
  for (std::size_t column = 0; column < size; ++column)
  {
    bool const is_import = column + 1 == size;
    std::int32_t const back = is_import ? 0 : settings_.first_lag + static_cast<std::int32_t>(column);
    std::vector<double> const& source = is_import ? series.imported : series.exported;
    double const scale = is_import ? imports : exports;
    double mean = 0;
    std::span<double> const target = std::span(columns).subspan(column * months, months);
    for (std::size_t month = 0; month < months; ++month)
    {
      target[month] = source[static_cast<std::size_t>(from - back) + month] / scale;
      mean += target[month] / static_cast<double>(months);
    }
    for (double& month : target)
    {
      month -= mean;
    }
  }
  for (std::size_t row = 0; row < size; ++row)
  {
    for (std::size_t column = 0; column <= row; ++column)
    {
      double sum = 0;
      for (std::size_t month = 0; month < months; ++month)
      {
        sum += columns[row * months + month] * columns[column * months + month];
      }
      into.sums[triangle(row, column)].add(sum);
    }
  }
  ++into.series;
  into.months += static_cast<std::int64_t>(months);
}

void LagMoments::add(LagMoments const& other)
{
  if (other.groups_.size() != groups_.size() || other.settings_.lags() != settings_.lags())
  {
    throw std::invalid_argument("time lag: sums of two settings cannot be added");
  }
  for (std::size_t i = 0; i < groups_.size(); ++i)
  {
    add_each(groups_[i].sums, other.groups_[i].sums);
    groups_[i].series += other.groups_[i].series;
    groups_[i].months += other.groups_[i].months;
  }
}

std::vector<std::int64_t> LagMoments::to_digits() const
{
  std::vector<std::int64_t> digits;
  for (Group const& group : groups_)
  {
    digits.push_back(group.series);
    digits.push_back(group.months);
    append_digits(digits, group.sums);
  }
  return digits;
}

void LagMoments::set_digits(std::span<std::int64_t const> digits)
{
  for (Group& group : groups_)
  {
    group.series = digits[0];
    group.months = digits[1];
    digits = take_digits(digits.subspan(2), group.sums);
  }
}

LagDistribution::Stratum LagMoments::fit_groups(std::span<Group const> groups, std::size_t strata) const
{
  // groups: [strata x jackknife groups]
  std::size_t const lags = settings_.lags(), sums = triangle(lags + 1, 0);
  auto const number = static_cast<std::size_t>(settings_.jackknife_groups);
  LagDistribution::Stratum result;
  std::vector<ExactSum> whole(sums);
  std::vector<std::vector<ExactSum>> group_sums;
  for (std::size_t member = 0; member < number; ++member)
  {
    std::int64_t series = 0;
    std::vector<ExactSum> one(sums);
    for (std::size_t stratum = 0; stratum < strata; ++stratum)
    {
      Group const& group = groups[stratum * number + member];
      series += group.series;
      result.months += group.months;
      for (std::size_t k = 0; k < sums; ++k)
      {
        one[k].add(group.sums[k]);
      }
    }
    result.series += series;
    for (std::size_t k = 0; k < sums; ++k)
    {
      whole[k].add(one[k]);
    }
    if (series > 0)
    {
      group_sums.push_back(std::move(one));
    }
  }
  LagFit const fit = fit_lags(whole, {}, settings_.first_lag);
  result.share = fit.share;
  result.mean_lag = fit.mean_lag;
  result.explained = fit.explained;
  std::vector<LagFit> without;
  for (std::vector<ExactSum> const& one : group_sums)
  {
    without.push_back(fit_lags(whole, one, settings_.first_lag));
  }
  result.standard_error.assign(lags, nan);
  for (std::size_t lag = 0; lag < lags; ++lag)
  {
    result.standard_error[lag] =
        jackknife_error(without, [lag](LagFit const& one) { return one.share[lag]; });
  }
  result.mean_lag_error = jackknife_error(without, [](LagFit const& one) { return one.mean_lag; });
  return result;
}

LagDistribution LagMoments::fit() const
{
  LagDistribution distribution;
  distribution.first_lag = settings_.first_lag;
  distribution.all = fit_groups(groups_, strata_);
  auto const number = static_cast<std::size_t>(settings_.jackknife_groups);
  for (std::size_t stratum = 0; stratum < strata_; ++stratum)
  {
    LagDistribution::Stratum own = fit_groups(std::span(groups_).subspan(stratum * number, number), 1);
    if (own.series < settings_.least_series)
    {
      std::int64_t const series = own.series, months = own.months;
      own = distribution.all;
      own.series = series;
      own.months = months;
      own.own = false;
    }
    distribution.strata.push_back(std::move(own));
  }
  return distribution;
}

std::vector<std::int64_t> lag_weights(std::span<double const> share)
{
  return whole_weights(share, 1'000'000'000);
}

std::vector<double> annual_lag_shares(std::span<double const> share, int first_lag)
{
  double before = 0, after = 0;
  for (std::size_t i = 0; i < share.size(); ++i)
  {
    int const lag = first_lag + static_cast<int>(i);
    (lag < 0 ? before : after) += share[i] * std::min(std::abs(lag), 12) / 12;
  }
  return {before, 1 - before - after, after};
}

LagShift shift_arrivals(std::span<std::int64_t const> exported, std::span<std::int64_t const> weights,
                        int first_lag, std::int32_t season)
{
  auto const periods = static_cast<std::ptrdiff_t>(exported.size());
  LagShift shift;
  shift.part.assign(exported.size(), 0);
  if (exported.empty())
  {
    return shift;
  }
  std::vector<std::int64_t> pieces(weights.size());
  int const last_lag = first_lag + static_cast<int>(weights.size()) - 1;
  for (std::ptrdiff_t left = -std::max(last_lag, 0); left < periods + std::max(-first_lag, 0); ++left)
  {
    bool const known = left >= 0 && left < periods;
    std::ptrdiff_t proxy = left;
    if (!known)
    {
      // Nearest period of the same season, if there is one.
      std::ptrdiff_t const nearest = left < 0 ? 0 : periods - 1;
      while (proxy < 0)
      {
        proxy += season;
      }
      while (proxy >= periods && proxy >= season)
      {
        proxy -= season;
      }
      proxy = proxy < periods ? proxy : nearest;
    }
    apportion(exported[static_cast<std::size_t>(proxy)], weights, pieces);
    for (std::size_t i = 0; i < pieces.size(); ++i)
    {
      std::ptrdiff_t const arrives = left + first_lag + static_cast<std::ptrdiff_t>(i);
      bool const inside = arrives >= 0 && arrives < periods;
      if (inside)
      {
        shift.part[static_cast<std::size_t>(arrives)] += pieces[i];
      }
      shift.entered += inside && !known ? pieces[i] : 0;
      shift.left += known && !inside ? pieces[i] : 0;
    }
  }
  for (std::size_t period = 0; period < exported.size(); ++period)
  {
    shift.part[period] -= exported[period];
  }
  return shift;
}

}  // namespace tarifa::kernels
