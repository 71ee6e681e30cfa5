#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <vector>

#include "pipeline/ingest/balance.hpp"
#include "pipeline/ingest/key_spill.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// A staged row that does not go into the archive.
struct Drop
{
  std::uint32_t run;
  std::uint32_t row;
  friend auto operator<=>(Drop const&, Drop const&) = default;  // NOLINT(modernize-use-nullptr)
};

struct DropList
{
  std::vector<Drop> rows;             ///< of this rank, sorted
  std::vector<BalanceSheet> by_file;  ///< [files] duplicate and superseded records found on this rank
};

/// Spilled keys of one thread of this rank.
struct SpilledKeys
{
  int thread;
  std::vector<KeySpill::Stretch> const* stretches;
};

/// [all] Finds the records of one delivery that occur twice or were superseded by a higher version. The first
/// record delivered counts; of several versions the highest, and of equal ones the first. Buckets of keys are
/// dealt over ranks and threads; one bucket at a time is in memory per thread.
DropList find_duplicates(Comm const& comm, ThreadTeam& team, Source const& source,
                         std::filesystem::path const& stage_folder, std::vector<SpilledKeys> const& mine,
                         std::set<std::uint32_t> const& withdrawn_runs, std::size_t files);

}  // namespace tarifa
