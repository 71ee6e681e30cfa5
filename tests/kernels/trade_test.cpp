#include "kernels/synth/trade.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr TradeSettings nothing_wrong = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

World const& world()
{
  static World const made(7);
  return made;
}

/// What one mechanism may touch.
struct Parts
{
  std::int64_t freight = 0, lag = 0, hubs = 0, exchange = 0, invoices = 0, codes = 0, errors = 0, lost = 0;

  std::int64_t sum() const { return freight + lag + hubs + exchange + invoices + codes + errors + lost; }
};

Parts parts_of(TradeCell const& c)
{
  return {c.freight,
          c.fob_arrived - c.fob_exported,
          c.hub_value,
          c.exchange,
          c.imports.misinvoiced - c.exports.misinvoiced,
          c.imports.misclassified + c.imports.classified - c.exports.classified - c.exports.misclassified,
          c.imports.error - c.exports.error,
          c.imports.not_reported - c.exports.not_reported};
}

template <class Visit>
void for_all_cells(TradeSettings const& settings, TradePeriod const& period, Visit const& visit)
{
  TradePlan const plan(world(), settings, period);
  for (std::int64_t block = 0; block < plan.blocks(); ++block)
  {
    plan.for_each_cell(block, visit);
  }
}

/// Sums of the absolute parts over all cells, after each cell's parts were found to add up to its gap.
Parts planted(TradeSettings const& settings)
{
  Parts all;
  for_all_cells(settings, {2021, 20000, 20000},
                [&](KeyedCell const& keyed)
                {
                  Parts const parts = parts_of(keyed.cell);
                  ASSERT_EQ(parts.sum(), keyed.cell.gap());
                  for (auto const part : {&Parts::freight, &Parts::lag, &Parts::hubs, &Parts::exchange,
                                          &Parts::invoices, &Parts::codes, &Parts::errors, &Parts::lost})
                  {
                    all.*part += std::abs(parts.*part);
                  }
                });
  return all;
}

TEST(Trade, WhereNothingIsWrongBothSidesTellTheSameOfEachFlowAskedFor)
{
  for (std::int64_t const flows : {0, 1, 999, 40001})
  {
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> cells;
    for_all_cells(nothing_wrong, {2017, flows, flows},
                  [&](KeyedCell const& keyed)
                  {
                    EXPECT_TRUE(cells.emplace(keyed.importer, keyed.exporter, keyed.product).second);
                    EXPECT_EQ(keyed.cell.gap(), 0);
                    EXPECT_EQ(keyed.cell.imports.kg, keyed.cell.exports.kg);
                    EXPECT_EQ(keyed.cell.imports.status, ReportStatus::reported);
                    EXPECT_GT(keyed.cell.imports.value(), 0);
                  });
    EXPECT_LE(static_cast<std::int64_t>(cells.size()), flows);
    EXPECT_GE(static_cast<std::int64_t>(cells.size()), flows * 99 / 100)
        << "codes are shared by two products";
  }
}

TEST(Trade, EachMechanismMakesItsOwnPartOfTheGapAndNoOther)
{
  struct Case
  {
    double TradeSettings::*setting;
    double value;
    std::int64_t Parts::*part;
  };
  for (Case const& one :
       {Case{&TradeSettings::freight, 1, &Parts::freight}, Case{&TradeSettings::lag, 1, &Parts::lag},
        Case{&TradeSettings::re_exports, 0.2, &Parts::hubs},
        Case{&TradeSettings::misinvoicing, 0.1, &Parts::invoices},
        Case{&TradeSettings::evasion_by_code, 0.1, &Parts::codes},
        Case{&TradeSettings::classification, 0.1, &Parts::codes},
        Case{&TradeSettings::error, 1, &Parts::errors}, Case{&TradeSettings::slips, 0.1, &Parts::errors},
        Case{&TradeSettings::missing_reporters, 1, &Parts::lost},
        Case{&TradeSettings::threshold, 1, &Parts::lost}})
  {
    TradeSettings settings = nothing_wrong;
    settings.*one.setting = one.value;
    Parts const all = planted(settings);
    EXPECT_GT(all.*one.part, 0);
    EXPECT_EQ(all.*one.part, all.sum());
  }
  TradeSettings with_exchange = nothing_wrong;
  with_exchange.exchange = 1;
  EXPECT_EQ(planted(with_exchange).sum(), 0) << "rates cannot move while nothing is under way";
  with_exchange.lag = 1;
  EXPECT_GT(planted(with_exchange).exchange, 0);
  TradeSettings hidden = nothing_wrong;
  hidden.confidential = 0.5;
  EXPECT_EQ(planted(hidden).sum(), 0) << "no country hides anything";
  hidden.confidential_reporters = 0.5;
  EXPECT_GT(planted(hidden).lost, 0);
}

TEST(Trade, ThePartsOfEveryCellOfTheDefaultWorldAddUpToItsGap)
{
  Parts const all = planted({});
  for (auto const part : {&Parts::freight, &Parts::lag, &Parts::hubs, &Parts::exchange, &Parts::invoices,
                          &Parts::codes, &Parts::errors, &Parts::lost})
  {
    EXPECT_GT(all.*part, 0);
  }
}

