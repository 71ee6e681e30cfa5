#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "kernels/mirror/baci/kg_per_unit.hpp"
#include "kernels/mirror/baci/unspecified_areas.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

struct PairColumns
{
  std::vector<std::int32_t> product, unit;
  std::vector<double> kg, quantity;

  void add(std::int32_t of, std::int32_t in, double weight, double units)
  {
    product.push_back(of);
    unit.push_back(in);
    kg.push_back(weight);
    quantity.push_back(units);
  }
  UnitPairs pairs(std::size_t begin, std::size_t count) const
  {
    return {std::span(product).subspan(begin, count), std::span(unit).subspan(begin, count),
            std::span(kg).subspan(begin, count), std::span(quantity).subspan(begin, count)};
  }
};

/// A unit of product 0 in unit 1 weighs 20 kg, give or take a tenth; ten flows each but for product 2, whose
/// flows say 1 kg or 1 t.
PairColumns planted()
{
  PairColumns columns;
  for (std::int32_t flow = 0; flow < 10; ++flow)
  {
    double const factor = flow % 2 == 0 ? 1.1 : 1 / 1.1;
    columns.add(0, 1, 20.0 * factor * (flow + 1), flow + 1);
    columns.add(2, 0, flow % 2 == 0 ? 1 : 1000, 1);
    if (flow < 9)
    {
      columns.add(1, 0, 5, 1);
    }
  }
  columns.add(1, 0, 5, 0);
  columns.add(1, 0, std::nan(""), 1);
  return columns;
}

TEST(KgPerUnit, is_found_where_enough_flows_agree)
{
  PairColumns const columns = planted();
  KgPerUnitSums sums({}, 3, 2);
  sums.add(columns.pairs(0, columns.kg.size()));
  auto const factors = sums.factors();
  EXPECT_NEAR(factors[1].kg, 20, 1e-12);
  EXPECT_NEAR(factors[1].deviation, std::log(1.1) * std::sqrt(10.0 / 9), 1e-13);
  EXPECT_EQ(factors[1].flows, 10);
  // Nine flows; none; a deviation of 3.6.
  EXPECT_TRUE(std::isnan(factors[2].kg));
  EXPECT_EQ(factors[2].flows, 9);
  EXPECT_TRUE(std::isnan(factors[0].kg));
  EXPECT_TRUE(std::isnan(factors[4].kg));
  EXPECT_NEAR(factors[4].deviation, std::log(1000.0) / 2 * std::sqrt(10.0 / 9), 1e-12);
}

TEST(KgPerUnit, the_deviation_of_the_level_depends_on_the_goods)
{
  PairColumns const columns = planted();
  KgPerUnitSums sums({UnitSpread::of_level, 9, 2.5}, 3, 2);
  sums.add(columns.pairs(0, columns.kg.size()));
  auto const factors = sums.factors();
  double const mean = 10 * (1.1 + 1 / 1.1);
  EXPECT_NEAR(factors[1].kg, mean, 1e-12);
  EXPECT_NEAR(factors[1].deviation, (22 - mean) * std::sqrt(10.0 / 9), 1e-12);
  EXPECT_EQ(factors[2].kg, 5);
  EXPECT_EQ(factors[2].deviation, 0);
  EXPECT_TRUE(std::isnan(factors[4].kg));
}

TEST(KgPerUnit, does_not_depend_on_blocks_or_sharing)
{
  PairColumns const columns = planted();
  KgPerUnitSums whole({}, 3, 2), all({}, 3, 2);
  whole.add(columns.pairs(0, columns.kg.size()));
  std::vector<KgPerUnitSums> parts(2, KgPerUnitSums({}, 3, 2));
  for (std::size_t row = columns.kg.size(); row-- > 0;)
  {
    parts[row % 2].add(columns.pairs(row, 1));
  }
  std::vector<std::int64_t> digits = parts[0].to_digits();
  auto const some = parts[1].to_digits();
  std::transform(digits.begin(), digits.end(), some.begin(), digits.begin(), std::plus<>());
  all.set_digits(digits);
  parts[0].add(parts[1]);
  EXPECT_EQ(all.to_digits(), whole.to_digits());
  EXPECT_EQ(parts[0].to_digits(), whole.to_digits());
  EXPECT_EQ(all.factors()[1].kg, whole.factors()[1].kg);
  EXPECT_THROW(all.add(KgPerUnitSums({}, 2, 3)), std::invalid_argument);
}

