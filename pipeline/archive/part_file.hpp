#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/archive/hdf5_handle.hpp"
#include "pipeline/archive/part_index.hpp"
#include "pipeline/archive/part_writer.hpp"

namespace tarifa
{

/// A part seen through HDF5, as other programs see it, to hold that against what the manifest and the index
/// say. One thread; Error(storage) names the file.
class PartFile
{
 public:
  /// Checks the attributes of the file and where its index stands.
  PartFile(std::filesystem::path const& path, PartPlace const& place, PartDigest const& expected);

  bool has_column(std::string_view name) const;
  bool has_validity(std::string_view name) const;

  /// Schema and storage as the attributes of the column give them, and whether they agree with the dataset.
  ColumnSchema column_schema(std::string const& name) const;
  Storage column_storage(std::string const& name) const;
  /// Texts of a column of kind code.
  std::vector<std::string> dictionary(std::string const& name) const;
  /// [byte] Where they stand in the file.
  std::int64_t dictionary_address(std::string const& name) const;
  /// Throws unless HDF5 finds the chunks of `dataset` ("columns/value") where `chunks` says they are.
  void check_addresses(std::string const& dataset, std::span<ChunkEntry const> chunks) const;

 private:
  void load(PartPlace const& place, PartDigest const& expected);
  bool has(std::string const& group, std::string_view name) const;
  [[noreturn]] void fail(std::string_view what) const;

  std::filesystem::path path_;
  Hdf5File file_;
  std::int64_t chunk_rows_ = 0;
};

}  // namespace tarifa
