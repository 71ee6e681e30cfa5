#include "pipeline/archive/part_index.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>

#include <fmt/format.h>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

/// [bytes] head and checksum of a chunk: less is no chunk.
constexpr std::int64_t least_chunk = 4 + 1 + 8 + 8 + 1 + 4;

}  // namespace

PartIndex::PartIndex(ArchiveFile const& file, PartDigest const& expected, std::int64_t shard_rows)
    : file_(file)
    , expected_(expected)
    , shard_rows_(shard_rows)
    , shards_((expected.rows + shard_rows - 1) / shard_rows)
{
  require(file.bytes() == expected.bytes, Fault::storage,
          fmt::format("has {} bytes, but the manifest has {}", file.bytes(), expected.bytes));
  entries_.resize(expected.columns.size() * static_cast<std::size_t>(shards_));
  dictionaries_.resize(expected.columns.size());
  std::string bytes(entries_.size() * sizeof(IndexEntry) + dictionaries_.size() * sizeof(TextPlace), '\0');
  std::size_t const chunks = entries_.size() * sizeof(IndexEntry);
  std::span<std::byte> const all = std::as_writable_bytes(std::span(bytes));
  file.read_at(expected.index.chunks, all.first(chunks));
  file.read_at(expected.index.dictionaries, all.subspan(chunks));
  require(digest_of_text(bytes) == expected.index.digest, Fault::storage,
          "the index does not have the digest of the manifest");
  std::memcpy(entries_.data(), bytes.data(), chunks);
  std::memcpy(dictionaries_.data(), bytes.data() + chunks, bytes.size() - chunks);
}

std::int64_t PartIndex::rows_of(std::int64_t shard) const noexcept
{
  return std::min(shard_rows_, expected_.rows - shard * shard_rows_);
}

std::int64_t PartIndex::chunk_rows() const noexcept
{
  return std::min(shard_rows_, expected_.rows);
}

bool PartIndex::is_chunk(std::int64_t address, std::int64_t bytes, Storage storage) const
{
  auto const most = static_cast<std::int64_t>(packed_bound(static_cast<std::size_t>(chunk_rows()), storage));
  return address > 0 && bytes >= least_chunk && bytes <= most && address <= expected_.bytes - bytes;
}

std::vector<ChunkEntry> PartIndex::cells(std::size_t column) const
{
  std::vector<ChunkEntry> chunks;
  for (std::int64_t s = 0; s < shards_; ++s)
  {
    IndexEntry const& one = entry(column, static_cast<std::size_t>(s));
    bool const possible = one.minimum <= one.maximum && one.missing >= 0 && one.missing <= rows_of(s)
                          && (one.missing == 0 || one.validity_bytes > 0)
                          && (one.validity_bytes > 0) == (entry(column, 0).validity_bytes > 0);
    require(is_chunk(one.address, one.bytes, expected_.columns[column].storage) && possible, Fault::storage,
            [&]
            {
              return fmt::format(
                  "shard {}, column {}: the index is damaged (address {}, bytes {}, minimum {}, "
                  "maximum {}, missing {}, validity {} bytes)",
                  s, expected_.columns[column].name, one.address, one.bytes, one.minimum, one.maximum,
                  one.missing, one.validity_bytes);
            });
    chunks.push_back({one.address, one.bytes, {one.minimum, one.maximum, one.missing}});
  }
  return chunks;
}

std::vector<ChunkEntry> PartIndex::validity(std::size_t column) const
{
  std::vector<ChunkEntry> chunks;
  for (std::int64_t s = 0; s < shards_ && entry(column, 0).validity_bytes > 0; ++s)
  {
    IndexEntry const& one = entry(column, static_cast<std::size_t>(s));
    require(is_chunk(one.validity_address, one.validity_bytes, Storage::u8), Fault::storage,
            [&]
            {
              return fmt::format(
                  "shard {}, validity of column {}: the index is damaged (address {}, bytes {})", s,
                  expected_.columns[column].name, one.validity_address, one.validity_bytes);
            });
    chunks.push_back({one.validity_address, one.validity_bytes, {}});
  }
  return chunks;
}

std::vector<std::string> PartIndex::dictionary(std::size_t column) const
{
  TextPlace const& place = dictionaries_[column];
  std::string const& name = expected_.columns[column].name;
  bool const possible = place.texts == 0
                        || (place.texts > 0 && place.length > 0 && place.address > 0
                            && place.texts <= (expected_.bytes - place.address) / place.length);
  require(possible, Fault::storage,
          fmt::format("dictionary of column {}: the index is damaged (address {}, {} texts of {} bytes)",
                      name, place.address, place.texts, place.length));
  auto const length = static_cast<std::size_t>(place.length);
  std::string padded(static_cast<std::size_t>(place.texts) * length, '\0');
  file_.read_at(place.address, std::as_writable_bytes(std::span(padded)));
  require(checksum_of(padded) == place.checksum, Fault::storage,
          fmt::format("dictionary of column {} does not have the checksum of the index", name));
  std::vector<std::string> texts(static_cast<std::size_t>(place.texts));
  for (std::size_t i = 0; i < texts.size(); ++i)
  {
    std::string_view text(padded.data() + i * length, length);
    text = text.substr(0, text.find_last_not_of('\0') + 1);
    texts[i] = text;
  }
  require(std::adjacent_find(texts.begin(), texts.end(), std::greater_equal<>()) == texts.end(),
          Fault::storage, fmt::format("dictionary of column {} is not sorted or has repeats", name));
  return texts;
}

}  // namespace tarifa
