#include "pipeline/archive/part_file.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/hdf5_items.hpp"

namespace tarifa
{
namespace
{

/// [bytes] head and checksum of a chunk: less is no chunk.
constexpr std::int64_t least_chunk = 4 + 1 + 8 + 8 + 1 + 4;

template <class T>
void expect(T const& found, T const& expected, std::string_view what)
{
  require(found == expected, Fault::storage,
          fmt::format("{} is '{}', but the manifest has '{}'", what, found, expected));
}

}  // namespace

PartFile::PartFile(std::filesystem::path const& path, Place const& place, PartDigest const& expected)
    : path_(path)
{
  std::error_code failed;
  auto const size = std::filesystem::file_size(path, failed);
  require(!failed, Fault::storage, fmt::format("{}: {}", path.string(), failed.message()));
  bytes_ = static_cast<std::int64_t>(size);
  require(bytes_ == expected.bytes, Fault::storage,
          fmt::format("{}: has {} bytes, but the manifest has {}", path.string(), bytes_, expected.bytes));
  try
  {
    load(place, expected);
  }
  catch (Error const& error)
  {
    throw error.within(path.string());
  }
}

void PartFile::load(Place const& place, PartDigest const& expected)
{
  Hdf5Properties const access = serial_access();
  file_ = Hdf5File(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.id()), "opening it");
  hid_t const root = file_.id();
  expect<std::int64_t>(read_number_attribute(root, "tarifa_schema_version"), archive_schema_version,
                       "schema version");
  expect(read_text_attribute(root, "table"), place.table, "table");
  expect(read_text_attribute(root, "partition"), place.partition, "partition");
  expect(read_text_attribute(root, "vintage"), place.vintage, "vintage");
  expect<std::int64_t>(read_number_attribute(root, "part"), place.part, "part");
  rows_ = read_number_attribute(root, "rows");
  shard_rows_ = read_number_attribute(root, "shard_rows");
  expect(rows_, expected.rows, "number of rows");
  expect(shard_rows_, place.shard_rows, "number of rows of a shard");
  shards_ = (rows_ + shard_rows_ - 1) / shard_rows_;
  names_ = read_texts(root, "index/names");
  auto const shards = static_cast<std::size_t>(shards_);
  address_ = read_table(root, "index/address", names_.size(), shards);
  chunk_bytes_ = read_table(root, "index/bytes", names_.size(), shards);
  minimum_ = read_table(root, "index/minimum", names_.size(), shards);
  maximum_ = read_table(root, "index/maximum", names_.size(), shards);
  missing_ = read_table(root, "index/missing", names_.size(), shards);
}

std::int64_t PartFile::rows_of(std::int64_t shard) const noexcept
{
  return std::min(shard_rows_, rows_ - shard * shard_rows_);
}

std::int64_t PartFile::chunk_rows() const noexcept
{
  return std::min(shard_rows_, rows_);
}

std::size_t PartFile::row_of(std::string const& dataset) const
{
  return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), dataset) - names_.begin());
}

bool PartFile::has_column(std::string_view name) const
{
  return row_of("columns/" + std::string(name)) < names_.size();
}

bool PartFile::has_validity(std::string_view name) const
{
  return row_of("validity/" + std::string(name)) < names_.size();
}

std::vector<ChunkEntry> PartFile::column_chunks(std::string_view name, Storage storage) const
{
  return chunks("columns/" + std::string(name), storage);
}

std::vector<ChunkEntry> PartFile::validity_chunks(std::string_view name) const
{
  return chunks("validity/" + std::string(name), Storage::u8);
}

