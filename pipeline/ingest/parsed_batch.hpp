#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pipeline/csv/record_scanner.hpp"
#include "pipeline/ingest/reasons.hpp"
#include "pipeline/ingest/row_run.hpp"

namespace tarifa
{

/// Records of a few ten thousand bytes of text, cut and parsed column by column, so that everything about
/// them stays in cache until they are staged.
struct ParsedBatch
{
  static constexpr std::size_t most_rows = row_run::most_rows;
  /// Columns of every table that ingest adds: offset of the record in its file, and number of the file.
  static constexpr std::size_t hidden_columns = 2;

  struct Column
  {
    std::array<std::int64_t, most_rows> value;  ///< stored units, days or provisional codes
    std::array<std::uint8_t, most_rows> valid;  ///< 0 or 1; all 1 unless any_missing
    bool any_missing = false;
  };

  explicit ParsedBatch(std::size_t table_columns) : columns(table_columns + hidden_columns)
  {
    for (Column& column : columns)
    {
      column.valid.fill(1);
    }
  }

  RecordBatch text;
  std::vector<Column> columns;
  std::array<Reasons::Id, most_rows> why{};        ///< first reason to reject the record, or Reasons::kept
  std::array<std::uint8_t, most_rows> filtered{};  ///< 1 = left out by a filter of the source
  std::array<std::int64_t, most_rows>
      residual{};        ///< of the balance column: given minus kept, see parse_decimal
  bool all_kept = true;  ///< no record is rejected or filtered

  std::size_t records() const noexcept { return text.records.size(); }
  bool is_kept(std::size_t record) const { return why[record] == Reasons::kept && filtered[record] == 0; }
};

}  // namespace tarifa
