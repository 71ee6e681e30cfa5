#include "pipeline/group/range_map.hpp"

#include "tests/group/group_data.hpp"
#include <gtest/gtest.h>

#include "pipeline/group/schedule.hpp"

namespace tarifa
{
namespace
{

std::vector<KeySample> sampled(test::Data const& data, std::int64_t rows)
{
  std::vector<KeySample> samples;
  for (std::int64_t row = 0; row < rows; ++row)
  {
    samples.push_back({data.key(row), 1});
  }
  std::sort(samples.begin(), samples.end(), [](auto const& a, auto const& b) { return a.key < b.key; });
  return samples;
}

class RangeMapKeys : public testing::TestWithParam<test::Keys>
{
};

TEST_P(RangeMapKeys, FindsTheRangeThatHoldsEachKey)
{
  int const bits = GetParam() == test::Keys::clustered ? 64 : 30;
  test::Data const data{GetParam(), bits};
  RangeMap const map(sampled(data, 20'000), bits, 500);
  std::vector<std::uint64_t> keys{0, ~std::uint64_t{0} >> (64 - bits)};
  for (std::int64_t row = 0; row < 30'000; ++row)
  {
    keys.push_back(data.key(row));
  }
  for (int r = 0; r < map.ranges(); ++r)
  {
    keys.push_back(map.least_key(r));
    keys.push_back(map.most_key(r));
  }
  std::vector<RangeMap::Index> index(keys.size());
  map.find(keys.data(), keys.size(), index.data());
  std::vector<std::int64_t> rows(static_cast<std::size_t>(map.ranges()));
  for (std::size_t i = 0; i < keys.size(); ++i)
  {
    ASSERT_LT(index[i], map.ranges());
    ASSERT_GE(keys[i], map.least_key(index[i]));
    ASSERT_LE(keys[i], map.most_key(index[i]));
    ++rows[index[i]];
  }
  if (GetParam() == test::Keys::uniform || GetParam() == test::Keys::clustered)
  {
    EXPECT_GT(map.ranges(), 250);
    EXPECT_LT(*std::max_element(rows.begin(), rows.end()), 30'000 / 500 * 16);
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, RangeMapKeys,
                         testing::Values(test::Keys::uniform, test::Keys::zipf, test::Keys::one,
                                         test::Keys::clustered, test::Keys::ascending));

TEST_P(RangeMapKeys, KeepsKeysTogetherThatDifferInTheLowestBits)
{
  // With 8 bits every key is a cell of the map, so that a range could begin anywhere.
  for (int const bits : {8, 30, 64})
  {
    test::Data const data{GetParam(), bits};
    RangeMap const map(sampled(data, 20'000), bits, 100, 3);
    for (int r = 0; r < map.ranges(); ++r)
    {
      EXPECT_EQ(map.least_key(r) % 8, 0U) << bits << " bits, range " << r;
    }
  }
}

TEST_P(RangeMapKeys, BeginsARangeAtEveryBorder)
{
  int const bits = GetParam() == test::Keys::clustered ? 64 : 30;
  test::Data const data{GetParam(), bits};
  std::vector<std::uint64_t> const borders{0, 1, 2, 1234, 1235, 77'777, ~std::uint64_t{0} >> (64 - bits)};
  RangeMap const map(sampled(data, 20'000), bits, 100, 0, borders);
  std::vector<RangeMap::Index> index(borders.size());
  map.find(borders.data(), borders.size(), index.data());
  for (std::size_t i = 0; i < borders.size(); ++i)
  {
    EXPECT_EQ(map.least_key(index[i]), borders[i]);
  }
}

TEST(RangeMap, HasOneRangeWithoutASampleOrWithoutKeyBits)
{
  EXPECT_EQ(RangeMap({}, 64, 1000).ranges(), 1);
  RangeMap const none({}, 0, 10);
  EXPECT_EQ(none.ranges(), 1);
  EXPECT_TRUE(none.fits(0));
  EXPECT_FALSE(none.fits(1));
}

TEST(Schedule, CutsStepsThatKeepTheLimitsAndLoseNoRange)
{
  RangeWeights weights;
  for (std::uint64_t r = 0; r < 40; ++r)
  {
    auto const most = static_cast<std::int64_t>(test::mixed(r) % 10);
    weights.most.push_back(r == 7 ? 100 : most);
    weights.total.push_back(r == 7 ? 250 : 3 * most);
  }
  auto const owned = share_ranges(weights.total, 3);
  ASSERT_EQ(owned.size(), 3U);
  EXPECT_EQ(owned.front().begin, 0);
  EXPECT_EQ(owned.back().end, 40);
  auto const steps = cut_steps(owned, weights, 30, 60);
  std::vector<int> seen(40);
  for (auto const& step : steps)
  {
    for (auto const& slice : step)
    {
      std::int64_t sent = 0;
      for (int r = slice.begin; r < slice.end; ++r)
      {
        sent += weights.most[static_cast<std::size_t>(r)];
        ++seen[static_cast<std::size_t>(r)];
      }
      EXPECT_TRUE(sent <= 10 || slice.size() == 1);
    }
  }
  EXPECT_EQ(seen, std::vector<int>(40, 1));
  EXPECT_EQ(cut_steps({{0, 0}, {0, 0}}, {}, 1, 1).size(), 1U);
}

TEST(Schedule, SharesEvenWeightsEvenlyAndGivesNothingOfNothing)
{
  auto const even = share_ranges(std::vector<std::int64_t>(12, 5), 4);
  for (auto const& slice : even)
  {
    EXPECT_EQ(slice.size(), 3);
  }
  auto const heavy = share_ranges(std::vector<std::int64_t>{1, 1000, 1}, 3);
  EXPECT_EQ(heavy.front().begin, 0);
  EXPECT_EQ(heavy.back().end, 3);
  EXPECT_EQ(share_ranges(std::vector<std::int64_t>{0, 0}, 2).back().end, 2);
}

}  // namespace
}  // namespace tarifa
