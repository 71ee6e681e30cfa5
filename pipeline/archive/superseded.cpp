#include "pipeline/archive/superseded.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

std::int64_t RowFlags::count() const noexcept
{
  return std::accumulate(words_.begin(), words_.end(), std::int64_t{0},
                         [](std::int64_t sum, std::uint64_t word) { return sum + std::popcount(word); });
}

std::int64_t PartShape::rows_of(std::int64_t shard) const
{
  return std::min(shard_rows, rows - shard * shard_rows);
}

std::vector<std::vector<SupersededShard>> read_superseded(ArchiveFile const& file,
                                                          SupersededFile const& expected,
                                                          std::span<PartShape const> shapes)
{
  require(file.bytes() == expected.bytes, Fault::storage,
          fmt::format("has {} bytes, but the manifest has {}", file.bytes(), expected.bytes));
  std::size_t entries = 0;
  for (PartShape const& shape : shapes)
  {
    entries += static_cast<std::size_t>(shape.shards());
  }
  std::string bytes(entries * sizeof(SupersededShard), '\0');
  file.read_at(expected.index, std::as_writable_bytes(std::span(bytes)));
  require(digest_of_text(bytes) == expected.index_digest, Fault::storage,
          "the index does not have the digest of the manifest");
  char const* at = bytes.data();
  std::vector<std::vector<SupersededShard>> parts;
  for (std::size_t p = 0; p < shapes.size(); ++p)
  {
    std::vector<SupersededShard>& shards = parts.emplace_back(shapes[p].shards());
    std::memcpy(shards.data(), at, shards.size() * sizeof(SupersededShard));
    at += shards.size() * sizeof(SupersededShard);
    std::int64_t rows = 0;
    for (std::size_t s = 0; s < shards.size(); ++s)
    {
      SupersededShard const& one = shards[s];
      auto const most = static_cast<std::int64_t>(
          packed_bound(static_cast<std::size_t>(shapes[p].chunk_rows()), Storage::u8));
      bool const possible = one.address > 0 && one.bytes > 0 && one.bytes <= most
                            && one.address <= expected.bytes - one.bytes && one.rows >= 0
                            && one.rows <= shapes[p].rows_of(static_cast<std::int64_t>(s));
      require(possible, Fault::storage,
              [&]
              {
                return fmt::format(
                    "part {} of vintage {}, shard {}: the index is damaged (address {}, bytes {}, rows {})",
                    expected.parts[p].part, expected.parts[p].vintage, s, one.address, one.bytes, one.rows);
              });
      rows += one.rows;
    }
    require(rows == expected.parts[p].rows, Fault::storage,
            fmt::format("part {} of vintage {}: the index has {} superseded rows, but the manifest has {}",
                        expected.parts[p].part, expected.parts[p].vintage, rows, expected.parts[p].rows));
  }
  return parts;
}

void join_superseded(ArchiveFile const& file, SupersededShard const& shard, std::int64_t chunk_rows,
                     std::span<std::uint8_t> flags)
{
  std::vector<std::byte> bytes(static_cast<std::size_t>(shard.bytes));
  file.read_at(shard.address, bytes);
  PackedChunk const chunk(bytes, Storage::u8, static_cast<std::size_t>(chunk_rows));
  std::vector<std::int32_t> superseded(flags.size());
  chunk.unpack(0, std::span(superseded));
  std::int64_t rows = 0;
  bool is_flag = true, is_new = true;
  for (std::size_t row = 0; row < flags.size(); ++row)
  {
    auto const flag = static_cast<std::uint8_t>(superseded[row] != 0 ? 1 : 0);
    is_flag = is_flag && superseded[row] == flag;
    is_new = is_new && (flags[row] & flag) == 0;
    flags[row] |= flag;
    rows += flag;
  }
  require(is_flag, Fault::storage, "a flag of a superseded row is neither 0 nor 1");
  require(rows == shard.rows, Fault::storage,
          fmt::format("{} rows are superseded, but the index has {}", rows, shard.rows));
  require(is_new, Fault::storage, "a row is superseded that another vintage superseded before");
}

}  // namespace tarifa
