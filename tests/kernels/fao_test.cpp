#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/kernels/flow_columns.hpp"
#include <gtest/gtest.h>

#include "kernels/mirror/partner/fao_accuracy.hpp"
#include "kernels/mirror/partner/fao_rules.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

FaoAccuracy accuracy_of(FlowColumns const& flows, std::size_t countries, std::size_t shares,
                        FaoAccuracySettings const& settings = {})
{
  auto const summed = [&](auto const& empty)
  {
    auto whole = empty;
    for (std::size_t share = shares; share-- > 0;)
    {
      auto part = empty, copy = empty;
      part.add(flows.block(flows.size() * share / shares, flows.size() * (share + 1) / shares));
      copy.set_digits(part.to_digits());
      whole.add(copy);
    }
    return whole;
  };
  auto const means = summed(FaoPairMeans(countries, 2020));
  return fao_accuracy(means, summed(FaoPairProducts(means)), settings);
}

TEST(FaoAccuracy, scores_by_hand)
{
  FlowColumns flows;
  // 0 to 1: weights (1, 2, 3) and (2, 4, 6): correlation 1.
  flows.add(0, 1, 0, 2020, nan, nan, 1e6 + 1, 2);
  flows.add(0, 1, 1, 2020, nan, nan, 1e6 + 2, 4);
  flows.add(0, 1, 2, 2020, nan, nan, 1e6 + 3, 6);
  // 1 to 2: (1, 2) and (9, 3): -1.
  flows.add(1, 2, 0, 2020, nan, nan, 1, 9);
  flows.add(1, 2, 1, 2020, nan, nan, 2, 3);
  // 0 to 2: one product, which counts in the shares alone.
  flows.add(0, 2, 0, 2020, nan, nan, 1, 1);
  // 2 to 0: 5 and 5: constant, no correlation.
  flows.add(2, 0, 0, 2020, nan, nan, 5, 1);
  flows.add(2, 0, 1, 2020, nan, nan, 5, 2);
  // 3 is seen and cannot be scored; 4 is not seen in this year.
  flows.add(3, 0, 0, 2020, 10, nan, 5, nan);
  flows.add(4, 0, 0, 2019, 10, 10, 5, 5);
  FaoAccuracy const accuracy = accuracy_of(flows, 5, 3);
  EXPECT_NEAR(accuracy.score[0], 3. / 6, 1e-15);
  EXPECT_NEAR(accuracy.score[1], (3. - 2) / 5, 1e-15);
  EXPECT_NEAR(accuracy.score[2], -2. / 5, 1e-15);
  EXPECT_EQ(accuracy.group, (std::vector<std::int32_t>{1, 2, 3, 11, 0}));
}

TEST(FaoAccuracy, countries_without_a_score_take_places_in_the_groups_only_as_published)
{
  FlowColumns flows;
  // 12 exporters whose correlation with importer 12 falls; 8 that nobody can score.
  for (std::int32_t from = 0; from < 12; ++from)
  {
    double const turn = 0.1 * from;
    double const x[] = {-1, 0, 1}, y[] = {1, -2, 1};
    for (std::int32_t product = 0; product < 3; ++product)
    {
      flows.add(from, 12, product, 2020, nan, nan, 10 + x[product],
                10 + x[product] * std::cos(turn) + y[product] * std::sin(turn) / std::sqrt(3));
    }
  }
  for (std::int32_t from = 13; from < 21; ++from)
  {
    flows.add(from, 12, 0, 2020, nan, 3, nan, 3);
  }
  FaoAccuracySettings settings;
  FaoAccuracy const published = accuracy_of(flows, 21, 1, settings);
  settings.published_ranking = false;
  FaoAccuracy const corrected = accuracy_of(flows, 21, 1, settings);
  EXPECT_NEAR(published.score[3], std::cos(0.3), 1e-12);
  EXPECT_EQ(corrected.group[0], 1);
  EXPECT_EQ(corrected.group[11], 10);
  EXPECT_EQ(*std::max_element(published.group.begin(), published.group.begin() + 13), 6);
  for (std::size_t country = 13; country < 21; ++country)
  {
    EXPECT_EQ(published.group[country], 11);
    EXPECT_EQ(corrected.group[country], 11);
    EXPECT_EQ(corrected.score[country], 0);
  }
  // 13 ranked countries in 10 groups: 2, 2, 2, and seven of 1.
  std::vector<int> size(12);
  for (std::int32_t const group : corrected.group)
  {
    ++size[static_cast<std::size_t>(group)];
  }
  EXPECT_EQ(size, (std::vector<int>{0, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 8}));
}

