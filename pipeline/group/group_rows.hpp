#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "pipeline/group/arena.hpp"
#include "pipeline/group/group_plan.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/group/shard_scan.hpp"

namespace tarifa
{

/// Takes all rows of one key range of this rank, sorted by key. Called from many threads, must not
/// communicate.
template <int Values>
using ConsumeRows = std::function<void(int range, std::span<GroupRow<Values> const> sorted)>;

/// What a job does on all ranks together between the steps of group_rows: where a run may end, once what is
/// done is kept. What they throw they throw on every rank.
struct GroupPauses
{
  std::function<void()>
      scanned;  ///< [all] after the shards were gone through, before their rows are consumed
  std::function<void(RankSlices const& step)> consumed;  ///< [all] these ranges of each rank were consumed
};

/// [all] Samples keys and decides key ranges, owners and rounds.
///
/// `produce(std::int64_t shard, GroupBuffer<Values>& buffer)` puts the rows of one shard of this rank into
/// the buffer. It is called from many threads, for one shard more than once, must give the same rows each
/// time, and must not communicate. When it throws anywhere, every rank throws the same Error.
template <int Values>
GroupPlan plan_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                      ShardSource const& source, ProduceRows<Values> const& produce);

/// [all] Brings the rows of each key range together, sorted by key, and hands each range over once.
///
/// `consume(int range, std::span<GroupRow<Values> const> sorted)` is called from many threads for the ranges
/// 0 .. plan.ranges()-1 of this rank, in any order, also for empty ones; ascending ranges are ascending keys,
/// and all keys of a rank are below those of the next rank. All rows of one key are in one range, and so are
/// keys that differ in the lowest settings.together_bits bits only. It must not communicate and must not
/// throw for other reasons than bad data; when it throws anywhere, every rank throws the same Error.
///
/// Ranges of settings.done are not handed over.
///
/// Memory stays near settings.memory_bytes per rank, except that one range must fit: a single key cannot be
/// divided.
template <int Values>
void group_rows(Comm const& comm, GroupPlan const& plan, GroupArena& arena,
                ProduceRows<Values> const& produce, ConsumeRows<Values> const& consume,
                GroupPauses const& pauses = {});

}  // namespace tarifa
