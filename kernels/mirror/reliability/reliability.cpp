#include "kernels/mirror/reliability/reliability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "kernels/mirror/reliability/variance_fit.hpp"
#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/student.hpp"

namespace tarifa::kernels
{
namespace
{

// Sums are in units of 2^-24: 1e9 flows of a pair fit at the largest gap that counts.
constexpr double unit = 0x1p-24;
constexpr double largest_gap = 16;  ///< |ln X - ln F|: a factor of nine million; larger ones count as this

/// Counts and weighted sums of one pair of countries.
enum PairSum : std::uint8_t
{
  flow_count,
  weights,
  gaps,
  squares,
  pair_sums
};

// Squared standardised gaps are counted by their logarithm, from which the likelihood of any degrees of
// freedom follows.
constexpr double lowest_log = -16, bins_per_unit = 8;
constexpr std::size_t bins = 240;

constexpr double least_freedom = 1, most_freedom = 200;

std::int64_t to_units(double x)
{
  return static_cast<std::int64_t>(x / unit + (x < 0 ? -0.5 : 0.5));
}

double of(std::int64_t units)
{
  return static_cast<double>(units) * unit;
}

std::size_t bin_of(double squared)
{
  double const place = squared > 0 ? (portable_log(squared) - lowest_log) * bins_per_unit : 0;
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)));
}

double log_likelihood_of_tails(std::span<std::int64_t const> counts, double freedom)
{
  double const at_zero = log_gamma((freedom + 1) / 2) - log_gamma(freedom / 2) - portable_log(freedom) / 2;
  double sum = 0;
  for (std::size_t bin = 0; bin < bins; ++bin)
  {
    if (counts[bin] != 0)
    {
      double const squared = portable_exp(lowest_log + (static_cast<double>(bin) + 0.5) / bins_per_unit);
      sum += static_cast<double>(counts[bin])
             * (at_zero - (freedom + 1) / 2 * portable_log(1 + squared / freedom));
    }
  }
  return sum;
}

/// Maximum over ln(degrees of freedom), by golden section.
double most_likely_freedom(std::span<std::int64_t const> counts)
{
  constexpr double golden = 0.61803398874989484820;
  double low = portable_log(least_freedom), high = portable_log(most_freedom);
  auto const at = [&](double x) { return log_likelihood_of_tails(counts, portable_exp(x)); };
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = at(left), at_right = at(right);
  for (int step = 0; step < 40; ++step)
  {
    if (at_left < at_right)
    {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = at(right);
    }
    else
    {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = at(left);
    }
  }
  return portable_exp((low + high) / 2);
}

/// Which role of which country a parameter is: exporters with flows first, then importers.
struct Roles
{
  std::vector<std::size_t> exporters, importers;  ///< countries
  std::vector<std::size_t> exporter_place, importer_place;
};

Roles roles_of(ReliabilityModel const& model)
{
  std::size_t const countries = model.countries();
  Roles roles;
  roles.exporter_place.resize(countries);
  roles.importer_place.resize(countries);
  for (std::size_t country = 0; country < countries; ++country)
  {
    if (model.exporter_flows[country] > 0)
    {
      roles.exporter_place[country] = roles.exporters.size();
      roles.exporters.push_back(country);
    }
  }
  for (std::size_t country = 0; country < countries; ++country)
  {
    if (model.importer_flows[country] > 0)
    {
      roles.importer_place[country] = roles.exporters.size() + roles.importers.size();
      roles.importers.push_back(country);
    }
  }
  return roles;
}

/// What a flow tells of ln variance under Student's t, as a share of what it tells under the normal.
double information_share(double degrees_of_freedom)
{
  return std::isfinite(degrees_of_freedom) ? degrees_of_freedom / (degrees_of_freedom + 3) : 1;
}

/// Pairs of which no number of flows tells more about the roles than its own variance lets it.
std::vector<VariancePair> limited(std::vector<VariancePair> pairs, double pair_variance, double of_normal)
{
  for (VariancePair& pair : pairs)
  {
    double const scatter = 1 + pair.n * pair_variance / (2 * of_normal);
    pair.n /= scatter;
    pair.s /= scatter;
  }
  return pairs;
}

