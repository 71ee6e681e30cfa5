#include "pipeline/group/run_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/group/group_data.hpp"
#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

using Column = std::vector<std::int64_t>;

SortedValues view(Column const& column)
{
  return SortedValues(std::span<std::int64_t const>(column));
}

TEST(Quantile, AgreesWithTypeSevenOfR)
{
  // R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, 1)) = 1.0 1.4 2.0 4.0 12.8 16.0
  Column const x{1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(quantile(view(x), {0, 1}).value(), 1.0);
  EXPECT_DOUBLE_EQ(quantile(view(x), {1, 10}).value(), 1.4);
  EXPECT_DOUBLE_EQ(quantile(view(x), {1, 4}).value(), 2.0);
  EXPECT_DOUBLE_EQ(quantile(view(x), {1, 2}).value(), 4.0);
  EXPECT_DOUBLE_EQ(quantile(view(x), {9, 10}).value(), 12.8);
  EXPECT_DOUBLE_EQ(quantile(view(x), {1, 1}).value(), 16.0);
}

TEST(Quantile, IsAnExactFractionAlsoBelowZeroAndAtTheEdgeOfInt64)
{
  Column const negative{-3, 0};
  EXPECT_EQ(quantile(view(negative), {1, 4}), (ExactQuotient{-3, 3, 4}));
  EXPECT_DOUBLE_EQ(quantile(view(negative), {1, 4}).value(), -2.25);
  auto const most = std::numeric_limits<std::int64_t>::max();
  Column const large{most - 1, most};
  EXPECT_EQ(median(view(large)), (ExactQuotient{most - 1, 1, 2}));
  EXPECT_TRUE(std::isnan(median(view({})).value()));
}

TEST(Median, TakesOneValueOfARunOfRows)
{
  std::vector<GroupRow<2>> const rows{{5, {1, 100}}, {5, {2, 0}}, {5, {9, 7}}, {6, {50, 1}}};
  Column medians;
  for_each_run<2>(
      rows, [&](std::span<GroupRow<2> const> run) { medians.push_back(median(SortedValues(run)).whole); });
  EXPECT_EQ(medians, (Column{2, 50}));
}

TEST(MedianAbsoluteDeviation, EqualsSortingTheDeviations)
{
  for (std::uint64_t seed = 0; seed < 400; ++seed)
  {
    Column x(1 + seed % 23);
    for (std::size_t i = 0; i < x.size(); ++i)
    {
      x[i] = static_cast<std::int64_t>(test::mixed(seed * 64 + i) % (seed % 2 == 0 ? 10 : 100'000)) - 5;
    }
    std::sort(x.begin(), x.end());
    double const centre = median(view(x)).value();
    std::vector<double> deviation;
    for (auto const value : x)
    {
      deviation.push_back(std::abs(static_cast<double>(value) - centre));
    }
    std::sort(deviation.begin(), deviation.end());
    double const expected = (deviation[(x.size() - 1) / 2] + deviation[x.size() / 2]) / 2;
    ASSERT_DOUBLE_EQ(median_absolute_deviation(view(x)).value(), expected) << "seed " << seed;
  }
}

TEST(ForEachRun, LeavesOutTheLowestBitsOfTheKey)
{
  std::vector<GroupRow<0>> const rows{{4}, {5}, {6}, {9}};
  std::vector<std::size_t> sizes;
  for_each_run<0>(
      rows, [&](std::span<GroupRow<0> const> run) { sizes.push_back(run.size()); }, 1);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 1, 1}));
}

}  // namespace
}  // namespace tarifa
