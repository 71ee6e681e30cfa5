#include "pipeline/archive/hdf5_items.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "pipeline/archive/durable_file.hpp"

namespace tarifa
{
namespace
{

Hdf5Type text_type(std::size_t length)
{
  Hdf5Type type(H5Tcopy(H5T_C_S1), "text type");
  hdf5_check(H5Tset_size(type.id(), std::max<std::size_t>(length, 1)), "text type");
  hdf5_check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "text type");
  hdf5_check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "text type");
  return type;
}

/// Plain dataset: contiguous, no fill value.
Hdf5DataSet make_dataset(hid_t where, std::string const& name, hid_t type, std::span<hsize_t const> shape)
{
  Hdf5Space const space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), name);
  Hdf5Properties const properties = timeless(H5P_DATASET_CREATE);
  hdf5_check(H5Pset_fill_value(properties.id(), type, nullptr), name);
  hdf5_check(H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER), name);
  return {H5Dcreate2(where, name.c_str(), type, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), name};
}

std::int64_t address_of(Hdf5DataSet const& dataset)
{
  haddr_t const address = H5Dget_offset(dataset.id());
  return address == HADDR_UNDEF ? 0 : static_cast<std::int64_t>(address);
}

/// Trailing padding off.
std::string unpadded(char const* text, std::size_t length)
{
  while (length > 0 && text[length - 1] == '\0')
  {
    --length;
  }
  return {text, length};
}

struct TextShape
{
  std::size_t count, length;
};

/// Checks that a dataset or attribute holds fixed-length text before memory is taken for it.
TextShape text_shape(hid_t type, hid_t space, std::uint64_t room, std::string const& name)
{
  require(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0, Fault::storage,
          name + ": is not fixed-length text");
  hssize_t const count = H5Sget_simple_extent_npoints(space);
  std::size_t const length = H5Tget_size(type);
  require(count >= 0 && length > 0 && static_cast<std::uint64_t>(count) <= room / length, Fault::storage,
          name + ": is larger than the file");
  return {static_cast<std::size_t>(count), length};
}

}  // namespace

Hdf5Properties timeless(hid_t of)
{
  Hdf5Properties properties(H5Pcreate(of), "creation properties");
  hdf5_check(H5Pset_obj_track_times(properties.id(), false), "creation properties");
  return properties;
}

hid_t hdf5_type_of(Storage storage)
{
  switch (storage)
  {
    case Storage::u8:
      return H5T_STD_U8LE;
    case Storage::u16:
      return H5T_STD_U16LE;
    case Storage::u32:
      return H5T_STD_U32LE;
    case Storage::i32:
      return H5T_STD_I32LE;
    case Storage::i64:
      return H5T_STD_I64LE;
  }
  throw Error(Fault::internal, "unknown storage");
}

Storage storage_of_dataset(hid_t dataset)
{
  Hdf5Type const type(H5Dget_type(dataset), "type of a dataset");
  for (Storage const storage : {Storage::u8, Storage::u16, Storage::u32, Storage::i32, Storage::i64})
  {
    if (H5Tequal(type.id(), hdf5_type_of(storage)) > 0)
    {
      return storage;
    }
  }
  throw Error(Fault::storage, "the type of the dataset is none of u8, u16, u32, i32, i64 little-endian");
}

