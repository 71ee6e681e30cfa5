#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <hdf5.h>

#include "pipeline/archive/chunk_codec.hpp"

/// The HDF5 library as oracle of the chunk codec: files live in memory only.
namespace tarifa::test
{

template <class T>
struct StorageOf;
template <>
struct StorageOf<std::uint8_t>
{
  static constexpr Storage value = Storage::u8;
  static hid_t type() { return H5T_STD_U8LE; }
};
template <>
struct StorageOf<std::uint16_t>
{
  static constexpr Storage value = Storage::u16;
  static hid_t type() { return H5T_STD_U16LE; }
};
template <>
struct StorageOf<std::uint32_t>
{
  static constexpr Storage value = Storage::u32;
  static hid_t type() { return H5T_STD_U32LE; }
};
template <>
struct StorageOf<std::int32_t>
{
  static constexpr Storage value = Storage::i32;
  static hid_t type() { return H5T_STD_I32LE; }
};
template <>
struct StorageOf<std::int64_t>
{
  static constexpr Storage value = Storage::i64;
  static hid_t type() { return H5T_STD_I64LE; }
};

inline hid_t checked(hid_t id)
{
  if (id < 0)
  {
    throw std::runtime_error("HDF5 call failed in the test's oracle");
  }
  return id;
}

enum class Filters
{
  archive,   ///< scale-offset + Fletcher32
  checksum,  ///< Fletcher32 only
};

/// One dataset of one chunk in a file in memory.
class LibraryChunk
{
 public:
  LibraryChunk(hid_t type, std::size_t values, Filters filters = Filters::archive)
  {
    hid_t const access = checked(H5Pcreate(H5P_FILE_ACCESS));
    checked(H5Pset_fapl_core(access, 1 << 16, 0));
    checked(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
    // Two files open at a time need two names, though neither reaches the disk.
    std::string const name = "oracle" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".h5";
    file_ = checked(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
    H5Pclose(access);
    hsize_t const size = values;
    hid_t const creation = checked(H5Pcreate(H5P_DATASET_CREATE));
    checked(H5Pset_chunk(creation, 1, &size));
    checked(H5Pset_fill_value(creation, type, nullptr));
    if (filters == Filters::archive)
    {
      checked(H5Pset_scaleoffset(creation, H5Z_SO_INT, 0));
    }
    checked(H5Pset_fletcher32(creation));
    hid_t const space = checked(H5Screate_simple(1, &size, nullptr));
    dataset_ = checked(H5Dcreate2(file_, "column", type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(creation);
  }
  LibraryChunk(LibraryChunk const&) = delete;
  LibraryChunk& operator=(LibraryChunk const&) = delete;
  ~LibraryChunk() { H5Fclose(file_); }

  template <class T>
  std::vector<std::byte> bytes_of(std::span<T const> values) const
  {
    checked(H5Dwrite(dataset_, StorageOf<T>::type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
    checked(H5Dflush(dataset_));
    hsize_t const origin = 0;
    hsize_t size = 0;
    checked(H5Dget_chunk_storage_size(dataset_, &origin, &size));
    std::vector<std::byte> bytes(size);
    std::uint32_t skipped_filters = 0;
    checked(H5Dread_chunk(dataset_, H5P_DEFAULT, &origin, &skipped_filters, bytes.data()));
    return skipped_filters == 0 ? bytes : std::vector<std::byte>{};
  }

  template <class T>
  std::vector<T> values_of(std::span<std::byte const> bytes, std::size_t values) const
  {
    hsize_t const origin = 0;
    checked(H5Dwrite_chunk(dataset_, H5P_DEFAULT, 0, &origin, bytes.size(), bytes.data()));
    std::vector<T> read(values);
    checked(H5Dread(dataset_, StorageOf<T>::type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, read.data()));
    return read;
  }

 private:
  hid_t file_ = -1;
  hid_t dataset_ = -1;
};

template <class T>
std::vector<T> library_values(std::vector<std::byte> const& bytes, std::size_t values)
{
  return LibraryChunk(StorageOf<T>::type(), values).values_of<T>(bytes, values);
}

/// Packs `values` for a dataset of T from cells of type Cell.
template <class Cell = std::int64_t, class T>
std::vector<std::byte> packed(std::vector<T> const& values)
{
  std::vector<Cell> const cells(values.begin(), values.end());
  std::span<Cell const> const view(cells);
  std::vector<std::byte> bytes(packed_bound(values.size(), StorageOf<T>::value));
  bytes.resize(pack_chunk(view, range_of(view), StorageOf<T>::value, bytes.data()));
  bytes.shrink_to_fit();  // so that the address sanitizer sees a read past the last byte
  return bytes;
}

template <class Out>
std::vector<Out> unpacked(std::vector<std::byte> const& bytes, Storage storage, std::size_t values)
{
  std::vector<Out> out(values);
  PackedChunk(bytes, storage, values).unpack(0, std::span<Out>(out));
  return out;
}

/// Values whose differences take exactly `bits` bits when there are two or more of them, the least being
/// `minimum`.
template <class T>
std::vector<T> values_of_width(unsigned bits, T minimum, std::size_t size, std::mt19937_64& random)
{
  std::uint64_t const mask = bits == 0 ? 0 : ~std::uint64_t{0} >> (64U - bits);
  std::vector<T> values(size);
  for (T& value : values)
  {
    value = static_cast<T>(static_cast<std::uint64_t>(minimum) + (random() & mask));
  }
  values.back() = static_cast<T>(static_cast<std::uint64_t>(minimum) + mask);
  values.front() = minimum;
  return values;
}

}  // namespace tarifa::test
