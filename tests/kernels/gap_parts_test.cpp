#include "kernels/mirror/causes/gap_parts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/mirror/causes/gap_reasons.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Cells as columns that GapCells looks at.
struct Columns
{
  std::vector<std::int32_t> exporter, importer, product, period, family;
  std::vector<std::int64_t> imported, imported_fob, exported, lag, re_exported, split, duty_ppm;
  std::vector<double> imported_kg, exported_kg;

  std::size_t add(std::int32_t from, std::int32_t to, std::int32_t code, std::int64_t m, std::int64_t f,
                  std::int64_t x)
  {
    exporter.push_back(from);
    importer.push_back(to);
    product.push_back(code);
    period.push_back(2020);
    family.push_back(-1);
    imported.push_back(m);
    imported_fob.push_back(f);
    exported.push_back(x);
    for (auto* const column : {&lag, &re_exported, &split, &duty_ppm})
    {
      column->push_back(0);
    }
    imported_kg.push_back(nan);
    exported_kg.push_back(nan);
    return exporter.size() - 1;
  }
  void weigh(std::size_t cell, double m, double x)
  {
    imported_kg[cell] = m;
    exported_kg[cell] = x;
  }
  GapCells cells() const
  {
    return {exporter,    importer,    product, period,      imported, imported_fob, exported,
            imported_kg, exported_kg, lag,     re_exported, family,   split};
  }
};

std::vector<std::uint8_t> const countries{0, 0, 0, 0, 0, 0, 0, 0, 0, 1};  // 9: not specified
constexpr std::int32_t nowhere = 9;

GapParts apart(Columns const& columns, GapSettings const& settings = {})
{
  return take_apart(columns.cells(), countries, settings);
}

void expect_sums(GapCells const& cells, GapParts const& parts)
{
  for (std::size_t cell = 0; cell < cells.size(); ++cell)
  {
    std::int64_t sum = 0;
    for (auto const& column : parts.part)
    {
      sum += column[cell];
    }
    ASSERT_EQ(sum, cells.imported[cell] - cells.exported[cell]) << cell;
  }
}

TEST(GapParts, freight_lag_quantity_and_price_of_one_cell_by_hand)
{
  Columns columns;
  std::size_t const cell = columns.add(1, 2, 30211, 1100, 1000, 900);
  columns.lag[cell] = -100;
  columns.weigh(cell, 50, 60);
  GapParts const parts = apart(columns);
  EXPECT_EQ(parts[GapPart::freight][0], 100);
  EXPECT_EQ(parts[GapPart::time_lag][0], -100);
  // 50 kg at 15 are 750, the exports less the lag 800.
  EXPECT_EQ(parts[GapPart::quantity][0], -50);
  EXPECT_EQ(parts[GapPart::price][0], 250);
  EXPECT_EQ(parts[GapPart::remainder][0], 0);
  expect_sums(columns.cells(), parts);
}

TEST(GapParts, one_sided_cells_are_quantity_and_unknown_weights_remain)
{
  Columns columns;
  columns.add(1, 2, 30211, 0, 0, 700);
  columns.add(1, 2, 40211, 55, 50, 0);
  columns.add(1, 2, 50211, 55, 50, 20);
  std::size_t const absurd = columns.add(1, 2, 60211, 55, 50, 20);
  columns.weigh(absurd, 1, 1000);
  GapParts const parts = apart(columns);
  EXPECT_EQ(parts[GapPart::quantity], (std::vector<std::int64_t>{-700, 50, 0, 0}));
  EXPECT_EQ(parts[GapPart::remainder], (std::vector<std::int64_t>{0, 0, 30, 30}));
}

TEST(GapParts, what_a_hub_sends_on_goes_to_the_origins)
{
  Columns columns;
  std::size_t const hub = columns.add(3, 2, 30211, 100, 100, 400);  // counts 250 of re-exports
  columns.re_exported[hub] = 250;
  columns.add(1, 2, 30211, 200, 200, 50);
  columns.add(4, 2, 30211, 60, 60, 10);
  columns.add(5, 2, 30211, 10, 10, 90);
  columns.add(1, 6, 30211, 500, 500, 0);  // another importer
  GapParts const parts = apart(columns);
  EXPECT_EQ(parts[GapPart::re_exports], (std::vector<std::int64_t>{-250, 150, 50, 0, 0}));
  expect_sums(columns.cells(), parts);
}

