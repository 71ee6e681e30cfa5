#include "kernels/prices/price_filter.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "tests/kernels/monthly_trade.hpp"
#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

struct Columns
{
  std::vector<std::int32_t> reporter, product, year;
  std::vector<double> value, weight;

  void add(std::int32_t who, std::int32_t what, std::int32_t when, double money, double kg)
  {
    reporter.push_back(who);
    product.push_back(what);
    year.push_back(when);
    value.push_back(money);
    weight.push_back(kg);
  }
  PricedFlows flows() const { return {reporter, product, year, value, weight}; }
};

TEST(PriceFilter, quantiles_lie_between_neighbours)
{
  std::vector<double> const values{1, 2, 4, 8};
  EXPECT_EQ(quantile_of_sorted(values, 0.5), 3);
  EXPECT_EQ(quantile_of_sorted(values, 0.25), 1.75);
  EXPECT_EQ(quantile_of_sorted(values, 1), 8);
  EXPECT_TRUE(std::isnan(quantile_of_sorted({}, 0.5)));
}

TEST(PriceFilter, gaps_of_one_group_by_hand)
{
  PriceBounds const bounds = price_bounds(std::vector<double>{4, 1, 2, 8, 16});
  EXPECT_EQ(bounds.lower, 2);
  EXPECT_EQ(bounds.median, 4);
  EXPECT_EQ(bounds.upper, 8);
  EXPECT_NEAR(bounds.deviation, std::log(2.0), 1e-15);
  PriceFilterSettings const settings;
  EXPECT_EQ(price_gap(10, 10, bounds, settings).below_quartile, 10);
  EXPECT_EQ(price_gap(10, 10, bounds, settings).below_fence, 0);  // the fence is below 0
  EXPECT_EQ(price_gap(100, 10, bounds, settings).above_quartile, 20);
  EXPECT_EQ(price_gap(0.1, 10, bounds, settings).below_deviation, 39.9);
  PriceGap const inside = price_gap(40, 10, bounds, settings);
  EXPECT_EQ(inside.below_quartile + inside.above_quartile + inside.below_fence + inside.below_deviation, 0);
  EXPECT_EQ(price_gap(20, 10, bounds, settings).below_deviation, 0);  // one deviation below
  PriceBounds const narrow{12, 10, 11, 12, 0};
  EXPECT_EQ(price_gap(6, 1, narrow, settings).below_fence, 5);
  EXPECT_EQ(price_gap(6, 1, narrow, settings).below_deviation, 0);
}

TEST(PriceFilter, does_not_depend_on_order_and_leaves_small_groups_out)
{
  Columns columns, reversed;
  for (std::uint64_t i = 0; i < 600; ++i)
  {
    Draws const draw(stream_key(1, 9), i);
    columns.add(static_cast<std::int32_t>(draw.below(0, 3)), static_cast<std::int32_t>(draw.below(1, 9)),
                2020, 1 + draw.below(2, 1000), 1 + draw.below(3, 100));
  }
  columns.add(7, 1, 2020, 5, 5);
  for (std::size_t i = columns.value.size(); i-- > 0;)
  {
    reversed.add(columns.reporter[i], columns.product[i], columns.year[i], columns.value[i],
                 columns.weight[i]);
  }
  PriceFilterSettings const settings;
  PriceGroups const forward = price_groups(columns.flows(), settings);
  PriceGroups const backward = price_groups(reversed.flows(), settings);
  EXPECT_EQ(forward.group_of_flow.back(), -1);
  ASSERT_EQ(forward.groups.size(), backward.groups.size());
  PriceGapSums sums[2], half;
  for (std::size_t i = 0; i < columns.value.size(); ++i)
  {
    std::int32_t const a = forward.group_of_flow[i], b = backward.group_of_flow[i];
    if (a >= 0)
    {
      sums[0].add(columns.value[i], price_gap(columns.value[i], columns.weight[i],
                                              forward.groups[static_cast<std::size_t>(a)].bounds, settings));
    }
    if (b >= 0)
    {
      (i % 2 == 0 ? sums[1] : half)
          .add(reversed.value[i], price_gap(reversed.value[i], reversed.weight[i],
                                            backward.groups[static_cast<std::size_t>(b)].bounds, settings));
    }
  }
  sums[1].add(half);
  EXPECT_EQ(sums[0].to_digits(), sums[1].to_digits());
  PriceGapSums copy;
  copy.set_digits(sums[0].to_digits());
  EXPECT_EQ(copy.below_deviation, sums[0].below_deviation);
  EXPECT_TRUE(price_groups({}, settings).groups.empty());
}

