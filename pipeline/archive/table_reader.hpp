#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/part_writer.hpp"
#include "pipeline/archive/schema.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

struct Manifest;
struct TableContent;

/// What is read of a table.
struct ReadRequest
{
  std::vector<std::string> columns;     ///< in the order wanted; empty = all of the table
  std::vector<std::string> partitions;  ///< empty = all
  std::string as_of;                    ///< vintages up to this name count (a date will do); empty = all
  int threads = 1;                      ///< that read: used while opening, and to look as far ahead
};

/// One column of a table as its reader sees it: the same in all shards.
struct TableColumn
{
  ColumnSchema schema;
  bool is_wide = false;  ///< int64 (wide) or int32 (narrow) cells
  ColumnFacts facts;     ///< over all selected shards, see TableReader::facts(); codes are those
                         ///< of `dictionary`
  std::vector<std::string> dictionary;  ///< kind code: texts of all selected parts, sorted bytewise
};

/// The unit of work: rows that count. Superseded ones are neither given nor numbered.
struct Shard
{
  int part = 0;                ///< number of the part in this reader
  int in_part = 0;             ///< number of the shard in its part
  std::int64_t rows = 0;       ///< at least 1
  std::int64_t first_row = 0;  ///< rows of the table before it
};

/// Cells of one shard, a block of rows at a time; one per thread, reused from shard to shard.
///
///   table.open(shard, cells);
///   while (cells.next()) { ... cells.rows() rows ... }
///
/// Blocks are small enough for the cells of a few columns to stay in the second-level cache until they are
/// used.
class ShardBuffer
{
 public:
  static constexpr std::int64_t block_rows = 8192;

  /// Decodes the next rows; false when the shard has no more. Error(storage) names file, shard and column.
  bool next();

  std::int64_t first_row() const noexcept { return first_row_; }  ///< of the block, in its shard
  std::int64_t rows() const noexcept { return rows_; }            ///< of the block, 1 to block_rows
  /// Number of a row of the block among all rows of the shard as stored, superseded ones too.
  std::int64_t stored_row(std::size_t row) const
  {
    return stored_first_ + (superseded_.empty() ? static_cast<std::int64_t>(row) : kept_[row]);
  }
  std::span<std::int32_t const> narrow(std::size_t column) const;  ///< [rows] unless the column is wide
  std::span<std::int64_t const> wide(std::size_t column) const;    ///< [rows] if the column is wide
  /// [rows] 1 = there, 0 = missing; empty when no cell of the shard is missing. A missing cell holds some
  /// value within the range of the shard's others (0 when all are missing), never a mark.
  std::span<std::uint8_t const> valid(std::size_t column) const;

 private:
  friend class ShardRead;  // fills it
  struct Cells
  {
    std::vector<std::byte> bytes, validity_bytes;
    PackedChunk chunk, validity;  ///< of them
    std::vector<std::int32_t> narrow;
    std::vector<std::int64_t> wide;
    std::vector<std::uint8_t> valid;
    bool is_wide = false;
    bool has_missing = false;
  };
  void list_kept();

  TableContent const* content_ = nullptr;
  Shard const* shard_ = nullptr;
  std::vector<Cells> cells_;
  std::vector<std::int32_t> flags_;
  std::vector<std::uint8_t> superseded_;             ///< [stored rows of the shard], empty when none is
  std::vector<std::int32_t> kept_;                   ///< [rows] where they stand in the block as stored
  std::int64_t first_row_ = 0, rows_ = 0;            ///< of the block
  std::int64_t stored_first_ = 0, stored_rows_ = 0;  ///< the same, superseded rows too
  std::int64_t shard_stored_rows_ = 0;
};

/// Reads the rows of one table as of a vintage: all partitions that its manifests name, by partition, then
/// vintage, then part. A column that an older vintage does not have reads as missing there; a column whose
/// kind, scale or digits changed is Error(data). Rows that one of these vintages superseded are passed over.
class TableReader
{
 public:
  /// [all] Opens the parts: only index and dictionaries of the wanted columns are read, shared out over the
  /// ranks. An unknown table, column, partition or vintage is Error(usage) listing those there are.
  TableReader(Comm const& comm, std::filesystem::path const& archive, std::string const& table,
              ReadRequest const& request);
  /// [all] The same with manifests that are read already, oldest first; `request.as_of` is not looked at.
  TableReader(Comm const& comm, std::filesystem::path const& archive, std::vector<Manifest> const& manifests,
              ReadRequest const& request);
  ~TableReader();
  TableReader(TableReader const&) = delete;
  TableReader& operator=(TableReader const&) = delete;

  std::int64_t rows() const noexcept { return rows_; }  ///< that count
  /// Of the shards that are read, superseded ones too: facts() are about these.
  std::int64_t stored_rows() const noexcept { return stored_rows_; }
  std::vector<Shard> const& shards() const noexcept { return shards_; }
  std::vector<TableColumn> const& columns() const noexcept;
  TableColumn const& column(std::size_t i) const { return columns()[i]; }

  /// Facts of one shard of one column (codes of the union dictionary), to skip shards without reading them:
  /// exact over the rows as stored, so bounds of those that count when some of them are superseded.
  ColumnFacts facts(std::size_t shard, std::size_t column) const;
  /// Partition the shard belongs to.
  std::string const& partition_of(std::size_t shard) const;
  /// Part the shard belongs to.
  PartPlace const& place_of(std::size_t shard) const;
  /// [bytes] of all chunks of one column, validity included, in all selected shards.
  std::int64_t packed_bytes_of_column(std::size_t column) const;
  /// [bytes] of the chunks of all columns of one shard, validity included.
  std::int64_t packed_bytes_of_shard(std::size_t shard) const;

  /// Shards [first, second) of `rank` among `ranks`: contiguous, near equal rows, together all shards.
  std::pair<std::size_t, std::size_t> shards_of(int rank, int ranks) const;
  std::pair<std::size_t, std::size_t> shards_of(int rank) const { return shards_of(rank, ranks_); }

  /// Reads the chunks of the wanted columns of a shard and verifies their checksums; ShardBuffer::next() then
  /// gives its rows. The shard that the calling thread is likely to ask for next is fetched in the
  /// background. Any number of threads at once, each with its own buffer, which must not outlive the reader;
  /// no HDF5 calls. Error(storage) names file, shard and column.
  void open(std::size_t shard, ShardBuffer& out) const;

  std::size_t parts() const noexcept;  ///< that hold rows that count

  /// Vintages that are read, in order.
  std::vector<std::string> const& vintages() const noexcept;
  /// Identifies the content: XXH3-128 over the digests of the parts read, 32 hexadecimal digits.
  std::string const& content_digest() const noexcept;

 private:
  std::unique_ptr<TableContent> content_;  // files, chunk addresses, remaps
  void list_shards();

  std::vector<Shard> shards_;
  std::int64_t rows_ = 0, stored_rows_ = 0;
  int ranks_ = 1;
  std::size_t look_ahead_ = 1;  ///< [shards]
};

}  // namespace tarifa
