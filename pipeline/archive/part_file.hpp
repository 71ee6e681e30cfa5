#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/archive/hdf5_handle.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/part_writer.hpp"

namespace tarifa
{

/// Where a chunk stands in its file and what is in it.
struct ChunkEntry
{
  std::int64_t address = 0;  ///< [byte] of the file
  std::int64_t bytes = 0;    ///< 0 = there is no such chunk
  ColumnFacts facts;
};

/// A part opened to read what describes its rows; the rows themselves are read from the raw chunks. One
/// thread. Everything the file says is checked against its size and against what `expected` says of it;
/// Error(storage) names the file.
class PartFile
{
 public:
  struct Place
  {
    std::string table, partition, vintage;
    int part = 0;
    std::int64_t shard_rows = 0;
  };

  PartFile(std::filesystem::path const& path, Place const& place, PartDigest const& expected);

  std::int64_t shards() const noexcept { return shards_; }
  std::int64_t rows_of(std::int64_t shard) const noexcept;
  std::int64_t chunk_rows() const noexcept;  ///< [values] of every chunk

  bool has_column(std::string_view name) const;
  bool has_validity(std::string_view name) const;
  /// [shards] Checked: within the file, of a possible length, minimum not above maximum, missing cells
  /// possible.
  std::vector<ChunkEntry> column_chunks(std::string_view name, Storage storage) const;
  std::vector<ChunkEntry> validity_chunks(std::string_view name) const;
  /// Sorted texts of a column of kind code.
  std::vector<std::string> dictionary(std::string const& name) const;

  /// Schema and storage as the attributes of the column give them, and whether they agree with the dataset.
  ColumnSchema column_schema(std::string const& name) const;
  Storage column_storage(std::string const& name) const;
  /// Throws unless HDF5 finds the chunks of `dataset` ("columns/value") where the index says they are.
  void check_addresses(std::string const& dataset) const;

 private:
  std::vector<ChunkEntry> chunks(std::string const& dataset, Storage storage) const;
  std::size_t row_of(std::string const& dataset) const;  ///< names_.size() when there is none
  void load(Place const& place, PartDigest const& expected);
  [[noreturn]] void fail(std::string_view what) const;

  std::filesystem::path path_;
  Hdf5File file_;
  std::int64_t bytes_ = 0, rows_ = 0, shard_rows_ = 0, shards_ = 0;
  std::vector<std::string> names_;
  std::vector<std::int64_t> address_, chunk_bytes_, minimum_, maximum_, missing_;  ///< [names x shards]
};

}  // namespace tarifa
