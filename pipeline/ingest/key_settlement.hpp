#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pipeline/ingest/balance.hpp"
#include "pipeline/ingest/earlier_rows.hpp"
#include "pipeline/ingest/key_spill.hpp"
#include "pipeline/ingest/staged_share.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// A staged row that does not go into the archive.
struct Drop
{
  std::uint64_t run;  ///< run_of_delivery
  std::uint32_t row;
  friend auto operator<=>(Drop const&, Drop const&) = default;  // NOLINT(modernize-use-nullptr)
};

/// What came of the keys of a delivery.
struct KeySettlement
{
  std::vector<Drop> drops;            ///< of the shares of this rank, sorted
  std::vector<BalanceSheet> by_file;  ///< [files] duplicate, superseded and earlier superseded, found here
  /// [threads] Of each part of EarlierRows::parts the rows that the delivery supersedes.
  std::vector<std::unique_ptr<Spill<std::int64_t>>> superseded;
  std::vector<std::string> outranked_by;  ///< vintages of which a row has a higher version than a record
  std::vector<std::string> later;         ///< later vintages that have a key of the delivery
  std::int64_t later_records = 0;         ///< delivered records of all ranks with such a key
};

/// The records of a delivery whose keys are settled.
struct DeliveredKeys
{
  Source const& source;
  std::filesystem::path stage_folder;
  SpilledBuckets<KeyEntry> const& keys;           ///< [key_buckets]
  std::set<std::uint64_t> const& withdrawn_runs;  ///< of this rank, as run_of_delivery numbers them
  std::vector<int> const& rank_of_share;          ///< [shares] which rank has it
  std::size_t files = 0;
  std::int64_t memory_bytes = std::int64_t{1} << 30;  ///< budget of a rank
};

/// [all] Settles which records count. Of those of one delivery with equal keys, or that are equal altogether,
/// as the source has it, the first counts; of several versions the highest, and of equal ones the first. A
/// record whose version is lower than that of an earlier row with its key is superseded itself; otherwise it
/// supersedes all earlier rows of its key. Rows of later vintages are only counted. Keys are equal when their
/// 128-bit hashes are. Buckets are dealt over ranks and threads; a bucket that does not fit into a quarter of
/// the budget with those of the other threads is compared in pieces, by ranges of hashes.
KeySettlement settle_keys(Comm const& comm, ThreadTeam& team, DeliveredKeys const& delivered,
                          EarlierRows const& earlier);

}  // namespace tarifa
