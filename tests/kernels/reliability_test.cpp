#include "kernels/mirror/reliability/reliability.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/statistics/least_squares.hpp"
#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/random.hpp"
#include "kernels/statistics/student.hpp"

namespace tarifa::kernels
{
namespace
{

double uniform(Draws const& draws, std::uint64_t purpose)
{
  return (static_cast<double>(draws.bits(purpose) >> 12) + 0.5) * 0x1p-52;
}

enum class Errors : std::uint8_t
{
  normal,
  common_tails,  ///< both sides are off by more in the same flows
  own_tails,     ///< each side has flows in which it is off by four times as much
};

struct PlantedSettings
{
  std::size_t countries = 24, products = 12;
  Errors errors = Errors::normal;
  double bias = 0.1, share_of_pairs = 0.6, currency = 1;
};

/// A world of which the truth is known: ln X = ln V + bias / 2 + e, ln F = ln V - bias / 2 + e'.
struct Planted
{
  std::vector<double> exporter_sigma, importer_sigma;
  std::vector<std::int32_t> exporter, importer, product, period;
  std::vector<double> truth, exported, imported, exported_kg, imported_kg;

  FlowBlock block(std::size_t begin, std::size_t end) const
  {
    auto const part = [&](auto const& column) { return std::span(column).subspan(begin, end - begin); };
    return {part(exporter), part(importer), part(product),     part(period),
            part(exported), part(imported), part(exported_kg), part(imported_kg)};
  }
  FlowBlock block() const { return block(0, truth.size()); }
};

double scale_of_tails(Errors errors, Draws const& draws, std::uint64_t purpose)
{
  if (errors == Errors::normal)
  {
    return 1;
  }
  if (errors == Errors::own_tails)
  {
    return uniform(draws, purpose) < 0.1 ? 4 : 1;
  }
  // Student's t of 4 degrees of freedom: the root of 4 over a chi square of 4.
  double const chi_square = -2 * std::log(uniform(draws, 100) * uniform(draws, 101));
  return std::sqrt(4 / chi_square);
}

Planted planted(std::uint64_t seed, PlantedSettings const& settings)
{
  Planted world;
  for (std::size_t country = 0; country < settings.countries; ++country)
  {
    Draws const draws(stream_key(seed, 1), country);
    world.exporter_sigma.push_back(0.3 * std::exp(0.6 * normal_quantile(uniform(draws, 0))));
    world.importer_sigma.push_back(0.3 * std::exp(0.6 * normal_quantile(uniform(draws, 1))));
  }
  for (std::size_t i = 0; i < settings.countries; ++i)
  {
    for (std::size_t j = 0; j < settings.countries; ++j)
    {
      Draws const pair(stream_key(seed, 2), i * settings.countries + j);
      if (i == j || uniform(pair, 0) > settings.share_of_pairs)
      {
        continue;
      }
      for (std::size_t k = 0; k < settings.products; ++k)
      {
        Draws const draws(stream_key(seed, 3), (i * settings.countries + j) * settings.products + k);
        double const size = std::exp(9 + 2 * normal_quantile(uniform(draws, 0)));
        double const x = scale_of_tails(settings.errors, draws, 1) * world.exporter_sigma[i];
        double const f = scale_of_tails(settings.errors, draws, 2) * world.importer_sigma[j];
        world.exporter.push_back(static_cast<std::int32_t>(i));
        world.importer.push_back(static_cast<std::int32_t>(j));
        world.product.push_back(static_cast<std::int32_t>(k));
        world.period.push_back(2020);
        world.truth.push_back(size * settings.currency);
        double const e = x * normal_quantile(uniform(draws, 3)) + settings.bias / 2;
        double const g = f * normal_quantile(uniform(draws, 4)) - settings.bias / 2;
        world.exported.push_back(size * settings.currency * std::exp(e));
        world.imported.push_back(size * settings.currency * std::exp(g));
        world.exported_kg.push_back(size * std::exp(2 * e));
        world.imported_kg.push_back(size * std::exp(2 * g));
      }
    }
  }
  return world;
}

ReliabilityModel fitted(Planted const& world, Tails tails, std::size_t countries, int most_passes = 40)
{
  ReliabilityModel model(countries);
  for (int pass = 0; pass < most_passes && model.change > 2e-3; ++pass)
  {
    ReliabilitySums sums(countries);
    sums.add(world.block(), {}, Measure::value, model);
    model = fit_reliability(sums, model, {.tails = tails});
  }
  return model;
}

TEST(Student, quantiles_and_log_gamma_are_those_of_the_tables)
{
  EXPECT_NEAR(student_quantile(0.95, 3), 2.353363, 1e-4);
  EXPECT_NEAR(student_quantile(0.95, 5), 2.015048, 1e-5);
  EXPECT_NEAR(student_quantile(0.025, 10), -2.228139, 1e-5);
  EXPECT_NEAR(student_quantile(0.995, 6), 3.707428, 1e-5);
  EXPECT_NEAR(student_quantile(0.95, 1e9), 1.644854, 1e-6);
  for (double const x : {0.5, 1.0, 1.7, 3.0, 12.5, 400.0})
  {
    EXPECT_NEAR(log_gamma(x), std::lgamma(x), 1e-12 * std::max(1.0, std::lgamma(x)));
  }
}

TEST(Reliability, planted_errors_of_countries_are_found_within_their_standard_errors)
{
  double squares = 0, within = 0, count = 0, log_error = 0, bias = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
  {
    Planted const world = planted(seed, {});
    ReliabilityModel const model = fitted(world, Tails::normal, 24);
    EXPECT_EQ(model.flows, static_cast<std::int64_t>(world.truth.size()));
    bias += model.bias / 20;
    for (std::int32_t country = 0; country < 24; ++country)
    {
      auto const at = static_cast<std::size_t>(country);
      double const off = model.exporter_log_variance[at] - 2 * std::log(world.exporter_sigma[at]);
      double const other = model.importer_log_variance[at] - 2 * std::log(world.importer_sigma[at]);
      squares += off * off / (model.exporter_error[at] * model.exporter_error[at])
                 + other * other / (model.importer_error[at] * model.importer_error[at]);
      within += (std::abs(off) < 1.645 * model.exporter_error[at] ? 1 : 0)
                + (std::abs(other) < 1.645 * model.importer_error[at] ? 1 : 0);
      log_error += (std::abs(off) + std::abs(other)) / 2;
      count += 2;
    }
  }
  std::printf("planted s: mean |ln s - ln truth| %.3f, within 1.645 standard errors %.3f\n",
              log_error / count, within / count);
  EXPECT_LT(log_error / count, 0.12);
  EXPECT_NEAR(squares / count, 1, 0.25);
  EXPECT_NEAR(within / count, 0.9, 0.05);
  EXPECT_NEAR(bias, 0.1, 0.01);
}

/// Weights and reconciled values as BACI's: |ln F/X| on exporter and importer effects.
std::vector<double> baci_values(Planted const& world, std::size_t countries)
{
  std::vector<double> x(2 * countries - 2);
  LeastSquares sums(std::vector<double>(2 * countries - 1, 0));
  auto const fill = [&](std::size_t i, std::size_t j)
  {
    std::fill(x.begin(), x.end(), 0);
    for (std::size_t k = 0; k + 1 < countries; ++k)
    {
      x[k] = i == k ? 1 : (i + 1 == countries ? -1 : 0);
      x[countries - 1 + k] = j == k ? 1 : (j + 1 == countries ? -1 : 0);
    }
  };
  for (std::size_t flow = 0; flow < world.truth.size(); ++flow)
  {
    fill(static_cast<std::size_t>(world.exporter[flow]), static_cast<std::size_t>(world.importer[flow]));
    sums.add(x, std::abs(std::log(world.imported[flow] / world.exported[flow])),
             std::log(world.imported[flow] + world.exported[flow]));
  }
  LinearFit const fit = sums.fit();
  std::vector<double> sigma[2] = {std::vector<double>(countries), std::vector<double>(countries)};
  for (std::size_t role = 0; role < 2; ++role)
  {
    double least = 1e300, last = 0;
    for (std::size_t k = 0; k < countries; ++k)
    {
      double const effect = k + 1 < countries ? fit.coefficients[role * (countries - 1) + k] : -last;
      last += effect;
      sigma[role][k] = fit.intercept + effect;
      least = std::min(least, sigma[role][k]);
    }
    double const error = fit.standard_error(role * (countries - 1));
    for (double& each : sigma[role])
    {
      each = 1.5707963267948966 * std::max(each - least - 2 * error, 0.0);
    }
  }
  auto const spread = [](double s) { return std::exp(s * s) * (std::exp(s * s) - 1); };
  std::vector<double> values;
  for (std::size_t flow = 0; flow < world.truth.size(); ++flow)
  {
    double const a = spread(sigma[0][static_cast<std::size_t>(world.exporter[flow])]);
    double const b = spread(sigma[1][static_cast<std::size_t>(world.importer[flow])]);
    double const weight = a + b > 0 ? b / (a + b) : 0.5;
    values.push_back(weight * world.exported[flow] + (1 - weight) * world.imported[flow]);
  }
  return values;
}

TEST(Reliability, reconciled_values_are_nearer_the_truth_than_those_of_baci_weights_and_of_the_flat_mean)
{
  for (Errors const errors : {Errors::normal, Errors::common_tails, Errors::own_tails})
  {
    double ours = 0, baci = 0, flat = 0, covered = 0, count = 0, sum = 0, sum_baci = 0, truth = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
    {
      Planted const world = planted(seed + 100, {.errors = errors, .bias = 0});
      Reconciler const reconciler(fitted(world, Tails::student, 24), 0.9);
      std::vector<double> const by_baci = baci_values(world, 24);
      for (std::size_t flow = 0; flow < world.truth.size(); ++flow)
      {
        ReconciledFlow const found = reconciler.reconcile(world.exporter[flow], world.importer[flow],
                                                          world.exported[flow], world.imported[flow]);
        double const v = world.truth[flow], x = world.exported[flow], f = world.imported[flow];
        ours += std::abs(std::log(found.value / v));
        baci += std::abs(std::log(by_baci[flow] / v));
        flat += std::abs(std::log((x + f) / 2 / v));
        covered += found.low <= v && v <= found.high ? 1 : 0;
        count += 1;
        sum += found.unbiased;
        sum_baci += by_baci[flow];
        truth += v;
      }
    }
    std::printf(
        "errors %d: mean |ln value / truth| %.4f, over BACI weights %.3f, over the mean of both %.3f; "
        "90 %% intervals cover %.3f of %.0f; totals over truth %.3f, BACI weights %.3f\n",
        static_cast<int>(errors), ours / count, ours / baci, ours / flat, covered / count, count, sum / truth,
        sum_baci / truth);
    EXPECT_LT(ours, 0.95 * baci);
    EXPECT_LT(ours, 0.8 * flat);
    EXPECT_NEAR(covered / count, 0.9, 0.03);
  }
}

TEST(Reliability, degrees_of_freedom_tell_heavy_tails_from_normal_errors)
{
  PlantedSettings const normal{.countries = 24, .products = 12};
  EXPECT_GT(fitted(planted(5, normal), Tails::student, 24).degrees_of_freedom, 20);
  PlantedSettings const heavy{.countries = 24, .products = 12, .errors = Errors::common_tails};
  ReliabilityModel const model = fitted(planted(5, heavy), Tails::student, 24);
  EXPECT_GT(model.degrees_of_freedom, 3);
  EXPECT_LT(model.degrees_of_freedom, 6);
  EXPECT_LT(model.change, 2e-3);
}

TEST(Reliability, bits_do_not_depend_on_how_flows_are_cut_and_added)
{
  Planted const world = planted(3, {.errors = Errors::common_tails});
  ReliabilityModel model = fitted(world, Tails::student, 24, 3);
  ReliabilitySums whole(24), shared(24);
  whole.add(world.block(), {}, Measure::value, model);
  std::size_t const flows = world.truth.size();
  for (std::size_t end = flows; end > 0;)
  {
    std::size_t const begin = end - std::min<std::size_t>(end, 97);
    ReliabilitySums part(24);
    part.add(world.block(begin, end), {}, Measure::value, model);
    shared.add(part);
    end = begin;
  }
  EXPECT_TRUE(std::ranges::equal(whole.numbers(), shared.numbers()));
  ReliabilityModel const one = fit_reliability(whole, model, {}), other = fit_reliability(shared, model, {});
  EXPECT_EQ(one.exporter_log_variance, other.exporter_log_variance);
  EXPECT_EQ(one.importer_error, other.importer_error);
  EXPECT_EQ(one.degrees_of_freedom, other.degrees_of_freedom);
}

TEST(Reliability, a_currency_moves_no_weight)
{
  PlantedSettings const in_cents{.currency = 100};
  ReliabilityModel const one = fitted(planted(3, {}), Tails::normal, 24);
  ReliabilityModel const other = fitted(planted(3, in_cents), Tails::normal, 24);
  for (std::size_t country = 0; country < 24; ++country)
  {
    EXPECT_NEAR(one.exporter_log_variance[country], other.exporter_log_variance[country], 1e-6);
  }
}

TEST(Reliability, values_and_quantities_are_apart_and_small_reporters_are_shrunk)
{
  PlantedSettings const settings{.countries = 10, .products = 40};
  Planted const world = planted(9, settings);
  ReliabilitySums sums(12);
  sums.add(world.block(), {}, Measure::net_weight, ReliabilityModel(12));
  // Two flows of a country that hits the truth by chance.
  Planted few;
  for (int flow = 0; flow < 2; ++flow)
  {
    few.exporter.push_back(10);
    few.importer.push_back(flow);
    few.product.push_back(0);
    few.period.push_back(2020);
    few.truth.push_back(1);
    few.exported.push_back(1);
    few.imported.push_back(1);
    few.exported_kg.push_back(5);
    few.imported_kg.push_back(5);
  }
  sums.add(few.block(), {}, Measure::net_weight, ReliabilityModel(12));
  ReliabilityModel const model = fit_reliability(sums, ReliabilityModel(12), {.tails = Tails::normal});
  // Quantities are off by twice as much as values, by the same draws.
  ReliabilityModel const of_values = fitted(world, Tails::normal, 10);
  for (std::int32_t country = 0; country < 10; ++country)
  {
    EXPECT_NEAR(model.importer_sigma(country) / of_values.importer_sigma(country), 2, 0.2);
  }
  EXPECT_GT(model.exporter_log_variance[10], std::ranges::min(model.exporter_log_variance));
  EXPECT_GT(model.exporter_error[10], 3 * model.exporter_error[3]);
  EXPECT_EQ(model.exporter_log_variance[11], model.prior_mean);
  EXPECT_EQ(model.exporter_flows[11], 0);
}

TEST(Reliability, a_pair_that_copies_its_data_does_not_make_its_countries_perfect)
{
  Planted const world = planted(4, {});
  ReliabilitySums honest_sums(24), sums(24);
  honest_sums.add(world.block(), {}, Measure::value, ReliabilityModel(24));
  sums.add(honest_sums);
  // Two thousand flows more of one pair, the same on both sides.
  std::int32_t const exporter = world.exporter[0], importer = world.importer[0];
  std::vector<std::int32_t> const from(2000, exporter), to(2000, importer), none(2000);
  std::vector<double> const same(2000, 1.0);
  sums.add({from, to, none, none, same, same, same, same}, {}, Measure::value, ReliabilityModel(24));
  ReliabilitySettings const normal{.tails = Tails::normal};
  ReliabilityModel const honest = fit_reliability(honest_sums, ReliabilityModel(24), normal);
  ReliabilityModel const copied = fit_reliability(sums, ReliabilityModel(24), normal);
  EXPECT_LT(honest.pair_variance, 0.02);
  EXPECT_GT(copied.exporter_sigma(exporter), 0.6 * honest.exporter_sigma(exporter));
  EXPECT_GT(copied.importer_sigma(importer), 0.6 * honest.importer_sigma(importer));
  std::printf(
      "copied pair: pair variance %.4f (honest %.4f), s of exporter %.3f (%.3f), importer %.3f (%.3f)\n",
      copied.pair_variance, honest.pair_variance, copied.exporter_sigma(exporter),
      honest.exporter_sigma(exporter), copied.importer_sigma(importer), honest.importer_sigma(importer));
}

TEST(Reliability, one_sided_missing_and_no_flows)
{
  ReliabilityModel model(2);
  ReliabilitySums const none(2);
  model = fit_reliability(none, model, {});
  EXPECT_EQ(model.flows, 0);
  EXPECT_EQ(model.change, 0);
  Reconciler const reconciler(model, 0.9);
  double const missing = std::nan("");
  ReconciledFlow const both = reconciler.reconcile(0, 1, 4, 1);
  EXPECT_NEAR(both.value, 2, 1e-12);
  EXPECT_NEAR(both.high, 2 * std::exp(1.6448536 * std::sqrt(0.5)), 1e-6);
  EXPECT_NEAR(both.unbiased, 2 * std::exp(-0.25), 1e-12);
  ReconciledFlow const exported = reconciler.reconcile(0, 1, 4, missing);
  EXPECT_EQ(exported.value, 4);
  EXPECT_EQ(exported.exporter_weight, 1);
  EXPECT_NEAR(exported.low, 4 * std::exp(-1.6448536), 1e-6);
  EXPECT_EQ(reconciler.reconcile(0, 1, 0, 3).value, 3);
  EXPECT_TRUE(std::isnan(reconciler.reconcile(0, 1, missing, missing).value));
}

}  // namespace
}  // namespace tarifa::kernels