TEST(FaoAccuracy, order_and_sharing_do_not_change_a_bit)
{
  FlowColumns flows, turned;
  for (std::uint64_t i = 0; i < 2000; ++i)
  {
    Draws const draws(stream_key(9, 2), i);
    double const weight = draws.below(0, 1'000'000) * 0.37,
                 other = weight * (0.5 + draws.below(1, 1000) * 1e-3);
    flows.add(static_cast<std::int32_t>(i % 11), static_cast<std::int32_t>(i % 13),
              static_cast<std::int32_t>(i), 2020, nan, nan, weight, draws.below(2, 9) == 0 ? nan : other);
  }
  for (std::size_t i = flows.size(); i-- > 0;)
  {
    turned.add(flows.exporter[i], flows.importer[i], flows.product[i], 2020, nan, nan, flows.exported_kg[i],
               flows.imported_kg[i]);
  }
  FaoAccuracy const one = accuracy_of(flows, 13, 1), other = accuracy_of(turned, 13, 4);
  EXPECT_EQ(one.score, other.score);
  EXPECT_EQ(one.group, other.group);
  EXPECT_GT(one.score[0], 0.5);
}

FaoRule rule_of(double exported, double imported, std::int32_t exporter_group, std::int32_t importer_group,
                bool exporter_official, bool importer_official)
{
  FaoReports const reports{exported,       imported,          exported / imported, exporter_group,
                           importer_group, exporter_official, importer_official};
  FaoChoice const choice = fao_choice(reports, 2);
  bool const one = choice.takes_exporter != choice.takes_importer;
  EXPECT_EQ(one, choice.rule != FaoRule::none && choice.rule != FaoRule::not_discrepant);
  return choice.rule;
}

TEST(FaoRules, in_their_order)
{
  EXPECT_EQ(rule_of(nan, nan, 1, 1, true, true), FaoRule::none);
  EXPECT_EQ(rule_of(nan, 5, 1, 1, true, true), FaoRule::only_partner);
  EXPECT_EQ(rule_of(5, nan, 1, 1, true, true), FaoRule::only_partner);
  EXPECT_EQ(rule_of(10, 5, 1, 2, true, true), FaoRule::not_discrepant);  // the threshold itself is within
  EXPECT_EQ(rule_of(5, 10, 1, 2, true, true), FaoRule::not_discrepant);
  EXPECT_EQ(rule_of(11, 5, 1, 2, false, true), FaoRule::exporter_better);
  EXPECT_EQ(rule_of(5, 11, 3, 2, true, false), FaoRule::importer_better);
  EXPECT_EQ(rule_of(5, 11, 2, 2, true, true), FaoRule::both_official);
  EXPECT_EQ(rule_of(5, 11, 2, 2, false, false), FaoRule::none_official);
  EXPECT_EQ(rule_of(5, 11, 2, 2, true, false), FaoRule::exporter_official);
  EXPECT_EQ(rule_of(5, 11, 2, 2, false, true), FaoRule::importer_official);
}

TEST(FaoRules, value_follows_quantity_and_is_looked_at_again_where_quantities_agree)
{
  FlowColumns flows;
  flows.add(0, 1, 0, 2020, 100, 112, 10, 30);  // the exporter's weight, and so its value
  flows.add(1, 0, 0, 2020, 100, 112, 10, 30);  // the importer's
  flows.add(0, 1, 1, 2020, 100, 120, 10, 11);  // all agree: each its own
  flows.add(0, 1, 2, 2020, 100, 560, 10, 11);  // weights agree, values do not
  flows.add(0, 1, 3, 2020, 100, 560);          // value only
  flows.add(0, 1, 4, 2020, nan, 560, nan, 7);  // one side only
  flows.add(0, 1, 5, 2020, nan, 560, 10, 30);  // the exporter's weight, but it has no value
  std::vector<std::int32_t> const group = {1, 2};
  std::vector<FaoFlow> result(flows.size());
  apply_fao_rules(flows.block(), {group, {}, {}, {}}, {}, result);
  auto const expect =
      [&](std::size_t flow, double exported_kg, double imported_kg, double exported, double imported)
  {
    SCOPED_TRACE(flow);
    EXPECT_DOUBLE_EQ(result[flow].exported_kg, exported_kg);
    EXPECT_DOUBLE_EQ(result[flow].imported_kg, imported_kg);
    EXPECT_DOUBLE_EQ(result[flow].exported, exported);
    EXPECT_DOUBLE_EQ(result[flow].imported, imported);
  };
  expect(0, 10, 10, 100, 112);
  expect(1, 30, 30, 100, 112);
  expect(2, 10, 11, 100, 120);
  expect(3, 10, 11, 100, 112);
  EXPECT_EQ(result[3].quantity.rule, FaoRule::not_discrepant);
  EXPECT_EQ(result[3].value.rule, FaoRule::exporter_better);
  EXPECT_DOUBLE_EQ(result[4].imported, 112);
  EXPECT_TRUE(std::isnan(result[4].imported_kg));
  expect(5, 7, 7, 500, 560);
  expect(6, 10, 10, 500, 560);
  // A ratio smoothed over years can make a flow agree.
  std::vector<double> const smoothed(flows.size(), fao_smoothed_ratio(1, 1. / 3, 1));
  apply_fao_rules(flows.block(), {group, smoothed, {}, {}}, {}, result);
  expect(0, 10, 30, 100, 112);
  EXPECT_TRUE(std::isnan(fao_smoothed_ratio(1, nan, 1)));
  EXPECT_DOUBLE_EQ(fao_smoothed_ratio(nan, 2, 4), 3);
}

}  // namespace
}  // namespace tarifa::kernels
