#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/ingest/balance.hpp"
#include "pipeline/ingest/code_column.hpp"
#include "pipeline/ingest/key_spill.hpp"
#include "pipeline/ingest/reasons.hpp"
#include "pipeline/ingest/row_run.hpp"
#include "pipeline/ingest/stage_file.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// A stretch of one input file in memory.
struct BlockText
{
  std::uint32_t file = 0;
  std::uint64_t begin = 0;   ///< file offset at which the block begins
  std::uint64_t offset = 0;  ///< of text[0] in the decompressed file
  std::string_view text;     ///< reaches the record limit beyond `stop`, or to the end of the file
  std::size_t from = 0;      ///< first record begins here
  std::size_t stop = 0;      ///< records that begin here or later belong to the next block
  bool at_end = false;       ///< the text ends where the file does
  bool open_line = false;    ///< `from` is inside a line that was rejected in the block before
};

/// Where a run of staged rows stands.
struct RunRef
{
  std::uint32_t partition = 0;  ///< number of the partition on its thread
  std::uint32_t rows = 0;
  std::uint64_t offset = 0;  ///< in the run file of the thread
  std::uint32_t bytes = 0;
  std::uint32_t number = 0;  ///< of the rank, in order of staging
};

/// What one block came to.
struct BlockOutcome
{
  std::uint32_t file = 0;
  std::uint32_t thread = 0;
  std::uint64_t begin = 0;            ///< file offset of the block
  std::uint64_t start = 0, exit = 0;  ///< file offsets: first record of this block, first record of the next
  bool start_open = false, exit_open = false;  ///< that offset is inside a rejected line
  Tally read, blank, kept, filtered;
  Int128 rounding = 0;
  std::int64_t rounded = 0;
  std::vector<std::pair<Reasons::Id, Tally>> rejected;
  std::vector<RunRef> runs;
  std::int64_t lines = 0;                             ///< physical lines consumed
  std::uint64_t reject_offset = 0, reject_bytes = 0;  ///< in the reject file of the thread
};

/// Head of one staged reject; the record's bytes follow.
struct RejectHead
{
  std::uint64_t begin;  ///< offset in the decompressed file
  std::uint32_t bytes;  ///< without the line end
  std::uint32_t line;   ///< physical lines of the block before it
  Reasons::Id reason;
  std::uint16_t unused[3];
};

/// Parses blocks on one thread: cuts records, converts fields column by column in batches that stay in cache,
/// judges every record, and stages what is kept as runs per partition.
class BlockParser
{
 public:
  struct Shared
  {
    Source const& source;
    Reasons const& reasons;
    std::vector<HeaderMatch> const& headers;  ///< [files]
    std::vector<std::size_t> const& fields;   ///< [files] fields of the header
    std::filesystem::path stage_folder;
    StageMode mode = StageMode::write;  ///< of rows and rejects; keys are always spilled
    int rank = 0;
  };

  BlockParser(Shared const& shared, int thread);
  BlockOutcome parse(BlockText const& block);
  void finish();  ///< everything staged can be read afterwards
  /// Counts used codes and missing cells anew from the staged runs of these outcomes: after blocks were
  /// parsed again, texts that only a wrong guess produced must leave no trace. Call after finish().
  void recount(std::vector<BlockOutcome> const& outcomes);

  std::vector<std::string> const& partitions() const noexcept { return partition_names_; }
  std::vector<std::unique_ptr<CodeColumn>> const& codes() const noexcept { return codes_; }
  KeySpill const* keys() const noexcept { return keys_.get(); }
  /// [partitions][columns][codes] whether a staged cell has the code; empty for columns of other kinds.
  std::vector<std::vector<std::vector<std::uint8_t>>> const& used() const noexcept { return used_; }
  /// [partitions][columns] whether a cell is missing; the hidden columns at the end never are.
  std::vector<std::vector<std::uint8_t>> const& has_missing() const noexcept { return has_missing_; }

  /// Columns of every table that ingest adds: offset of the record in its file, and number of the file.
  static constexpr std::size_t hidden_columns = 2;

  static std::filesystem::path run_path(std::filesystem::path const& folder, int rank, int thread);
  static std::filesystem::path reject_path(std::filesystem::path const& folder, int rank, int thread);
  static std::filesystem::path key_path(std::filesystem::path const& folder, int rank, int thread);

 private:
  static constexpr std::size_t batch_rows = row_run::most_rows;

