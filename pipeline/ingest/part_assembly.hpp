#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/ingest/dictionaries.hpp"
#include "pipeline/ingest/stage_index.hpp"
#include "pipeline/run/int128.hpp"
#include "pipeline/run/log.hpp"

namespace tarifa
{

/// What the parts of this rank hold, counted while they were written: the far side of the balance sheet.
struct Assembled
{
  std::vector<Manifest::Partition> partitions;  ///< those this rank wrote parts of
  std::int64_t rows = 0;
  Int128 value = 0;  ///< total of the balance column, stored units
};

struct AssemblySettings
{
  std::filesystem::path archive, stage_folder;
  std::string vintage;
  std::string folder;  ///< of the parts in each partition, for now
  std::int64_t shard_rows = default_shard_rows;
  std::size_t value_column = static_cast<std::size_t>(-1);
  bool stage_stays = false;  ///< scratch files are not given back to the file system as they are read
};

/// [all] Turns staged runs into parts. Parts are dealt to ranks in turn; a rank packs the shards of a part on
/// all its threads and writes them in order, so the bytes do not depend on either number.
Assembled assemble_parts(Comm const& comm, ThreadTeam& team, Log& log, TableSchema const& schema,
                         StageIndex const& index, Dictionaries const& dictionaries,
                         AssemblySettings const& settings);

}  // namespace tarifa
