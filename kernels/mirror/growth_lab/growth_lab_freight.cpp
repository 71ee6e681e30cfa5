#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/mirror/growth_lab/growth_lab.hpp"
#include "kernels/statistics/least_squares.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Percentile of the values that are not NaN, linear between ranks; NaN when there are none.
double percentile(std::vector<double> values, double share)
{
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty())
  {
    return nan;
  }
  std::sort(values.begin(), values.end());
  double const position = static_cast<double>(values.size() - 1) * share;
  auto const below = static_cast<std::size_t>(position);
  std::size_t const above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (position - static_cast<double>(below));
}

double log_ratio(GrowthLabPairs const& pairs, std::size_t pair)
{
  double const exported = pairs.exported[pair], imported = pairs.imported[pair];
  return exported > 0 && imported > 0 ? portable_log(imported / exported) : nan;
}

/// Pairs that are observations, and their log ratios with extremes cut off.
struct Observations
{
  std::vector<std::size_t> pair;
  std::vector<double> ratio;
};

Observations observations(GrowthLabPairs const& pairs, CountryPairs const& geography,
                          GrowthLabSettings const& settings)
{
  // fmax: without a single value there is no percentile.
  double const least_export =
      std::fmax(percentile(pairs.exported, settings.freight_percentile), settings.least_freight_value);
  double const least_import =
      std::fmax(percentile(pairs.imported, settings.freight_percentile), settings.least_freight_value);
  bool const whole_only = settings.incomplete_pairs == GrowthLabForm::corrected;
  Observations result;
  for (std::size_t pair = 0; pair < pairs.size(); ++pair)
  {
    bool const little_exported = pairs.exported[pair] < least_export;
    bool const little_imported = pairs.imported[pair] < least_import;
    bool const kept = settings.freight_floor == GrowthLabForm::corrected
                          ? !little_exported && !little_imported
                          : !little_exported || little_imported;
    double const ratio = log_ratio(pairs, pair);
    bool const whole =
        !std::isnan(ratio) && !std::isnan(geography.distance(pairs.exporter[pair], pairs.importer[pair]));
    if (kept && (whole || !whole_only))
    {
      result.pair.push_back(pair);
      result.ratio.push_back(ratio);
    }
  }
  return result;
}

/// Sets the lowest and the highest to the next that stays. Missing ratios rank highest, as in the published
/// program, where the upper end therefore never reaches a real one; those left are then set to 0.
void cut_extremes(std::vector<double>& ratios, double share)
{
  if (ratios.empty())
  {
    return;
  }
  std::vector<double> sorted = ratios;
  auto const missing = std::partition(sorted.begin(), sorted.end(), [](double x) { return !std::isnan(x); });
  std::sort(sorted.begin(), missing);
  auto const cut = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  double const lowest = sorted[cut], highest = sorted[sorted.size() - 1 - cut];
  for (double& ratio : ratios)
  {
    ratio = std::isnan(ratio) ? highest : std::min(ratio, std::isnan(highest) ? ratio : highest);
    ratio = std::isnan(lowest) ? nan : std::max(ratio, lowest);
    ratio = std::isnan(ratio) ? 0 : ratio;
  }
}

/// Countries with an effect in one role, numbered on from `first`; the first of a year has none of its own.
std::vector<std::int32_t> effects(std::vector<std::int32_t> const& country, Observations const& used,
                                  std::size_t countries, std::size_t& next, std::int64_t& found)
{
  std::vector<std::int32_t> effect(countries, -2);
  for (std::size_t const pair : used.pair)
  {
    effect[static_cast<std::size_t>(country[pair])] = -1;
  }
  found = 0;
  for (std::int32_t& number : effect)
  {
    if (number == -1 && ++found > 1)
    {
      number = static_cast<std::int32_t>(next++);
    }
  }
  return effect;
}

struct Year
{
  GrowthLabPairs const* pairs = nullptr;
  Observations used;
  std::vector<std::int32_t> exporter_effect, importer_effect;
  std::int64_t exporters = 0, importers = 0;
  std::size_t level = 0;  ///< number of its own effect; the first year has none
};

/// Distance and contiguity of a pair as the regression sees them.
std::array<double, 2> geography_of(GrowthLabPairs const& pairs, std::size_t pair,
                                   CountryPairs const& geography)
{
  double const km = geography.distance(pairs.exporter[pair], pairs.importer[pair]);
  bool const contiguous = geography.contiguous(pairs.exporter[pair], pairs.importer[pair]);
  return {std::isnan(km) ? 0 : portable_log(km), contiguous ? 1.0 : 0.0};
}

double rate_of(GrowthLabFreight const& freight, double km, bool contiguous, double most_rate)
{
  double const rate =
      freight.constant + freight.distance * portable_log(km) + (contiguous ? freight.contiguity : 0);
  return std::clamp(rate, 0.0, most_rate);
}