TEST(Trade, WhatIsMovedBetweenCodesOrHiddenIsNeitherLostNorMade)
{
  TradeSettings settings;
  settings.missing_reporters = 0;
  settings.threshold = 0;
  std::int64_t by_code = 0, hidden = 0, to_unspecified = 0;
  std::int64_t exporters_kg = 0, true_kg = 0;
  settings.error = settings.slips = settings.re_exports = 0;
  for_all_cells(
      settings, {2022, 30000, 30000},
      [&](KeyedCell const& keyed)
      {
        TradeCell const& c = keyed.cell;
        by_code += c.imports.misclassified + c.imports.classified + c.exports.classified;
        hidden += c.imports.not_reported + c.exports.not_reported;
        to_unspecified += keyed.importer == unspecified_country || keyed.exporter == unspecified_country
                              ? c.imports.not_reported + c.exports.not_reported
                              : 0;
        bool const is_real = keyed.importer != unspecified_country && keyed.exporter != unspecified_country;
        exporters_kg += is_real ? c.exports.kg : 0;
        true_kg += c.kg_exported;
      });
  EXPECT_EQ(by_code, 0);
  EXPECT_EQ(hidden, 0);
  EXPECT_GT(to_unspecified, 0);
  EXPECT_EQ(exporters_kg, true_kg);
}

TEST(Trade, WhatLeftInAYearArrivesInItOrTheNext)
{
  TrueFlows const flows(world(), {});
  PairOf const pair{1, 0};
  ProductSet const products = flows.products(pair, 2021, 500);
  int late = 0, through_hubs = 0, seen = 0;
  products.for_each(
      [&](std::uint32_t product)
      {
        TrueFlow const flow = flows.flow(pair, 2021, product);
        std::int64_t fob = 0, kg = 0;
        flows.for_each_shipment(
            pair, flow,
            [&](Shipment const& s)
            {
              fob += s.fob;
              kg += s.kg;
              EXPECT_LE(s.exported, s.arrived);
              EXPECT_LT(s.arrived, s.exported + days_a_year);
              EXPECT_LT(s.exported, days_a_year);
              EXPECT_TRUE(!flow.through_hub
                          || (s.exported <= s.hub_in && s.hub_in <= s.hub_out && s.hub_out <= s.arrived));
              late += s.arrived >= days_a_year ? 1 : 0;
              ++seen;
            });
        EXPECT_EQ(fob, flow.fob);
        EXPECT_EQ(kg, flow.kg);
        through_hubs += flow.through_hub ? 1 : 0;
      });
  EXPECT_GT(late, seen / 50);
  EXPECT_LT(late, seen / 4);
  EXPECT_EQ(through_hubs > 0, flows.uses_hub(pair));
}

TEST(Trade, HubsSendOnWhatTheyTookIn)
{
  TradeSettings settings = nothing_wrong;
  settings.re_exports = 1;
  std::int64_t from_hubs = 0;
  std::set<std::string> hubs;
  for_all_cells(settings, {2022, 20000, 20000},
                [&](KeyedCell const& keyed)
                {
                  from_hubs += keyed.cell.re_exports;
                  if (keyed.cell.re_exports > 0)
                  {
                    hubs.emplace(country_code(keyed.exporter));
                    EXPECT_LE(keyed.cell.re_exports, keyed.cell.exports.value());
                  }
                });
  EXPECT_GT(from_hubs, 0);
  for (std::string const& hub : hubs)
  {
    EXPECT_TRUE((std::set<std::string>{"HKG", "SGP", "ARE", "NLD", "BEL"}.count(hub))) << hub;
  }
}

TEST(Trade, LinesHaveNineFieldsAndEachSideReportsACellOnce)
{
  TradePlan const plan(world(), {}, {2022, 30000, 30000});
  std::string exports, imports, re_exports;
  for (std::int64_t block = 0; block < plan.blocks(); ++block)
  {
    plan.for_each_cell(block,
                       [&](KeyedCell const& cell) {
                         plan.append(cell, {exports, imports, re_exports});
                       });
  }
  std::set<std::string> keys;
  for (std::string const& text : {exports, imports, re_exports})
  {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
    {
      ASSERT_EQ(std::count(line.begin(), line.end(), ','), 8) << line;
      std::size_t end = 0;
      for (int i = 0; i < 5; ++i)
      {
        end = line.find(',', end + 1);
      }
      EXPECT_TRUE(keys.insert(line.substr(0, end)).second) << line;
    }
  }
  EXPECT_NE(imports.find(",_X,M,"), std::string::npos);
  EXPECT_NE(exports.find(",_X,X,"), std::string::npos);
  EXPECT_GT(keys.size(), 40000U);
}

TEST(Trade, MoreFlowsThanCellsAreRefused)
{
  EXPECT_THROW(TradePlan(world(), {}, {2020, TradePlan::most_flows() + 1, 0}), std::invalid_argument);
}

}  // namespace
}  // namespace tarifa::kernels