TEST(GapParts, partners_not_specified_are_shared_out_on_both_sides)
{
  Columns columns;
  columns.add(1, nowhere, 30211, 0, 0, 100);  // exporter 1 hides 100
  columns.add(1, 2, 30211, 90, 90, 30);
  columns.add(1, 3, 30211, 20, 20, 0);
  columns.add(nowhere, 4, 30211, 70, 70, 0);  // importer 4 hides 70
  columns.add(5, 4, 30211, 0, 0, 50);
  GapParts const parts = apart(columns);
  EXPECT_EQ(parts[GapPart::unspecified], (std::vector<std::int64_t>{-80, 60, 20, 50, -50}));
  EXPECT_EQ(parts[GapPart::quantity], (std::vector<std::int64_t>{-20, 0, 0, 0, 0}));
  EXPECT_EQ(parts[GapPart::remainder], (std::vector<std::int64_t>{0, 0, 0, 20, 0}));
  expect_sums(columns.cells(), parts);
}

TEST(GapParts, other_codes_cancel_within_the_heading_and_then_the_chapter)
{
  Columns columns;
  columns.add(1, 2, 30211, 10, 10, 100);   // -90
  columns.add(1, 2, 30219, 100, 100, 70);  // +30, same heading
  columns.add(1, 2, 30311, 50, 50, 0);     // +50, importer alone
  columns.add(1, 2, 30400, 0, 0, 20);      // -20, exporter alone
  columns.add(1, 2, 40100, 50, 50, 0);     // another chapter
  GapParts const parts = apart(columns);
  EXPECT_EQ(parts[GapPart::heading], (std::vector<std::int64_t>{-30, 30, 0, 0, 0}));
  EXPECT_EQ(parts[GapPart::chapter], (std::vector<std::int64_t>{0, 0, 20, -20, 0}));
  GapParts const any = apart(columns, {OffsetRule::none, OffsetRule::any});
  EXPECT_EQ(any[GapPart::heading], (std::vector<std::int64_t>(5, 0)));
  EXPECT_EQ(any[GapPart::chapter], (std::vector<std::int64_t>{-65, 30, 50, -15, 0}));
  expect_sums(columns.cells(), any);
}

TEST(GapParts, conversion_explains_no_more_than_it_split)
{
  Columns columns;
  columns.add(1, 2, 30211, 10, 10, 100);
  columns.add(1, 2, 300219, 100, 100, 10);
  columns.family = {7, 7};
  columns.split = {40, 1000};
  GapParts const parts = apart(columns);
  EXPECT_EQ(parts[GapPart::concordance], (std::vector<std::int64_t>{-40, 40}));
  expect_sums(columns.cells(), parts);
}

Columns random_cells(std::int32_t count)
{
  Columns columns;
  std::set<std::array<std::int32_t, 3>> known;
  for (std::uint64_t i = 0; static_cast<std::int32_t>(columns.exporter.size()) < count; ++i)
  {
    Draws const draw(stream_key(3, 3), i);
    auto const below = [&](std::uint64_t purpose, std::uint32_t n)
    { return static_cast<std::int32_t>(draw.below(purpose, n)); };
    std::array<std::int32_t, 3> const key{below(0, 10), below(1, 10),
                                          30200 + 100 * below(2, 4) + below(3, 9)};
    if (!known.insert(key).second)
    {
      continue;
    }
    auto const value = [&](std::uint64_t purpose)
    { return draw.bits(purpose + 20) % 3 == 0 ? 0 : static_cast<std::int64_t>(draw.bits(purpose) >> 30); };
    std::int64_t const m = value(5), x = value(6);
    std::size_t const cell = columns.add(key[0], key[1], key[2], m, m - m / 17, x);
    columns.re_exported[cell] = below(7, 4) == 0 ? x / 3 : 0;
    columns.lag[cell] = x / 9 - x / 11;
    columns.family[cell] = below(8, 3) - 1;
    columns.split[cell] = x / 5;
    if (below(9, 3) > 0)
    {
      columns.weigh(cell, m > 0 ? 1 + below(10, 1000) : nan, x > 0 ? 1 + below(11, 1000) : nan);
    }
  }
  return columns;
}

