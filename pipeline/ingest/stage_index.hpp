#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/ingest/key_settlement.hpp"
#include "pipeline/ingest/staged_share.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// One staged run of a partition, and which of its rows were dropped.
struct StagedRun
{
  std::int64_t first_row;  ///< of the partition, counting kept rows only; set when the index is read
  std::uint64_t offset;    ///< in the run file of its thread
  std::uint32_t bytes;
  std::uint32_t rows;
  std::uint32_t kept;
  StagedWorker worker;
  std::uint32_t drops;       ///< number of dropped rows
  std::uint64_t drop_begin;  ///< first of them in the drop list of the index
};

/// The staged runs of one partition over all shares, in row order.
struct PartitionRuns
{
  std::vector<StagedRun> runs;
  std::vector<std::uint32_t> dropped_rows;  ///< rows within their run
};

/// [all] Which partitions there are, how many rows each rank kept of each, and where the runs stand.
class StageIndex
{
 public:
  StageIndex(Comm const& comm, std::filesystem::path folder, std::vector<StagedThread> const& threads,
             std::vector<BlockOutcome> const& outcomes, std::vector<Drop> const& drops, std::size_t columns);

  std::vector<std::string> const& partitions() const noexcept { return partitions_; }
  std::int64_t rows(std::size_t partition) const;
  bool has_missing(std::size_t partition, std::size_t column) const;
  PartitionRuns read(std::size_t partition) const;

 private:
  void unify_partitions(Comm const& comm, std::vector<StagedThread> const& threads);

  std::filesystem::path folder_;
  int ranks_;
  std::size_t columns_;
  std::vector<std::string> partitions_;  ///< sorted
  std::vector<std::int64_t> runs_;       ///< [ranks x partitions]
  std::vector<std::int64_t> dropped_;    ///< [ranks x partitions]
  std::vector<std::int64_t> kept_;       ///< [ranks x partitions]
  std::vector<std::int64_t> missing_;    ///< [partitions x columns]
};

}  // namespace tarifa
