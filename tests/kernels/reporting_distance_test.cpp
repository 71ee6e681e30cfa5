#include "kernels/mirror/baci/reporting_distance.hpp"

#include <cstdio>
#include <numeric>

#include "tests/kernels/baci_panel.hpp"
#include <gtest/gtest.h>

#include "kernels/mirror/baci/baci_reconciliation.hpp"
#include "kernels/statistics/least_squares.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

double uniform(std::uint64_t record, std::uint64_t purpose)
{
  return static_cast<double>(Draws(stream_key(6, 1), record).bits(purpose) >> 11) * 0x1p-53;
}

/// All passes, in stretches of `length` rows that `shares` summaries take in turn, added as ranks do it.
ReportingDistanceSums sums_of(ReportingDistanceSettings const& settings, std::size_t countries,
                              std::size_t products, FlowColumns const& flows,
                              std::vector<double> const& ratio, std::size_t length, std::size_t shares)
{
  auto const deal = [&](auto& sharers, auto const& use)
  {
    std::size_t block = 0;
    for_stretches(flows.size(), length,
                  [&](std::size_t begin, std::size_t end)
                  {
                    std::span<double const> const all(ratio);
                    auto const part = all.empty() ? all : all.subspan(begin, end - begin);
                    use(sharers[block++ % shares], flows.block(begin, end), part);
                  });
  };
  ReportingDistanceLevels levels(settings, countries, products);
  do
  {
    std::vector<ReportingDistanceLevels> counting(shares, levels);
    deal(counting, [](auto& counter, FlowBlock const& block, std::span<double const> part)
         { counter.count(block, part); });
    for (ReportingDistanceLevels& one : counting)
    {
      std::transform(one.counts().begin(), one.counts().end(), levels.counts().begin(),
                     levels.counts().begin(), std::plus<>());
    }
  } while (levels.restrict());
  std::vector<ReportingDistanceSums> adding(shares, ReportingDistanceSums(levels));
  deal(adding,
       [](auto& sums, FlowBlock const& block, std::span<double const> part) { sums.add(block, part); });
  std::vector<std::int64_t> digits = adding.back().to_digits();
  for (std::size_t share = 0; share + 1 < shares; ++share)
  {
    auto const some = adding[share].to_digits();
    std::transform(digits.begin(), digits.end(), some.begin(), digits.begin(), std::plus<>());
  }
  ReportingDistanceSums all(levels);
  all.set_digits(digits);
  return all;
}

TEST(ReportingDistance, equals_the_reference_and_so_do_reconciled_values)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  BaciPanel const panel(2019);
  ReportingDistanceSettings settings;
  settings.first_year = 2019;
  settings.years = 5;
  ReportingDistanceFit const fit =
      sums_of(settings, panel.countries.size(), panel.products.size(), panel.flows, panel.cif2, 10'000, 1)
          .fit();
  EXPECT_EQ(fit.observations, 42827);
  EXPECT_EQ(fit.parameters, 272);
  BaciReliability const reliability = baci_reliability(fit, {});
  ReferenceCsv const reference("reference/mirror/baci_reliability.csv");
  auto const& roles = reference.text("role");
  auto const& countries = reference.text("country");
  auto const means = reference.numbers("ls_rd"), errors = reference.numbers("stderr");
  auto const sigmas = reference.numbers("sigma"), ns = reference.numbers("n");
  double worst = 0, worst_sigma = 0;
  for (std::size_t row = 0; row < reference.rows(); ++row)
  {
    SCOPED_TRACE(roles[row] + " " + countries[row]);
    auto const country = static_cast<std::size_t>(BaciPanel::place(panel.countries, countries[row]));
    bool const exporter = roles[row] == "exp";
    ReporterDistances const& found = exporter ? fit.exporters : fit.importers;
    auto const& sigma = exporter ? reliability.exporter_sigma : reliability.importer_sigma;
    EXPECT_EQ(found.observations[country], ns[row]);
    for (double const difference : {relative_difference(found.mean[country], means[row]),
                                    relative_difference(found.error_of_effect[country], errors[row])})
    {
      EXPECT_LT(difference, 1e-8);
      worst = std::max(worst, difference);
    }
    // A sigma is a difference and may lie near 0.
    worst_sigma = std::max(worst_sigma, std::abs(sigma[country] - sigmas[row]));
    EXPECT_LT(worst_sigma, 1e-8);
  }
  auto const known = [](std::vector<double> const& values)
  { return std::count_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); }); };
  EXPECT_EQ(known(fit.exporters.mean) + known(fit.importers.mean),
            static_cast<std::ptrdiff_t>(reference.rows()));
  std::printf("largest differences: means and errors %.2g relative, sigma %.2g absolute\n", worst,
              worst_sigma);

  std::vector<double> weight(panel.flows.size()), value(panel.flows.size());
  reconcile_baci(reliability, Measure::value, panel.flows.block(), panel.cif2, weight, value);
  ReferenceCsv const reconciled("reference/mirror/baci_reconciled_2019_2023.csv.gz");
  auto const& from = reconciled.text("exp");
  auto const& to = reconciled.text("imp");
  auto const& codes = reconciled.text("cmd_code");
  auto const years = reconciled.numbers("year"), w_exp = reconciled.numbers("w_exp");
  auto const rv = reconciled.numbers("rv");
  double worst_weight = 0, worst_value = 0;
  std::size_t row = 0;
  for (std::size_t line = 0; line < reconciled.rows(); ++line, ++row)
  {
    // Both are in the order of the panel; the reference leaves some flows out.
    auto const same = [&]
    {
      FlowColumns const& flows = panel.flows;
      return flows.period[row] == years[line]
             && panel.countries[static_cast<std::size_t>(flows.exporter[row])] == from[line]
             && panel.countries[static_cast<std::size_t>(flows.importer[row])] == to[line]
             && panel.products[static_cast<std::size_t>(flows.product[row])] == codes[line];
    };
    while (row < panel.flows.size() && !same())
    {
      ++row;
    }
    ASSERT_LT(row, panel.flows.size());
    worst_weight = std::max(worst_weight, std::abs(weight[row] - w_exp[line]));
    worst_value = std::max(worst_value, relative_difference(value[row], rv[line]));
  }
  EXPECT_LT(worst_weight, 1e-8);
  EXPECT_LT(worst_value, 1e-8);
  std::printf("over %zu flows: weights %.2g absolute, reconciled values %.2g relative\n", reconciled.rows(),
              worst_weight, worst_value);
}

