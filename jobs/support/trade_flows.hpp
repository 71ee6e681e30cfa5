#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/group/key_layout.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{

enum class PeriodLevel : std::uint8_t
{
  year,
  as_reported,
};

/// Which reported flows are compared, and how finely.
struct TradeFlowSettings
{
  std::string table = "trade";
  std::vector<std::string> import_flows{"M"}, export_flows{"X"};
  int hs_digits = 6;
  PeriodLevel period = PeriodLevel::year;
  int first_year = 0, last_year = 9999;

  void declare(Options& options);
};

/// Trade statistics read as flows from an exporter to an importer, whoever reported them. Keys are packed in
/// the order HS, exporter, importer, period, with the reporting side in the lowest bit.
class TradeFlows
{
 public:
  /// Values of a row: value and net weight, or these and the importer's CIF and FOB values.
  static constexpr int values_alone = 2, values_with_valuation = 4;

  /// Columns to ask a TableReader for, in the order produce() expects.
  static std::vector<std::string> columns(int values = values_alone);
  enum Column : std::size_t
  {
    flow_column,
    reporter_column,
    partner_column,
    hs_column,
    period_column,
    value_column,
    weight_column,
    cif_column,
    fob_column,
  };

  TradeFlows(TableReader const& table, TradeFlowSettings const& settings);

  /// Rows of one shard, which is not read when none of its periods is wanted: value[0] = value, value[1] =
  /// net weight or kernels::no_weight, value[2] and value[3] = CIF and FOB value or 0. Thread-safe, each
  /// thread with its own buffer.
  template <int Values>
  void produce(std::size_t shard, ShardBuffer& cells, GroupBuffer<Values> const& rows) const;

  /// One row as its cell sees it. Countries are positions in countries().
  struct Place
  {
    bool is_import;  ///< reported by the importer
    std::int64_t hs, exporter, importer, period;
  };
  /// The cell that a row of a block counts in; none when produce() leaves the row out.
  std::optional<Place> place_of(ShardBuffer const& cells, std::size_t row) const;
  /// Whether a row of the shard can be in the years wanted: by minimum and maximum, without reading it.
  bool may_have_rows(std::size_t shard) const;

  /// Rows that lack flow, reporter, partner, HS, period or value and are left out; an upper bound, since a
  /// row may lack more than one.
  std::int64_t incomplete_rows() const;

  int key_bits() const noexcept { return layout_.bits(); }
  std::int64_t hs(std::uint64_t cell_key) const { return layout_.unpack(0, cell_key << 1U); }
  std::int64_t exporter(std::uint64_t cell_key) const { return layout_.unpack(1, cell_key << 1U); }
  std::int64_t importer(std::uint64_t cell_key) const { return layout_.unpack(2, cell_key << 1U); }
  std::int64_t period(std::uint64_t cell_key) const { return layout_.unpack(3, cell_key << 1U); }

  std::vector<std::string> const& countries() const noexcept { return countries_; }
  /// Position of a code in countries(); none when no row has it.
  std::optional<std::size_t> find_country(std::string_view code) const;
  ColumnSchema const& value_schema() const { return table_.column(value_column).schema; }
  ColumnSchema const& weight_schema() const { return table_.column(weight_column).schema; }

 private:
  /// Puts the rows of the block that are compared into the slots of `rows`; returns how many.
  template <int Values>
  std::size_t pack_block(ShardBuffer const& cells, GroupBuffer<Values> const& rows) const;

  std::int64_t period_of(std::int64_t reported) const
  {
    return settings_.period == PeriodLevel::year ? kernels::year_of(reported) : reported;
  }
  bool is_in_years(std::int64_t reported) const
  {
    std::int64_t const year = kernels::year_of(reported);
    return year >= settings_.first_year && year <= settings_.last_year;
  }

  TableReader const& table_;
  TradeFlowSettings settings_;
  std::vector<std::string> countries_;                  ///< sorted
  std::vector<std::int32_t> of_reporter_, of_partner_;  ///< dictionary code -> country
  std::vector<std::int32_t> side_;                      ///< flow code -> side, -1 = not compared
  std::int32_t hs_divisor_ = 1;
  KeyLayout layout_;
};

}  // namespace tarifa::jobs