constexpr double silent = std::numeric_limits<double>::quiet_NaN();

/// Partners lack 30, nothing, 10; nothing (no import); two of whom only the importer speaks, 20 and 60.
std::vector<double> const exported{70, 100, 0, 50, silent, silent};
std::vector<double> const imported{100, 90, 10, silent, 20, 60};

std::vector<double> dealt(double unspecified, ImporterOnly importer_only, UnspecifiedExports& result)
{
  std::vector<double> added(exported.size());
  result = reallocate_unspecified(unspecified, exported, imported, importer_only, added);
  double const sum = std::accumulate(added.begin(), added.end(), 0.0);
  EXPECT_NEAR(sum, result.to_two_sided + result.to_importer_only, 1e-12);
  EXPECT_NEAR(sum + result.left, unspecified, 1e-12);
  return added;
}

TEST(UnspecifiedAreas, are_dealt_out_in_proportion_to_what_is_lacked)
{
  UnspecifiedExports result;
  EXPECT_EQ(dealt(20, ImporterOnly::after, result), (std::vector<double>{15, 0, 5, 0, 0, 0}));
  EXPECT_EQ(dealt(80, ImporterOnly::after, result), (std::vector<double>{30, 0, 10, 0, 10, 30}));
  EXPECT_EQ(result.to_importer_only, 40);
  EXPECT_EQ(dealt(200, ImporterOnly::after, result), (std::vector<double>{30, 0, 10, 0, 20, 60}));
  EXPECT_EQ(result.left, 80);
  EXPECT_EQ(dealt(60, ImporterOnly::together, result), (std::vector<double>{15, 0, 5, 0, 10, 30}));
  EXPECT_EQ(dealt(60, ImporterOnly::never, result), (std::vector<double>{30, 0, 10, 0, 0, 0}));
  EXPECT_EQ(result.left, 20);
  EXPECT_EQ(dealt(0, ImporterOnly::after, result), std::vector<double>(6));
}

TEST(UnspecifiedAreas, no_partner_gets_more_than_it_lacks_and_order_does_not_matter)
{
  std::vector<double> x, m;
  for (std::uint64_t partner = 0; partner < 200; ++partner)
  {
    Draws const draws(stream_key(9, 1), partner);
    x.push_back(draws.below(0, 4) == 0 ? silent : draws.below(1, 1'000'000) / 3.0);
    m.push_back(draws.below(2, 4) == 0 ? silent : draws.below(3, 1'000'000) / 7.0);
  }
  std::vector<double> added(200), turned(200);
  auto const forward = reallocate_unspecified(1e6, x, m, ImporterOnly::after, added);
  std::vector<double> const y(x.rbegin(), x.rend()), n(m.rbegin(), m.rend());
  auto const backward = reallocate_unspecified(1e6, y, n, ImporterOnly::after, turned);
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(added, turned);
  EXPECT_EQ(forward.to_two_sided, backward.to_two_sided);
  EXPECT_GT(forward.to_two_sided, 0);
  for (std::size_t partner = 0; partner < 200; ++partner)
  {
    double const known = std::isnan(x[partner]) ? 0 : x[partner];
    EXPECT_LE(added[partner], std::isnan(m[partner]) ? 0 : std::max(m[partner] - known, 0.0));
  }
  UnspecifiedExports const nothing = reallocate_unspecified(5, {}, {}, ImporterOnly::after, {});
  EXPECT_EQ(nothing.left, 5);
}

}  // namespace
}  // namespace tarifa::kernels
