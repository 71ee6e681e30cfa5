#include "kernels/mirror/partner/non_reporters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Flows
{
  std::vector<std::int32_t> exporter, importer, product, period;
  std::vector<double> exported, imported, exported_kg, imported_kg;

  void add(std::int32_t from, std::int32_t to, std::int32_t when, double x, double m)
  {
    exporter.push_back(from);
    importer.push_back(to);
    product.push_back(1);
    period.push_back(when);
    exported.push_back(x);
    imported.push_back(m);
    exported_kg.push_back(x / 2);
    imported_kg.push_back(m / 2);
  }
  FlowBlock block(std::size_t from, std::size_t to) const
  {
    auto const part = [&](auto const& column) { return std::span(column).subspan(from, to - from); };
    return {part(exporter), part(importer), part(product),     part(period),
            part(exported), part(imported), part(exported_kg), part(imported_kg)};
  }
};

/// 0 reports both ways; 1 reports imports alone; 2 nothing in 2020, and exports in March 2021.
Flows small_world()
{
  Flows flows;
  flows.add(0, 1, 2020, 100, 110);
  flows.add(1, 0, 2020, nan, 220);   // no exports of 1: estimated
  flows.add(0, 2, 2020, 100, nan);   // no imports of 2: estimated
  flows.add(0, 1, 2021, 100, nan);   // 1 reports imports of 2021: its silence stands
  flows.add(2, 1, 2021, nan, 50);    // 2 reports exports of 2021
  flows.add(2, 0, 202103, 30, nan);  // 0 has no imports of March 2021
  flows.add(2, 1, 202104, nan, 50);  // 2 has no exports of April 2021
  flows.add(1, 2, 1999, nan, 50);    // a year that was not counted
  return flows;
}

TEST(NonReporters, are_estimated_from_their_partners_and_marked)
{
  Flows const flows = small_world();
  ReporterPresence presence(3, 2020, 2);
  presence.add(flows.block(0, 8));
  EXPECT_TRUE(presence.is_absent(1, 2020, Direction::exports));
  EXPECT_FALSE(presence.is_absent(1, 2020, Direction::imports));
  EXPECT_FALSE(presence.is_absent(0, 202005, Direction::imports));  // the annual report holds all months
  EXPECT_FALSE(presence.is_absent(1, 1999, Direction::exports));
  EXPECT_EQ(presence.months(0, 2020, Direction::exports), 12);
  EXPECT_EQ(presence.months(2, 2021, Direction::exports), 1);
  EXPECT_EQ(presence.flows(0, 2020, Direction::exports), 2);
  std::vector<double> const ratio(8, 1.1);
  CompletedFlows const done = complete_flows(flows.block(0, 8), presence, ratio);
  using enum Estimated;
  EXPECT_EQ(done.estimated,
            (std::vector<Estimated>{none, exports, imports, none, none, imports, exports, none}));
  EXPECT_DOUBLE_EQ(done.exported[1], 200);
  EXPECT_EQ(done.exported_kg[1], 110);
  EXPECT_DOUBLE_EQ(done.imported[2], 110);
  EXPECT_EQ(done.imported_kg[2], 50);
  EXPECT_TRUE(std::isnan(done.imported[3]) && std::isnan(done.exported[4]));
  EXPECT_EQ(done.exported[0], 100);
}

TEST(NonReporters, presence_does_not_depend_on_how_flows_are_shared)
{
  Flows const flows = small_world();
  ReporterPresence whole(3, 2020, 2), first(3, 2020, 2), second(3, 2020, 2);
  whole.add(flows.block(0, 8));
  first.add(flows.block(5, 8));
  second.add(flows.block(0, 5));
  first.add(second);
  EXPECT_TRUE(std::equal(whole.counts().begin(), whole.counts().end(), first.counts().begin()));
  EXPECT_THROW(whole.add(ReporterPresence(3, 2019, 2)), std::invalid_argument);
}

}  // namespace
}  // namespace tarifa::kernels
