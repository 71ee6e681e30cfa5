#include "jobs/support/cell_records.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/gather_rows.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa::jobs
{
namespace
{

/// Largest value first; ties by partition, vintage, part and row, which is the order of shards and rows.
bool comes_before(FoundRecord const& a, FoundRecord const& b)
{
  return std::tuple(-static_cast<Int128>(a.value), a.shard, a.row)
         < std::tuple(-static_cast<Int128>(b.value), b.shard, b.row);
}

void keep_largest(std::vector<FoundRecord>& records, std::size_t most)
{
  if (records.size() > most)
  {
    std::nth_element(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(most), records.end(),
                     comes_before);
    records.resize(most);
  }
}

/// What one thread found.
struct Found
{
  ShardBuffer cells;
  CellRecords records;
};

/// One scan of a table for the records of some cells.
class Search
{
 public:
  Search(TableReader const& table, TradeFlows const& flows, CellKeys const& keys, std::size_t most)
      : table_(table)
      , flows_(flows)
      , keys_(keys)
      , most_(most)
  {
  }

  /// By minimum and maximum, without reading it.
  bool may_have_rows(std::size_t shard) const
  {
    auto const reported_by = [&](std::int64_t reporter, std::int64_t partner)
    {
      return holds(shard, TradeFlows::reporter_column, reporter)
             && holds(shard, TradeFlows::partner_column, partner);
    };
    return flows_.may_have_rows(shard)
           && (reported_by(keys_.importer, keys_.exporter) || reported_by(keys_.exporter, keys_.importer));
  }

  void read(std::size_t shard, Found& found) const
  {
    table_.open(shard, found.cells);
    std::int64_t const first = table_.shards()[shard].in_part * table_.place_of(shard).shard_rows;
    while (found.cells.next())
    {
      for (std::size_t row = 0; row < static_cast<std::size_t>(found.cells.rows()); ++row)
      {
        auto const place = flows_.place_of(found.cells, row);
        if (place && keys_.take(place->hs, place->exporter, place->importer, place->period))
        {
          take(shard, first + found.cells.stored_row(row), row, place->is_import, found);
        }
      }
    }
  }

 private:
  /// Whether a column of the shard may have the code of a country.
  bool holds(std::size_t shard, std::size_t column, std::int64_t country) const
  {
    if (country == CellKeys::any)
    {
      return true;
    }
    std::string const& name = flows_.countries()[static_cast<std::size_t>(country)];
    auto const& dictionary = table_.column(column).dictionary;
    auto const at = std::lower_bound(dictionary.begin(), dictionary.end(), name);
    if (at == dictionary.end() || *at != name)
    {
      return false;
    }
    ColumnFacts const facts = table_.facts(shard, column);
    std::int64_t const code = at - dictionary.begin();
    return code >= facts.minimum && code <= facts.maximum;
  }

  void take(std::size_t shard, std::int64_t stored_row, std::size_t row, bool is_import, Found& found) const
  {
    ShardBuffer const& cells = found.cells;
    auto const has_weight = cells.valid(TradeFlows::weight_column);
    bool const is_weighed = has_weight.empty() || has_weight[row] != 0;
    FoundRecord const record{
        .is_import = is_import ? 1 : 0,
        .shard = static_cast<std::int64_t>(shard),
        .row = stored_row,
        .flow = cells.narrow(TradeFlows::flow_column)[row],
        .reporter = cells.narrow(TradeFlows::reporter_column)[row],
        .partner = cells.narrow(TradeFlows::partner_column)[row],
        .hs = cells.wide(TradeFlows::hs_column)[row],
        .period = cells.wide(TradeFlows::period_column)[row],
        .value = cells.wide(TradeFlows::value_column)[row],
        .weight = is_weighed ? cells.wide(TradeFlows::weight_column)[row] : kernels::no_weight};
    (is_import ? found.records.imported : found.records.exported) +=
        {1, is_weighed ? 0 : 1, record.value, is_weighed ? record.weight : 0,
         hash_of_text(record_text(table_, record))};
    found.records.largest.push_back(record);
    if (found.records.largest.size() > 2 * most_ + 1024)
    {
      keep_largest(found.records.largest, most_);
    }
  }

  TableReader const& table_;
  TradeFlows const& flows_;
  CellKeys const& keys_;
  std::size_t most_;
};

CellRecords records_here(Run const& run, TableReader const& table, Search const& search)
{
  std::vector<std::size_t> shards;
  for (auto [shard, end] = table.shards_of(run.comm.rank()); shard < end; ++shard)
  {
    if (search.may_have_rows(shard))
    {
      shards.push_back(shard);
    }
  }
  std::vector<Found> found(static_cast<std::size_t>(run.settings.threads));
  ThreadTeam team(run.settings.threads);
  team.each(shards.size(),
            [&](std::size_t i, int thread)
            {
              require(run.stop.asked_here() == StopReason::none, Fault::stopped,
                      "asked to stop; the same command line begins anew");
              search.read(shards[i], found[static_cast<std::size_t>(thread)]);
              run.log.count(table.shards()[shards[i]].rows, table.packed_bytes_of_shard(shards[i]));
            });
  CellRecords all;
  for (Found const& one : found)
  {
    all.imported += one.records.imported;
    all.exported += one.records.exported;
    all.largest.insert(all.largest.end(), one.records.largest.begin(), one.records.largest.end());
  }
  return all;
}

}  // namespace

std::string RecordSet::fingerprint() const
{
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64U),
                     static_cast<std::uint64_t>(hash));
}