/// Variance of what pairs have of their own, from how much more their squares scatter than chance explains.
double pair_variance_of(std::vector<VariancePair> const& pairs, std::vector<double> const& log_variance,
                        double of_normal)
{
  // A few pairs that are off by far more than the rest do not decide.
  constexpr double largest = 3;
  double sum = 0, weights = 0;
  auto const all = static_cast<double>(pairs.size());
  double const freedom = all - static_cast<double>(log_variance.size());
  for (VariancePair const& pair : pairs)
  {
    double const variance =
        portable_exp(log_variance[pair.exporter]) + portable_exp(log_variance[pair.importer]);
    double const off = std::min(pair.s / (pair.n * variance), largest) - 1;
    double const weight = pair.n / (pair.n + 2 * of_normal);
    sum += weight * (off * off * all / std::max(freedom, 1.0) - 2 * of_normal / pair.n);
    weights += weight;
  }
  return freedom > 0 ? std::max(sum / weights, 0.0) : 0;
}

double variance_of(ReliabilityModel const& model, std::size_t exporter, std::size_t importer)
{
  return portable_exp(model.exporter_log_variance[exporter])
         + portable_exp(model.importer_log_variance[importer]);
}

}  // namespace

ReliabilityModel::ReliabilityModel(std::size_t countries)
    : exporter_log_variance(countries)
    , importer_log_variance(countries)
    , exporter_error(countries, 1)
    , importer_error(countries, 1)
    , exporter_flows(countries)
    , importer_flows(countries)
{
}

double ReliabilityModel::exporter_sigma(std::int32_t country) const
{
  return portable_exp(exporter_log_variance[static_cast<std::size_t>(country)] / 2);
}

double ReliabilityModel::importer_sigma(std::int32_t country) const
{
  return portable_exp(importer_log_variance[static_cast<std::size_t>(country)] / 2);
}

double ReliabilityModel::exporter_sigma_error(std::int32_t country) const
{
  return exporter_sigma(country) * exporter_error[static_cast<std::size_t>(country)] / 2;
}

double ReliabilityModel::importer_sigma_error(std::int32_t country) const
{
  return importer_sigma(country) * importer_error[static_cast<std::size_t>(country)] / 2;
}

ReliabilitySums::ReliabilitySums(std::size_t countries)
    : countries_(countries)
    , sums_(countries * countries * pair_sums + bins)
{
}

void ReliabilitySums::add(FlowBlock const& flows, std::span<double const> cif_fob_ratio, Measure measure,
                          ReliabilityModel const& model)
{
  bool const values = measure == Measure::value;
  std::span<double const> const exported = values ? flows.exported : flows.exported_kg;
  std::span<double const> const imported = values ? flows.imported : flows.imported_kg;
  bool const normal = !std::isfinite(model.degrees_of_freedom);
  std::span<std::int64_t> const counts = std::span(sums_).last(bins);
  for (std::size_t flow = 0; flow < flows.size(); ++flow)
  {
    double const ratio = values && !cif_fob_ratio.empty() ? cif_fob_ratio[flow] : 1;
    double const x = exported[flow], f = imported[flow] / ratio;
    if (!(x > 0) || !(f > 0) || !std::isfinite(x) || !std::isfinite(f))
    {
      continue;
    }
    auto const i = static_cast<std::size_t>(flows.exporter[flow]);
    auto const j = static_cast<std::size_t>(flows.importer[flow]);
    double const gap = std::clamp(portable_log(x / f), -largest_gap, largest_gap);
    double const squared = (gap - model.bias) * (gap - model.bias) / variance_of(model, i, j);
    double const weight = normal ? 1 : (model.degrees_of_freedom + 1) / (model.degrees_of_freedom + squared);
    std::int64_t* const sum = &sums_[(i * countries_ + j) * pair_sums];
    ++sum[flow_count];
    sum[weights] += to_units(weight);
    sum[gaps] += to_units(weight * gap);
    sum[squares] += to_units(weight * gap * gap);
    ++counts[bin_of(squared)];
  }
}

void ReliabilitySums::add(ReliabilitySums const& other)
{
  for (std::size_t i = 0; i < sums_.size(); ++i)
  {
    sums_[i] += other.sums_[i];
  }
}

