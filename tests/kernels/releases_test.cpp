#include "kernels/synth/releases.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t rows_of_year = 65536;

struct Cleared
{
  Declaration declaration;
  Selection selection;
  Inspection inspection;
  Release release;
};

DeclarationMaker const& maker()
{
  static World const world(7);
  static Actors const actors(world, {500, 4, Persistence::on});
  static DeclarationMaker const made(world, actors, {2021, rows_of_year, 0}, FraudSettings{});
  return made;
}

std::vector<Cleared> clear(ReleaseSettings const& settings)
{
  Inspectorate const inspectorate(maker(), InspectionSettings{});
  Clearance const clearance(inspectorate, settings);
  std::vector<Cleared> all;
  Span span;
  for (std::int64_t k = 0; k * rows_per_span < rows_of_year; ++k)
  {
    maker().make(k, span);
    for (int d = 0; d < span.count; ++d)
    {
      Cleared one{span.declarations[static_cast<std::size_t>(d)], {}, {}, {}};
      one.selection = inspectorate.select(one.declaration);
      if (one.selection.channel != Channel::none)
      {
        one.inspection = inspectorate.inspect(one.declaration, one.selection);
      }
      one.release = clearance.release(one.declaration, one.selection, one.inspection);
      all.push_back(one);
    }
  }
  return all;
}

std::vector<Cleared> const& usual()
{
  static std::vector<Cleared> const made = clear({});
  return made;
}

Minute midnight(std::int64_t day)
{
  return Minute{maker().absolute(day)} * minutes_per_day;
}

/// Time that customs and the trader need once goods and declaration are both there.
Minute waiting(Cleared const& one)
{
  return one.release.released - std::max(one.release.accepted, one.release.unloaded);
}

template <class Chosen>
Minute median_waiting(std::vector<Cleared> const& all, Chosen const& chosen)
{
  std::vector<Minute> times;
  for (Cleared const& one : all)
  {
    if (chosen(one))
    {
      times.push_back(waiting(one));
    }
  }
  EXPECT_GT(times.size(), 100U);
  auto const middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

TEST(OfficeHours, WorkGoesOnWhenTheOfficeOpensAgain)
{
  OpeningHours const inland = opening_hours(28);  // 8 to 17, Monday to Friday
  Day const friday = 18'628;                      // 2021-01-01
  Minute const day = Minute{friday} * minutes_per_day;
  EXPECT_EQ(weekday_of(friday), 4U);
  EXPECT_EQ(weekday_of(-1), 2U);  // 1969-12-31 was a Wednesday
  EXPECT_EQ(day_of(-1), -1);
  EXPECT_EQ(inland.next_open(day + 7 * 60), day + 8 * 60);
  EXPECT_EQ(inland.after_work(day + 16 * 60, 60), day + 17 * 60);
  EXPECT_EQ(inland.after_work(day + 16 * 60, 90), day + 3 * minutes_per_day + 8 * 60 + 30);
  EXPECT_FALSE(inland.is_open(day + 17 * 60));
  EXPECT_EQ(opening_hours(0).after_work(day, 10'000), day + 10'000);  // round the clock
}

TEST(Releases, StepsStandInTheirOrder)
{
  for (Cleared const& one : usual())
  {
    Release const& release = one.release;
    ASSERT_LE(release.arrival, release.unloaded);
    ASSERT_LE(release.lodged, release.accepted);
    ASSERT_GE(release.lodged, midnight(one.declaration.head.day));
    ASSERT_LT(release.accepted, midnight(one.declaration.head.day + 1));
    Minute last = release.accepted;
    for (auto const& work : {release.documents, release.examination})
    {
      if (work)
      {
        ASSERT_GE(work->begin, last);
        ASSERT_GE(work->end, work->begin);
        last = work->end;
      }
    }
    if (release.examination)
    {
      ASSERT_GE(release.examination->begin, release.unloaded);
    }
    ASSERT_GE(release.released, std::max({last, release.unloaded, release.paid.value_or(last)}));
    ASSERT_GE(release.gate_out, release.released);
    ASSERT_TRUE(opening_hours(one.declaration.head.office).is_open(release.gate_out));
  }
}

TEST(Releases, InspectionsAreWhatTheyAreInTheirTable)
{
  std::array<int, 3> lanes{};
  int on_security = 0, found = 0, outside_hours = 0, checks = 0;
  for (Cleared const& one : usual())
  {
    Release const& release = one.release;
    ++lanes[static_cast<std::size_t>(release.lane)];
    bool const inspected = one.selection.channel != Channel::none;
    ASSERT_EQ(release.documents.has_value(), inspected);
    ASSERT_EQ(release.examination.has_value(), inspected && one.inspection.is_physical);
    ASSERT_EQ(release.lane == Lane::red, release.examination.has_value());
    ASSERT_EQ(release.lane == Lane::green, !inspected);
    if (!inspected)
    {
      ASSERT_FALSE(release.on_security);
      continue;
    }
    Work const& check = release.examination ? *release.examination : *release.documents;
    ASSERT_LT(check.end, midnight(one.inspection.result_day + 1)) << "a result before the check";
    OpeningHours const hours = opening_hours(one.declaration.head.office);
    ++checks;
    outside_hours += hours.is_open(check.begin) || hours.is_open(check.begin - 1) ? 0 : 1;
    bool const before_result = release.released < midnight(one.inspection.result_day);
    ASSERT_EQ(release.on_security, before_result && one.inspection.items_found > 0);
    on_security += release.on_security ? 1 : 0;
    found += one.inspection.items_found > 0 ? 1 : 0;
  }
  EXPECT_GT(lanes[1], 500);
  EXPECT_GT(lanes[2], 500);
  EXPECT_GT(on_security, found / 3);
  EXPECT_LT(on_security, found);
  EXPECT_LT(outside_hours, checks / 15);
}

TEST(Releases, ChannelWeekendTraderAndCongestionShapeThem)
{
  auto const in = [](Lane lane) { return [lane](Cleared const& one) { return one.release.lane == lane; }; };
  Minute const green = median_waiting(usual(), in(Lane::green));
  Minute const yellow = median_waiting(usual(), in(Lane::yellow));
  Minute const red = median_waiting(usual(), in(Lane::red));
  EXPECT_LT(4 * green, yellow);
  EXPECT_LT(yellow, red);

  auto const weekend = [](Cleared const& one)
  { return weekday_of(maker().absolute(one.declaration.head.day)) >= 5; };
  EXPECT_GT(median_waiting(usual(), weekend),
            10 * median_waiting(usual(), [](Cleared const&) { return true; }));

  auto const authorised = [](Cleared const& one) { return one.release.is_authorised; };
  EXPECT_LT(2 * median_waiting(usual(), authorised), median_waiting(usual(), std::not_fn(authorised)));

  std::vector<Cleared> const crowded = clear({1.5, 1});
  EXPECT_GT(median_waiting(crowded, in(Lane::red)), red * 5 / 4);
  EXPECT_NEAR(static_cast<double>(median_waiting(crowded, in(Lane::green))), static_cast<double>(green), 3);

  auto const early = [](std::vector<Cleared> const& all)
  {
    return std::count_if(all.begin(), all.end(),
                         [](Cleared const& one) { return one.release.lodged < one.release.arrival; });
  };
  EXPECT_EQ(early(clear({1, 0})), 0);
  EXPECT_NEAR(static_cast<double>(early(usual())) / static_cast<double>(usual().size()), 0.40, 0.04);
}

}  // namespace
}  // namespace tarifa::kernels
