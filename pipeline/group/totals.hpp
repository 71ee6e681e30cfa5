#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "pipeline/group/arena.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// Count, sum, least and greatest of some integers. An additive summary: exact, in any order.
struct GroupTotals
{
  std::int64_t count = 0;
  Int128 sum = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();  ///< this when there are no values
  std::int64_t most = std::numeric_limits<std::int64_t>::min();   ///< this when there are no values

  void add(std::int64_t value) noexcept
  {
    ++count;
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
  }

  void add(GroupTotals const& other) noexcept
  {
    count += other.count;
    sum += other.sum;
    least = std::min(least, other.least);
    most = std::max(most, other.most);
  }
};

/// Totals of one key range as columns; every span has one entry per group, keys ascending.
template <int Values>
struct TotalsRange
{
  std::span<std::uint64_t> key;
  std::span<std::int64_t> count;
  std::array<std::span<std::int64_t>, Values> sum;  ///< low 64 bits of the sum
  std::array<std::span<std::int64_t>, Values>
      high;  ///< high 64 bits; empty when every sum of the range fits in `sum`
  std::array<std::span<std::int64_t>, Values> least;
  std::array<std::span<std::int64_t>, Values> most;
};

/// Totals of all groups of one rank, range after range in key order. Keeps its memory when it is filled
/// again.
template <int Values>
class TotalsTable
{
 public:
  /// Forgets the groups, makes room for `ranges` empty ranges and `threads` writers.
  void reset(int ranges, int threads)
  {
    pool_.reset();
    ranges_.assign(static_cast<std::size_t>(ranges), {});
    writers_.assign(static_cast<std::size_t>(threads), {});
  }

  int ranges() const noexcept { return static_cast<int>(ranges_.size()); }
  TotalsRange<Values> const& range(int r) const noexcept { return ranges_[static_cast<std::size_t>(r)]; }

  std::int64_t groups() const noexcept
  {
    return std::accumulate(ranges_.begin(), ranges_.end(), std::int64_t{0},
                           [](std::int64_t sum, auto const& r)
                           { return sum + static_cast<std::int64_t>(r.key.size()); });
  }

  /// Columns for `groups` groups of one range, uninitialised; from any thread, once per range.
  TotalsRange<Values>& open_range(int thread, int range, std::size_t groups)
  {
    auto& r = ranges_[static_cast<std::size_t>(range)];
    r.count = take(thread, groups);
    auto const keys = take(thread, groups);
    r.key = {reinterpret_cast<std::uint64_t*>(keys.data()), groups};
    for (std::size_t v = 0; v < Values; ++v)
    {
      r.sum[v] = take(thread, groups);
      r.least[v] = take(thread, groups);
      r.most[v] = take(thread, groups);
    }
    return r;
  }

  /// Column of `groups` numbers that lives as long as the table's contents.
  std::span<std::int64_t> take(int thread, std::size_t groups);

 private:
  struct alignas(64) Writer
  {
    std::byte* at = nullptr;
    std::size_t left = 0;
  };

  SlabPool pool_;
  std::vector<TotalsRange<Values>> ranges_;
  std::vector<Writer> writers_;
};

template <int Values>
std::span<std::int64_t> TotalsTable<Values>::take(int thread, std::size_t groups)
{
  std::size_t const bytes = (groups * sizeof(std::int64_t) + 63) / 64 * 64;
  auto& writer = writers_[static_cast<std::size_t>(thread)];
  std::byte* piece = nullptr;
  if (bytes > SlabPool::slab_bytes / 4)
  {
    piece = pool_.take_large(bytes);
  }
  else
  {
    if (writer.left < bytes)
    {
      writer = {pool_.take(), SlabPool::slab_bytes};
    }
    piece = writer.at;
    writer.at += bytes;
    writer.left -= bytes;
  }
  return {reinterpret_cast<std::int64_t*>(piece), groups};
}

/// Totals of the runs of equal keys in sorted rows.
template <int Values>
void total_runs(std::span<GroupRow<Values> const> sorted, int thread, int range, TotalsTable<Values>& table)
{
  std::size_t const rows = sorted.size();
  std::size_t groups = rows == 0 ? 0 : 1;
  for (std::size_t i = 1; i < rows; ++i)
  {
    groups += sorted[i].key != sorted[i - 1].key ? 1U : 0U;
  }
  auto& out = table.open_range(thread, range, groups);
  std::array<bool, Values + 1> wide{};
  auto const walk = [&](auto&& each_run)
  {
    std::size_t begin = 0;
    for (std::size_t g = 0; g < groups; ++g)
    {
      std::size_t end = begin + 1;
      while (end < rows && sorted[end].key == sorted[begin].key)
      {
        ++end;
      }
      each_run(g, begin, end);
      begin = end;
    }
  };
  walk(
      [&](std::size_t g, std::size_t begin, std::size_t end)
      {
        out.key[g] = sorted[begin].key;
        out.count[g] = static_cast<std::int64_t>(end - begin);
        if constexpr (Values > 0)
        {
          for (std::size_t v = 0; v < Values; ++v)
          {
            std::int64_t const first = sorted[begin].value[v];
            Int128 sum = first;
            std::int64_t least = first;
            std::int64_t most = first;
            for (std::size_t i = begin + 1; i < end; ++i)
            {
              std::int64_t const value = sorted[i].value[v];
              sum += value;
              least = std::min(least, value);
              most = std::max(most, value);
            }
            out.sum[v][g] = static_cast<std::int64_t>(sum);
            wide[v] = wide[v] || sum != static_cast<std::int64_t>(sum);
            out.least[v][g] = least;
            out.most[v][g] = most;
          }
        }
      });
  if constexpr (Values > 0)
  {
    for (std::size_t v = 0; v < Values; ++v)
    {
      if (!wide[v])
      {
        continue;
      }
      out.high[v] = table.take(thread, groups);
      walk(
          [&](std::size_t g, std::size_t begin, std::size_t end)
          {
            Int128 sum = 0;
            for (std::size_t i = begin; i < end; ++i)
            {
              sum += sorted[i].value[v];
            }
            out.high[v][g] = static_cast<std::int64_t>(sum >> 64);
          });
    }
  }
}

}  // namespace tarifa
