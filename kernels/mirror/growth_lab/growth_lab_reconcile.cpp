#include <algorithm>
#include <cmath>

#include "kernels/mirror/growth_lab/growth_lab.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Percentiles of the scores of one role, to three decimals as in the published program.
struct Percentiles
{
  double p10 = nan, p25 = nan, p50 = nan, p75 = nan, p90 = nan;
};

double percentile(std::vector<double> const& sorted, double share)
{
  double const position = static_cast<double>(sorted.size() - 1) * share;
  auto const below = static_cast<std::size_t>(position);
  std::size_t const above = std::min(below + 1, sorted.size() - 1);
  double const part = position - static_cast<double>(below);
  double const value = sorted[below] + (part > 0 ? (sorted[above] - sorted[below]) * part : 0);
  return std::rint(value * 1000) / 1000;
}

/// Of the countries that have the role in `pairs`.
Percentiles percentiles(std::vector<std::int32_t> const& countries, std::vector<double> const& score)
{
  std::vector<std::uint8_t> seen(score.size());
  std::vector<double> sorted;
  for (std::int32_t const index : countries)
  {
    auto const country = static_cast<std::size_t>(index);
    if (seen[country] == 0 && !std::isnan(score[country]))
    {
      sorted.push_back(score[country]);
    }
    seen[country] = 1;
  }
  if (sorted.empty())
  {
    return {};
  }
  std::sort(sorted.begin(), sorted.end());
  return {percentile(sorted, 0.10), percentile(sorted, 0.25), percentile(sorted, 0.50),
          percentile(sorted, 0.75), percentile(sorted, 0.90)};
}

/// Rates of freight of the exporters: means over their pairs.
std::vector<double> exporter_rates(GrowthLabReconciled const& pairs, std::vector<double> const& cif,
                                   double most_rate)
{
  std::vector<ExactSum> sum(pairs.countries);
  std::vector<std::int64_t> count(pairs.countries);
  for (std::size_t row = 0; row < pairs.size(); ++row)
  {
    double const rate = cif[row] / pairs.imported[row] - 1;
    if (!std::isnan(rate))
    {
      sum[static_cast<std::size_t>(pairs.exporter[row])].add(rate);
      ++count[static_cast<std::size_t>(pairs.exporter[row])];
    }
  }
  std::vector<double> rates(pairs.countries, most_rate);
  for (std::size_t country = 0; country < rates.size(); ++country)
  {
    if (count[country] > 0)
    {
      rates[country] = std::fmin(sum[country].value() / static_cast<double>(count[country]), most_rate);
    }
  }
  return rates;
}

/// Which report stands where one of the two is missing, by how far the scores are apart; NaN: no rule.
double by_percentiles(double exported, double imported, double exporter, double importer,
                      Percentiles const& of_exporters, Percentiles const& of_importers)
{
  double value = nan;
  auto const rule = [&value](bool holds, double report)
  { value = std::isnan(value) && holds ? report : value; };
  rule(exporter < of_exporters.p50 && importer >= of_importers.p90, imported);
  rule(exporter >= of_exporters.p90 && importer < of_importers.p50, exported);
  rule(exporter < of_exporters.p25 && importer >= of_importers.p75, imported);
  rule(exporter >= of_exporters.p75 && importer < of_importers.p25, exported);
  return value;
}

void reconcile(GrowthLabReconciled& pairs, std::size_t row, double exporter, double importer,
               Percentiles const& of_exporters, Percentiles const& of_importers)
{
  double const exported = pairs.exported[row], imported = pairs.imported[row];
  bool const scored = !std::isnan(exporter) && !std::isnan(importer);
  // e^E / (e^E + e^I) without overflow.
  double const weight = scored ? 1 / (1 + portable_exp(importer - exporter)) : nan;
  bool const good_exporter = exporter > of_exporters.p10, good_importer = importer > of_importers.p10;
  double value = nan;
  if (scored)
  {
    value = exported * weight + imported * (1 - weight);
    value = std::isnan(value)
                ? by_percentiles(exported, imported, exporter, importer, of_exporters, of_importers)
                : value;
  }
  auto const fall_back = [&value](bool holds, double report)
  { value = std::isnan(value) && holds ? report : value; };
  fall_back(good_exporter && good_importer, std::fmax(exported, imported));
  fall_back(good_importer, imported);
  fall_back(good_exporter, exported);
  fall_back(true, std::fmin(exported, imported));
  pairs.value[row] = value;
  pairs.weight[row] = weight;
  pairs.exporter_flag[row] = good_exporter ? 1 : 0;
  pairs.importer_flag[row] = good_importer ? 1 : 0;
}

}  // namespace

GrowthLabReconciled reconcile_growth_lab_pairs(GrowthLabPairs const& pairs,
                                               std::span<double const> imports_at_fob,
                                               GrowthLabScores const& scores,
                                               GrowthLabSettings const& settings)
{
  GrowthLabReconciled result;
  result.countries = pairs.countries;
  result.place.assign(pairs.countries * pairs.countries, -1);
  std::vector<double> cif;
  for (std::size_t pair = 0; pair < pairs.size(); ++pair)
  {
    double const most = std::fmax(pairs.exported[pair], imports_at_fob[pair]);
    if (pairs.exporter[pair] == pairs.importer[pair] || !(most >= settings.least_score_value))
    {
      continue;
    }
    std::size_t const at = static_cast<std::size_t>(pairs.exporter[pair]) * pairs.countries
                           + static_cast<std::size_t>(pairs.importer[pair]);
    result.place[at] = static_cast<std::int32_t>(result.size());
    result.exporter.push_back(pairs.exporter[pair]);
    result.importer.push_back(pairs.importer[pair]);
    result.exported.push_back(pairs.exported[pair]);
    result.imported.push_back(imports_at_fob[pair]);
    cif.push_back(pairs.imported[pair]);
  }
  std::vector<double> const rates = exporter_rates(result, cif, settings.most_mean_rate);
  Percentiles const of_exporters = percentiles(result.exporter, scores.exporter_reliability);
  Percentiles const of_importers = percentiles(result.importer, scores.importer_reliability);
  std::size_t const rows = result.size();
  result.value.resize(rows);
  result.weight.resize(rows);
  result.freight_rate.resize(rows);
  result.exporter_flag.resize(rows);
  result.importer_flag.resize(rows);
  for (std::size_t row = 0; row < rows; ++row)
  {
    auto const exporter = static_cast<std::size_t>(result.exporter[row]);
    auto const importer = static_cast<std::size_t>(result.importer[row]);
    for (double* report : {&result.exported[row], &result.imported[row]})
    {
      *report = *report < settings.least_value ? nan : *report;
    }
    result.freight_rate[row] = rates[exporter];
    reconcile(result, row, scores.exporter_reliability[exporter], scores.importer_reliability[importer],
              of_exporters, of_importers);
  }
  return result;
}

}  // namespace tarifa::kernels
