#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "jobs/support/trade_flows.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/run/int128.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{

/// Which cells of a mirror: those with these keys. Countries are positions in TradeFlows::countries().
struct CellKeys
{
  static constexpr std::int64_t any = -1;

  std::int64_t hs = any, exporter = any, importer = any, period = any;

  bool take(std::int64_t of_hs, std::int64_t of_exporter, std::int64_t of_importer,
            std::int64_t of_period) const noexcept
  {
    return (hs == any || hs == of_hs) && (exporter == any || exporter == of_exporter)
           && (importer == any || importer == of_importer) && (period == any || period == of_period);
  }
};

/// A record as it was reported, in stored units and codes of the table. Numbers only: it travels as such.
struct FoundRecord
{
  std::int64_t is_import = 0;  ///< 1: reported by the importer
  std::int64_t shard = 0;      ///< of the table's reader
  std::int64_t row = 0;        ///< of its part as stored, from 0
  std::int64_t flow = 0, reporter = 0, partner = 0, hs = 0, period = 0, value = 0;
  std::int64_t weight = 0;  ///< kernels::no_weight when none was reported
};

/// A set of records. Sets that have no record in common add up to their union, in any order.
struct RecordSet
{
  std::int64_t records = 0;
  std::int64_t without_weight = 0;  ///< records
  Int128 value = 0, weight = 0;     ///< stored units; weight of the records that have one
  UInt128 hash = 0;                 ///< sum of XXH3-128 of record_text(), modulo 2^128

  RecordSet& operator+=(RecordSet const& more)
  {
    records += more.records;
    without_weight += more.without_weight;
    value += more.value;
    weight += more.weight;
    hash += more.hash;
    return *this;
  }
  std::string fingerprint() const;  ///< the hash, 32 hexadecimal digits
};

/// [all] The union of what the ranks have.
RecordSet sum_of_ranks(Comm const& comm, RecordSet const& local);

/// The records behind some cells.
struct CellRecords
{
  RecordSet imported, exported;      ///< by the side that reported them
  std::vector<FoundRecord> largest;  ///< first the largest value; of equal ones the first in the table
};

/// Its text: partition, vintage, part, row, flow, reporter, partner, HS6, period, value, net weight, with a
/// tab between two; numbers at their scale, no weight as nothing (docs/files.md).
std::string record_text(TableReader const& table, FoundRecord const& record);

/// [all] Reads the shards that may hold records of these cells; the `most` largest are kept. Error(stopped)
/// when the run is asked to end.
CellRecords find_records(Run const& run, TableReader const& table, TradeFlows const& flows,
                         CellKeys const& keys, std::size_t most);

}  // namespace tarifa::jobs
