#include <cmath>
#include <limits>

#include "tests/kernels/flow_columns.hpp"
#include <gtest/gtest.h>

#include "kernels/mirror/partner/gfi_gaps.hpp"
#include "kernels/mirror/partner/partner_estimates.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

FlowColumns some_flows()
{
  FlowColumns flows;
  flows.add(0, 1, 0, 2020, 100, 106, 10, 11);
  flows.add(0, 1, 1, 2020, nan, 212, nan, 20);  // 0 reports other exports
  flows.add(2, 1, 0, 2020, nan, 318, nan, 30);  // 2 reports no exports
  flows.add(0, 2, 0, 2020, 400, nan, 40, nan);  // 2 reports no imports
  flows.add(1, 0, 0, 2020, nan, nan);
  flows.add(2, 0, 0, 2019, 7, 8);  // another year
  return flows;
}

TEST(PartnerEstimates, every_missing_report_or_only_those_of_non_reporters)
{
  FlowColumns const flows = some_flows();
  std::vector<PartnerEstimate> estimates(flows.size());
  estimate_from_partner(flows.block(), dots_cif_fob_ratio, nullptr, estimates);
  EXPECT_EQ(estimates[0].exported, 100);
  EXPECT_FALSE(estimates[0].exported_is_estimate);
  EXPECT_DOUBLE_EQ(estimates[1].exported, 200);
  EXPECT_EQ(estimates[1].exported_kg, 20);
  EXPECT_TRUE(estimates[1].exported_is_estimate);
  EXPECT_FALSE(estimates[1].imported_is_estimate);
  EXPECT_DOUBLE_EQ(estimates[2].exported, 300);
  EXPECT_DOUBLE_EQ(estimates[3].imported, 424);
  EXPECT_TRUE(std::isnan(estimates[4].exported) && std::isnan(estimates[4].imported));
  estimate_from_partner(flows.block(), dots_cif_fob_ratio_earlier, nullptr, estimates);
  EXPECT_DOUBLE_EQ(estimates[3].imported, 440);

  Reporting reporting(3, 2020), part(3, 2020), other(3, 2020);
  part.add(flows.block(0, 2));
  reporting.add(flows.block(2, flows.size()));
  other.set_digits(part.to_digits());
  reporting.add(other);
  EXPECT_EQ(reporting.exports(0), 2);
  EXPECT_EQ(reporting.exports(2), 0);
  EXPECT_EQ(reporting.imports(1), 3);
  estimate_from_partner(flows.block(), fao_cif_fob_ratio, &reporting, estimates);
  EXPECT_TRUE(std::isnan(estimates[1].exported));
  EXPECT_DOUBLE_EQ(estimates[2].exported, 318 / 1.12);
  EXPECT_EQ(estimates[2].exported_kg, 30);
  EXPECT_DOUBLE_EQ(estimates[3].imported, 448);
  EXPECT_EQ(estimates[3].imported_kg, 40);
  EXPECT_THROW(reporting.add(Reporting(3, 2021)), std::invalid_argument);
}

TEST(GfiGaps, re_exports_narrow_one_direction_and_widen_the_other_only_as_published)
{
  FlowColumns columns;
  columns.add(0, 1, 0, 2015, 100, 159);  // 150 at FOB: 50 more than exported
  columns.add(1, 0, 0, 2015, 100, 53);   // 50 less
  std::vector<double> const re_exports = {20, 20};
  GfiFlows const flows{columns.block(), {}, re_exports};
  GfiSettings settings;
  GfiGap const more = gfi_gaps(flows, 0, settings).row[0], less = gfi_gaps(flows, 1, settings).row[0];
  EXPECT_DOUBLE_EQ(more.imported_at_fob, 150);
  EXPECT_DOUBLE_EQ(more.import_gap, 30);
  EXPECT_DOUBLE_EQ(more.export_gap, -70);
  // As in the published table: one direction is the absolute difference less the re-exports.
  EXPECT_DOUBLE_EQ(less.export_gap, std::fabs(50 - 100.) - 20);
  EXPECT_DOUBLE_EQ(less.import_gap, -70);
  settings.published_re_exports = false;
  for (std::size_t const flow : {0U, 1U})
  {
    GfiGap const gap = gfi_gaps(flows, flow, settings).row[0];
    EXPECT_EQ(gap.export_gap, -gap.import_gap);
  }
  EXPECT_DOUBLE_EQ(gfi_gaps(flows, 0, settings).row[0].export_gap, -30);
}

