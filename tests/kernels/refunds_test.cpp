#include "kernels/synth/refunds.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t rows_of_year = 65536;

World const& world()
{
  static World const made(7);
  return made;
}

Actors const& actors()
{
  static Actors const made(world(), {500, 4, Persistence::on});
  return made;
}

std::vector<Export> make(RefundSettings const& settings)
{
  RefundMaker const maker(world(), actors(), 2021, rows_of_year, settings);
  std::vector<Export> all;
  for (std::int64_t row = 0; row < rows_of_year; ++row)
  {
    all.push_back(maker.make(row));
  }
  return all;
}

bool is_impossible(Export const& made)
{
  return made.exited - made.lodged < least_minutes(made.road_km);
}

double share(std::vector<Export> const& all, bool (*which)(Export const&))
{
  return static_cast<double>(std::count_if(all.begin(), all.end(), which)) / static_cast<double>(all.size());
}

TEST(Refunds, OnlyFakesAndLookAlikesHaveTimesThatCouldNotBe)
{
  std::vector<Export> const all = make({});
  int fakes = 0, impossible_fakes = 0, impossible_others = 0;
  for (Export const& one : all)
  {
    if (!one.is_fake && one.oddity == TimeOddity::none)
    {
      ASSERT_FALSE(is_impossible(one)) << one.number;
      ASSERT_TRUE(opening_hours(one.exit_office).is_open(one.exited));
    }
    if (one.is_careful)
    {
      ASSERT_TRUE(one.is_fake);
      ASSERT_FALSE(is_impossible(one)) << one.number;
    }
    fakes += one.is_fake ? 1 : 0;
    impossible_fakes += one.is_fake && is_impossible(one) ? 1 : 0;
    impossible_others += !one.is_fake && is_impossible(one) ? 1 : 0;
    ASSERT_GE(one.refund, one.refund_due);
    ASSERT_EQ(one.is_fake, one.true_value < one.value);
    ASSERT_EQ(day_of(one.lodged), day_of_year_start(2021) + one.day);
    ASSERT_EQ(one.road_km == 1, one.office == one.exit_office);
  }
  EXPECT_NEAR(static_cast<double>(fakes) / rows_of_year, 0.015, 0.006);
  EXPECT_GT(impossible_fakes, fakes / 4);      // the rule finds some,
  EXPECT_LT(impossible_fakes, fakes * 3 / 4);  // not all,
  EXPECT_GT(impossible_others, fakes / 10);    // and is wrong at times
}

TEST(Refunds, RatesAndSizesCanBeSwitched)
{
  EXPECT_EQ(share(make({0, 0.8, 0.3, 0}), is_impossible), 0);
  std::vector<Export> const few = make({0.01, 0.3, 1, 0}), many = make({0.03, 1, 0, 0.05});
  auto const fake = [](Export const& one) { return one.is_fake; };
  EXPECT_GT(share(many, fake), 2 * share(few, fake));
  EXPECT_EQ(share(few, is_impossible), 0);
  EXPECT_NEAR(share(many, [](Export const& one) { return one.oddity != TimeOddity::none; }), 0.05, 0.006);
  auto const hidden = [](std::vector<Export> const& all)
  {
    double value = 0, there = 0;
    for (Export const& one : all)
    {
      value += one.is_fake ? static_cast<double>(one.value) : 0;
      there += one.is_fake ? static_cast<double>(one.true_value) : 0;
    }
    return 1 - there / value;
  };
  EXPECT_NEAR(hidden(few), 0.31, 0.06);
  EXPECT_GT(hidden(many), 0.85);
}

TEST(Refunds, WhoIsRiskyFakesMore)
{
  double risky = 0, all = 0, expected = 0, fakes = 0;
  for (Export const& one : make({}))
  {
    bool const is_risky = one.fraud_probability > 0.03;
    all += is_risky ? 1 : 0;
    risky += is_risky && one.is_fake ? 1 : 0;
    expected += one.fraud_probability;
    fakes += one.is_fake ? 1 : 0;
  }
  EXPECT_GT(risky / all, 0.03);
  EXPECT_NEAR(fakes, expected, 4 * std::sqrt(expected));
}

TEST(Refunds, RowsAreTheSameInAnyPieces)
{
  RefundMaker const maker(world(), actors(), 2021, 1000, {});
  std::string whole, pieces;
  RefundTruth truth;
  maker.append(0, 1000, whole, &truth);
  maker.append(0, 300, pieces, nullptr);
  maker.append(300, 700, pieces, nullptr);
  EXPECT_EQ(whole, pieces);
  EXPECT_EQ(truth.is_fake.size(), 1000U);
  std::istringstream lines(whole);
  std::string const header(refunds_header());
  for (std::string line; std::getline(lines, line);)
  {
    ASSERT_EQ(std::count(line.begin(), line.end(), ','), std::count(header.begin(), header.end(), ','));
  }
}

}  // namespace
}  // namespace tarifa::kernels
