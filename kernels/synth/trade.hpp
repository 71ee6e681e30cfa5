#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/trade_cells.hpp"

namespace tarifa::kernels
{

/// Country of reports without a known partner, and its code.
inline constexpr std::uint32_t unspecified_country = country_count;
inline constexpr std::string_view unspecified_code = "_X";

/// Annual trade statistics of one year.
struct TradePeriod
{
  int year = 2021;
  std::int64_t flows = 0;         ///< true flows: cells (year, importer, exporter, product), each once
  std::int64_t flows_before = 0;  ///< of the year before, the last of which arrive in this one
};

/// Names of the columns of all files, with the line feed: docs/methods/synthetic-trade.md.
std::string_view trade_header();

/// One cell with its keys: countries, unspecified_country among them, and the product whose code it has.
struct KeyedCell
{
  std::uint32_t importer, exporter, product;
  TradeCell const& cell;
};

/// The lines of one block, or where to put them.
struct TradeTexts
{
  std::string& exports;
  std::string& imports;
  std::string& re_exports;
};

/// Where the flows of a year are, and what both sides report of them.
///
/// A pair takes its share of the flows, up to 3,000 of the 5,000 products; what large pairs cannot take goes
/// to the others. The same pair trades mostly the same products year after year.
class TradePlan
{
 public:
  /// Throws std::invalid_argument when the world is too small for that many flows.
  TradePlan(World const& world, TradeSettings const& settings, TradePeriod const& period);

  /// Largest number of flows of a year.
  static std::int64_t most_flows();

  std::int64_t blocks() const noexcept { return static_cast<std::int64_t>(blocks_.size()); }

  /// Calls visit(KeyedCell) for the cells of one block, of about 65,536 flows, in the order of importer,
  /// exporter, code; unspecified countries come last.
  template <class Visit>
  void for_each_cell(std::int64_t block, Visit const& visit) const
  {
    Block const& b = blocks_[static_cast<std::size_t>(block)];
    PairCells cells, scratch;
    for (std::uint32_t slot = b.first_slot; slot < b.last_slot; ++slot)
    {
      Ends const ends = fill(slot, cells, scratch);
      cells.for_each(
          [&](std::uint32_t product, TradeCell const& cell)
          {
            if (!cell.is_empty())
            {
              visit(KeyedCell{ends.importer, ends.exporter, product, cell});
            }
          });
      cells.clear();
    }
  }

  /// Appends the lines of a cell: one for each side that reports it, one more where re-exports are part of
  /// the exports.
  void append(KeyedCell const& cell, TradeTexts const& texts) const;

 private:
  /// Slots are pairs with one more importer and one more exporter, the unspecified ones, in the order of the
  /// output.
  struct Block
  {
    std::uint32_t first_slot, last_slot;
  };
  struct Ends
  {
    std::uint32_t importer, exporter;
  };
  Ends fill(std::uint32_t slot, PairCells& cells, PairCells& scratch) const;
  void add_hidden(TradeSide side, PairOf pair, PairCells& cells, PairCells& scratch) const;
  std::int64_t work_of(std::uint32_t slot) const;
  void append_line(std::string& out, KeyedCell const& cell, TradeSide side, char const* flow,
                   std::int64_t value, std::int64_t kg) const;

  World const& world_;
  TradeCells trade_;
  std::vector<Block> blocks_;
};

}  // namespace tarifa::kernels