constexpr std::int32_t countries = 5, products = 4, years = 3;

/// Every combination of the levels, with the exporters' errors growing with their index.
FlowColumns small_world()
{
  FlowColumns flows;
  std::uint64_t record = 0;
  for (std::int32_t i = 0; i < countries; ++i)
  {
    for (std::int32_t j = 0; j < countries; ++j)
    {
      for (std::int32_t k = 0; k < products; ++k)
      {
        for (std::int32_t t = 0; t < years; ++t, ++record)
        {
          double const x = 1000 * std::exp(4 * uniform(record, 0));
          double const error = (0.1 + 0.1 * i + 0.05 * j) * (uniform(record, 1) - 0.5);
          if (i != j && uniform(record, 2) < 0.8)
          {
            flows.add(i, j, k, 2020 + t, x, x * std::exp(error), x, x * std::exp(error));
          }
        }
      }
    }
  }
  return flows;
}

ReportingDistanceSettings small_settings()
{
  ReportingDistanceSettings settings;
  settings.first_year = 2019;
  settings.years = 6;
  settings.least_observations = 3;
  return settings;
}

/// The same model as terms of plain least squares: -1 in all columns of a set for its last level.
TEST(ReportingDistance, equals_least_squares_on_columns_that_sum_to_zero)
{
  FlowColumns const flows = small_world();
  std::vector<double> const ratio(flows.size(), 1.0);
  ReportingDistanceFit const fit =
      sums_of(small_settings(), countries, products, flows, ratio, 1000, 1).fit();
  constexpr std::size_t terms = 2 * (countries - 1) + (years - 1) + (products - 1);
  LeastSquares plain(std::vector<double>(terms + 1));
  for (std::size_t row = 0; row < flows.size(); ++row)
  {
    std::vector<double> x(terms);
    std::size_t first = 0;
    auto const code = [&](std::int32_t level, std::int32_t levels)
    {
      for (std::int32_t column = 0; column < levels - 1; ++column)
      {
        x[first++] = level == levels - 1 ? -1 : (level == column ? 1 : 0);
      }
    };
    code(flows.exporter[row], countries);
    code(flows.importer[row], countries);
    code(flows.period[row] - 2020, years);
    code(flows.product[row], products);
    plain.add(x, std::abs(std::log(flows.imported[row] / flows.exported[row])),
              std::log(flows.imported[row] + flows.exported[row]));
  }
  LinearFit const oracle = plain.fit();
  EXPECT_EQ(fit.observations, oracle.observations);
  EXPECT_EQ(fit.parameters, oracle.parameters);
  EXPECT_NEAR(fit.intercept, oracle.intercept, 1e-10);
  EXPECT_NEAR(fit.variance / oracle.variance, 1, 1e-9);
  auto const size = static_cast<std::size_t>(oracle.parameters);
  for (std::size_t country = 0; country + 1 < countries; ++country)
  {
    std::size_t const exporter = country, importer = countries - 1 + country;
    EXPECT_NEAR(fit.exporters.mean[country], oracle.intercept + oracle.coefficients[exporter], 1e-10);
    EXPECT_NEAR(fit.importers.mean[country], oracle.intercept + oracle.coefficients[importer], 1e-10);
    EXPECT_NEAR(fit.exporters.error_of_effect[country], oracle.standard_error(exporter), 1e-10);
    EXPECT_NEAR(fit.importers.error_of_effect[country], oracle.standard_error(importer), 1e-10);
    auto const& covariance = oracle.unscaled_covariance;
    std::size_t const place = oracle.place(importer);
    double const of_mean = covariance[0] + 2 * covariance[place] + covariance[place * size + place];
    EXPECT_NEAR(fit.importers.error_of_mean[country], std::sqrt(oracle.variance * of_mean), 1e-10);
  }
  double sum = 0, product_sum = 0, year_sum = 0;
  for (std::size_t country = 0; country < countries; ++country)
  {
    sum += fit.exporters.mean[country] - fit.intercept;
  }
  for (double const effect : fit.product_effect)
  {
    product_sum += effect;
  }
  EXPECT_TRUE(std::isnan(fit.year_effect[0]) && std::isnan(fit.year_effect[4]));
  for (std::size_t year = 1; year <= years; ++year)
  {
    year_sum += fit.year_effect[year];
  }
  EXPECT_NEAR(sum, 0, 1e-12);
  EXPECT_NEAR(product_sum, 0, 1e-12);
  EXPECT_NEAR(year_sum, 0, 1e-12);
  EXPECT_NEAR(fit.product_effect[1], oracle.coefficients[2 * (countries - 1) + (years - 1) + 1], 1e-10);
}