Hdf5Group make_group(hid_t where, std::string const& name)
{
  Hdf5Properties const properties = timeless(H5P_GROUP_CREATE);
  return {H5Gcreate2(where, name.c_str(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), name};
}

void write_attribute(hid_t owner, std::string const& name, std::string_view text)
{
  Hdf5Type const type = text_type(text.size());
  Hdf5Space const space(H5Screate(H5S_SCALAR), name);
  Hdf5Attribute const attribute(
      H5Acreate2(owner, name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), name);
  hdf5_check(H5Awrite(attribute.id(), type.id(), std::string(text).c_str()), name);
}

void write_attribute(hid_t owner, std::string const& name, std::int64_t value)
{
  Hdf5Space const space(H5Screate(H5S_SCALAR), name);
  Hdf5Attribute const attribute(
      H5Acreate2(owner, name.c_str(), H5T_STD_I64LE, space.id(), H5P_DEFAULT, H5P_DEFAULT), name);
  hdf5_check(H5Awrite(attribute.id(), H5T_NATIVE_INT64, &value), name);
}

std::string read_text_attribute(hid_t owner, std::string const& name)
{
  Hdf5Attribute const attribute(H5Aopen(owner, name.c_str(), H5P_DEFAULT), "attribute " + name);
  Hdf5Type const type(H5Aget_type(attribute.id()), name);
  Hdf5Space const space(H5Aget_space(attribute.id()), name);
  TextShape const shape = text_shape(type.id(), space.id(), 1U << 20U, "attribute " + name);
  require(shape.count == 1, Fault::storage, "attribute " + name + ": is not one text");
  std::string text(shape.length, '\0');
  hdf5_check(H5Aread(attribute.id(), type.id(), text.data()), "attribute " + name);
  return unpadded(text.data(), text.size());
}

std::int64_t read_number_attribute(hid_t owner, std::string const& name)
{
  Hdf5Attribute const attribute(H5Aopen(owner, name.c_str(), H5P_DEFAULT), "attribute " + name);
  Hdf5Space const space(H5Aget_space(attribute.id()), name);
  require(H5Sget_simple_extent_npoints(space.id()) == 1, Fault::storage,
          "attribute " + name + ": is not one number");
  std::int64_t value = 0;
  hdf5_check(H5Aread(attribute.id(), H5T_NATIVE_INT64, &value), "attribute " + name);
  return value;
}

TextPlace write_texts(hid_t where, std::string const& name, std::span<std::string_view const> texts)
{
  std::size_t length = 1;
  for (std::string_view const text : texts)
  {
    length = std::max(length, text.size());
  }
  Hdf5Type const type = text_type(length);
  std::array const shape = {static_cast<hsize_t>(texts.size())};
  Hdf5DataSet const dataset = make_dataset(where, name, type.id(), shape);
  std::string padded(texts.size() * length, '\0');
  for (std::size_t i = 0; i < texts.size(); ++i)
  {
    texts[i].copy(padded.data() + i * length, length);
  }
  if (!texts.empty())
  {
    hdf5_check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()), name);
  }
  return {address_of(dataset), static_cast<std::int64_t>(texts.size()), static_cast<std::int64_t>(length),
          checksum_of(padded)};
}

std::vector<std::string> read_texts(hid_t where, std::string const& name)
{
  Hdf5DataSet const dataset(H5Dopen2(where, name.c_str(), H5P_DEFAULT), name);
  Hdf5Type const type(H5Dget_type(dataset.id()), name);
  Hdf5Space const space(H5Dget_space(dataset.id()), name);
  TextShape const shape = text_shape(type.id(), space.id(), H5Dget_storage_size(dataset.id()), name);
  std::vector<std::string> texts(shape.count);
  if (texts.empty())
  {
    return texts;
  }
  std::string padded(shape.count * shape.length, '\0');
  hdf5_check(H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()), name);
  for (std::size_t i = 0; i < texts.size(); ++i)
  {
    texts[i] = unpadded(padded.data() + i * shape.length, shape.length);
  }
  return texts;
}

std::int64_t write_numbers(hid_t where, std::string const& name, std::span<std::int64_t const> numbers,
                           std::span<hsize_t const> shape)
{
  Hdf5DataSet const dataset = make_dataset(where, name, H5T_STD_I64LE, shape);
  if (!numbers.empty())
  {
    hdf5_check(H5Dwrite(dataset.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()), name);
  }
  return address_of(dataset);
}

std::int64_t address_of(hid_t where, std::string const& name)
{
  return address_of(Hdf5DataSet(H5Dopen2(where, name.c_str(), H5P_DEFAULT), name));
}

Hdf5DataSet make_column(hid_t where, std::string const& name, Storage storage, std::int64_t rows,
                        std::int64_t chunk_rows)
{
  hid_t const type = hdf5_type_of(storage);
  auto const extent = static_cast<hsize_t>(rows);
  auto const chunk = static_cast<hsize_t>(std::max<std::int64_t>(chunk_rows, 1));
  Hdf5Space const space(H5Screate_simple(1, &extent, nullptr), name);
  Hdf5Properties const properties = timeless(H5P_DATASET_CREATE);
  hdf5_check(H5Pset_chunk(properties.id(), 1, &chunk), name);
  // With a fill value the scale-offset filter gives the largest difference of a chunk a second meaning.
  hdf5_check(H5Pset_fill_value(properties.id(), type, nullptr), name);
  hdf5_check(H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER), name);
  hdf5_check(H5Pset_scaleoffset(properties.id(), H5Z_SO_INT, 0), name);
  hdf5_check(H5Pset_fletcher32(properties.id()), name);
  return {H5Dcreate2(where, name.c_str(), type, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), name};
}

}  // namespace tarifa
