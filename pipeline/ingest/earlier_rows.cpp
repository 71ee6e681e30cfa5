#include "pipeline/ingest/earlier_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/table_reader.hpp"
#include "pipeline/ingest/cell_parser.hpp"
#include "pipeline/ingest/record_key.hpp"

namespace tarifa
{
namespace
{

/// Columns to read: those of the key in their order, then the others, each once.
class SearchColumns
{
 public:
  explicit SearchColumns(Source const& source) : names_(source.key), keys_(source.key.size())
  {
    version_ = place_of(source.version);
    value_ = place_of(source.balance_value);
  }
  std::vector<std::string> const& names() const noexcept { return names_; }
  std::size_t keys() const noexcept { return keys_; }
  std::size_t version() const noexcept { return version_; }  ///< or no_column
  std::size_t value() const noexcept { return value_; }      ///< or no_column

 private:
  std::size_t place_of(std::string const& name)
  {
    if (name.empty())
    {
      return no_column;
    }
    auto const at = std::ranges::find(names_, name) - names_.begin();
    if (at == static_cast<std::ptrdiff_t>(names_.size()))
    {
      names_.push_back(name);
    }
    return static_cast<std::size_t>(at);
  }

  std::vector<std::string> names_;
  std::size_t keys_, version_ = no_column, value_ = no_column;
};

std::vector<std::string> partitions_to_read(OtherVintages const& others,
                                            std::vector<std::string> const& vintages, KeyRanges const& ranges)
{
  std::vector<std::string> names;
  for (Manifest const& manifest : others.manifests())
  {
    bool const is_wanted = std::ranges::find(vintages, manifest.vintage) != vintages.end();
    for (Manifest::Partition const& partition : manifest.partitions)
    {
      if (is_wanted
          && std::ranges::any_of(partition.parts,
                                 [&](PartDigest const& part) { return ranges.may_match(part); }))
      {
        names.push_back(partition.name);
      }
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// One thread that reads shards.
class ShardSearch
{
 public:
  ShardSearch(TableReader const& table, SearchColumns const& columns, KeyFilter const& filter,
              Spill<EarlierEntry>& found)
      : table_(table)
      , columns_(columns)
      , filter_(filter)
      , found_(found)
      , cells_(columns.names().size())
  {
  }

  void search(std::size_t shard, std::uint32_t part)
  {
    table_.open(shard, buffer_);
    std::int64_t const first_row =
        std::int64_t{table_.shards()[shard].in_part} * table_.place_of(shard).shard_rows;
    while (buffer_.next())
    {
      for (std::size_t c = 0; c < cells_.size(); ++c)
      {
        cells_[c] = {buffer_.narrow(c), buffer_.wide(c), buffer_.valid(c)};
      }
      for (std::size_t row = 0; row < static_cast<std::size_t>(buffer_.rows()); ++row)
      {
        KeyHash const key = key_of(row);
        if (filter_.may_have(key))
        {
          bool const has_version = has(columns_.version(), row);
          bool const has_value = has(columns_.value(), row);
          found_.add(key.bucket(), {key, has_version ? cell(columns_.version(), row) : INT64_MIN,
                                    has_value ? cell(columns_.value(), row) : 0,
                                    first_row + buffer_.stored_row(row), part, has_value ? 1U : 0U});
        }
      }
    }
  }

 private:
  struct Cells
  {
    std::span<std::int32_t const> narrow;
    std::span<std::int64_t const> wide;
    std::span<std::uint8_t const> valid;
  };

  bool has(std::size_t column, std::size_t row) const
  {
    return column != no_column && (cells_[column].valid.empty() || cells_[column].valid[row] != 0);
  }
  std::int64_t cell(std::size_t column, std::size_t row) const
  {
    Cells const& cells = cells_[column];
    return cells.wide.empty() ? cells.narrow[row] : cells.wide[row];
  }

  KeyHash key_of(std::size_t row)
  {
    key_.clear();
    for (std::size_t c = 0; c < columns_.keys(); ++c)
    {
      if (!has(c, row))
      {
        key_.add_missing();
      }
      else if (TableColumn const& column = table_.column(c); column.schema.kind == ColumnKind::code)
      {
        key_.add_text(column.dictionary[static_cast<std::size_t>(cell(c, row))]);
      }
      else
      {
        key_.add_number(cell(c, row));
      }
    }
    return key_.hash();
  }

  TableReader const& table_;
  SearchColumns const& columns_;
  KeyFilter const& filter_;
  Spill<EarlierEntry>& found_;
  ShardBuffer buffer_;
  std::vector<Cells> cells_;
  RecordKey key_;
};

/// Shards that are read, and the parts they belong to.
struct SearchPlan
{
  std::vector<EarlierRows::Part> parts;
  std::vector<std::pair<std::size_t, std::uint32_t>> shards;  ///< and the place of the part in `parts`
};

SearchPlan plan_search(TableReader const& table, OtherVintages const& others,
                       std::vector<std::string> const& vintages, EarlierSearch const& search)
{
  SearchPlan plan;
  std::map<PartKey, PartFate> const fates = parts_of(others.manifests());
  KeyRanges::InTable const ranges(search.ranges, table);
  int known = -1;
  for (std::size_t s = 0; s < table.shards().size(); ++s)
  {
    PartPlace const& place = table.place_of(s);
    bool const is_wanted = std::ranges::find(vintages, place.vintage) != vintages.end();
    if (!is_wanted || !ranges.may_match(s))
    {
      continue;
    }
    if (table.shards()[s].part != known)
    {
      known = table.shards()[s].part;
      PartFate const& fate = fates.at({place.partition, place.vintage, place.part});
      plan.parts.push_back({place.partition,
                            {place.vintage, place.part, fate.part->digest, 0},
                            {fate.part->rows, fate.shard_rows},
                            place.vintage > search.vintage});
    }
    plan.shards.emplace_back(s, static_cast<std::uint32_t>(plan.parts.size() - 1));
  }
  return plan;
}

/// Reads this rank's shards.
void read_shards(Comm const& comm, ThreadTeam& team, Log& log, TableReader const& table,
                 SearchPlan const& plan, std::vector<ShardSearch>& searches)
{
  auto const ranks = static_cast<std::size_t>(comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  std::size_t const mine = (plan.shards.size() + ranks - 1 - rank) / ranks;
  team.each(mine,
            [&](std::size_t number, int thread)
            {
              std::size_t const shard = plan.shards[number * ranks + rank].first;
              searches[static_cast<std::size_t>(thread)].search(shard,
                                                                plan.shards[number * ranks + rank].second);
              log.count(table.shards()[shard].rows, table.packed_bytes_of_shard(shard));
            });
}

}  // namespace

EarlierRows find_earlier(Comm const& comm, ThreadTeam& team, Log& log, OtherVintages const& others,
                         std::vector<std::string> const& vintages, EarlierSearch const& search)
{
  SearchColumns const columns(search.source);
  ReadRequest request;
  request.columns = columns.names();
  request.partitions = partitions_to_read(others, vintages, search.ranges);
  request.threads = team.threads();
  if (request.partitions.empty())
  {
    return {};
  }
  // The delivery comes last, with its columns and without rows: a column that changed is told as a reader
  // would.
  std::vector<Manifest> manifests = others.manifests();
  manifests.push_back({});
  manifests.back().table = search.schema;
  manifests.back().vintage = search.vintage;
  TableReader const table(comm, search.archive, manifests, request);
  SearchPlan plan = comm.all_or_none("search for earlier rows",
                                     [&] { return plan_search(table, others, vintages, search); });
  std::vector<std::unique_ptr<Spill<EarlierEntry>>> spills;
  comm.all_or_none("search for earlier rows",
                   [&]
                   {
                     std::vector<ShardSearch> searches;
                     for (int thread = 0; thread < team.threads(); ++thread)
                     {
                       spills.push_back(std::make_unique<Spill<EarlierEntry>>(
                           search.stage_folder / fmt::format("earlier-{:05}-{:03}", comm.rank(), thread),
                           AppendMode::write, key_buckets));
                       searches.emplace_back(table, columns, search.filter, *spills.back());
                     }
                     read_shards(comm, team, log, table, plan, searches);
                     for (auto const& spill : spills)
                     {
                       spill->finish();
                     }
                   });
  std::vector<SpillFile> finished;
  for (auto const& spill : spills)
  {
    finished.push_back(spill->file());
  }
  return {std::move(plan.parts),
          SpilledBuckets<EarlierEntry>(comm, finished, dealt_in_turn(key_buckets, comm.size()))};
}

}  // namespace tarifa
