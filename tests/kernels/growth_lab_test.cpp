#include "kernels/mirror/growth_lab/growth_lab.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "tests/kernels/flow_columns.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A small world of 14 countries, in which everybody trades with everybody; country 13 is "not specified".
FlowColumns small_world()
{
  FlowColumns flows;
  for (std::int32_t from = 0; from < 13; ++from)
  {
    for (std::int32_t to = 0; to < 14; ++to)
    {
      for (std::int32_t product = 0; product < 3 && from != to; ++product)
      {
        auto const draw = [&](std::uint64_t purpose)
        {
          Draws const draws(stream_key(5, 1), static_cast<std::uint64_t>((from * 14 + to) * 3 + product));
          return static_cast<double>(draws.bits(purpose) >> 11) * 0x1p-53;
        };
        double const truth = std::exp(13 + 3 * draw(0));
        double const exported = draw(1) < 0.1 ? nan : truth * std::exp(0.3 * draw(2) * (1 + from % 4));
        double const imported =
            to == 13 || draw(3) < 0.1 ? nan : truth * std::exp(0.06 + 0.3 * draw(4) * (1 + to % 3));
        flows.add(from, to, product, 2020, exported, imported);
      }
    }
  }
  return flows;
}

struct SmallRun
{
  GrowthLabFreight freight;
  GrowthLabScores scores;
  GrowthLabReconciled pairs;
  std::vector<GrowthLabProducts::Flow> values;
  std::vector<GrowthLabProducts::Remainder> remainders;
};

/// In `shares` blocks that are summed up apart and then added over digits, the last first.
SmallRun small_run(FlowColumns const& flows, std::size_t shares, GrowthLabSettings const& settings)
{
  std::size_t const countries = 14;
  CountryPairs geography(countries);
  for (std::int32_t from = 0; from < 14; ++from)
  {
    for (std::int32_t to = 0; to < 13; ++to)
    {
      geography.set(from, to, 500 + 100 * std::abs(from - to) + 7 * (from * to % 5),
                    std::abs(from - to) == 1);
    }
  }
  auto const summed = [&](auto const& empty, auto const& add)
  {
    auto whole = empty;
    for (std::size_t share = shares; share-- > 0;)
    {
      auto part = empty;
      add(part, flows.block(flows.size() * share / shares, flows.size() * (share + 1) / shares));
      auto copy = empty;
      copy.set_digits(part.to_digits());
      whole.add(copy);
    }
    return whole;
  };
  auto const pairs = summed(GrowthLabTotals(countries, 2020),
                            [&](auto& part, FlowBlock const& block) { part.add(block, settings); })
                         .pairs(settings);
  SmallRun run;
  run.freight = fit_growth_lab_freight(pairs, geography, settings);
  auto const at_fob = growth_lab_at_fob(pairs, geography, run.freight, settings);
  std::vector<double> const population(countries, 1e6);
  run.scores = growth_lab_scores(pairs, at_fob, population, settings);
  run.pairs = reconcile_growth_lab_pairs(pairs, at_fob, run.scores, settings);
  auto const totals = summed(GrowthLabProductTotals(countries, 2020), [&](auto& part, FlowBlock const& block)
                             { part.add(block, run.pairs, settings); });
  GrowthLabProducts const products(run.pairs, totals, settings);
  run.values.resize(flows.size());
  products.apply(flows.block(), run.values);
  run.remainders = products.remainders();
  return run;
}

GrowthLabSettings small_settings()
{
  GrowthLabSettings settings;
  settings.unspecified_country = 13;
  settings.unspecified_product = {0, 0, 1};
  return settings;
}

TEST(GrowthLab, order_and_sharing_do_not_change_a_bit)
{
  FlowColumns const flows = small_world();
  FlowColumns turned;
  for (std::size_t flow = flows.size(); flow-- > 0;)
  {
    turned.add(flows.exporter[flow], flows.importer[flow], flows.product[flow], flows.period[flow],
               flows.exported[flow], flows.imported[flow]);
  }
  GrowthLabSettings settings = small_settings();
  settings.product_weight = GrowthLabForm::corrected;
  SmallRun const one = small_run(flows, 1, settings), other = small_run(turned, 5, settings);
  EXPECT_EQ(one.freight.distance, other.freight.distance);
  EXPECT_EQ(one.freight.constant, other.freight.constant);
  EXPECT_EQ(one.scores.countries, 13);
  for (std::size_t country = 0; country < 13; ++country)
  {
    EXPECT_EQ(one.scores.exporter_reliability[country], other.scores.exporter_reliability[country]);
    EXPECT_EQ(one.scores.importer_reliability[country], other.scores.importer_reliability[country]);
  }
  ASSERT_EQ(one.values.size(), other.values.size());
  for (std::size_t flow = 0; flow < one.values.size(); ++flow)
  {
    double const value = one.values[flow].value, same = other.values[one.values.size() - 1 - flow].value;
    EXPECT_TRUE(value == same || (std::isnan(value) && std::isnan(same)));
  }
}

