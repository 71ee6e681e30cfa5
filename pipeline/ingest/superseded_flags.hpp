#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/superseded.hpp"
#include "pipeline/ingest/earlier_rows.hpp"
#include "pipeline/ingest/spill.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// Where flags are written.
struct FlagPlace
{
  std::filesystem::path archive;
  std::string table, vintage;
  std::string folder;  ///< in each partition, for now
};

/// [all] Writes the flags of rows that a delivery supersedes, those of one partition on one rank.
/// `superseded` are the spills of this rank's threads, with the rows of each part of `earlier.parts`. Returns
/// what this rank wrote. Of one part at a time per thread all rows are in memory. Error(internal) when a row
/// stands there twice.
std::vector<SupersededFile> write_superseded(
    Comm const& comm, ThreadTeam& team, EarlierRows const& earlier,
    std::vector<std::unique_ptr<Spill<std::int64_t>>> const& superseded, FlagPlace const& place);

}  // namespace tarifa