TEST(ReportingDistance, does_not_depend_on_blocks_or_sharing)
{
  FlowColumns const flows = small_world();
  std::vector<double> const ratio(flows.size(), 1.05);
  auto const one = sums_of(small_settings(), countries, products, flows, ratio, 1000, 1);
  auto const many = sums_of(small_settings(), countries, products, flows, ratio, 7, 3);
  EXPECT_EQ(one.to_digits(), many.to_digits());
  EXPECT_EQ(one.fit().exporters.mean, many.fit().exporters.mean);
  EXPECT_EQ(one.fit().importers.error_of_mean, many.fit().importers.error_of_mean);
  // Net weights that are the values, and no ratio, are another use of the same sums.
  ReportingDistanceSettings by_weight = small_settings();
  by_weight.measure = Measure::net_weight;
  std::vector<double> const no_ratio(flows.size(), 1.0);
  EXPECT_EQ(sums_of(by_weight, countries, products, flows, {}, 50, 2).to_digits(),
            sums_of(small_settings(), countries, products, flows, no_ratio, 50, 2).to_digits());
}

TEST(ReportingDistance, levels_with_few_flows_go_until_all_have_enough)
{
  FlowColumns flows = small_world();
  std::size_t const whole = flows.size();
  // Product 4 is traded with exporter 5 only, which has one flow more; without the product it has too few.
  flows.add(5, 0, 4, 2020, 100, 110, 1, 1);
  flows.add(5, 1, 4, 2020, 100, 110, 1, 1);
  flows.add(5, 0, 0, 2020, 100, 110, 1, 1);
  // Not compared: a silent side, a ratio that is not known, next to nothing, another year.
  flows.add(0, 1, 0, 2020, 100, std::nan(""), 1, 1);
  flows.add(0, 1, 0, 2020, 100, 100, 1, 1);
  flows.add(0, 1, 0, 2020, 0.5, 0.5, 1, 1);
  flows.add(0, 1, 0, 2030, 100, 110, 1, 1);
  std::vector<double> ratio(flows.size(), 1.0);
  ratio[whole + 4] = std::nan("");
  ReportingDistanceFit const fit = sums_of(small_settings(), 6, 5, flows, ratio, 1000, 1).fit();
  EXPECT_EQ(fit.observations, static_cast<std::int64_t>(whole));
  EXPECT_TRUE(std::isnan(fit.exporters.mean[5]));
  EXPECT_TRUE(std::isnan(fit.product_effect[4]));
  // One pass would have kept exporter 5.
  ReportingDistanceSettings all = small_settings();
  all.least_observations = 2;
  EXPECT_EQ(sums_of(all, 6, 5, flows, ratio, 1000, 1).fit().observations,
            static_cast<std::int64_t>(whole + 3));
}

