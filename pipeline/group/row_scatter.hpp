#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "pipeline/group/arena.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/group/range_map.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

/// Partitions rows by key range into lists of blocks. One per thread.
///
/// Rows are collected in one line per range that stays in the cache; only full lines go to memory, past the
/// cache. Rows of a range are counted in 32 bits, because the counts share the cache with the lines and no
/// more could be sorted at once; more are refused. Count is another type in tests only.
template <int Values, class Count = std::uint32_t>
class RowScatter
{
 public:
  using Row = GroupRow<Values>;
  using Index = RangeMap::Index;

  /// Rows that fill whole cache lines.
  static constexpr std::size_t line_rows = sizeof(Row) == 8    ? 8
                                           : sizeof(Row) == 32 ? 4
                                           : sizeof(Row) == 16 ? 4
                                                               : 8;
  static constexpr std::size_t line_bytes = line_rows * sizeof(Row);
  static_assert(line_bytes % 64 == 0);

  /// `block_rows`: power of two, at least line_rows. `kept[ranges]`: 0 = rows of the range are dropped; empty
  /// = keep all.
  RowScatter(RangeMap const& map, std::size_t block_rows, std::span<std::uint8_t const> kept,
             HugeBuffer& lines, SlabPool& pool);

  /// Error(internal) when a key has more bits than the map knows; Error(data) when a range has more rows than
  /// can be counted.
  void add(RowBlock<Values> const& block);

  std::int64_t rows(int range) const noexcept { return count_[static_cast<std::size_t>(range)]; }

  /// No more rows come: `kept` may go away.
  void close() noexcept { kept_ = {}; }

  /// Calls use(std::span<Row const>) for each piece of a range, in no particular order.
  template <class Use>
  void for_each_piece(int range, Use&& use) const;

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::size_t batch_rows = 512;

  struct Block
  {
    Row* rows;
    std::uint32_t before;  ///< previous block of the same range, or none
  };

  template <bool filtered>
  void add_batch(std::uint64_t const* keys, std::int64_t const* const* values, std::size_t rows,
                 Index const* index);
  void flush(std::size_t range, Count count);
  void open_block(std::size_t range);

  RangeMap const& map_;
  std::span<std::uint8_t const> kept_;
  SlabPool& pool_;
  std::uint32_t block_rows_;
  Row* lines_;
  std::vector<Count> count_;         ///< [ranges] rows so far
  std::vector<Row*> next_;           ///< [ranges] where the next full line goes
  std::vector<std::uint32_t> last_;  ///< [ranges] newest block
  std::vector<Block> blocks_;
  std::byte* slab_ = nullptr;
  std::size_t slab_left_ = 0;
};

template <int Values, class Count>
RowScatter<Values, Count>::RowScatter(RangeMap const& map, std::size_t block_rows,
                                      std::span<std::uint8_t const> kept, HugeBuffer& lines, SlabPool& pool)
    : map_(map)
    , kept_(kept)
    , pool_(pool)
    , block_rows_(static_cast<std::uint32_t>(block_rows))
    , count_(static_cast<std::size_t>(map.ranges()))
    , next_(count_.size())
    , last_(count_.size(), none)
{
  require(std::has_single_bit(block_rows) && block_rows >= line_rows
              && block_rows * sizeof(Row) <= SlabPool::slab_bytes,
          Fault::internal, "a block of rows has a wrong size");
  lines.reserve(count_.size() * line_bytes);
  lines_ = lines.as<Row>();
}

template <int Values, class Count>
void RowScatter<Values, Count>::add(RowBlock<Values> const& block)
{
  Index index[batch_rows];
  for (std::size_t begin = 0; begin < block.rows; begin += batch_rows)
  {
    std::size_t const rows = std::min(batch_rows, block.rows - begin);
    std::uint64_t const* const keys = block.key + begin;
    std::uint64_t used = 0;
    for (std::size_t i = 0; i < rows; ++i)
    {
      used |= keys[i];
    }
    require(map_.fits(used), Fault::internal, "a group key has more bits than its layout");
    map_.find(keys, rows, index);
    std::int64_t const* values[Values + 1] = {};
    for (std::size_t v = 0; v < Values; ++v)
    {
      values[v] = block.value[v] + begin;
    }
    kept_.empty() ? add_batch<false>(keys, values, rows, index) : add_batch<true>(keys, values, rows, index);
  }
#if defined(__SSE2__)
  // Lines written past the cache are not ordered with other stores: before another thread may read them, a
  // fence.
  _mm_sfence();
#endif
}

