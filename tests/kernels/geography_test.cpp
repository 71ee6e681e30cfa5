#include "kernels/synth/geography.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "kernels/synth/country_facts.hpp"
#include "kernels/synth/exchange_rates.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{
namespace
{

Geography const& geography()
{
  static Geography const made;
  return made;
}

std::int32_t km(std::string_view a, std::string_view b)
{
  return geography().distance_km(find_country(a), find_country(b));
}

bool border(std::string_view a, std::string_view b)
{
  return geography().are_contiguous(find_country(a), find_country(b));
}

double spread(std::vector<double> const& x)
{
  double sum = 0, squares = 0;
  for (double const one : x)
  {
    sum += one;
    squares += one * one;
  }
  double const n = static_cast<double>(x.size());
  return std::sqrt(squares / n - sum / n * (sum / n));
}

TEST(Geography, DistancesAreThoseOfTheMap)
{
  // Great-circle distances of the capitals; whole degrees cost up to about 100 km.
  EXPECT_NEAR(km("DEU", "FRA"), 880, 100);
  EXPECT_NEAR(km("USA", "JPN"), 10900, 150);
  EXPECT_NEAR(km("AUS", "NZL"), 2330, 150);
  EXPECT_NEAR(km("ESP", "NZL"), 19850, 150);
  EXPECT_EQ(km("COG", "COD"), 60) << "one degree holds both capitals";
  for (std::uint32_t a = 0; a < country_count; ++a)
  {
    for (std::uint32_t b = 0; b < country_count; ++b)
    {
      ASSERT_EQ(geography().distance_km(a, b), geography().distance_km(b, a));
      ASSERT_GE(geography().distance_km(a, b), 60);
      ASSERT_LE(geography().distance_km(a, b), 20016);
    }
  }
}

TEST(Geography, DistanceIsTheHaversineOfTheLibrary)
{
  for (std::uint32_t a = 0; a < country_count; ++a)
  {
    Country const& x = country_facts(a);
    Country const& y = country_facts((a * 37 + 11) % country_count);
    double const radian = std::acos(-1.0) / 180;
    double const h = std::pow(std::sin((x.latitude - y.latitude) * radian / 2), 2)
                     + std::cos(x.latitude * radian) * std::cos(y.latitude * radian)
                           * std::pow(std::sin((x.longitude - y.longitude) * radian / 2), 2);
    double const expected = std::max(60.0, 2 * 6371 * std::asin(std::sqrt(h)));
    EXPECT_NEAR(geography().distance_km(a, (a * 37 + 11) % country_count), expected, 1);
  }
}

TEST(Geography, BordersAreMutualAndEachIsWrittenOnce)
{
  EXPECT_TRUE(border("CHN", "NPL"));
  EXPECT_TRUE(border("NPL", "CHN"));
  EXPECT_FALSE(border("GBR", "FRA"));
  EXPECT_FALSE(border("AUS", "NZL"));
  std::set<std::string> seen;
  for (auto const& [country, neighbours] : land_borders)
  {
    ASSERT_LT(find_country(country), country_count) << country;
    ASSERT_EQ(neighbours.size() % 4, 3U) << country;
    for (std::size_t at = 0; at < neighbours.size(); at += 4)
    {
      std::string_view const other = neighbours.substr(at, 3);
      ASSERT_LT(find_country(other), country_count) << other;
      EXPECT_LT(geography().distance_km(find_country(country), find_country(other)), 6700)
          << country << ' ' << other;
      EXPECT_TRUE(seen.insert(std::string(std::min(country, other)) += std::max(country, other)).second)
          << country << ' ' << other;
    }
  }
}

TEST(Geography, EveryCountryHasACurrencyThatIsQuoted)
{
  for (std::uint32_t i = 0; i < country_count; ++i)
  {
    EXPECT_LT(find_currency(country_facts(i).currency), currency_count) << country_code(i);
    EXPECT_EQ(find_country(country_code(i)), i);
  }
}

TEST(Gravity, ShapesWhereReportersBuyAndLeavesTheirSizes)
{
  World const world(3);
  for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    double sum = 0;
    for (std::uint32_t origin = 0; origin < country_count; ++origin)
    {
      sum += world.pair_weights()[reporter * country_count + origin];
    }
    EXPECT_NEAR(sum, std::pow(reporter + 1, -0.75), 1e-9);
    EXPECT_EQ(world.pair_weights()[reporter * country_count + reporter_country(reporter)], 0);
    for (int i = 0; i < 2000; ++i)
    {
      EXPECT_NE(world.draw_origin(reporter, mix64(static_cast<std::uint64_t>(i))),
                reporter_country(reporter));
    }
  }
  // Poland is larger for Germany than Thailand is, though Thailand comes right behind it in rank.
  auto const weight = [&](std::uint32_t reporter, std::string_view origin)
  { return world.pair_weights()[reporter * country_count + find_country(origin)]; };
  EXPECT_GT(weight(1, "POL"), 8 * weight(1, "THA"));
}

TEST(ExchangeRates, MoveLittleInAMonthStayNearTheirLevelAndKeepPegs)
{
  NormalTable const normal;
  Exp2Table const exp2;
  ExchangeRates const rates(5, 1990, 40, normal, exp2);
  auto const euro = find_currency("EUR");
  std::vector<double> level, step;
  for (std::uint32_t month = 0; month < rates.months(); ++month)
  {
    level.push_back(std::log(static_cast<double>(rates.per_usd_ppm(euro, month)) / 0.89e6));
    if (month > 0)
    {
      step.push_back(level[month] - level[month - 1]);
    }
    EXPECT_EQ(rates.per_usd_ppm(0, month), 1'000'000);
    EXPECT_NEAR(static_cast<double>(rates.per_usd_ppm(find_currency("DKK"), month)),
                static_cast<double>(rates.per_usd_ppm(euro, month)) * 6.63 / 0.89, 10);
    EXPECT_NEAR(static_cast<double>(rates.per_usd_ppm(find_currency("HKD"), month)), 7.8e6, 0.1e6);
  }
  EXPECT_NEAR(spread(level), 0.09, 0.05);
  EXPECT_NEAR(spread(step), 0.015, 0.007);
}

TEST(ExchangeRates, AMonthDoesNotDependOnThePeriodAskedFor)
{
  NormalTable const normal;
  Exp2Table const exp2;
  ExchangeRates const all(5, 2019, 5, normal, exp2), late(5, 2022, 1, normal, exp2);
  for (std::uint32_t currency = 0; currency < currency_count; ++currency)
  {
    EXPECT_EQ(all.per_usd_ppm(currency, 36 + 7), late.per_usd_ppm(currency, 7));
  }
  EXPECT_EQ(late.text().substr(0, 40), "currency,valid_from,valid_to,per_usd\nEUR");
  EXPECT_NE(late.text().find("CNY,2022-02-01,2022-02-28,"), std::string::npos);
}

}  // namespace
}  // namespace tarifa::kernels
