#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// Annual trade statistics as the two partners of each flow report them.
struct TradePeriod
{
  int first_year = 2021;
  int years = 5;
  std::int64_t flows = 0;  ///< cells (year, importer, exporter, hs6) with trade, each one once
};

/// Names of the columns of both files, with the line feed: docs/methods/synthetic.md.
std::string_view trade_header();

/// Where the flows are: how many products each pair of countries trades in each year.
///
/// A pair takes its share of the flows, up to 3,000 of the 5,000 products; what large pairs cannot take goes
/// to the others. The same pair trades mostly the same products year after year.
class TradePlan
{
 public:
  /// Throws std::invalid_argument when the world is too small for that many flows.
  TradePlan(World const& world, TradePeriod const& period);

  /// Largest number of flows of so many years.
  static std::int64_t most_flows(int years);

  std::int64_t blocks() const noexcept { return static_cast<std::int64_t>(blocks_.size()); }

  /// Appends the lines of one block, at most about 65,536 flows, in the order of (year, importer, exporter,
  /// hs6). One flow gives a line to one of the texts or to both.
  void append(std::int64_t block, std::string& exports, std::string& imports) const;

 private:
  struct Block
  {
    int year;
    std::uint32_t first_pair, last_pair;  ///< pair = reporter * country_count + partner, last one excluded
  };

  void append_pair(int year, std::uint32_t pair, std::string& exports, std::string& imports) const;

  World const& world_;
  TradePeriod period_;
  std::vector<std::uint16_t> products_;  ///< [years x pairs] products traded
  std::vector<Block> blocks_;
};

}  // namespace tarifa::kernels
