#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "pipeline/run/append_file.hpp"

namespace tarifa
{

/// What the search for duplicates and superseded versions has to know of one kept record.
struct KeyEntry
{
  std::uint64_t hash_low, hash_high;  ///< of the whole record, or of its key columns
  std::int64_t version;
  std::uint64_t position;  ///< file << 48 | byte offset: the order of delivery
  std::int64_t value;      ///< of the balance column, stored units
  std::uint32_t run;       ///< run of this rank the record was staged in
  std::uint32_t bytes;     ///< of the record, line end included
  std::uint16_t row;       ///< row within the run
  std::uint16_t rank;
  std::uint16_t lines;  ///< physical lines of the record
  std::uint16_t has_value;
};

/// Key entries of one thread, dealt into buckets by hash and written to a file, so that a bucket fits in
/// memory however many records there are.
class KeySpill
{
 public:
  static constexpr std::size_t buckets = 256;

  KeySpill(std::filesystem::path path, AppendMode mode);
  void add(KeyEntry const& entry);
  void finish();
  void remove_stage() noexcept { file_.remove(); }

  /// One stretch of entries of one bucket in the file.
  struct Stretch
  {
    std::int64_t bucket, offset, entries;
  };
  std::vector<Stretch> const& stretches() const noexcept { return stretches_; }

 private:
  void flush(std::size_t bucket);

  static constexpr std::size_t entries_per_stretch = 512;
  AppendFile file_;
  std::vector<std::vector<KeyEntry>> pending_;
  std::vector<Stretch> stretches_;
};

}  // namespace tarifa
