#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/ingest/balance.hpp"
#include "pipeline/ingest/content_digest.hpp"
#include "pipeline/ingest/reasons.hpp"
#include "pipeline/ingest/spill.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// One thread that read one share of a delivery. Shares are numbered in the order of the delivery.
struct StagedWorker
{
  std::uint32_t share = 0;
  std::uint32_t thread = 0;
  friend auto operator<=>(StagedWorker const&,
                          StagedWorker const&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Files of a worker in the scratch folder.
std::filesystem::path run_path(std::filesystem::path const& folder, StagedWorker worker);
std::filesystem::path reject_path(std::filesystem::path const& folder, StagedWorker worker);
std::filesystem::path key_path(std::filesystem::path const& folder, StagedWorker worker);
std::filesystem::path text_path(std::filesystem::path const& folder, StagedWorker worker);

/// Number of a run among those of all shares.
constexpr std::uint64_t run_of_delivery(std::uint32_t share, std::uint32_t run)
{
  return std::uint64_t{share} << 32U | run;
}

/// Where a run of staged rows stands.
struct RunRef
{
  std::uint32_t partition = 0;  ///< number of the partition on its thread
  std::uint32_t rows = 0;
  std::uint64_t offset = 0;  ///< in the run file of the thread
  std::uint32_t bytes = 0;
  std::uint32_t number = 0;  ///< of the share, in order of staging
};

/// What one block came to.
struct BlockOutcome
{
  StagedWorker worker;
  std::uint32_t file = 0;
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

/// Between which values the cells of one key column lie, in stored units; of code columns nothing but
/// `any_missing` is known, their codes being those of a thread.
struct KeyRange
{
  std::int64_t least = INT64_MAX, most = INT64_MIN;
  bool any_missing = false;
};

/// How a file of a worker is when it is finished.
struct StagedFile
{
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

/// What one thread staged of its share: all that the steps after reading have to know of it.
struct StagedThread
{
  StagedWorker worker;
  std::vector<std::string> partitions;
  /// [partitions][columns] whether a cell is missing.
  std::vector<std::vector<std::uint8_t>> has_missing;
  /// [partitions][columns][codes] whether a staged cell has the code; empty for columns of other kinds.
  std::vector<std::vector<std::vector<std::uint8_t>>> used;
  std::vector<std::vector<std::string>> texts;  ///< [columns][codes] empty unless kind code
  std::vector<KeyRange> key_ranges;             ///< [columns of the key]
  std::vector<SpillStretch> keys;               ///< in its key file
  StagedFile run_file, reject_file, key_file;
};

/// A contiguous stretch of a delivery, read by the threads of one rank.
struct StagedShare
{
  std::vector<StagedThread> threads;
  std::vector<BlockOutcome> outcomes;  ///< in input order
  std::set<std::uint32_t> withdrawn;   ///< runs that do not count
  std::vector<ContentDigest> read;     ///< [files]
};

/// A share as bytes, and back. Error(storage) when they are cut short.
std::string bytes_of(StagedShare const& share);
StagedShare parse_share(std::string_view bytes);

}  // namespace tarifa
