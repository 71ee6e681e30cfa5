#include "pipeline/archive/part_file.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/hdf5_items.hpp"

namespace tarifa
{
namespace
{

template <class T>
void expect(T const& found, T const& expected, std::string_view what)
{
  require(found == expected, Fault::storage,
          fmt::format("{} is '{}', but the manifest has '{}'", what, found, expected));
}

}  // namespace

PartFile::PartFile(std::filesystem::path const& path, PartPlace const& place, PartDigest const& expected)
    : path_(path)
{
  try
  {
    load(place, expected);
  }
  catch (Error const& error)
  {
    throw error.within(path.string());
  }
}

void PartFile::load(PartPlace const& place, PartDigest const& expected)
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
  expect(read_number_attribute(root, "rows"), expected.rows, "number of rows");
  expect(read_number_attribute(root, "shard_rows"), place.shard_rows, "number of rows of a shard");
  expect(address_of(root, "index/chunks"), expected.index.chunks, "address of the index");
  expect(address_of(root, "index/dictionaries"), expected.index.dictionaries,
         "address of the index of dictionaries");
  chunk_rows_ = std::min(place.shard_rows, expected.rows);
}

bool PartFile::has(std::string const& group, std::string_view name) const
{
  htri_t const there = H5Lexists(file_.id(), (group + "/" + std::string(name)).c_str(), H5P_DEFAULT);
  hdf5_check(there, path_.string());
  return there > 0;
}

bool PartFile::has_column(std::string_view name) const
{
  return has("columns", name);
}

bool PartFile::has_validity(std::string_view name) const
{
  return has("validity", name);
}

std::vector<std::string> PartFile::dictionary(std::string const& name) const
{
  try
  {
    return read_texts(file_.id(), "dictionaries/" + name);
  }
  catch (Error const& error)
  {
    throw error.within(path_.string());
  }
}

std::int64_t PartFile::dictionary_address(std::string const& name) const
{
  return address_of(file_.id(), "dictionaries/" + name);
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

void PartFile::check_addresses(std::string const& dataset_name, std::span<ChunkEntry const> chunks) const
{
  Hdf5DataSet const dataset(H5Dopen2(file_.id(), dataset_name.c_str(), H5P_DEFAULT),
                            path_.string() + ": " + dataset_name);
  for (std::size_t s = 0; s < chunks.size(); ++s)
  {
    auto const offset = static_cast<hsize_t>(static_cast<std::int64_t>(s) * chunk_rows_);
    unsigned mask = 0;
    haddr_t address = 0;
    hsize_t bytes = 0;
    hdf5_check(H5Dget_chunk_info_by_coord(dataset.id(), &offset, &mask, &address, &bytes),
               fmt::format("{}: shard {}, {}", path_.string(), s, dataset_name));
    if (mask != 0 || static_cast<std::int64_t>(address) != chunks[s].address
        || static_cast<std::int64_t>(bytes) != chunks[s].bytes)
    {
      fail(fmt::format("shard {}, {}: HDF5 finds the chunk at {} with {} bytes, the index at {} with {}", s,
                       dataset_name, address, bytes, chunks[s].address, chunks[s].bytes));
    }
  }
}

void PartFile::fail(std::string_view what) const
{
  throw Error(Fault::storage, fmt::format("{}: {}", path_.string(), what));
}

}  // namespace tarifa