  /// One column of the batch being parsed, and what is waiting of it per partition.
  struct Cells
  {
    std::array<std::int64_t, batch_rows> value;
    std::array<std::uint8_t, batch_rows> valid;
    bool any_missing = false;
  };
  /// Rows of one partition waiting to fill a run.
  struct Waiting
  {
    std::vector<std::vector<std::int64_t>> values;
    std::vector<std::vector<std::uint8_t>> valid;
    std::vector<std::uint8_t> missing;
    std::size_t rows = 0;
    std::uint32_t run = 0;
  };

  void parse_batch(BlockText const& block, BlockOutcome& outcome);
  void parse_column(std::size_t column, BlockText const& block);
  template <class Parse>
  void parse_numbers(std::size_t column, std::string_view text, int field, Parse&& parse);
  void parse_codes(std::size_t column, std::string_view text, int field);
  bool is_missing_mark(SourceColumn const& column, std::string_view text, std::size_t record, int field,
                       std::string_view& cell) const;
  void check_rules(std::string_view text, std::size_t records);
  void check_encoding(std::string_view text);
  /// Field as it stands in the file.
  std::string_view raw_field(std::string_view text, std::size_t record, int field) const
  {
    std::uint32_t const* const end =
        batch_.field_end.data() + record * fields_ + static_cast<std::size_t>(field);
    std::uint32_t const begin = field == 0 ? batch_.records[record].begin : end[-1] + 1;
    return {text.data() + begin, *end - begin};
  }
  /// Field without its quotes.
  std::string_view field_text(std::string_view text, std::size_t record, int field,
                              std::string& scratch) const
  {
    std::string_view const raw = raw_field(text, record, field);
    char const quote = shared_.source.dialect.quote;
    return raw.empty() || raw.front() != quote ? raw : unquoted(raw, quote, scratch);
  }
  void settle(BlockText const& block, BlockOutcome& outcome);
  void stage_rows(BlockText const& block, BlockOutcome& outcome);
  void append_rows(std::uint32_t partition, std::vector<std::uint16_t> const& rows, BlockText const& block,
                   BlockOutcome& outcome);
  void flush(std::uint32_t partition, BlockOutcome& outcome);
  void mark_used(std::uint32_t partition, std::size_t column, std::int64_t const* codes,
                 std::uint8_t const* valid, std::size_t rows);
  void reject(BlockText const& block, BlockOutcome& outcome, Reasons::Id why, std::uint32_t begin,
              std::uint32_t end, std::uint32_t line, Tally tally);
  std::uint32_t partition_of(std::size_t record);
  void add_key(BlockText const& block, std::size_t record, std::uint32_t run, std::size_t row);
  std::uint32_t bytes_of(std::string_view text, std::size_t record) const;

  Shared shared_;
  int thread_;
  std::size_t fields_ = 0;
  std::size_t columns_ = 0;  ///< of the table
  std::size_t partition_column_;
  std::size_t value_column_;
  std::vector<std::size_t> key_columns_;
  std::size_t version_column_;
  std::vector<std::vector<DateFormat>> dates_;  ///< [columns] of kind date, in column order
  std::vector<int> date_of_column_;
  std::vector<std::unique_ptr<CodeColumn>> codes_;  ///< [columns] null unless kind code
  HeaderMatch const* header_ = nullptr;
  RecordBatch batch_;
  std::vector<Cells> cells_;  ///< [columns + record offset + source]
  std::array<Reasons::Id, batch_rows> why_{};
  std::array<std::uint8_t, batch_rows> filtered_{};
  std::array<std::int64_t, batch_rows> residual_{};
  std::map<std::int64_t, std::uint32_t> partition_ids_;
  std::vector<std::string> partition_names_;
  std::vector<std::vector<std::uint8_t>> has_missing_;
  std::vector<std::vector<std::vector<std::uint8_t>>> used_;
  std::vector<Waiting> waiting_;
  std::uint32_t next_run_ = 0;
  StageFile runs_, rejects_;
  std::unique_ptr<KeySpill> keys_;
  std::vector<std::byte> encoded_;
  std::vector<std::vector<std::uint16_t>> rows_of_partition_;
  std::string scratch_, key_text_;
  std::uint32_t lines_before_ = 0;  ///< physical lines of the block before the batch
  std::array<std::string_view, batch_rows> raw_;
  std::array<TextLookup::Key, batch_rows> keys_of_texts_;
  /// Partition of a value of the partition column, remembered: dates repeat by the thousand.
  struct KnownPartition
  {
    std::int64_t value = 0;
    std::uint32_t number = 0xFFFFFFFF;  ///< none yet
  };
  std::array<KnownPartition, 1024> known_partitions_;
};

}  // namespace tarifa
