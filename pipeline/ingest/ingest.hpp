#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/layout.hpp"
#include "pipeline/ingest/balance.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{

/// From delivered files to a vintage of the archive. This folder, in the order things happen:
///
///   input_files       headers of all files
///   vintage_files     which vintage the delivery becomes
///   parsed_delivery   stretch by stretch of all files, each of them in
///   share_reader      a share for every rank: all blocks, each parsed from where its first record begins
///     block_feed      shares of the ranks, blocks of text
///     block_parser    text -> judged records -> staged runs per partition    one per thread
///   delivery_checkpoint   the shares that are read, for a run that goes on
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
  std::string vintage;                   ///< empty = the next number: v0001, v0002 ...
  std::filesystem::path stage_folder;    ///< parent of the scratch folder; empty = the archive
  std::int64_t block_bytes = 512 << 10;  ///< of text a thread works on; a multiple of 256 KiB
  std::int64_t shard_rows = default_shard_rows;
  /// Of text each thread reads between two places where the run may stop.
  std::int64_t stretch_bytes = std::int64_t{4} << 30;
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

/// [all] Error(balance) when the sheet is not even; then nothing is published. Honours of the settings of the
/// run: threads, memory, check (reads and judges everything, writes nothing into the archive), redo (replaces
/// a vintage made from the same files), checkpoint.
IngestReport ingest(Run& run, Source const& source, std::vector<std::filesystem::path> const& files,
                    IngestSettings const& settings);

}  // namespace tarifa
