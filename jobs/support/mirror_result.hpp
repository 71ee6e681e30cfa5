#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "jobs/support/cell_records.hpp"
#include "jobs/support/trade_flows.hpp"
#include "pipeline/result/result_reader.hpp"

namespace tarifa::jobs
{

/// What rows of the archive a mirror result was made of.
struct MirrorScope
{
  TradeFlowSettings flows;
  std::vector<std::string> partitions;
  std::string as_of;
  std::string digest;   ///< of the table's content, as `inputs` has it
  std::string version;  ///< of tarifa, with its git hash
};

/// The sum of some cells as the result has it. Their records have no hash, and `without_weight` counts cells
/// with such records.
struct CellFigure
{
  std::int64_t cells = 0;
  RecordSet imported, exported;
};

/// A cell with its gap. Numbers only: it travels as such.
struct RankedCell
{
  std::int64_t row = 0;  ///< of table cells
  std::int64_t hs = 0, exporter = 0, importer = 0, period = 0, status = 0;
  std::int64_t import_records = 0, export_records = 0, import_value = 0, export_value = 0, asymmetry = 0;
};

enum class RankedCells : std::uint8_t
{
  all,
  seen_by_both,
};

/// A result of mirror, read back on one rank. Errors of the file are those of ResultReader.
class MirrorResult
{
 public:
  /// Error(usage) for a result of another job.
  explicit MirrorResult(std::filesystem::path const& path);

  MirrorScope const& scope() const noexcept { return scope_; }
  std::int64_t cells() const { return reader_.rows("cells"); }
  std::vector<std::string> const& countries() const { return column("exporter").labels; }
  ResultColumnInfo const& column(std::string const& name) const;

  /// Words KEY=VALUE as keys, countries as positions in countries(). Error(usage) for another key and for a
  /// value that no cell can have, with the nearest names.
  CellKeys keys(std::vector<std::string> const& words) const;
  /// The keys as words, in the order of the columns.
  std::string text_of(CellKeys const& keys) const;
  std::string hs_text(std::int64_t hs) const;

  /// Of the cells with these keys among rows first to end - 1.
  CellFigure sum(CellKeys const& keys, std::int64_t first, std::int64_t end) const;
  /// Of those, up to `most`, as keep_first().
  std::vector<RankedCell> largest(CellKeys const& keys, RankedCells which, std::size_t most,
                                  std::int64_t first, std::int64_t end) const;
  /// For keys that no cell has: what there is with one of them changed, as a sentence.
  std::string near_cells(CellKeys const& keys) const;

 private:
  /// Calls use(row, its four keys) for every row first to end - 1.
  template <class Use>
  void each_key(std::int64_t first, std::int64_t end, Use&& use) const;
  /// Calls use(cells with row and keys, read) for every block of rows that has cells with these keys;
  /// read(name) gives the numbers of a column from the first of them to the last.
  template <class Use>
  void each_match(CellKeys const& keys, std::int64_t first, std::int64_t end, Use&& use) const;
  std::int64_t country(std::string const& key, std::string const& text) const;
  std::string text_of_key(std::size_t key, std::int64_t value) const;

  ResultReader reader_;
  std::string path_;
  std::vector<ResultColumnInfo> columns_;
  MirrorScope scope_;
};

/// Puts a ranked list in order and keeps its first `most`: the largest absolute asymmetry first, ties in the
/// order of rows.
void keep_first(std::vector<RankedCell>& cells, std::size_t most);

}  // namespace tarifa::jobs
