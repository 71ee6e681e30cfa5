#include "kernels/synth/travel.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

World const& world()
{
  static World const made(5);
  return made;
}

Travel const& travel()
{
  static Travel const made(world(), {12'000, 2});
  return made;
}

struct Year
{
  std::string flights, passengers;
  TravelTally tally = travel().empty_tally();

  explicit Year(int year)
  {
    for (std::int64_t day = 0; day < 365; ++day)
    {
      for (std::uint32_t const administration : {1U, 0U})
      {
        travel().append_day(administration, year, day, {&flights, &passengers}, tally);
      }
    }
  }
};

TEST(Travel, HasAboutAsManyArrivalsAsAskedForAndTheYearsDiffer)
{
  Year const first(2021), again(2021), next(2022);
  auto const lines = std::ranges::count(first.passengers, '\n');
  EXPECT_NEAR(static_cast<double>(lines), 12'000, 600);
  EXPECT_EQ(first.passengers, again.passengers);
  EXPECT_NE(first.passengers.substr(0, 2000), next.passengers.substr(0, 2000));
}

TEST(Travel, ADayIsTheSameWhateverWasMadeBefore)
{
  std::string flights, passengers;
  TravelTally tally = travel().empty_tally();
  std::string const whole = Year(2021).passengers;
  std::size_t found = 0;
  for (std::int64_t day = 100; day < 130; ++day)
  {
    passengers.clear();
    travel().append_day(1, 2021, day, {&flights, &passengers}, tally);
    EXPECT_NE(whole.find(passengers), std::string::npos);
    found += passengers.size();
  }
  EXPECT_GT(found, 10'000U);
}

TEST(Travel, NumbersArePeople)
{
  std::set<std::uint32_t> numbers;
  std::size_t people = 0;
  for (std::uint32_t const administration : {0U, 1U})
  {
    for (std::uint32_t number = 0; number < travel().groups(); ++number)
    {
      TravelGroup const group = travel().group(administration, number);
      for (std::uint32_t member = 0; member < group.size; ++member)
      {
        numbers.insert(travel().passenger_number(group, member));
        ++people;
      }
    }
  }
  EXPECT_EQ(numbers.size(), people);
}

TEST(Travel, EveryRingHasOneOffenderAndHelpers)
{
  std::size_t rings = 0;
  for (TravelGroup const& group : travel().suspects())
  {
    auto const offenders = std::ranges::count(group.roles, TravelRole::offender);
    auto const helpers = std::ranges::count(group.roles, TravelRole::courier)
                         + std::ranges::count(group.roles, TravelRole::lookout);
    EXPECT_EQ(offenders, 1);
    EXPECT_EQ(helpers, group.size - 1);
    EXPECT_EQ(group.kind == GroupKind::ring, helpers > 0);
    rings += helpers > 0 ? 1 : 0;
  }
  EXPECT_GT(rings, 50U);
  EXPECT_LT(rings, travel().groups() / 20);
}

TEST(Travel, HelpersMostlyTravelWithTheirOffenderAndLookoutsCarryNothing)
{
  Year const year(2021);
  std::int64_t trips = 0, together = 0, carried = 0;
  for (std::size_t i = 0; i < travel().suspects().size(); ++i)
  {
    TravelGroup const& group = travel().suspects()[i];
    for (std::size_t member = 1; member < group.size; ++member)
    {
      std::int64_t const* const facts =
          year.tally.counts.data() + (i * most_members + member) * TravelTally::facts;
      trips += facts[TravelTally::trips];
      together += facts[TravelTally::together];
      carried += facts[TravelTally::carried];
      if (group.roles.at(member) == TravelRole::lookout)
      {
        EXPECT_EQ(facts[TravelTally::carried], 0);
      }
      EXPECT_LE(facts[TravelTally::found], facts[TravelTally::carried]);
    }
  }
  ASSERT_GT(trips, 200);
  // At work in three trips of four, where four in five join; one of three, mostly, travels in the fourth.
  EXPECT_NEAR(static_cast<double>(together) / static_cast<double>(trips), 0.86, 0.06);
  EXPECT_GT(carried, 50);
}

TEST(Travel, NobodyTravelsInAWorldWithoutTravellers)
{
  Travel const none(world(), {0, 2});
  std::string flights, passengers;
  TravelTally tally = none.empty_tally();
  for (std::int64_t day = 0; day < 365; ++day)
  {
    none.append_day(0, 2021, day, {&flights, &passengers}, tally);
  }
  EXPECT_TRUE(flights.empty() && passengers.empty());
}

}  // namespace
}  // namespace tarifa::kernels