ReliabilityModel fit_reliability(ReliabilitySums const& sums, ReliabilityModel const& before,
                                 ReliabilitySettings const& settings)
{
  std::size_t const countries = sums.countries_;
  if (before.countries() != countries)
  {
    throw std::invalid_argument("sums and model are of different countries");
  }
  ReliabilityModel model(countries);
  double bias_weight = 0, bias_sum = 0;
  for (std::size_t i = 0; i < countries; ++i)
  {
    for (std::size_t j = 0; j < countries; ++j)
    {
      std::int64_t const* const sum = &sums.sums_[(i * countries + j) * pair_sums];
      if (sum[flow_count] > 0)
      {
        model.exporter_flows[i] += sum[flow_count];
        model.importer_flows[j] += sum[flow_count];
        model.flows += sum[flow_count];
        double const variance = variance_of(before, i, j);
        bias_weight += of(sum[weights]) / variance;
        bias_sum += of(sum[gaps]) / variance;
      }
    }
  }
  if (model.flows == 0)
  {
    model.change = 0;
    return model;
  }
  model.bias = bias_sum / bias_weight;
  Roles const roles = roles_of(model);
  std::vector<VariancePair> pairs;
  for (std::size_t const i : roles.exporters)
  {
    for (std::size_t const j : roles.importers)
    {
      std::int64_t const* const sum = &sums.sums_[(i * countries + j) * pair_sums];
      if (sum[flow_count] > 0)
      {
        double const about =
            of(sum[squares]) - 2 * model.bias * of(sum[gaps]) + model.bias * model.bias * of(sum[weights]);
        pairs.push_back({roles.exporter_place[i], roles.importer_place[j],
                         static_cast<double>(sum[flow_count]), std::max(about, 0.0)});
      }
    }
  }
  bool const first = before.flows == 0;
  std::vector<double> start;
  double whole = 0;
  for (VariancePair const& pair : pairs)
  {
    whole += pair.s;
  }
  // Half of the mean square for each side; gaps that are all the same would leave no variance at all.
  double const half = portable_log(std::max(whole / static_cast<double>(model.flows), 1e-12) / 2);
  for (std::size_t const i : roles.exporters)
  {
    start.push_back(first ? half : before.exporter_log_variance[i]);
  }
  for (std::size_t const j : roles.importers)
  {
    start.push_back(first ? half : before.importer_log_variance[j]);
  }
  // The weights of Student's tails are old after a few rounds: the next pass goes on from here with new ones.
  constexpr int rounds_to_the_end = 200, rounds_of_pass = 3;
  bool const to_the_end = settings.tails == Tails::normal || first;
  int const rounds = to_the_end ? rounds_to_the_end : rounds_of_pass;
  double const of_weights = information_share(before.degrees_of_freedom);
  double const prior_mean = first ? half : before.prior_mean;
  VarianceFit fit(limited(pairs, before.pair_variance, of_weights), start, prior_mean, before.prior_variance);
  fit.run(settings.most_spread, rounds);
  model.pair_variance = pair_variance_of(pairs, fit.estimates(), of_weights);
  if (first)
  {
    fit = VarianceFit(limited(pairs, model.pair_variance, of_weights), fit.estimates(), fit.prior_mean(),
                      fit.prior_variance());
    fit.run(settings.most_spread, rounds);
  }
  if (settings.tails == Tails::student)
  {
    // The first pass has weighted all alike, so that its gaps tell little about tails: a guess to go on from.
    constexpr double first_guess = 5;
    model.degrees_of_freedom = first ? first_guess : most_likely_freedom(std::span(sums.sums_).last(bins));
  }
  std::vector<double> const errors = fit.errors(information_share(model.degrees_of_freedom));
  model.prior_mean = fit.prior_mean();
  model.prior_variance = fit.prior_variance();
  std::fill(model.exporter_log_variance.begin(), model.exporter_log_variance.end(), model.prior_mean);
  std::fill(model.importer_log_variance.begin(), model.importer_log_variance.end(), model.prior_mean);
  std::fill(model.exporter_error.begin(), model.exporter_error.end(), std::sqrt(model.prior_variance));
  std::fill(model.importer_error.begin(), model.importer_error.end(), std::sqrt(model.prior_variance));
  double change = 0;
  for (std::size_t k = 0; k < start.size(); ++k)
  {
    bool const exporter = k < roles.exporters.size();
    std::size_t const country = exporter ? roles.exporters[k] : roles.importers[k - roles.exporters.size()];
    (exporter ? model.exporter_log_variance : model.importer_log_variance)[country] = fit.estimates()[k];
    (exporter ? model.exporter_error : model.importer_error)[country] = errors[k];
    change = std::max(change, std::abs(fit.estimates()[k] - start[k]) / std::max(1.0, 10 * errors[k]));
  }
  bool const only_pass = settings.tails == Tails::normal;
  model.change = first ? (only_pass ? 0 : std::numeric_limits<double>::infinity()) : change;
  return model;
}

}  // namespace tarifa::kernels