TEST(GrowthLab, products_add_up_to_their_pair)
{
  FlowColumns const flows = small_world();
  SmallRun const run = small_run(flows, 2, small_settings());
  std::map<std::pair<int, int>, double> sum;
  for (std::size_t flow = 0; flow < flows.size(); ++flow)
  {
    sum[{flows.exporter[flow], flows.importer[flow]}] +=
        std::isnan(run.values[flow].value) ? 0 : run.values[flow].value;
  }
  for (std::size_t row = 0; row < run.pairs.size(); ++row)
  {
    double const products = sum[{run.pairs.exporter[row], run.pairs.importer[row]}];
    EXPECT_NEAR(products / run.pairs.value[row], 1, 1e-12);
  }
}

TEST(GrowthLab, scores_of_two_plus_two_partners_by_hand)
{
  // Three countries, all pairs, with discrepancies d(0,1) = 1/3, d(0,2) = 1/7, d(1,0) = 1/2, d(1,2) = 1/4,
  // d(2,0) = 1/5, d(2,1) = 1/9.
  GrowthLabPairs pairs;
  pairs.countries = 3;
  pairs.exporter = {0, 0, 1, 1, 2, 2};
  pairs.importer = {1, 2, 0, 2, 0, 1};
  pairs.exported = {2e6, 4e6, 1e6, 5e6, 2e6, 5e6};
  pairs.imported = {1e6, 3e6, 3e6, 3e6, 3e6, 4e6};
  GrowthLabSettings settings;
  settings.least_flows = 2;
  settings.iterations = 1;
  std::vector<double> const population(3, 1e6);
  auto scores = growth_lab_scores(pairs, pairs.imported, population, settings);
  // The exporter's score comes from its imports.
  std::vector<double> const of_imports = {2 / (1. / 2 + 1. / 5), 2 / (1. / 3 + 1. / 9),
                                          2 / (1. / 7 + 1. / 4)};
  std::vector<double> const of_exports = {2 / (1. / 3 + 1. / 7), 2 / (1. / 2 + 1. / 4),
                                          2 / (1. / 5 + 1. / 9)};
  auto const expect_scores = [&](std::vector<double> const& exporter, std::vector<double> const& importer)
  {
    for (std::size_t country = 0; country < 3; ++country)
    {
      EXPECT_NEAR(scores.exporter_reliability[country], exporter[country], 1e-14);
      EXPECT_NEAR(scores.importer_reliability[country], importer[country], 1e-14);
    }
  };
  expect_scores(of_imports, of_exports);
  settings.labels = GrowthLabForm::corrected;
  scores = growth_lab_scores(pairs, pairs.imported, population, settings);
  expect_scores(of_exports, of_imports);
  settings.scores = GrowthLabForm::corrected;
  scores = growth_lab_scores(pairs, pairs.imported, population, settings);
  auto const& e = scores.exporter_reliability;
  auto const& m = scores.importer_reliability;
  EXPECT_NEAR(e[0] * (m[1] / 3 + m[2] / 7), 2, 1e-12);
  EXPECT_NEAR(e[1] * (m[0] / 2 + m[2] / 4), 2, 1e-12);
  EXPECT_NEAR(m[0] * (e[1] / 2 + e[2] / 5), 2, 1e-12);
  EXPECT_NEAR(e[0] * e[1] * e[2] / (m[0] * m[1] * m[2]), 1, 1e-12);
}

