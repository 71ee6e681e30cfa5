#include "pipeline/archive/part_writer.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/hdf5_items.hpp"
#include "pipeline/archive/hdf5_output.hpp"
#include "pipeline/archive/part_index.hpp"

namespace tarifa
{
namespace
{

void check(PartInfo const& info)
{
  require_plain_name(info.table, "table");
  require_plain_name(info.partition, "partition");
  require_plain_name(info.vintage, "vintage");
  require(info.rows >= 0 && info.shard_rows > 0 && info.part >= 0 && info.shards() <= shards_per_part,
          Fault::internal,
          fmt::format("part {} cannot have {} rows in shards of {}: at most {} shards", info.part, info.rows,
                      info.shard_rows, shards_per_part));
  for (PartColumn const& column : info.columns)
  {
    require_plain_name(column.schema.name, "column");
    auto const bad =
        std::adjacent_find(column.dictionary.begin(), column.dictionary.end(), std::greater_equal<>());
    require(bad == column.dictionary.end(), Fault::internal,
            fmt::format("dictionary of column {} is not sorted or has repeats", column.schema.name));
  }
}

Hdf5DataSet make_described_column(hid_t group, PartColumn const& column, PartInfo const& info)
{
  ColumnSchema const& schema = column.schema;
  Hdf5DataSet dataset = make_column(group, schema.name, column.storage, info.rows, info.chunk_rows());
  write_attribute(dataset.id(), "kind", name_of(schema.kind));
  write_attribute(dataset.id(), "unit", schema.unit);
  write_attribute(dataset.id(), "scale", std::int64_t{schema.scale});
  write_attribute(dataset.id(), "digits", std::int64_t{schema.digits});
  write_attribute(dataset.id(), "title", schema.title);
  write_attribute(dataset.id(), "storage", name_of(column.storage));
  return dataset;
}

}  // namespace

std::int64_t PartInfo::rows_of(std::int64_t shard) const
{
  return std::min(shard_rows, rows - shard * shard_rows);
}

struct PartWriter::File
{
  explicit File(std::filesystem::path const& folder, PartInfo part)
      : info(std::move(part))
      , output(folder / part_file_name(info.part))
  {
  }
  ~File();
  File(File const&) = delete;
  File& operator=(File const&) = delete;
  void describe(hid_t root);
  void write_index(hid_t root);
  std::pair<std::int64_t, std::int64_t> chunk(std::size_t dataset, std::size_t shard) const;
  PartDigest digest() const;

