#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/schema.hpp"
#include "pipeline/archive/superseded.hpp"
#include "pipeline/ingest/key_filter.hpp"
#include "pipeline/ingest/key_ranges.hpp"
#include "pipeline/ingest/other_vintages.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/log.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// Rows of the archive whose keys the delivery may have.
struct EarlierRows
{
  struct Part
  {
    std::string partition;
    SupersededFile::Part part;  ///< its rows are not counted yet
    PartShape shape;
    bool is_later = false;  ///< of a later vintage: nothing can replace its rows
  };
  std::vector<Part> parts;            ///< by partition, vintage, number; those that rows were searched in
  SpilledBuckets<EarlierEntry> keys;  ///< [key_buckets] `part` is a place in `parts`
};

/// What is looked for, and where.
struct EarlierSearch
{
  std::filesystem::path archive, stage_folder;
  Source const& source;
  TableSchema const& schema;
  std::string vintage;  ///< the delivery
  KeyRanges const& ranges;
  KeyFilter const& filter;
};

/// [all] Rows that count today in `vintages`, among those of `others`, and may have a key of the delivery.
/// Partitions and shards whose minima and maxima rule that out are not read. Shards are dealt to the ranks in
/// turn; memory does not grow with the archive. Error(data) when a column changed between vintages.
EarlierRows find_earlier(Comm const& comm, ThreadTeam& team, Log& log, OtherVintages const& others,
                         std::vector<std::string> const& vintages, EarlierSearch const& search);

}  // namespace tarifa