RecordSet sum_of_ranks(Comm const& comm, RecordSet const& local)
{
  std::vector<std::int64_t> numbers{local.records, local.without_weight};
  for (UInt128 const wide :
       {static_cast<UInt128>(local.value), static_cast<UInt128>(local.weight), local.hash})
  {
    numbers.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(wide >> 64U)));
    numbers.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(wide)));
  }
  std::vector<std::int64_t> const all = comm.gather_all(numbers);
  auto const wide = [&](std::size_t at)
  {
    return static_cast<UInt128>(static_cast<std::uint64_t>(all[at])) << 64U
           | static_cast<std::uint64_t>(all[at + 1]);
  };
  RecordSet sum;
  for (std::size_t at = 0; at < all.size(); at += numbers.size())
  {
    sum += {all[at], all[at + 1], static_cast<Int128>(wide(at + 2)), static_cast<Int128>(wide(at + 4)),
            wide(at + 6)};
  }
  return sum;
}

std::string record_text(TableReader const& table, FoundRecord const& record)
{
  auto const text = [&](std::size_t column, std::int64_t code) -> std::string const&
  { return table.column(column).dictionary[static_cast<std::size_t>(code)]; };
  auto const number = [&](std::size_t column, std::int64_t value)
  { return decimal_text(value, table.column(column).schema.scale, Grouping::none); };
  PartPlace const& place = table.place_of(static_cast<std::size_t>(record.shard));
  return fmt::format(
      "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{:0{}}\t{}\t{}\t{}", place.partition, place.vintage, place.part,
      record.row, text(TradeFlows::flow_column, record.flow),
      text(TradeFlows::reporter_column, record.reporter), text(TradeFlows::partner_column, record.partner),
      record.hs, table.column(TradeFlows::hs_column).schema.digits, record.period,
      number(TradeFlows::value_column, record.value),
      record.weight == kernels::no_weight ? "" : number(TradeFlows::weight_column, record.weight));
}

CellRecords find_records(Run const& run, TableReader const& table, TradeFlows const& flows,
                         CellKeys const& keys, std::size_t most)
{
  CellRecords found = run.comm.all_or_none(
      "reading the archive", [&] { return records_here(run, table, Search(table, flows, keys, most)); });
  keep_largest(found.largest, most);
  found.largest = gather_rows(run.comm, found.largest);
  keep_largest(found.largest, most);
  std::sort(found.largest.begin(), found.largest.end(), comes_before);
  found.imported = sum_of_ranks(run.comm, found.imported);
  found.exported = sum_of_ranks(run.comm, found.exported);
  return found;
}

}  // namespace tarifa::jobs
