#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/archive/part_writer.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/ingest/staged_share.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// Between which values the key columns of a delivery lie, to pass over parts and shards of the archive that
/// cannot hold any of its keys. Wider than the truth where records were not kept.
class KeyRanges
{
 public:
  /// [all] Over what the threads of all ranks staged.
  KeyRanges(Comm const& comm, Source const& source, std::vector<StagedThread> const& threads);

  /// Whether a part may have a key, by what its manifest knows: numbers, not codes.
  bool may_match(PartDigest const& part) const;

  /// The same of the shards of a table of which the first columns are those of the key, in their order.
  class InTable
  {
   public:
    InTable(KeyRanges const& ranges, TableReader const& table);
    bool may_match(std::size_t shard) const;

   private:
    TableReader const& table_;
    std::vector<KeyRange> ranges_;  ///< in codes of the table
  };

 private:
  static bool may_match(KeyRange const& range, ColumnFacts const& facts);

  struct Texts
  {
    std::string least, most;
    bool any = false;
  };
  std::vector<std::string> names_;
  std::vector<KeyRange> ranges_;
  std::vector<Texts> texts_;  ///< of code columns
};

}  // namespace tarifa