  PartInfo info;
  Hdf5Output output;
  std::vector<Hdf5DataSet> datasets;            ///< columns, then validity
  std::vector<std::string> names;               ///< of the datasets, within the file
  std::vector<std::vector<ColumnFacts>> facts;  ///< [datasets][shards]
  std::vector<TextPlace> texts;                 ///< [columns]
  PartDigest::Index index;
  std::int64_t next_shard = 0;
};

PartWriter::File::~File()
{
  output.give_up();
  std::scoped_lock const lock(hdf5_mutex());
  datasets.clear();
}

/// Attributes, datasets and dictionaries.
void PartWriter::File::describe(hid_t root)
{
  write_attribute(root, "tarifa_schema_version", std::int64_t{archive_schema_version});
  write_attribute(root, "table", info.table);
  write_attribute(root, "partition", info.partition);
  write_attribute(root, "vintage", info.vintage);
  write_attribute(root, "part", std::int64_t{info.part});
  write_attribute(root, "rows", info.rows);
  write_attribute(root, "shard_rows", info.shard_rows);

  Hdf5Group const columns = make_group(root, "columns");
  Hdf5Group const validity = make_group(root, "validity");
  Hdf5Group const dictionaries = make_group(root, "dictionaries");
  for (PartColumn const& column : info.columns)
  {
    datasets.push_back(make_described_column(columns.id(), column, info));
    names.push_back("columns/" + column.schema.name);
    texts.emplace_back();
    if (column.schema.kind == ColumnKind::code)
    {
      texts.back() = write_texts(dictionaries.id(), column.schema.name, column.dictionary);
    }
  }
  for (PartColumn& column : info.columns)
  {
    column.dictionary = {};  // belongs to the caller, who may let go of it now
    if (column.has_missing)
    {
      datasets.push_back(
          make_column(validity.id(), column.schema.name, Storage::u8, info.rows, info.chunk_rows()));
      names.push_back("validity/" + column.schema.name);
    }
  }
  facts.resize(datasets.size());
}

/// Address and length of the chunk of one shard.
std::pair<std::int64_t, std::int64_t> PartWriter::File::chunk(std::size_t dataset, std::size_t shard) const
{
  auto const offset = static_cast<hsize_t>(static_cast<std::int64_t>(shard) * info.chunk_rows());
  unsigned mask = 0;
  haddr_t at = 0;
  hsize_t size = 0;
  hdf5_check(H5Dget_chunk_info_by_coord(datasets[dataset].id(), &offset, &mask, &at, &size), names[dataset]);
  return {static_cast<std::int64_t>(at), static_cast<std::int64_t>(size)};
}

void PartWriter::File::write_index(hid_t root)
{
  auto const shards = static_cast<std::size_t>(info.shards());
  std::size_t const columns = info.columns.size();
  std::vector<IndexEntry> entries(columns * shards);
  std::vector<std::string_view> column_names;
  std::size_t validity = columns;
  for (std::size_t c = 0; c < columns; ++c)
  {
    column_names.push_back(info.columns[c].schema.name);
    for (std::size_t s = 0; s < shards; ++s)
    {
      IndexEntry& entry = entries[c * shards + s];
      std::tie(entry.address, entry.bytes) = chunk(c, s);
      entry.minimum = facts[c][s].minimum;
      entry.maximum = facts[c][s].maximum;
      entry.missing = facts[c][s].missing;
      if (info.columns[c].has_missing)
      {
        std::tie(entry.validity_address, entry.validity_bytes) = chunk(validity, s);
      }
    }
    validity += info.columns[c].has_missing ? 1 : 0;
  }
  Hdf5Group const group = make_group(root, "index");
  write_texts(group.id(), "columns", column_names);
  std::string content;
  auto const write = [&](std::string const& name, auto const& rows, std::span<hsize_t const> shape)
  {
    std::size_t const count = rows.size() * sizeof rows[0] / sizeof(std::int64_t);
    content.append(reinterpret_cast<char const*>(rows.data()), count * sizeof(std::int64_t));
    return write_numbers(group.id(), name, {reinterpret_cast<std::int64_t const*>(rows.data()), count},
                         shape);
  };
  index.chunks = write("chunks", entries, std::array<hsize_t, 3>{columns, shards, index_numbers});
  index.dictionaries = write("dictionaries", texts, std::array<hsize_t, 2>{columns, dictionary_numbers});
  index.digest = digest_of_text(content);
}

PartDigest PartWriter::File::digest() const
{
  FileDigest const content = digest_of(output.path());
  PartDigest part{output.path().filename().string(), info.rows, content.bytes, content.hex, {}, index};
  for (std::size_t c = 0; c < info.columns.size(); ++c)
  {
    ColumnFacts all;
    std::int64_t rows = 0;
    for (std::int64_t s = 0; s < info.shards(); ++s)
    {
      all = joined(all, rows, facts[c][static_cast<std::size_t>(s)], info.rows_of(s));
      rows += info.rows_of(s);
    }
    part.columns.push_back({info.columns[c].schema.name, info.columns[c].storage, all});
  }
  return part;
}

PartWriter::PartWriter(std::filesystem::path const& folder, PartInfo info)
{
  check(info);
  make_folders(folder);
  auto file = std::make_unique<File>(folder, std::move(info));
  file->output.write([&](hid_t root) { file->describe(root); });
  file_ = std::move(file);
}

PartWriter::~PartWriter() = default;

void PartWriter::write_shard(std::int64_t shard, std::span<PackedColumn const> packed)
{
  File& file = *file_;
  require(shard == file.next_shard && shard < file.info.shards() && packed.size() == file.datasets.size(),
          Fault::internal,
          fmt::format("{}: shard {} with {} chunks where shard {} of {} with {} chunks is next",
                      file.output.path().string(), shard, packed.size(), file.next_shard, file.info.shards(),
                      file.datasets.size()));
  auto const offset = static_cast<hsize_t>(shard * file.info.chunk_rows());
  file.output.write(
      [&](hid_t)
      {
        for (std::size_t d = 0; d < packed.size(); ++d)
        {
          hdf5_check(H5Dwrite_chunk(file.datasets[d].id(), H5P_DEFAULT, 0, &offset, packed[d].size,
                                    packed[d].bytes().data()),
                     fmt::format("shard {}, {}", shard, file.names[d]));
          file.facts[d].push_back(packed[d].facts);
        }
      });
  ++file.next_shard;
}

PartDigest PartWriter::commit()
{
  File& file = *file_;
  require(file.next_shard == file.info.shards(), Fault::internal,
          fmt::format("{}: {} of {} shards were written", file.output.path().string(), file.next_shard,
                      file.info.shards()));
  file.output.write(
      [&](hid_t root)
      {
        file.write_index(root);
        file.datasets.clear();
      });
  file.output.publish();
  PartDigest digest = file.digest();
  file_.reset();
  return digest;
}

}  // namespace tarifa
