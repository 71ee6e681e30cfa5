#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

class ArchiveFile;

/// Rows of earlier vintages that no longer count. A vintage that replaces rows has, in each partition in
/// which it does, a file beside its parts: one flag per row of each earlier part concerned, packed as the
/// validity of a column is. The rows themselves stay where they are.
inline constexpr std::string_view superseded_file_name = "superseded.h5";

/// What the manifest of the later vintage knows of that file.
struct SupersededFile
{
  /// One earlier part that has such rows.
  struct Part
  {
    std::string vintage;  ///< sorts before the later one
    int part = 0;
    std::string digest;     ///< of the part the flags were made for
    std::int64_t rows = 0;  ///< superseded, at least 1
    friend bool operator==(Part const&, Part const&) = default;
  };

  std::string partition;
  std::int64_t rows = 0;     ///< superseded in all parts
  std::int64_t bytes = 0;    ///< of the file
  std::string digest;        ///< XXH3-128 of the file, 32 hexadecimal digits
  std::int64_t index = 0;    ///< [byte] where /index/chunks stands
  std::string index_digest;  ///< XXH3-128 of its bytes
  std::vector<Part> parts;   ///< by vintage, then number
  friend bool operator==(SupersededFile const&, SupersededFile const&) = default;
};

/// Flags of one shard: a row of /index/chunks, which has all shards of all parts in the order of the
/// manifest.
struct SupersededShard
{
  std::int64_t address = 0, bytes = 0;  ///< of the chunk in the file
  std::int64_t rows = 0;                ///< superseded
};

/// Where flags belong.
struct SupersededPlace
{
  std::string table, partition, vintage;  ///< the later one
};

/// One flag per row of a part.
class RowFlags
{
 public:
  explicit RowFlags(std::int64_t rows) : rows_(rows), words_(static_cast<std::size_t>((rows + 63) / 64)) {}
  std::int64_t rows() const noexcept { return rows_; }
  bool operator[](std::int64_t row) const { return (words_[word_of(row)] >> bit_of(row) & 1U) != 0; }
  /// False when the flag was set before.
  bool set(std::int64_t row)
  {
    bool const was_set = (*this)[row];
    words_[word_of(row)] |= std::uint64_t{1} << bit_of(row);
    return !was_set;
  }
  std::int64_t count() const noexcept;

 private:
  static std::size_t word_of(std::int64_t row) { return static_cast<std::size_t>(row) / 64; }
  static unsigned bit_of(std::int64_t row) { return static_cast<unsigned>(row) % 64; }

  std::int64_t rows_;
  std::vector<std::uint64_t> words_;
};

/// Writes the flags of one partition, on one rank. PATH.partial until commit(); all failures of the disk are
/// Error(storage) with the path. Equal content makes equal bytes.
class SupersededWriter
{
 public:
  /// `folder` is made when it is not there.
  SupersededWriter(std::filesystem::path const& folder, SupersededPlace const& place);
  ~SupersededWriter();
  SupersededWriter(SupersededWriter const&) = delete;
  SupersededWriter& operator=(SupersededWriter const&) = delete;

  /// Flags of the next part, by vintage, then number. `part.rows` is set from the flags.
  void add(SupersededFile::Part const& part, std::int64_t shard_rows, RowFlags const& flags);
  SupersededFile commit();

 private:
  struct File;  // keeps hdf5.h out of this header
  std::unique_ptr<File> file_;
};

/// Rows and shards of an earlier part, as its own manifest has them.
struct PartShape
{
  std::int64_t rows = 0, shard_rows = 0;
  std::int64_t shards() const { return (rows + shard_rows - 1) / shard_rows; }
  std::int64_t rows_of(std::int64_t shard) const;  ///< the last may be shorter
  std::int64_t chunk_rows() const { return rows < shard_rows ? rows : shard_rows; }
};

/// [parts][shards] The index of such a file, read without HDF5; its bytes must have the digest of the
/// manifest and every entry must be possible. Error(storage) otherwise.
std::vector<std::vector<SupersededShard>> read_superseded(ArchiveFile const& file,
                                                          SupersededFile const& expected,
                                                          std::span<PartShape const> shapes);

/// Reads the flags of one shard and joins them to `flags` [rows of the shard], 0 or 1. Error(storage) when
/// the chunk is damaged, has other than `shard.rows` rows, or has one that was superseded before.
void join_superseded(ArchiveFile const& file, SupersededShard const& shard, std::int64_t chunk_rows,
                     std::span<std::uint8_t> flags);

}  // namespace tarifa
