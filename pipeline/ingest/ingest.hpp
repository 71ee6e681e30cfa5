#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/layout.hpp"
#include "pipeline/ingest/balance.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/log.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{

/// From delivered files to a vintage of the archive. This folder, in the order things happen:
///
///   input_files       headers of all files
///   vintage_files     which vintage the delivery becomes
///   block_feed        shares of the ranks, blocks of text
///   parsed_delivery   all blocks, each parsed from where its first record begins
///     block_parser    text -> judged records -> staged runs per partition    one per thread
///   delivery_keys     which records count, and what they supersede: of
///     other_vintages  vintages to compare with
///     earlier_rows    rows of other vintages that may have a key of the delivery   key_ranges, key_filter
///     key_settlement  keys dealt by hash -> rows to drop, earlier rows to supersede
///   balance           everything read = everything that went somewhere
///   part_assembly     staged runs -> shards -> parts                         with sorted dictionaries
///   superseded_flags  which rows of earlier vintages no longer count
///   reject_file       what was not kept, whole
///   vintage_files     all of it in place, the manifest last
///
/// All of it passes through scratch files in the archive's own folder: memory does not grow with the
/// delivery, the ranks need not send rows to each other, and nothing is published before the balance sheet is
/// even.
struct IngestSettings
{
  std::filesystem::path archive;
  std::string vintage;                 ///< empty = the next number: v0001, v0002 ...
  std::filesystem::path stage_folder;  ///< parent of the scratch folder; empty = the archive
  int threads = 1;
  std::int64_t block_bytes = 512 << 10;  ///< of text a thread works on; a multiple of 256 KiB
  std::int64_t shard_rows = default_shard_rows;
  std::int64_t memory_bytes = std::int64_t{1} << 30;  ///< budget of a rank
  bool check_only = false;  ///< read and judge everything, write nothing into the archive
  bool redo = false;        ///< replace a vintage made from the same files
};

struct IngestReport
{
  std::string vintage;
  bool already_complete = false;  ///< these files were ingested before: nothing was done
  std::vector<BalanceSheet> files;
  BalanceSheet total;
  std::int64_t archive_bytes = 0;
  std::vector<std::string> partitions;
  std::filesystem::path rejects;  ///< empty when nothing was rejected
};

/// [all] Error(balance) when the sheet is not even; then nothing is published.
IngestReport ingest(Comm const& comm, Log& log, Source const& source,
                    std::vector<std::filesystem::path> const& files, IngestSettings const& settings);

}  // namespace tarifa
