#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/archive/hdf5_handle.hpp"
#include "pipeline/archive/part_index.hpp"
#include "pipeline/archive/schema.hpp"

namespace tarifa
{

/// The few kinds of items a part is made of, written and read. No item carries a time, so equal content is
/// equal bytes. All failures are Error(storage) naming the item.

/// Type of a dataset of this storage, little-endian; owned by the library.
hid_t hdf5_type_of(Storage storage);
/// The storage of a dataset; Error(storage) when it is none of ours.
Storage storage_of_dataset(hid_t dataset);

Hdf5Group make_group(hid_t where, std::string const& name);
void write_attribute(hid_t owner, std::string const& name, std::string_view text);
void write_attribute(hid_t owner, std::string const& name, std::int64_t value);
std::string read_text_attribute(hid_t owner, std::string const& name);
std::int64_t read_number_attribute(hid_t owner, std::string const& name);

/// Fixed-length, null-padded UTF-8 strings, shape [texts]; the length is that of the longest. Returns where
/// they stand in the file.
TextPlace write_texts(hid_t where, std::string const& name, std::span<std::string_view const> texts);
std::vector<std::string> read_texts(hid_t where, std::string const& name);

/// int64 numbers, contiguous; `shape` has their product. Returns their address [byte]; 0 when there are none.
std::int64_t write_numbers(hid_t where, std::string const& name, std::span<std::int64_t const> numbers,
                           std::span<hsize_t const> shape);
/// [byte] Where the data of a contiguous dataset stand in the file; 0 when it has none.
std::int64_t address_of(hid_t where, std::string const& name);

/// Dataset of `rows` values in chunks, filtered with scaleoffset and fletcher32, without a fill value.
Hdf5DataSet make_column(hid_t where, std::string const& name, Storage storage, std::int64_t rows,
                        std::int64_t chunk_rows);

/// Creation properties of kind `of` (H5P_DATASET_CREATE ...) that keep times out of the file.
Hdf5Properties timeless(hid_t of);

}  // namespace tarifa
