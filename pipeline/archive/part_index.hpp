#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/archive/part_writer.hpp"

namespace tarifa
{

class ArchiveFile;

/// Where a chunk stands in its file and what is in it.
struct ChunkEntry
{
  std::int64_t address = 0;  ///< [byte] of the file
  std::int64_t bytes = 0;    ///< 0 = there is no such chunk
  ColumnFacts facts;         ///< of the cells; not kept for a validity
};

/// Where the texts of a dictionary stand in their file. /index/dictionaries has such a row per column.
struct TextPlace
{
  std::int64_t address = 0;  ///< [byte]; 0 when there are no texts
  std::int64_t texts = 0;
  std::int64_t length = 0;    ///< [bytes] of every text, with its padding
  std::int64_t checksum = 0;  ///< XXH3-64 of all their bytes
};

/// One shard of one column in /index/chunks.
struct IndexEntry
{
  std::int64_t address = 0, bytes = 0;
  std::int64_t minimum = 0, maximum = 0, missing = 0;
  std::int64_t validity_address = 0, validity_bytes = 0;  ///< 0 when the part has no validity of the column
};

/// Both are read and written as the bytes they are in the file.
inline constexpr std::size_t index_numbers = sizeof(IndexEntry) / sizeof(std::int64_t);
inline constexpr std::size_t dictionary_numbers = sizeof(TextPlace) / sizeof(std::int64_t);

/// The index of a part, read without HDF5 from where the manifest says it stands. Its bytes must have the
/// digest of the manifest, and every entry must be possible; Error(storage) otherwise. Columns are counted
/// as in the manifest. One thread.
class PartIndex
{
 public:
  /// `file` must outlive the index.
  PartIndex(ArchiveFile const& file, PartDigest const& expected, std::int64_t shard_rows);

  std::int64_t shards() const noexcept { return shards_; }
  std::int64_t rows_of(std::int64_t shard) const noexcept;
  std::int64_t chunk_rows() const noexcept;  ///< [values] of every chunk

  /// [shards] Within the file, of a possible length, minimum not above maximum, missing cells possible.
  std::vector<ChunkEntry> cells(std::size_t column) const;
  /// [shards] Empty when the part has no validity of the column; it has one when any cell is missing.
  std::vector<ChunkEntry> validity(std::size_t column) const;
  /// Sorted texts of a column of kind code.
  std::vector<std::string> dictionary(std::size_t column) const;
  TextPlace const& dictionary_place(std::size_t column) const { return dictionaries_[column]; }

 private:
  IndexEntry const& entry(std::size_t column, std::size_t shard) const
  {
    return entries_[column * static_cast<std::size_t>(shards_) + shard];
  }
  bool is_chunk(std::int64_t address, std::int64_t bytes, Storage storage) const;

  ArchiveFile const& file_;
  PartDigest const& expected_;
  std::int64_t shard_rows_ = 0, shards_ = 0;
  std::vector<IndexEntry> entries_;      ///< [columns x shards]
  std::vector<TextPlace> dictionaries_;  ///< [columns]
};

}  // namespace tarifa
