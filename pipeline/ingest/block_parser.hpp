#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/ingest/balance.hpp"
#include "pipeline/ingest/cell_parser.hpp"
#include "pipeline/ingest/key_spill.hpp"
#include "pipeline/ingest/record_key.hpp"
#include "pipeline/ingest/row_stager.hpp"
#include "pipeline/ingest/staged_share.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// A stretch of one input file in memory.
struct BlockText
{
  std::uint32_t file = 0;
  std::uint64_t begin = 0;   ///< file offset at which the block begins
  std::uint64_t offset = 0;  ///< of text[0] in the decompressed file
  std::string_view text;     ///< reaches some way beyond `stop`, or to the end of the file
  std::size_t from = 0;      ///< first record begins here
  std::size_t stop = 0;      ///< records that begin here or later belong to the next block
  bool at_end = false;       ///< the text ends where the file does
  bool open_line = false;    ///< `from` is inside a line that was rejected in the block before
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

/// Parses blocks on one thread: cuts records, has them parsed and judged in batches that stay in cache, gives
/// every byte to one line of the balance sheet, and has the kept rows staged.
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
    AppendMode mode = AppendMode::write;  ///< of rows and rejects; keys are always spilled
    std::uint32_t share = 0;              ///< number of the share that is read
    bool spills_keys = false;             ///< keys of the kept records are wanted
  };

  BlockParser(Shared const& shared, int thread);
  /// `lengthen` is called when what begins in the block goes on beyond block.text: it makes the text longer
  /// in its place, or returns false when it reaches the record limit beyond `stop` already.
  BlockOutcome parse(BlockText const& block, std::function<bool()> const& lengthen);
  void finish();  ///< everything staged can be read afterwards
  /// Counts used codes and missing cells anew from the runs of these outcomes; after finish().
  void recount(std::vector<BlockOutcome> const& outcomes);

  StagedThread hand_over();  ///< what was staged; after finish(), and the last that is asked of it

 private:
  void parse_batch(BlockText const& block, BlockOutcome& outcome);
  void settle_records(BlockText const& block, BlockOutcome& outcome);
  void settle_faults(BlockText const& block, BlockOutcome& outcome);
  void reject(BlockText const& block, BlockOutcome& outcome, Reasons::Id why, std::uint32_t begin,
              std::uint32_t end, std::uint32_t line, Tally tally);
  void add_key(BlockText const& block, std::size_t record, RowStager::Place place);
  KeyHash key_of(std::size_t record);
  std::uint32_t bytes_of(std::string_view text, std::size_t record) const;
  std::int64_t lines_of(std::string_view text, std::size_t record) const;

  Shared shared_;
  StagedWorker worker_;
  std::size_t value_column_;
  std::size_t version_column_;
  std::vector<std::size_t> key_columns_;
  std::vector<KeyRange> key_ranges_;
  std::size_t fields_ = 0;  ///< of the file the block is from
  ParsedBatch batch_;
  CellParser cells_;
  RowStager rows_;
  AppendFile rejects_;
  std::unique_ptr<KeySpill> keys_;
  RecordKey key_;
  std::uint32_t lines_before_ = 0;  ///< physical lines of the block before the batch
};

}  // namespace tarifa