TEST(GapParts, add_up_in_every_cell_and_total_and_do_not_depend_on_the_order_of_cells)
{
  Columns const columns = random_cells(2000);
  GapParts const parts = apart(columns);
  expect_sums(columns.cells(), parts);
  GapTotals totals;
  for (std::size_t cell = 0; cell < columns.exporter.size(); ++cell)
  {
    EXPECT_TRUE(totals.add(totals_of(columns.cells(), parts, cell)));
  }
  EXPECT_EQ(std::accumulate(totals.part.begin(), totals.part.end(), std::int64_t{0}), totals.gap);
  EXPECT_EQ(totals.gap, totals.imported - totals.exported);
  for (GapPart const moved : {GapPart::unspecified, GapPart::concordance, GapPart::heading, GapPart::chapter})
  {
    EXPECT_EQ(totals.part[static_cast<std::size_t>(moved)], 0) << name_of(moved);
    EXPECT_TRUE(
        std::any_of(parts[moved].begin(), parts[moved].end(), [](std::int64_t part) { return part != 0; }));
  }
  Columns reversed = columns;
  auto const turn = [](auto& column) { std::reverse(column.begin(), column.end()); };
  turn(reversed.exporter), turn(reversed.importer), turn(reversed.product), turn(reversed.period);
  turn(reversed.family), turn(reversed.imported), turn(reversed.imported_fob), turn(reversed.exported);
  turn(reversed.lag), turn(reversed.re_exported), turn(reversed.split);
  turn(reversed.imported_kg), turn(reversed.exported_kg);
  GapParts turned = apart(reversed);
  for (std::size_t part = 0; part < gap_parts; ++part)
  {
    turn(turned.part[part]);
    EXPECT_EQ(turned.part[part], parts.part[part]) << name_of(static_cast<GapPart>(part));
  }
}

TEST(GapParts, nothing_gives_nothing)
{
  EXPECT_TRUE(apart(Columns{})[GapPart::freight].empty());
}

