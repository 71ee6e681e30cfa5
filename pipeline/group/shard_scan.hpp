#pragma once

#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "pipeline/group/arena.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/group/parallel_tasks.hpp"

namespace tarifa
{

/// Puts the rows of one shard of this rank into the buffer. Called from many threads, for one shard more than
/// once; must give the same rows each time and must not communicate. It may throw.
template <int Values>
using ProduceRows = std::function<void(std::int64_t shard, GroupBuffer<Values>& buffer)>;

/// Calls take(thread, shard, block) for what the listed shards produce; take returns false when it has
/// enough.
template <int Values, class Take>
void scan_shards(int threads, GroupArena& arena, std::vector<std::int64_t> const& shards,
                 ProduceRows<Values> const& produce, Take const& take)
{
  parallel_tasks(threads, static_cast<std::int64_t>(shards.size()),
                 [&](int thread, std::int64_t task)
                 {
                   auto& memory = arena.thread(thread).produced;
                   memory.reserve(GroupBuffer<Values>::bytes);
                   GroupBuffer<Values> buffer(memory.as<std::byte>(), [&](RowBlock<Values> const& block)
                                              { return take(thread, task, block); });
                   produce(shards[static_cast<std::size_t>(task)], buffer);
                 });
}

inline std::vector<std::int64_t> all_shards(std::int64_t shards)
{
  std::vector<std::int64_t> all(static_cast<std::size_t>(shards));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

}  // namespace tarifa