TEST(GrowthLab, trade_with_nowhere_is_taken_out_only_when_corrected)
{
  FlowColumns flows;
  flows.add(0, 1, 0, 2020, 600e3, 700e3);
  flows.add(0, 2, 1, 2020, 400e3, nan);  // country 2 is nowhere, product 1 is anything
  flows.add(0, 2, 0, 2020, 100e3, nan);
  flows.add(1, 2, 1, 2020, 100e3, nan);
  flows.add(1, 0, 0, 2020, 900e3, 900e3);
  flows.add(0, 1, 0, 2019, 1e9, nan);  // another year
  GrowthLabSettings settings;
  settings.unspecified_country = 2;
  settings.unspecified_product = {0, 1};
  auto const exports_to_nowhere = [&](GrowthLabForm form)
  {
    settings.unspecified_trade = form;
    GrowthLabTotals totals(3, 2020);
    totals.add(flows.block(), settings);
    GrowthLabPairs const pairs = totals.pairs(settings);
    std::vector<double> result;
    for (std::size_t pair = 0; pair < pairs.size(); ++pair)
    {
      if (pairs.importer[pair] == 2)
      {
        result.push_back(pairs.exported[pair]);
      }
    }
    return result;
  };
  EXPECT_EQ(exports_to_nowhere(GrowthLabForm::published), (std::vector<double>{500e3, 100e3}));
  EXPECT_EQ(exports_to_nowhere(GrowthLabForm::corrected), (std::vector<double>{100e3, 100e3}));
}

TEST(GrowthLab, large_pairs_without_products_keep_the_difference_apart)
{
  // 0 reports 200 million to 1, but in products below 1,000 but for one.
  FlowColumns flows;
  flows.add(0, 1, 0, 2020, 50e6, nan);
  flows.add(0, 2, 1, 2020, 500, 2000);
  flows.add(2, 0, 0, 2020, 5000, 300);
  GrowthLabSettings settings;
  settings.unspecified_country = 2;
  settings.unspecified_product = {1};
  GrowthLabReconciled pairs;
  pairs.countries = 3;
  pairs.exporter = {0, 0};
  pairs.importer = {1, 2};
  pairs.exported = {200e6, nan};
  pairs.imported = {nan, 1800};
  pairs.value = {200e6, 3600};
  pairs.freight_rate = {0.1, 0.1};
  pairs.weight = {nan, nan};
  pairs.exporter_flag = pairs.importer_flag = {0, 0};
  pairs.place = {-1, 0, 1, -1, -1, -1, -1, -1, -1};
  GrowthLabProductTotals totals(3, 2020);
  totals.add(flows.block(), pairs, settings);
  GrowthLabProducts const products(pairs, totals, settings);
  std::vector<GrowthLabProducts::Flow> values(3);
  products.apply(flows.block(), values);
  EXPECT_EQ(values[0].value, 50e6);
  EXPECT_DOUBLE_EQ(values[1].value, 3600);
  EXPECT_DOUBLE_EQ(values[1].imported, 1800);
  EXPECT_EQ(values[1].exported, 0);
  EXPECT_EQ(values[2].value, 0);  // its pair was not reconciled
  ASSERT_EQ(products.remainders().size(), 1U);
  EXPECT_EQ(products.remainders()[0].value, 150e6);

  // Exporter 2 declares nothing but unspecified goods to nobody.
  settings.unspecified_exporters = GrowthLabForm::corrected;
  flows.add(2, 2, 0, 2020, 5000, nan);
  settings.unspecified_country = 1;
  settings.unspecified_product = {1, 0};
  GrowthLabProductTotals again(3, 2020);
  again.add(flows.block(), pairs, settings);
  GrowthLabProducts const without(pairs, again, settings);
  values.resize(4);
  without.apply(flows.block(), values);
  EXPECT_EQ(without.remainders().size(), 1U);  // 50 million of unspecified goods, 150 million apart
  settings.most_unspecified_products = 0.3;
  GrowthLabProducts const strict(pairs, again, settings);
  strict.apply(flows.block(), values);
  EXPECT_TRUE(strict.remainders().empty());
  EXPECT_TRUE(std::isnan(values[0].value));
}

TEST(GrowthLab, no_flows_give_no_pairs_and_a_clear_error)
{
  GrowthLabSettings const settings;
  GrowthLabTotals totals(3, 2020);
  totals.add(FlowBlock(), settings);
  GrowthLabPairs const pairs = totals.pairs(settings);
  EXPECT_EQ(pairs.size(), 0U);
  EXPECT_THROW(fit_growth_lab_freight(pairs, CountryPairs(3), settings), std::domain_error);
  std::vector<double> const population(3, nan);
  auto const scores = growth_lab_scores(pairs, {}, population, settings);
  EXPECT_EQ(scores.countries, 0);
  EXPECT_EQ(reconcile_growth_lab_pairs(pairs, {}, scores, settings).size(), 0U);
}

}  // namespace
}  // namespace tarifa::kernels