TEST(PriceFilter, equals_the_reference_tables)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  Columns columns;
  read_monthly_trade(
      [&](MonthlyRow const& row)
      {
        std::int32_t const year = row.period / 100;
        if (row.flow == 'M' && row.net_kg > 0 && row.value > 0 && !row.is_weight_estimated && year >= 2018
            && year <= 2023)
        {
          columns.add(row.reporter, row.product, year, row.value, row.net_kg);
        }
      });
  PriceFilterSettings const settings;
  PriceGroups const found = price_groups(columns.flows(), settings);
  ReferenceCsv const quartiles("reference/mirror/pfm_quartiles.csv.gz");
  std::vector<double> const q1 = quartiles.numbers("q1"), q2 = quartiles.numbers("q2"),
                            q3 = quartiles.numbers("q3"), code = quartiles.numbers("cmd_code"),
                            when = quartiles.numbers("year");
  auto const far = [](double a, double b) { return a == b ? 0 : std::abs(a - b) / std::abs(b); };
  ASSERT_EQ(found.groups.size(), quartiles.rows());
  double worst = 0;
  for (std::size_t i = 0; i < found.groups.size(); ++i)
  {
    PriceGroup const& group = found.groups[i];
    ASSERT_EQ(group.reporter, country_number(quartiles.text("imp")[i]));
    ASSERT_EQ(group.product, static_cast<std::int32_t>(code[i]));
    ASSERT_EQ(group.year, static_cast<std::int32_t>(when[i]));
    worst = std::max({worst, far(group.bounds.lower, q1[i]), far(group.bounds.median, q2[i]),
                      far(group.bounds.upper, q3[i])});
  }
  EXPECT_LT(worst, 1e-14);
  std::map<std::pair<std::int32_t, std::int32_t>, PriceGapSums> sums;
  for (std::size_t flow = 0; flow < columns.value.size(); ++flow)
  {
    if (std::int32_t const group = found.group_of_flow[flow]; group >= 0)
    {
      PriceBounds const& bounds = found.groups[static_cast<std::size_t>(group)].bounds;
      sums[{columns.reporter[flow], columns.year[flow]}].add(
          columns.value[flow], price_gap(columns.value[flow], columns.weight[flow], bounds, settings));
    }
  }
  ReferenceCsv const reference("reference/mirror/pfm_reference.csv");
  ASSERT_EQ(sums.size(), reference.rows());
  std::vector<double> const flows = reference.numbers("n"), value = reference.numbers("value"),
                            under = reference.numbers("under_iqr"), over = reference.numbers("over_iqr"),
                            fence = reference.numbers("under_tukey"), mad = reference.numbers("under_mad3");
  std::size_t row = 0;
  double worst_sum = 0;
  for (auto const& [key, sum] : sums)
  {
    ASSERT_EQ(key.first, country_number(reference.text("imp")[row]));
    EXPECT_EQ(static_cast<double>(sum.flows), flows[row]);
    worst_sum =
        std::max({worst_sum, far(sum.value.value(), value[row]), far(sum.below_quartile.value(), under[row]),
                  far(sum.above_quartile.value(), over[row]), far(sum.below_fence.value(), fence[row]),
                  far(sum.below_deviation.value(), mad[row])});
    ++row;
  }
  EXPECT_LT(worst_sum, 1e-11);
  std::printf("%zu groups, worst quartile %.1e; %zu importer-years, worst sum %.1e (relative)\n",
              found.groups.size(), worst, sums.size(), worst_sum);
}

}  // namespace
}  // namespace tarifa::kernels
