#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "pipeline/group/group_plan.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa::test
{

inline std::uint64_t mixed(std::uint64_t x)
{
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

enum class Keys
{
  uniform,    ///< all bits random: nearly every key once
  zipf,       ///< few heavy keys, many light ones
  one,        ///< a single key
  clustered,  ///< 64-bit keys, nearly all in a tiny part of the key space
  ascending,  ///< the input is already sorted
};

/// Rows that depend only on the seed and the row number, cut into shards that ranks share in turn.
struct Data
{
  Keys keys = Keys::uniform;
  int key_bits = 30;
  std::int64_t shards = 0;
  std::int64_t shard_rows = 0;

  std::uint64_t key(std::int64_t row) const
  {
    std::uint64_t const random = mixed(static_cast<std::uint64_t>(row));
    switch (keys)
    {
      case Keys::uniform:
        return random >> (64 - key_bits);
      case Keys::zipf:
        return static_cast<std::uint64_t>(
            std::exp(static_cast<double>(random >> 11) * 0x1p-53 * key_bits * 0.69));
      case Keys::one:
        return 1234;
      case Keys::clustered:
        return random % 1000 == 0 ? random : 0x7fff'0000'0000'0000U + random % 40'000;
      case Keys::ascending:
        return static_cast<std::uint64_t>(row) / 3;
    }
    return 0;
  }

  std::int64_t value(std::int64_t row) const
  {
    return static_cast<std::int64_t>(mixed(static_cast<std::uint64_t>(row) + 77) % 2'000'001) - 1'000'000;
  }

  ShardSource source(Comm const& comm) const
  {
    std::int64_t const mine = (shards - comm.rank() + comm.size() - 1) / comm.size();
    return {mine, mine * shard_rows};
  }

  /// Rows of local shard `shard`, in blocks of an odd size.
  template <int Values>
  void produce(Comm const& comm, std::int64_t shard, GroupBuffer<Values>& buffer) const
  {
    std::int64_t const first = (shard * comm.size() + comm.rank()) * shard_rows;
    for (std::int64_t begin = 0; begin < shard_rows; begin += 1001)
    {
      std::int64_t const rows = std::min<std::int64_t>(1001, shard_rows - begin);
      for (std::int64_t i = 0; i < rows; ++i)
      {
        buffer.keys()[static_cast<std::size_t>(i)] = key(first + begin + i);
        for (int v = 0; v < Values; ++v)
        {
          buffer.value(v)[static_cast<std::size_t>(i)] = value(first + begin + i) + v;
        }
      }
      if (!buffer.emit(static_cast<std::size_t>(rows)))
      {
        return;
      }
    }
  }

  /// All rows of all ranks: key -> ascending values.
  std::map<std::uint64_t, std::vector<std::int64_t>> reference() const
  {
    std::map<std::uint64_t, std::vector<std::int64_t>> groups;
    for (std::int64_t row = 0; row < shards * shard_rows; ++row)
    {
      groups[key(row)].push_back(value(row));
    }
    for (auto& [key, values] : groups)
    {
      std::sort(values.begin(), values.end());
    }
    return groups;
  }
};

}  // namespace tarifa::test
