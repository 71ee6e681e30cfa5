#include "kernels/synth/journeys.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t consignments = 20'000;

World const& world()
{
  static World const made(3);
  return made;
}

Journeys const& journeys()
{
  static Journeys const made(world(), {consignments, 10}, 2021);
  return made;
}

std::vector<Journey> const& all()
{
  static std::vector<Journey> const made = []
  {
    std::vector<Journey> found;
    for (std::int64_t i = 0; i < consignments; ++i)
    {
      found.push_back(journeys().journey(i));
    }
    return found;
  }();
  return made;
}

std::string label(Place const& place)
{
  std::string text;
  journeys().append_place(place, text);
  return text;
}

double ratio(Leg const& leg)
{
  return static_cast<double>(leg.arrived - leg.departed) / static_cast<double>(leg.usual_minutes);
}

TEST(Journeys, GoFromPlaceToPlaceForwardInTime)
{
  for (Journey const& journey : all())
  {
    EXPECT_EQ(journey[0].from.kind, PlaceKind::factory);
    EXPECT_EQ(journey[2].to.kind, PlaceKind::depot);
    for (std::size_t i = 0; i < journey.size(); ++i)
    {
      EXPECT_GT(journey.at(i).arrived, journey.at(i).departed);
      if (i > 0)
      {
        EXPECT_EQ(label(journey.at(i - 1).to), label(journey.at(i).from));
        EXPECT_GE(journey.at(i).departed, journey.at(i - 1).arrived);
      }
    }
    bool const by_ship = journey[1].mode == CarriageMode::sea;
    EXPECT_EQ(by_ship,
              journey[1].from.kind == PlaceKind::seaport && journey[1].to.kind == PlaceKind::seaport);
  }
}

TEST(Journeys, TakeTheUsualTimeOfTheirWayWhereNothingIsWrong)
{
  std::array<std::vector<double>, carriage_modes> ratios;
  for (Journey const& journey : all())
  {
    for (Leg const& leg : journey)
    {
      if (leg.event == LegEvent::none)
      {
        ratios.at(static_cast<std::size_t>(leg.mode)).push_back(ratio(leg));
      }
    }
  }
  for (std::vector<double>& of_mode : ratios)
  {
    ASSERT_GT(of_mode.size(), 300U);
    std::ranges::sort(of_mode);
    EXPECT_NEAR(of_mode[of_mode.size() / 2], 1, 0.05);
    EXPECT_GT(of_mode.front(), 0.4);
    EXPECT_LT(of_mode.back(), 2.5);
  }
}

TEST(Journeys, HaveEventsAtTheirRatesAndHonestOnesLookAlike)
{
  std::array<double, leg_events> count{};
  double shorter_than_any = 0, slipped_below = 0, delayed_as_long = 0;
  for (Journey const& journey : all())
  {
    for (Leg const& leg : journey)
    {
      count.at(static_cast<std::size_t>(leg.event)) += 1;
      EXPECT_EQ(leg.event == LegEvent::fictitious, leg.true_minutes == 0);
      EXPECT_EQ(leg.event == LegEvent::diversion, leg.via < country_count);
      shorter_than_any += leg.event == LegEvent::fictitious && ratio(leg) < 0.46 ? 1 : 0;
      slipped_below += leg.event == LegEvent::clock_slip && ratio(leg) < 0.46 ? 1 : 0;
      delayed_as_long += leg.event == LegEvent::delay && ratio(leg) > 1.5 ? 1 : 0;
    }
  }
  auto const of = [&](LegEvent event) { return count.at(static_cast<std::size_t>(event)); };
  double const legs = 3.0 * consignments;
  EXPECT_NEAR(of(LegEvent::delay) / legs, 0.04, 0.004);
  EXPECT_NEAR(of(LegEvent::clock_slip) / legs, 0.005, 0.0015);
  EXPECT_NEAR(of(LegEvent::diversion) / (2.0 * consignments), 0.008, 0.004);
  EXPECT_NEAR(of(LegEvent::fictitious) / (2.0 * consignments), 0.004, 0.003);
  EXPECT_EQ(shorter_than_any, of(LegEvent::fictitious));
  EXPECT_GT(slipped_below, 20);
  EXPECT_GT(delayed_as_long, of(LegEvent::diversion));
}

TEST(Journeys, OnlyFewCarriersDivertAndFewFactoriesInvent)
{
  std::set<std::uint32_t> carriers, honest_carriers;
  std::set<std::string> factories, honest_factories;
  for (Journey const& journey : all())
  {
    (journey[0].event == LegEvent::fictitious ? factories : honest_factories).insert(label(journey[0].from));
    for (Leg const& leg : journey)
    {
      (leg.event == LegEvent::diversion ? carriers : honest_carriers).insert(leg.carrier);
    }
  }
  EXPECT_GE(carriers.size(), 4U);
  EXPECT_LT(carriers.size(), honest_carriers.size() / 10);
  EXPECT_GE(factories.size(), 20U);
  EXPECT_LT(factories.size(), honest_factories.size() / 10);
}

TEST(Journeys, EveryPlaceIsListedOnce)
{
  std::set<std::string> listed;
  for (auto const& places : {journeys().factories(), journeys().ports()})
  {
    for (Place const& place : places)
    {
      EXPECT_TRUE(listed.insert(label(place)).second) << label(place);
      EXPECT_LE(std::abs(place.latitude), 900'000);
      EXPECT_LE(std::abs(place.longitude), 1'800'000);
    }
  }
  for (Journey const& journey : all())
  {
    for (Leg const& leg : journey)
    {
      EXPECT_TRUE(listed.contains(label(leg.from)) && listed.contains(label(leg.to)));
    }
  }
}

TEST(Journeys, WithoutMischiefThereIsNone)
{
  Journeys const honest(world(), {consignments, 10, 0, 0}, 2021);
  for (std::int64_t i = 0; i < 5000; ++i)
  {
    for (Leg const& leg : honest.journey(i))
    {
      EXPECT_TRUE(leg.event == LegEvent::none || leg.event == LegEvent::delay
                  || leg.event == LegEvent::clock_slip);
    }
  }
}

}  // namespace
}  // namespace tarifa::kernels
