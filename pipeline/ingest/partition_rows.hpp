#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "pipeline/archive/part_writer.hpp"
#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/dictionaries.hpp"
#include "pipeline/ingest/row_run.hpp"
#include "pipeline/ingest/stage_index.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// Run file of one worker while its runs are read for the last time.
class RunFile
{
 public:
  RunFile(std::filesystem::path const& path, bool stays);
  ~RunFile();
  RunFile(RunFile const&) = delete;
  RunFile& operator=(RunFile const&) = delete;

  PlainFile const& content() const noexcept { return content_; }
  /// Gives the space of bytes that nobody reads again back to the file system, as far as that knows how to:
  /// the scratch shrinks as the parts grow, and a memory file system hands the same pages to the parts.
  void let_go(std::uint64_t offset, std::uint64_t bytes) const noexcept;

 private:
  PlainFile content_;
  int descriptor_ = -1;
};

/// Run files of all workers, opened when first needed and kept open. Thread-safe.
class RunFiles
{
 public:
  /// `stay` = their space is not given back.
  RunFiles(std::filesystem::path folder, bool stay) : folder_(std::move(folder)), stay_(stay) {}
  RunFile const& of(StagedWorker worker);

 private:
  std::filesystem::path folder_;
  bool stay_;
  std::mutex mutex_;
  std::map<StagedWorker, std::unique_ptr<RunFile>> files_;
};

/// Cells of one shard while it is put together; one per thread, so that its memory is used again.
struct ShardCells
{
  std::vector<std::vector<std::int32_t>> narrow;
  std::vector<std::vector<std::int64_t>> wide;
  std::vector<std::vector<std::uint8_t>> valid;
  std::vector<std::uint64_t> run_bytes;  ///< 8-byte elements, so that the columns of a run are aligned
  std::vector<PackedColumn> packed;
  std::int64_t rows = 0;
  std::size_t chunk_rows = 0;
};

/// The staged rows of one partition, in row order and with their final codes. Thread-safe.
class PartitionRows
{
 public:
  PartitionRows(RunFiles& files, StageIndex const& index, Dictionaries const& dictionaries,
                TableSchema const& schema, std::size_t partition);

  std::vector<PartColumn> const& columns() const noexcept { return columns_; }
  /// Reads rows [first, first + rows) of the partition, to be packed into chunks of `chunk_rows`. Runs that
  /// lie wholly among them are let go of: every row can be gathered once.
  void gather(std::int64_t first, std::int64_t rows, std::int64_t chunk_rows, ShardCells& cells) const;
  /// Packs them, which fills what is missing.
  std::span<PackedColumn const> pack(ShardCells& cells) const;
  Int128 total(std::size_t column, ShardCells const& cells) const;

 private:
  bool is_code(std::size_t c) const { return columns_[c].schema.kind == ColumnKind::code; }
  bool is_wide(std::size_t c) const { return columns_[c].storage == Storage::i64; }
  void let_go(std::span<StagedRun const> runs) const;
  void append(StagedRun const& run, std::int64_t from, std::int64_t to, ShardCells& cells) const;
  std::vector<std::uint8_t> kept_rows(StagedRun const& run, std::int64_t from, std::int64_t to) const;

  RunFiles& files_;
  Dictionaries const& dictionaries_;
  PartitionRuns runs_;
  Dictionaries::Partition dictionary_;
  std::vector<PartColumn> columns_;
};

}  // namespace tarifa