TEST(ReportingDistance, refuses_nothing_and_worlds_in_two_parts)
{
  FlowColumns flows;
  EXPECT_THROW(sums_of(small_settings(), 6, 5, flows, {}, 10, 1).fit(), std::domain_error);
  for (std::int32_t part = 0; part < 2; ++part)
  {
    for (std::int32_t row = 0; row < 60; ++row)
    {
      auto const record = static_cast<std::uint64_t>(row);
      double const m = 100 * std::exp(uniform(record, 3));
      flows.add(3 * part + row % 3, 3 * part + (row / 3) % 3, 2 * part + (row / 9) % 2, 2020, 100, m, 1, 1);
    }
  }
  std::vector<double> const ratio(flows.size(), 1.0);
  EXPECT_THROW(sums_of(small_settings(), 6, 4, flows, ratio, 10, 1).fit(), std::domain_error);
}

TEST(BaciReconciliation, weights_follow_the_variances_of_the_model)
{
  BaciReliability reliability;
  reliability.exporter_sigma = {0.5, 1e-9, 40, 0, std::nan(""), -0.3};
  reliability.importer_sigma = {0.8, 1e-9, 40, 0, 0.5, 0.3};
  reliability.typical_exporter = 0.5;
  auto const variance = [](double s) { return std::exp(s * s) * (std::exp(s * s) - 1); };
  double const a = variance(0.5), b = variance(0.8);
  EXPECT_NEAR(reliability.exporter_weight(0, 0), b / (a + b), 1e-14);
  EXPECT_NEAR(reliability.exporter_weight(1, 1), 0.5, 1e-14);
  EXPECT_NEAR(reliability.exporter_weight(1, 0), 1, 1e-14);
  EXPECT_EQ(reliability.exporter_weight(2, 2), 0.5);
  EXPECT_EQ(reliability.exporter_weight(2, 0), 0);
  EXPECT_EQ(reliability.exporter_weight(3, 0), 1);
  EXPECT_EQ(reliability.exporter_weight(0, 3), 0);
  EXPECT_EQ(reliability.exporter_weight(3, 3), 0.5);
  EXPECT_NEAR(reliability.exporter_weight(4, 4), 0.5, 1e-14);
  // A negative estimate counts by its square.
  EXPECT_NEAR(reliability.exporter_weight(5, 5), 0.5, 1e-14);
}

TEST(BaciReconciliation, sigma_is_the_distance_from_the_best_reporter_less_two_errors)
{
  ReportingDistanceFit fit;
  fit.exporters.mean = {0.2, 0.3, std::nan(""), 1.2};
  fit.exporters.error_of_effect = {0.01, 0.1, std::nan(""), 0.1};
  fit.exporters.error_of_mean = {0.02, 0.2, std::nan(""), 0.2};
  fit.importers = fit.exporters;
  double const half_pi = std::acos(0.0);
  BaciReliability const published = baci_reliability(fit, {});
  EXPECT_NEAR(published.exporter_sigma[0], -0.02 * half_pi, 1e-14);
  EXPECT_NEAR(published.exporter_sigma[1], -0.1 * half_pi, 1e-14);
  EXPECT_NEAR(published.importer_sigma[3], 0.8 * half_pi, 1e-14);
  EXPECT_TRUE(std::isnan(published.importer_sigma[2]));
  EXPECT_EQ(published.typical_exporter, published.exporter_sigma[0]);
  BaciReliability const floored = baci_reliability(fit, {StandardError::of_mean, SigmaFloor::zero, 2});
  EXPECT_EQ(floored.exporter_sigma[1], 0);
  EXPECT_NEAR(floored.exporter_sigma[3], 0.6 * half_pi, 1e-14);
}

TEST(BaciReconciliation, a_silent_side_is_replaced_by_the_other_at_fob)
{
  BaciReliability reliability;
  reliability.exporter_sigma = reliability.importer_sigma = {0.5, 0.5};
  double const silent = std::nan("");
  FlowColumns flows;
  flows.add(0, 1, 0, 2020, 100, 132, 10, 20);
  flows.add(0, 1, 0, 2020, silent, 132, silent, 20);
  flows.add(0, 1, 0, 2020, 100, silent, 10, silent);
  flows.add(0, 1, 0, 2020, silent, silent, silent, silent);
  std::vector<double> const ratio(4, 1.1);
  std::vector<double> weight(4), value(4);
  reconcile_baci(reliability, Measure::value, flows.block(), ratio, weight, value);
  EXPECT_NEAR(value[0], 110, 1e-12);
  EXPECT_NEAR(value[1], 120, 1e-12);
  EXPECT_EQ(value[2], 100);
  EXPECT_TRUE(std::isnan(value[3]) && std::isnan(weight[3]));
  EXPECT_EQ(weight[1], 0);
  EXPECT_EQ(weight[2], 1);
  reconcile_baci(reliability, Measure::net_weight, flows.block(), {}, weight, value);
  EXPECT_NEAR(value[0], 15, 1e-12);
  EXPECT_EQ(value[1], 20);
}

}  // namespace
}  // namespace tarifa::kernels