template <int Values, class Count>
template <bool filtered>
void RowScatter<Values, Count>::add_batch(std::uint64_t const* keys, std::int64_t const* const* values,
                                          std::size_t rows, Index const* index)
{
  Count* const count = count_.data();
  Row* const lines = lines_;
  for (std::size_t i = 0; i < rows; ++i)
  {
    std::size_t const range = index[i];
    if constexpr (filtered)
    {
      if (kept_[range] == 0)
      {
        continue;
      }
    }
    Count const at = count[range];
    Row& row = lines[range * line_rows + at % line_rows];
    row.key = keys[i];
    if constexpr (Values > 0)
    {
      for (int v = 0; v < Values; ++v)
      {
        row.value[v] = values[v][i];
      }
    }
    auto const rows_now = static_cast<Count>(at + 1);
    count[range] = rows_now;
    if (rows_now % line_rows == 0)
    {
      flush(range, rows_now);
    }
  }
}

template <int Values, class Count>
inline void RowScatter<Values, Count>::flush(std::size_t range, Count count)
{
  require(count != 0, Fault::data,
          []
          {
            return "more than " + std::to_string(std::numeric_limits<Count>::max())
                   + " rows of one range of group keys on one thread: use more ranks or threads";
          });
  if (((std::uint32_t{count} - static_cast<std::uint32_t>(line_rows)) & (block_rows_ - 1)) == 0)
  {
    open_block(range);
  }
  Row* const to = next_[range];
  Row const* const from = lines_ + range * line_rows;
#if defined(__SSE2__)
  auto const* source = reinterpret_cast<__m128i const*>(from);
  auto* target = reinterpret_cast<__m128i*>(to);
  for (std::size_t i = 0; i < line_bytes / sizeof(__m128i); ++i)
  {
    _mm_stream_si128(target + i, _mm_load_si128(source + i));
  }
#else
  std::memcpy(to, from, line_bytes);
#endif
  next_[range] = to + line_rows;
}

template <int Values, class Count>
void RowScatter<Values, Count>::open_block(std::size_t range)
{
  std::size_t const bytes = block_rows_ * sizeof(Row);
  if (slab_left_ < bytes)
  {
    slab_ = pool_.take();
    slab_left_ = SlabPool::slab_bytes;
  }
  require(blocks_.size() < none, Fault::data, "one thread has more blocks of rows than can be counted");
  blocks_.push_back({reinterpret_cast<Row*>(slab_), last_[range]});
  last_[range] = static_cast<std::uint32_t>(blocks_.size() - 1);
  next_[range] = blocks_.back().rows;
  slab_ += bytes;
  slab_left_ -= bytes;
}

template <int Values, class Count>
template <class Use>
void RowScatter<Values, Count>::for_each_piece(int range, Use&& use) const
{
  auto const r = static_cast<std::size_t>(range);
  std::size_t const in_line = count_[r] % line_rows;
  if (in_line > 0)
  {
    use(std::span<Row const>(lines_ + r * line_rows, in_line));
  }
  std::size_t rows = (count_[r] - in_line) % block_rows_;
  for (std::uint32_t b = last_[r]; b != none; b = blocks_[b].before)
  {
    if (std::uint32_t const next = blocks_[b].before; next != none)
    {
      // The hardware follows a block once it is under way; only the jump to the next one has to be told.
      auto const* const first = reinterpret_cast<std::byte const*>(blocks_[next].rows);
      for (std::size_t line = 0; line < 8; ++line)
      {
        __builtin_prefetch(first + line * 64);
      }
    }
    use(std::span<Row const>(blocks_[b].rows, rows == 0 ? block_rows_ : rows));
    rows = block_rows_;
  }
}

}  // namespace tarifa
