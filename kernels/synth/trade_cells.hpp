#pragma once

#include <cstdint>
#include <vector>

#include "kernels/synth/exchange_rates.hpp"
#include "kernels/synth/tariff.hpp"
#include "kernels/synth/trade_reporters.hpp"
#include "kernels/synth/true_flows.hpp"

namespace tarifa::kernels
{

enum class ReportStatus : std::int8_t
{
  reported,
  nothing,  ///< no trade of this cell on this side
  below_threshold,
  silent,
  hidden,  ///< under an unspecified partner
};

/// One side's view of a cell, from what it ought to report to what it does. All amounts in 0.001 USD, each
/// step a change of the value before it, so that they add up.
struct TradeReport
{
  std::int64_t right = 0;        ///< imports: CIF of what arrived; exports: FOB of what left for this country
  std::int64_t misinvoiced = 0;  ///< declared at a false value
  std::int64_t misclassified = 0;  ///< moved to or from a code with lower duty, on purpose
  std::int64_t classified = 0;     ///< moved to or from another code, in good faith
  std::int64_t error = 0;          ///< reporting error
  std::int64_t not_reported = 0;   ///< minus what is lost to status, or plus what was hidden elsewhere
  std::int64_t kg = 0;             ///< after moves and errors
  ReportStatus status = ReportStatus::nothing;

  std::int64_t declared() const noexcept { return right + misinvoiced + misclassified + classified; }
  std::int64_t value() const noexcept { return declared() + error + not_reported; }
};

/// One cell (importer, exporter, HS6, year) as it was and as both sides tell it. Money in 0.001 USD.
struct TradeCell
{
  std::int64_t fob_exported = 0;  ///< of the origin's goods that left in the year
  std::int64_t fob_arrived = 0;   ///< of those that arrived
  std::int64_t freight = 0;       ///< and insurance of what arrived
  std::int64_t exchange = 0;      ///< of what arrived, from rates that moved under way
  std::int64_t hub_value = 0;   ///< what hubs add to the importer's less what they add to the exporter's side
  std::int64_t re_exports = 0;  ///< part of the exporter's side that is the origin of other countries
  std::int64_t kg_exported = 0, kg_arrived = 0;
  std::int64_t duty_due = 0, duty_declared = 0;  ///< on the goods of this cell that arrived
  TradeReport imports, exports;

  bool is_empty() const noexcept
  {
    return fob_exported == 0 && fob_arrived == 0 && imports.status == ReportStatus::nothing
           && exports.status == ReportStatus::nothing;
  }
  std::int64_t gap() const noexcept { return imports.value() - exports.value(); }
};

/// The cells of one pair of countries in one year, by product whose code they are filed under.
class PairCells
{
 public:
  PairCells() : cells_(product_count) {}

  void clear();
  TradeCell& at(std::uint32_t product)
  {
    touched_.insert(product);
    return cells_[product];
  }
  /// Calls visit(product, cell) in the order of codes.
  template <class Visit>
  void for_each(Visit const& visit)
  {
    touched_.for_each([&](std::uint32_t product) { visit(product, cells_[product]); });
  }

 private:
  std::vector<TradeCell> cells_;
  ProductSet touched_;
};

/// How many products each pair trades in a year and in the year before.
struct TradeCounts
{
  std::vector<std::uint16_t> year, before;  ///< [pairs]
};

/// Turns true flows into what both sides report, pair by pair.
class TradeCells
{
 public:
  TradeCells(World const& world, TradeSettings const& settings, int year, TradeCounts counts);

  TradeReporters const& reporters() const noexcept { return reporters_; }
  TradeCounts const& counts() const noexcept { return counts_; }
  int year() const noexcept { return year_; }

  /// Fills `cells`, which must be clear.
  void compute(PairOf pair, PairCells& cells) const;

 private:
  void add_own_flows(PairOf pair, PairCells& cells) const;
  void add_transit_in(PairOf pair, PairCells& cells) const;
  void add_transit_out(PairOf pair, PairCells& cells) const;
  void add_flow(PairOf pair, int flow_year, std::uint32_t product, PairCells& cells) const;
  void report(PairOf pair, std::uint32_t product, TradeCell& cell) const;
  template <class Visit>
  void for_each_flow_through_hub(PairOf pair, Visit const& visit) const;
  std::int64_t exchanged(std::int64_t value, TrueFlow const& flow, std::uint32_t exporter, int exported,
                         int arrived, int flow_year) const;

  World const& world_;
  TradeSettings settings_;
  int year_;
  TradeCounts counts_;
  TrueFlows flows_;
  TradeReporters reporters_;
  Tariff tariff_;
  ExchangeRates rates_;                    ///< from the year before on
  std::vector<std::uint32_t> currencies_;  ///< [countries]
};

}  // namespace tarifa::kernels
