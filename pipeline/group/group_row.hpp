#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace tarifa
{

/// One row of a group-by: packed key and `Values` payload integers (0 to 4).
template <int Values>
struct GroupRow
{
  static_assert(Values > 0 && Values <= 4);
  std::uint64_t key;
  std::int64_t value[Values];
};

template <>
struct GroupRow<0>
{
  std::uint64_t key;
};

/// Rows as columns: key[rows] and Values arrays value[v][rows].
template <int Values>
struct RowBlock
{
  std::uint64_t const* key = nullptr;
  std::array<std::int64_t const*, Values> value = {};
  std::size_t rows = 0;
};

/// Where a producer puts the rows of one shard.
///
/// It fills the first n slots of keys() and value(v), calls emit(n), and may start again from slot 0 as often
/// as it likes. Blocks of about 8,192 rows stay in the cache from packing to partitioning; one block per
/// shard works too.
template <int Values>
class GroupBuffer
{
 public:
  static constexpr std::size_t capacity = 131'072;  ///< [rows] that one emit can hand over
  static constexpr std::size_t bytes = (1 + Values) * capacity * sizeof(std::uint64_t);
  using Take = std::function<bool(RowBlock<Values> const&)>;

  /// `memory` has room for `bytes`.
  GroupBuffer(std::byte* memory, Take take)
      : key_(reinterpret_cast<std::uint64_t*>(memory))
      , take_(std::move(take))
  {
    for (int v = 0; v < Values; ++v)
    {
      auto* const column = key_ + static_cast<std::size_t>(1 + v) * capacity;
      value_[static_cast<std::size_t>(v)] = reinterpret_cast<std::int64_t*>(column);
    }
  }

  std::span<std::uint64_t> keys() const noexcept { return {key_, capacity}; }
  std::span<std::int64_t> value(int v) const noexcept
  {
    return {value_[static_cast<std::size_t>(v)], capacity};
  }

  /// Hands over the first `rows` slots. False = no more rows of this shard are wanted (a sample is being
  /// taken); going on is allowed and wastes only time.
  bool emit(std::size_t rows) const
  {
    RowBlock<Values> block{key_, {}, rows};
    for (std::size_t v = 0; v < Values; ++v)
    {
      block.value[v] = value_[v];
    }
    return take_(block);
  }

  /// The same for columns that stand elsewhere in memory, without a copy into the slots.
  bool emit(RowBlock<Values> const& block) const { return take_(block); }

 private:
  std::uint64_t* key_;
  std::array<std::int64_t*, Values> value_ = {};
  Take take_;
};

}  // namespace tarifa