TEST(GfiGaps, rows_at_cif_and_at_fob_count_twice_only_as_published)
{
  FlowColumns columns;
  columns.add(0, 1, 0, 2017, 100, 212);
  columns.add(0, 2, 0, 2017, nan, 106);
  columns.add(1, 2, 0, 2017, 50, nan);
  columns.add(2, 0, 0, 2017, nan, nan);
  columns.add(1, 0, 0, 2017, 80, nan);
  std::vector<double> const at_fob = {190, nan, nan, nan, 60};
  GfiFlows const flows{columns.block(), at_fob, {}};
  GfiSettings settings;
  GfiTotals published(3);
  published.add(flows, settings);
  EXPECT_EQ(published.double_rows(), 1);
  EXPECT_EQ(published.rows(GfiMatch::matched), 3);
  EXPECT_EQ(published.rows(GfiMatch::orphaned), 1);
  EXPECT_EQ(published.rows(GfiMatch::lost), 1);
  EXPECT_EQ(published.unadjusted_rows(), 3);
  EXPECT_DOUBLE_EQ(published.import_over(1), 100 + 90);
  EXPECT_DOUBLE_EQ(published.export_under(0), 100 + 90);
  EXPECT_DOUBLE_EQ(published.import_under(0), 20);
  EXPECT_DOUBLE_EQ(published.export_over(1), 20);
  EXPECT_DOUBLE_EQ(published.orphaned(0), 100);
  EXPECT_DOUBLE_EQ(published.lost(2), 50);
  settings.published_double_rows = false;
  GfiTotals corrected(3);
  corrected.add(flows, settings);
  EXPECT_EQ(corrected.double_rows(), 0);
  EXPECT_DOUBLE_EQ(corrected.import_over(1), 90);
}

TEST(GfiGaps, sharing_does_not_change_a_bit)
{
  FlowColumns columns;
  std::vector<double> re_exports;
  for (std::uint64_t i = 0; i < 500; ++i)
  {
    Draws const draws(stream_key(3, 1), i);
    auto const value = [&](std::uint64_t purpose)
    { return draws.below(purpose, 10) == 0 ? nan : draws.below(purpose + 10, 1'000'000) * 0.1; };
    columns.add(static_cast<std::int32_t>(i % 7), static_cast<std::int32_t>(i % 5), 0, 2015, value(0),
                value(1));
    re_exports.push_back(value(2));
  }
  GfiTotals whole(7), summed(7);
  whole.add({columns.block(), {}, re_exports}, {});
  for (std::size_t part = 4; part-- > 0;)
  {
    GfiTotals some(7), copy(7);
    std::span<double const> const some_re_exports =
        std::span<double const>(re_exports).subspan(part * 125, 125);
    some.add({columns.block(part * 125, (part + 1) * 125), {}, some_re_exports}, {});
    copy.set_digits(some.to_digits());
    summed.add(copy);
  }
  EXPECT_EQ(whole.to_digits(),
            [&]
            {
              GfiTotals canonical(7);
              canonical.set_digits(summed.to_digits());
              return canonical.to_digits();
            }());
  for (std::int32_t country = 0; country < 7; ++country)
  {
    EXPECT_EQ(whole.import_over(country), summed.import_over(country));
    EXPECT_EQ(whole.export_under(country), summed.export_under(country));
  }
  EXPECT_GT(whole.rows(GfiMatch::matched), 300);
}

}  // namespace
}  // namespace tarifa::kernels
