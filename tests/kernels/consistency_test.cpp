#include "kernels/mirror/partner/consistency.hpp"

#include <cstdio>

#include "tests/kernels/baci_panel.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

TEST(Consistency, equals_the_reference)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  BaciPanel const panel(2019);
  ConsistencySums sums({}, panel.countries.size());
  sums.add(panel.flows.block(), panel.cif2);
  ReporterConsistency const found = sums.consistency(WorstPartner::counted);
  ReferenceCsv const reference("reference/mirror/gehlhar_reliability.csv");
  auto const& countries = reference.text("country");
  auto const exporters = reference.numbers("ri_exporter"), importers = reference.numbers("ri_importer");
  double worst = 0;
  std::size_t known = 0;
  for (std::size_t row = 0; row < reference.rows(); ++row)
  {
    SCOPED_TRACE(countries[row]);
    auto const country = static_cast<std::size_t>(BaciPanel::place(panel.countries, countries[row]));
    EXPECT_EQ(std::isnan(found.exporters[country]), std::isnan(exporters[row]));
    EXPECT_EQ(std::isnan(found.importers[country]), std::isnan(importers[row]));
    for (double const difference :
         {found.exporters[country] - exporters[row], found.importers[country] - importers[row]})
    {
      known += std::isnan(difference) ? 0 : 1;
      worst = std::isnan(difference) ? worst : std::max(worst, std::abs(difference));
    }
  }
  EXPECT_GT(known, 200U);
  EXPECT_LT(worst, 1e-9);
  std::printf("largest difference of %zu indices: %.2g\n", known, worst);
}

/// Exporter 0 and importers 1 to 3: 100 and 200 agreed, 700 with partner 3 not; importer 3 also has 300 from
/// exporter 4, agreed.
FlowColumns hand_made()
{
  FlowColumns flows;
  flows.add(0, 1, 0, 2020, 100, 110, 10, 10);
  flows.add(0, 2, 0, 2020, 200, 220, 10, 20);
  flows.add(0, 3, 0, 2020, 700, 110, 10, 10);
  flows.add(4, 3, 0, 2020, 300, 385, 10, 10);  // 350 at FOB
  flows.add(4, 3, 1, 2020, 300, std::nan(""), 10, 10);
  return flows;
}

TEST(Consistency, is_the_share_of_agreed_trade_with_or_without_the_worst_partner)
{
  FlowColumns const flows = hand_made();
  std::vector<double> const ratio(flows.size(), 1.1);
  ConsistencySums sums({}, 5);
  sums.add(flows.block(), ratio);
  ReporterConsistency const all = sums.consistency(WorstPartner::counted);
  EXPECT_NEAR(all.exporters[0], 0.3, 1e-15);
  EXPECT_EQ(all.exporters[4], 1);
  EXPECT_NEAR(all.importers[3], 350.0 / 450, 1e-15);
  EXPECT_EQ(all.importers[1], 1);
  EXPECT_TRUE(std::isnan(all.exporters[1]) && std::isnan(all.importers[0]));
  ReporterConsistency const without = sums.consistency(WorstPartner::excluded);
  EXPECT_NEAR(without.exporters[0], 1, 1e-15);
  EXPECT_NEAR(without.importers[3], 1, 1e-15);
  EXPECT_EQ(without.exporters[4], 1);  // one partner only
  EXPECT_TRUE(std::isnan(without.importers[0]));

  ConsistencySums by_weight({Measure::net_weight, 0.2}, 5);
  by_weight.add(flows.block(), {});
  EXPECT_NEAR(by_weight.consistency(WorstPartner::counted).exporters[0], 2.0 / 3, 1e-15);
}

TEST(Consistency, the_report_of_the_more_consistent_side_is_taken)
{
  ReporterConsistency const index{{0.5, 0.9, std::nan("")}, {0.7, 0.5, std::nan("")}};
  double const silent = std::nan("");
  FlowColumns flows;
  std::vector<double> expected;
  auto const add = [&](std::int32_t i, std::int32_t j, double x, double m, double value)
  {
    flows.add(i, j, 0, 2020, x, m, x, m);
    expected.push_back(value);
  };
  add(0, 0, 100, 220, 110);
  add(1, 0, 100, 220, 100);
  add(0, 1, 100, 220, 110);  // alike
  add(2, 0, 100, 220, 110);
  add(0, 2, 100, 220, 100);
  add(2, 2, 100, 220, 110);  // neither has an index
  add(1, 0, silent, 220, 110);
  add(0, 0, 100, silent, 100);
  add(0, 0, silent, silent, silent);
  std::vector<double> const ratio(flows.size(), 2.0);
  std::vector<double> value(flows.size());
  take_more_consistent(index, Measure::value, flows.block(), ratio, value);
  for (std::size_t row = 0; row + 1 < value.size(); ++row)
  {
    EXPECT_EQ(value[row], expected[row]) << row;
  }
  EXPECT_TRUE(std::isnan(value.back()));
}

TEST(Consistency, does_not_depend_on_blocks_or_sharing)
{
  FlowColumns flows;
  std::vector<double> ratio;
  for (std::uint64_t record = 0; record < 2000; ++record)
  {
    Draws const draws(stream_key(8, 1), record);
    double const x = 1 + draws.below(0, 1'000'000) / 7.0, error = draws.below(1, 1000) / 2000.0 - 0.25;
    flows.add(static_cast<std::int32_t>(draws.below(2, 6)), static_cast<std::int32_t>(draws.below(3, 6)), 0,
              2020, x, x * (1 + error), 1, 1);
    ratio.push_back(1 + draws.below(4, 100) / 1000.0);
  }
  ConsistencySums whole({}, 6), all({}, 6);
  whole.add(flows.block(), ratio);
  std::vector<ConsistencySums> parts(3, ConsistencySums({}, 6));
  std::size_t block = 0;
  for_stretches(flows.size(), 7,
                [&](std::size_t begin, std::size_t end)
                {
                  parts[block++ % 3].add(flows.block(begin, end),
                                         std::span<double const>(ratio).subspan(begin, end - begin));
                });
  parts[2].add(parts[0]);
  std::vector<std::int64_t> digits = parts[2].to_digits();
  auto const some = parts[1].to_digits();
  std::transform(digits.begin(), digits.end(), some.begin(), digits.begin(), std::plus<>());
  all.set_digits(digits);
  for (WorstPartner const worst : {WorstPartner::counted, WorstPartner::excluded})
  {
    EXPECT_EQ(all.consistency(worst).exporters, whole.consistency(worst).exporters);
    EXPECT_EQ(all.consistency(worst).importers, whole.consistency(worst).importers);
  }
  EXPECT_THROW(all.add(ConsistencySums({}, 5)), std::invalid_argument);
}

}  // namespace
}  // namespace tarifa::kernels
