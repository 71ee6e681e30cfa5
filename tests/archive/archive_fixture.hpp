#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/part_writer.hpp"

namespace tarifa::testing
{

/// A folder of its own that goes away with the test.
class ScratchFolder
{
 public:
  explicit ScratchFolder(std::string const& name)
      : path_(std::filesystem::temp_directory_path() / fmt::format("tarifa_{}_{}", name, ::getpid()))
  {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder()
  {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(ScratchFolder const&) = delete;
  ScratchFolder& operator=(ScratchFolder const&) = delete;
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One column as plain cells: the truth the archive is compared with. Codes index `dictionary`.
struct PlainColumn
{
  ColumnSchema schema;
  std::vector<std::int64_t> values;
  std::vector<std::uint8_t> valid;  ///< empty = none missing
  std::vector<std::string> dictionary;
};

struct PlainPartition
{
  std::string name;
  std::int64_t rows = 0;
  std::vector<PlainColumn> columns;
};

inline ColumnSchema schema_of(std::string name, ColumnKind kind, int scale = 0, int digits = 0,
                              std::string unit = "")
{
  ColumnSchema schema;
  schema.name = std::move(name);
  schema.kind = kind;
  schema.scale = scale;
  schema.digits = digits;
  schema.unit = std::move(unit);
  schema.title = "title of " + schema.name;
  return schema;
}

/// A column of every kind, with and without missing cells; `code_count` texts whose set differs with the
/// seed.
inline PlainPartition random_partition(std::string name, std::int64_t rows, unsigned seed,
                                       int code_count = 300)
{
  std::mt19937_64 random(seed);
  auto const n = static_cast<std::size_t>(rows);
  PlainPartition part{std::move(name), rows, {}};
  auto const add = [&](ColumnSchema schema, std::int64_t least, std::int64_t most, double missing_share)
  {
    PlainColumn column{std::move(schema), {}, {}, {}};
    std::uniform_int_distribution<std::int64_t> any(least, most);
    for (std::size_t i = 0; i < n; ++i)
    {
      column.values.push_back(any(random));
    }
    if (missing_share > 0)
    {
      std::bernoulli_distribution missing(missing_share);
      for (std::size_t i = 0; i < n; ++i)
      {
        column.valid.push_back(missing(random) ? 0 : 1);
      }
    }
    part.columns.push_back(std::move(column));
  };
  add(schema_of("period", ColumnKind::integer), 201001, 201012, 0);
  add(schema_of("value", ColumnKind::decimal, 3, 0, "USD"), -5, std::int64_t{1} << 40, 0.2);
  add(schema_of("net_weight", ColumnKind::decimal, 3, 0, "kg"), INT64_MIN, INT64_MAX, 0);
  add(schema_of("hs6", ColumnKind::hs, 0, 6), 10110, 970600, 0.05);
  add(schema_of("tariff_line", ColumnKind::hs, 0, 10), 101100000, 9706000000, 0);
  add(schema_of("day", ColumnKind::date), -40000, 20000, 1);
  add(schema_of("partner", ColumnKind::code), 0, code_count - 1, 0.1);
  add(schema_of("office", ColumnKind::code), 0, 2, 0);
  for (PlainColumn& column : part.columns)
  {
    std::int64_t const codes = column.schema.name == "partner" ? code_count : 3;
    for (std::int64_t i = 0; column.schema.kind == ColumnKind::code && i < codes; ++i)
    {
      column.dictionary.push_back(fmt::format("{}-{:05}-\u00fc", column.schema.name, i * 7 + seed % 5));
    }
  }
  return part;
}

/// Packs cells into a chunk of `chunk_rows`; no flags when none is missing.
inline PackedColumn packed_cells(std::span<std::int64_t const> values, std::span<std::uint8_t const> valid,
                                 std::int64_t chunk_rows, Storage storage)
{
  std::vector<std::int64_t> cells(values.begin(), values.end());
  cells.resize(static_cast<std::size_t>(chunk_rows), 12345);
  PackedColumn packed;
  pack_column(std::span(cells), values.size(), valid, storage, packed);
  return packed;
}

/// Writes one part of a partition, rows [first, first + info.rows).
inline PartDigest write_part(std::filesystem::path const& folder, PartInfo info, PlainPartition const& plain,
                             std::int64_t first)
{
  auto const cut = [&](auto const& cells, std::int64_t shard)
  {
    using Cell = typename std::decay_t<decltype(cells)>::value_type;
    return cells.empty() ? std::span<Cell const>{}
                         : std::span<Cell const>(cells).subspan(
                             static_cast<std::size_t>(first + shard * info.shard_rows),
                             static_cast<std::size_t>(info.rows_of(shard)));
  };
  std::vector<std::vector<std::string_view>> dictionaries;
  for (PlainColumn const& column : plain.columns)
  {
    bool const has_missing = std::find(column.valid.begin(), column.valid.end(), 0) != column.valid.end();
    dictionaries.emplace_back(column.dictionary.begin(), column.dictionary.end());
    info.columns.push_back({column.schema, storage_of(column.schema.kind, column.dictionary.size()),
                            has_missing, dictionaries.back()});
  }
  PartWriter writer(folder, info);
  for (std::int64_t shard = 0; shard < info.shards(); ++shard)
  {
    std::vector<PackedColumn> packed;
    for (std::size_t c = 0; c < plain.columns.size(); ++c)
    {
      packed.push_back(packed_cells(cut(plain.columns[c].values, shard), cut(plain.columns[c].valid, shard),
                                    info.chunk_rows(), info.columns[c].storage));
    }
    for (std::size_t c = 0; c < plain.columns.size(); ++c)
    {
      if (info.columns[c].has_missing)
      {
        pack_validity(cut(plain.columns[c].valid, shard), static_cast<std::size_t>(info.rows_of(shard)),
                      static_cast<std::size_t>(info.chunk_rows()), packed.emplace_back());
      }
    }
    writer.write_shard(shard, packed);
  }
  return writer.commit();
}

/// Writes a vintage of a table as ingest would: parts of 64 shards, then the manifest.
inline Manifest write_vintage(std::filesystem::path const& archive, std::string const& table,
                              std::string const& vintage, std::vector<PlainPartition> const& partitions,
                              std::int64_t shard_rows)
{
  Manifest manifest;
  manifest.table.table = table;
  manifest.vintage = vintage;
  manifest.shard_rows = shard_rows;
  for (PlainColumn const& column : partitions.front().columns)
  {
    manifest.table.columns.push_back(column.schema);
  }
  std::int64_t const part_rows = shard_rows * shards_per_part;
  for (PlainPartition const& plain : partitions)
  {
    Manifest::Partition partition{plain.name, plain.rows, {}};
    for (std::int64_t first = 0; first == 0 || first < plain.rows; first += part_rows)
    {
      PartInfo info;
      info.table = table;
      info.partition = plain.name;
      info.vintage = vintage;
      info.part = static_cast<int>(first / part_rows);
      info.rows = std::min(part_rows, plain.rows - first);
      info.shard_rows = shard_rows;
      partition.parts.push_back(
          write_part(part_folder(archive, table, plain.name, vintage), info, plain, first));
    }
    manifest.partitions.push_back(std::move(partition));
  }
  manifest.sources.push_back({"delivery.csv", std::string(32, 'a'), 12345, manifest.rows()});
  write_manifest(manifest_path(archive, manifest.table.table, manifest.vintage), manifest);
  return manifest;
}

/// Rows of one earlier part.
struct RowsOfPart
{
  std::string vintage;
  int part = 0;
  std::vector<std::int64_t> rows;
};

/// Has a vintage that is written already replace rows of earlier ones, as ingest would.
inline void supersede(std::filesystem::path const& archive, std::string const& table,
                      std::string const& vintage, std::string const& partition,
                      std::vector<RowsOfPart> const& parts)
{
  Manifest manifest = read_manifest(archive, table, vintage);
  SupersededWriter writer(part_folder(archive, table, partition, vintage), {table, partition, vintage});
  for (RowsOfPart const& one : parts)
  {
    std::vector<Manifest> earlier = {read_manifest(archive, table, one.vintage)};
    earlier.front().superseded.clear();  // the vintages it names are not looked at
    PartFate const fate = parts_of(earlier).at({partition, one.vintage, one.part});
    RowFlags flags(fate.part->rows);
    for (std::int64_t const row : one.rows)
    {
      flags.set(row);
    }
    writer.add({one.vintage, one.part, fate.part->digest, 0}, fate.shard_rows, flags);
  }
  manifest.superseded.push_back(writer.commit());
  write_manifest(manifest_path(archive, table, vintage), manifest);
}

/// What is left of a partition without these rows.
inline PlainPartition without(PlainPartition const& plain, std::vector<std::int64_t> const& rows)
{
  PlainPartition left{plain.name, plain.rows - static_cast<std::int64_t>(rows.size()), {}};
  std::vector<bool> is_left(static_cast<std::size_t>(plain.rows), true);
  for (std::int64_t const row : rows)
  {
    is_left[static_cast<std::size_t>(row)] = false;
  }
  for (PlainColumn const& column : plain.columns)
  {
    PlainColumn& to = left.columns.emplace_back(PlainColumn{column.schema, {}, {}, column.dictionary});
    for (std::size_t row = 0; row < is_left.size(); ++row)
    {
      if (is_left[row])
      {
        to.values.push_back(column.values[row]);
        if (!column.valid.empty())
        {
          to.valid.push_back(column.valid[row]);
        }
      }
    }
  }
  return left;
}

}  // namespace tarifa::testing
