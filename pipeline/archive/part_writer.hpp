#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/archive/layout.hpp"
#include "pipeline/archive/schema.hpp"

namespace tarifa
{

/// Exact facts about some cells of a column: of a shard, a part or a table. Values in stored units, codes as
/// codes.
struct ColumnFacts
{
  std::int64_t minimum = 0;  ///< over cells that are not missing; minimum and maximum are 0 when all are
  std::int64_t maximum = 0;
  std::int64_t missing = 0;  ///< cells
  friend bool operator==(ColumnFacts const&, ColumnFacts const&) = default;
};

/// Joins the facts of `a_rows` cells with those of `b_rows` others.
ColumnFacts joined(ColumnFacts const& a, std::int64_t a_rows, ColumnFacts const& b, std::int64_t b_rows);

/// One chunk of one column, ready to be written.
struct PackedColumn
{
  std::vector<std::byte> room;  ///< kept from shard to shard
  std::size_t size = 0;
  ColumnFacts facts;

  std::span<std::byte const> bytes() const { return std::span(room).first(size); }
};

/// Packs the cells of one shard of one column into a chunk. Thread-safe.
///
/// `cells` has room for the whole chunk, of which the first `rows` (at least one) are cells of the shard;
/// `valid` holds as many flags, or none when no cell is missing. Missing cells and the room beyond the last
/// row become the smallest valid value (0 when all are missing), which costs no bits. A valid value that does
/// not fit `storage` is Error(data). Cell is std::int32_t or std::int64_t.
template <class Cell>
void pack_column(std::span<Cell> cells, std::size_t rows, std::span<std::uint8_t const> valid,
                 Storage storage, PackedColumn& packed);

/// Packs the validity of one shard; `valid` holds `rows` flags, 0 or 1, or none when all cells are there (a
/// shard without missing values in a part that has some).
void pack_validity(std::span<std::uint8_t const> valid, std::size_t rows, std::size_t chunk_rows,
                   PackedColumn& packed);

/// One column of a part that is about to be written.
struct PartColumn
{
  ColumnSchema schema;
  Storage storage = Storage::i64;  ///< storage_of() the column; the same in all parts of a partition
  bool has_missing = false;        ///< of the part: a validity column is written
  /// Kind code: texts of the whole partition, sorted bytewise, without repeats. Must outlive the constructor
  /// of PartWriter only.
  std::span<std::string_view const> dictionary;
};

struct PartInfo
{
  std::string table, partition, vintage;
  int part = 0;
  std::int64_t rows = 0;
  std::int64_t shard_rows = default_shard_rows;
  std::vector<PartColumn> columns;

  std::int64_t shards() const { return (rows + shard_rows - 1) / shard_rows; }
  std::int64_t chunk_rows() const
  {
    return rows < shard_rows ? rows : shard_rows;
  }                                                ///< [values] of every chunk
  std::int64_t rows_of(std::int64_t shard) const;  ///< the last may be shorter
};

/// What is known of a part once it stands on disk.
struct PartDigest
{
  std::string file;  ///< name within its folder
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::string digest;  ///< XXH3-128 of the file, 32 hexadecimal digits

  struct Column
  {
    std::string name;
    Storage storage = Storage::i64;
    ColumnFacts facts;
    friend bool operator==(Column const&, Column const&) = default;
  };
  std::vector<Column> columns;  ///< in the order of the table

  /// Where the two datasets of the index stand in the file, so that opening it takes no search through HDF5.
  struct Index
  {
    std::int64_t chunks = 0;        ///< [byte]
    std::int64_t dictionaries = 0;  ///< [byte]
    std::string digest;             ///< XXH3-128 of the bytes of both, one after the other
    friend bool operator==(Index const&, Index const&) = default;
  };
  Index index;
  friend bool operator==(PartDigest const&, PartDigest const&) = default;
};

/// Where a part belongs.
struct PartPlace
{
  std::string table, partition, vintage;
  int part = 0;
  std::int64_t shard_rows = 0;
};

/// Writes one part with the serial HDF5 driver, on one rank. Several threads may write different parts at the
/// same time, and take turns with one. Equal content makes equal bytes.
///
/// The file is PATH.partial until commit() has flushed, synced and renamed it; without commit() the
/// destructor removes it. All failures of the disk are Error(storage) with the path.
class PartWriter
{
 public:
  /// `folder` is made when it is not there; the file is part_file_name(info.part) in it.
  PartWriter(std::filesystem::path const& folder, PartInfo info);
  ~PartWriter();
  PartWriter(PartWriter const&) = delete;
  PartWriter& operator=(PartWriter const&) = delete;

  /// Appends the next shard: `packed` holds one chunk per column, then one per column with missing values,
  /// both in the order of the columns. Shards come in order, 0 first.
  void write_shard(std::int64_t shard, std::span<PackedColumn const> packed);

  /// Writes the index and gives the file its name. Every shard must have been written.
  PartDigest commit();

 private:
  struct File;  // keeps hdf5.h out of this header
  std::unique_ptr<File> file_;
};

}  // namespace tarifa