double mean_rate(GrowthLabPairs const& pairs, CountryPairs const& geography, GrowthLabFreight const& freight,
                 double most_rate)
{
  ExactSum sum;
  std::int64_t known = 0;
  for (std::size_t pair = 0; pair < pairs.size(); ++pair)
  {
    double const km = geography.distance(pairs.exporter[pair], pairs.importer[pair]);
    if (!std::isnan(km))
    {
      sum.add(
          rate_of(freight, km, geography.contiguous(pairs.exporter[pair], pairs.importer[pair]), most_rate));
      ++known;
    }
  }
  return known > 0 ? sum.value() / static_cast<double>(known) : 0;
}

}  // namespace

GrowthLabFreight fit_growth_lab_freight(GrowthLabPairs const& pairs, CountryPairs const& geography,
                                        GrowthLabSettings const& settings,
                                        std::span<GrowthLabPairs const> neighbours)
{
  std::vector<Year> years(1 + neighbours.size());
  std::size_t terms = 0;
  for (std::size_t i = 0; i < years.size(); ++i)
  {
    Year& year = years[i];
    year.pairs = i == 0 ? &pairs : &neighbours[i - 1];
    year.used = observations(*year.pairs, geography, settings);
    cut_extremes(year.used.ratio, settings.cut_share);
    year.level = terms;
    terms += i == 0 ? 0 : 1;
    year.exporter_effect =
        effects(year.pairs->exporter, year.used, year.pairs->countries, terms, year.exporters);
    year.importer_effect =
        effects(year.pairs->importer, year.used, year.pairs->countries, terms, year.importers);
  }
  // Distance and contiguity come last, so that they and no effect are left out where the effects explain
  // them. The origin is e^9, some 8,000 km.
  std::vector<double> origin(terms + 3);
  origin[terms] = 9;
  LeastSquares sums(origin);
  GrowthLabFreight freight;
  freight.exporters = years.front().exporters;
  freight.importers = years.front().importers;
  freight.observations = static_cast<std::int64_t>(years.front().used.pair.size());
  std::vector<double> x(terms + 2);
  for (std::size_t i = 0; i < years.size(); ++i)
  {
    Year const& year = years[i];
    for (std::size_t at = 0; at < year.used.pair.size(); ++at)
    {
      std::size_t const pair = year.used.pair[at];
      std::fill(x.begin(), x.end(), 0.0);
      if (i > 0)
      {
        x[year.level] = 1;
      }
      auto const exporter = year.exporter_effect[static_cast<std::size_t>(year.pairs->exporter[pair])];
      auto const importer = year.importer_effect[static_cast<std::size_t>(year.pairs->importer[pair])];
      for (std::int32_t const effect : {exporter, importer})
      {
        if (effect >= 0)
        {
          x[static_cast<std::size_t>(effect)] = 1;
        }
      }
      auto const known = geography_of(*year.pairs, pair, geography);
      x[terms] = known[0];
      x[terms + 1] = known[1];
      sums.add(x, year.used.ratio[at], 1);
      freight.zeros += i == 0 && year.used.ratio[at] == 0 ? 1 : 0;
    }
  }
  LinearFit const fit = sums.fit();
  freight.distance = fit.coefficients[terms];
  freight.contiguity = fit.coefficients[terms + 1];
  freight.distance_error = fit.standard_error(terms);
  freight.contiguity_error = fit.standard_error(terms + 1);
  ExactSum rest;
  for (Year const& year : years)
  {
    for (std::size_t at = 0; at < year.used.pair.size(); ++at)
    {
      auto const known = geography_of(*year.pairs, year.used.pair[at], geography);
      rest.add(year.used.ratio[at] - freight.distance * known[0] - freight.contiguity * known[1]);
    }
  }
  freight.constant = rest.value() / static_cast<double>(fit.observations);
  freight.mean_rate = mean_rate(pairs, geography, freight, settings.most_rate);
  return freight;
}

std::vector<double> growth_lab_at_fob(GrowthLabPairs const& pairs, CountryPairs const& geography,
                                      GrowthLabFreight const& freight, GrowthLabSettings const& settings)
{
  std::vector<double> at_fob = pairs.imported;
  for (std::size_t pair = 0; pair < pairs.size(); ++pair)
  {
    double const ratio = log_ratio(pairs, pair);
    if (std::fabs(ratio) < settings.equal_ratio || ratio < 0)
    {
      continue;
    }
    double const km = geography.distance(pairs.exporter[pair], pairs.importer[pair]);
    bool const contiguous = geography.contiguous(pairs.exporter[pair], pairs.importer[pair]);
    double const rate =
        std::isnan(km) ? freight.mean_rate : rate_of(freight, km, contiguous, settings.most_rate);
    at_fob[pair] *= 1 - rate;
  }
  return at_fob;
}

}  // namespace tarifa::kernels