TEST(DutyGap, parts_add_up_and_follow_the_formulas)
{
  std::vector<std::int64_t> const x{1'000'000, 500'000, 300'001}, f{400'000, 900'000, 200'000},
      rate{200'000, 50'000, 0};
  DutyGap const gap = duty_gap(x, f, rate, 1000, 900);
  EXPECT_EQ(gap.total, 225'000 - 125'000);
  EXPECT_EQ(gap.quantity + gap.price + gap.classification, gap.total);
  double const rate_x = 225'000.0 / 1'800'001;
  EXPECT_NEAR(static_cast<double>(gap.level()), (1'800'001 - 1'500'000) * rate_x, 1);
  EXPECT_NEAR(static_cast<double>(gap.quantity), 100 * 1'800.001 * rate_x, 1);
  EXPECT_EQ(duty_gap(x, x, rate, nan, nan).total, 0);
  // All goods left in other products of the same value: nothing but
  // classification.
  DutyGap const moved = duty_gap(std::vector<std::int64_t>{0, 100'000}, std::vector<std::int64_t>{100'000, 0},
                                 std::vector<std::int64_t>{0, 100'000}, 5, 5);
  EXPECT_EQ(moved.classification, 10'000);
  EXPECT_EQ(moved.level(), 0);
  EXPECT_EQ(duty_gap(std::vector<std::int64_t>{0}, std::vector<std::int64_t>{100},
                     std::vector<std::int64_t>{100'000}, nan, nan)
                .quantity,
            -10);
  std::int64_t const large = std::int64_t{1} << 62;
  EXPECT_THROW(duty_gap(std::vector<std::int64_t>{large}, std::vector<std::int64_t>{0},
                        std::vector<std::int64_t>{large}, nan, nan),
               std::overflow_error);
}

bool has(std::uint32_t bits, GapReason reason)
{
  return (bits & static_cast<std::uint32_t>(reason)) != 0;
}

TEST(GapReasons, every_bit_has_a_name_and_a_rule)
{
  std::uint32_t all = 0;
  std::set<std::string_view> names;
  for (GapReasonText const& text : gap_reason_texts())
  {
    all |= static_cast<std::uint32_t>(text.reason);
    names.insert(text.name);
    EXPECT_FALSE(text.wording.empty() || text.rule.empty());
  }
  EXPECT_EQ(all, (1U << gap_reason_texts().size()) - 1);
  EXPECT_EQ(names.size(), gap_reason_texts().size());
}

TEST(GapReasons, show_what_the_cell_shows)
{
  Columns columns;
  std::size_t const packing = columns.add(1, 2, 30211, 1000, 990, 980);
  columns.weigh(packing, 110, 100);
  std::size_t const rate = columns.add(1, 3, 30211, 1000, 1000, 880);
  columns.weigh(rate, 100, 100);
  std::size_t const unit = columns.add(1, 4, 30211, 1000, 1000, 880);
  columns.weigh(unit, 1, 1000);
  std::size_t const small = columns.add(2, 4, 990000, 0, 0, 80);
  std::size_t const hidden = columns.add(nowhere, 5, 30211, 80, 80, 0);
  std::vector<CountryPractice> practice(10);
  practice[3].imports_at_fob = true;
  practice[4].threshold = 100;
  practice[4].system = CountryPractice::System::special;
  practice[2].system = CountryPractice::System::general;
  practice[9].unspecified = true;
  std::vector<std::uint8_t> const silent{0, 0, 0, 2, 0};
  std::vector<std::int64_t> const re_imported{0, 60, 0, 0, 0};
  std::vector<std::uint32_t> const bits =
      gap_reasons(columns.cells(), apart(columns), {silent, re_imported}, practice, {});
  EXPECT_TRUE(has(bits[packing], GapReason::gross_weight) && has(bits[packing], GapReason::freight));
  EXPECT_FALSE(has(bits[packing], GapReason::exchange_rate) || has(bits[packing], GapReason::one_sided));
  EXPECT_TRUE(has(bits[rate], GapReason::exchange_rate) && has(bits[rate], GapReason::fob_imports)
              && has(bits[rate], GapReason::returned_goods) && has(bits[rate], GapReason::price));
  EXPECT_TRUE(has(bits[unit], GapReason::unit_error));
  EXPECT_FALSE(has(bits[rate], GapReason::unit_error));
  EXPECT_TRUE(has(bits[small], GapReason::one_sided) && has(bits[small], GapReason::threshold)
              && has(bits[small], GapReason::non_reporter) && has(bits[small], GapReason::trade_system)
              && has(bits[small], GapReason::confidential_product) && has(bits[small], GapReason::quantity));
  EXPECT_TRUE(has(bits[hidden], GapReason::unspecified_partner));
  EXPECT_FALSE(has(bits[hidden], GapReason::non_reporter));
}

TEST(GapHypotheses, follow_the_table_of_practice)
{
  Columns columns;
  columns.add(1, 2, 30211, 10, 10, 100);   // dear code, goods turn up
  columns.add(1, 2, 30219, 100, 100, 20);  // here
  columns.add(1, 3, 30211, 10, 10, 100);   // dear origin
  columns.add(4, 3, 30211, 100, 100, 20);  // cheap origin
  columns.weigh(columns.add(1, 5, 30211, 50, 50, 100), 100, 101);
  columns.weigh(columns.add(1, 6, 30211, 50, 50, 100), 60, 101);
  columns.add(1, 7, 30211, 0, 0, 100);
  columns.add(1, 8, 30211, 100, 100, 90);
  columns.add(1, 0, 30211, 50, 50, 100);
  columns.weigh(columns.add(2, 5, 30211, 50, 50, 100), 100, 101);  // another code of the same duty
  columns.add(2, 5, 30219, 100, 100, 20);
  columns.duty_ppm = {200'000, 0, 100'000, 0, 0, 0, 0, 0, 0, 0, 0};
  auto const label = gap_hypotheses_of(columns.cells(), apart(columns), columns.duty_ppm, {});
  using enum GapHypothesis;
  EXPECT_EQ(label, (std::vector<GapHypothesis>{
                       misclassification, over_invoicing, origin_fraud, over_invoicing, undervaluation,
                       under_declaration, under_declaration, none, none, undervaluation, over_invoicing}));
  EXPECT_EQ(name_of(undervaluation), "undervaluation");
}

}  // namespace
}  // namespace tarifa::kernels