std::vector<ChunkEntry> PartFile::chunks(std::string const& dataset, Storage storage) const
{
  std::size_t const row = row_of(dataset);
  if (row == names_.size())
  {
    fail(fmt::format("the index has no {}", dataset));
  }
  auto const most = static_cast<std::int64_t>(packed_bound(static_cast<std::size_t>(chunk_rows()), storage));
  std::vector<ChunkEntry> entries(static_cast<std::size_t>(shards_));
  for (std::size_t s = 0; s < entries.size(); ++s)
  {
    std::size_t const i = row * entries.size() + s;
    ChunkEntry const entry{address_[i], chunk_bytes_[i], {minimum_[i], maximum_[i], missing_[i]}};
    bool const inside = entry.address > 0 && entry.bytes >= least_chunk && entry.bytes <= most
                        && entry.address <= bytes_ - entry.bytes;
    bool const possible = entry.facts.minimum <= entry.facts.maximum && entry.facts.missing >= 0
                          && entry.facts.missing <= rows_of(static_cast<std::int64_t>(s));
    if (!inside || !possible)
    {
      fail(fmt::format(
          "shard {}, {}: the index is damaged (address {}, bytes {}, minimum {}, maximum {}, missing {})", s,
          dataset, entry.address, entry.bytes, entry.facts.minimum, entry.facts.maximum,
          entry.facts.missing));
    }
    entries[s] = entry;
  }
  return entries;
}

std::vector<std::string> PartFile::dictionary(std::string const& name) const
{
  std::vector<std::string> texts;
  try
  {
    texts = read_texts(file_.id(), "dictionaries/" + name);
  }
  catch (Error const& error)
  {
    throw error.within(path_.string());
  }
  if (std::adjacent_find(texts.begin(), texts.end(), std::greater_equal<>()) != texts.end())
  {
    fail(fmt::format("dictionary of column {} is not sorted or has repeats", name));
  }
  return texts;
}

ColumnSchema PartFile::column_schema(std::string const& name) const
{
  Hdf5DataSet const dataset(H5Dopen2(file_.id(), ("columns/" + name).c_str(), H5P_DEFAULT),
                            path_.string() + ": columns/" + name);
  ColumnSchema schema;
  schema.name = name;
  schema.kind = column_kind(read_text_attribute(dataset.id(), "kind"));
  schema.unit = read_text_attribute(dataset.id(), "unit");
  schema.title = read_text_attribute(dataset.id(), "title");
  schema.scale = static_cast<int>(read_number_attribute(dataset.id(), "scale"));
  schema.digits = static_cast<int>(read_number_attribute(dataset.id(), "digits"));
  return schema;
}

Storage PartFile::column_storage(std::string const& name) const
{
  Hdf5DataSet const dataset(H5Dopen2(file_.id(), ("columns/" + name).c_str(), H5P_DEFAULT),
                            path_.string() + ": columns/" + name);
  Storage const storage = storage_of_dataset(dataset.id());
  std::string const noted = read_text_attribute(dataset.id(), "storage");
  if (noted != name_of(storage))
  {
    fail(fmt::format("column {} is stored as {} but says {}", name, name_of(storage), noted));
  }
  return storage;
}

void PartFile::check_addresses(std::string const& dataset_name) const
{
  std::size_t const row = row_of(dataset_name);
  Hdf5DataSet const dataset(H5Dopen2(file_.id(), dataset_name.c_str(), H5P_DEFAULT),
                            path_.string() + ": " + dataset_name);
  for (std::int64_t s = 0; s < shards_; ++s)
  {
    auto const offset = static_cast<hsize_t>(s * chunk_rows());
    unsigned mask = 0;
    haddr_t address = 0;
    hsize_t bytes = 0;
    hdf5_check(H5Dget_chunk_info_by_coord(dataset.id(), &offset, &mask, &address, &bytes),
               fmt::format("{}: shard {}, {}", path_.string(), s, dataset_name));
    std::size_t const i = row * static_cast<std::size_t>(shards_) + static_cast<std::size_t>(s);
    if (mask != 0 || static_cast<std::int64_t>(address) != address_[i]
        || static_cast<std::int64_t>(bytes) != chunk_bytes_[i])
    {
      fail(fmt::format("shard {}, {}: HDF5 finds the chunk at {} with {} bytes, the index at {} with {}", s,
                       dataset_name, address, bytes, address_[i], chunk_bytes_[i]));
    }
  }
}

void PartFile::fail(std::string_view what) const
{
  throw Error(Fault::storage, fmt::format("{}: {}", path_.string(), what));
}

}  // namespace tarifa
