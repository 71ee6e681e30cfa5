#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "pipeline/group/arena.hpp"
#include "pipeline/group/group_plan.hpp"
#include "pipeline/group/group_row.hpp"
#include "pipeline/group/parallel_tasks.hpp"
#include "pipeline/group/row_exchange.hpp"
#include "pipeline/group/row_scatter.hpp"

namespace tarifa
{

/// [all] Samples keys and decides key ranges, owners and rounds.
///
/// `produce(std::int64_t shard, GroupBuffer<Values>& buffer)` puts the rows of one shard of this rank into
/// the buffer. It is called from many threads, for one shard more than once, must give the same rows each
/// time, and must not communicate. When it throws anywhere, every rank throws the same Error.
template <int Values, class Produce>
GroupPlan plan_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                      ShardSource const& source, Produce&& produce);

/// [all] Brings the rows of each key range together, sorted by key, and hands each range over once.
///
/// `consume(int range, std::span<GroupRow<Values> const> sorted)` is called from many threads for the ranges
/// 0 .. plan.ranges()-1 of this rank, in any order, also for empty ones; ascending ranges are ascending keys,
/// and all keys of a rank are below those of the next rank. All rows of one key are in one range. It must not
/// communicate and must not throw for other reasons than bad data; when it throws anywhere, every rank throws
/// the same Error.
///
/// Memory stays near settings.memory_bytes per rank, except that one range must fit: a single key cannot be
/// divided.
template <int Values, class Produce, class Consume>
void group_rows(Comm const& comm, GroupPlan const& plan, GroupArena& arena, Produce&& produce,
                Consume&& consume);

namespace detail
{

/// Calls take(thread, shard, block) for what the listed shards produce; take returns false when it has
/// enough.
template <int Values, class Produce, class Take>
void scan_shards(int threads, GroupArena& arena, std::vector<std::int64_t> const& shards, Produce& produce,
                 Take const& take)
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
  for (std::size_t i = 0; i < all.size(); ++i)
  {
    all[i] = static_cast<std::int64_t>(i);
  }
  return all;
}

/// Keys from the listed shards, in the order of the shards, whatever the threads.
template <int Values, class Produce>
std::vector<std::uint64_t> sample_keys(int threads, GroupArena& arena,
                                       std::vector<std::int64_t> const& shards, int key_bits,
                                       Produce& produce)
{
  auto const wanted = static_cast<std::size_t>(sample_size(static_cast<std::int64_t>(shards.size())));
  std::uint64_t const highest = key_bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - key_bits);
  std::vector<std::vector<std::uint64_t>> found(shards.size());
  scan_shards<Values>(
      threads, arena, shards, produce,
      [&](int, std::int64_t task, RowBlock<Values> const& block)
      {
        auto& keys = found[static_cast<std::size_t>(task)];
        std::size_t const missing = wanted - keys.size();
        std::size_t const stride = std::max<std::size_t>(1, block.rows / std::max<std::size_t>(1, missing));
        for (std::size_t i = 0; i < block.rows && keys.size() < wanted; i += stride)
        {
          require(block.key[i] <= highest, Fault::internal, "a group key has more bits than its layout");
          keys.push_back(block.key[i]);
        }
        return keys.size() < wanted;
      });
  std::vector<std::uint64_t> all;
  for (auto const& keys : found)
  {
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

template <int Values, class Produce>
std::vector<std::int64_t> count_ranges(GroupPlan const& plan, GroupArena& arena, Produce& produce)
{
  auto const ranges = static_cast<std::size_t>(plan.map.ranges());
  std::vector<std::vector<std::int64_t>> counts(static_cast<std::size_t>(plan.threads()));
  scan_shards<Values>(plan.threads(), arena, all_shards(plan.source.shards), produce,
                      [&](int thread, std::int64_t, RowBlock<Values> const& block)
                      {
                        auto& mine = counts[static_cast<std::size_t>(thread)];
                        mine.resize(ranges);
                        RangeMap::Index index[512];
                        for (std::size_t begin = 0; begin < block.rows; begin += std::size(index))
                        {
                          std::size_t const rows = std::min(std::size(index), block.rows - begin);
                          for (std::size_t i = 0; i < rows; ++i)
                          {
                            require(plan.map.fits(block.key[begin + i]), Fault::internal,
                                    "a group key has more bits than its layout");
                          }
                          plan.map.find(block.key + begin, rows, index);
                          for (std::size_t i = 0; i < rows; ++i)
                          {
                            ++mine[index[i]];
                          }
                        }
                        return true;
                      });
  std::vector<std::int64_t> sum(ranges);
  for (auto const& mine : counts)
  {
    for (std::size_t r = 0; r < mine.size(); ++r)
    {
      sum[r] += mine[r];
    }
  }
  return sum;
}

/// Rows of the ranges of one round, partitioned, one scatter for each thread.
template <int Values, class Produce>
std::vector<std::unique_ptr<RowScatter<Values>>> scatter_round(GroupPlan const& plan, RankSlices const& round,
                                                               GroupArena& arena, Produce& produce)
{
  std::vector<std::uint8_t> kept;
  if (plan.rounds.size() > 1)
  {
    kept.resize(static_cast<std::size_t>(plan.map.ranges()));
    for (auto const& slice : round)
    {
      std::fill(kept.begin() + slice.begin, kept.begin() + slice.end, std::uint8_t{1});
    }
  }
  arena.rows().reset();
  std::vector<std::unique_ptr<RowScatter<Values>>> scatters(static_cast<std::size_t>(plan.threads()));
  for (std::size_t t = 0; t < scatters.size(); ++t)
  {
    scatters[t] =
        std::make_unique<RowScatter<Values>>(plan.map, plan.block_rows(RowScatter<Values>::line_rows), kept,
                                             arena.thread(static_cast<int>(t)).lines, arena.rows());
  }
  scan_shards<Values>(plan.threads(), arena, all_shards(plan.source.shards), produce,
                      [&](int thread, std::int64_t, RowBlock<Values> const& block)
                      {
                        scatters[static_cast<std::size_t>(thread)]->add(block);
                        return true;
                      });
  for (auto& scatter : scatters)
  {
    scatter->close();
  }
  return scatters;
}

}  // namespace detail

template <int Values, class Produce>
GroupPlan plan_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                      ShardSource const& source, Produce&& produce)
{
  int const threads = settings.threads > 0 ? settings.threads : omp_get_max_threads();
  auto sampled = comm.all_or_none(
      "sampling group keys",
      [&]
      {
        arena.prepare(threads);
        auto const some = sampled_shards(source.shards);
        auto keys = detail::sample_keys<Values>(threads, arena, some, settings.key_bits, produce);
        bool const meagre =
            static_cast<std::int64_t>(keys.size()) < sample_size(static_cast<std::int64_t>(some.size()))
                                                         * static_cast<std::int64_t>(some.size()) / 8;
        if (meagre && static_cast<std::int64_t>(some.size()) < source.shards)
        {
          keys = detail::sample_keys<Values>(threads, arena, detail::all_shards(source.shards),
                                             settings.key_bits, produce);
        }
        return keys;
      });
  GroupPlan plan = plan_ranges(comm, settings, source, sizeof(GroupRow<Values>), std::move(sampled));
  if (needs_rounds(comm, plan))
  {
    auto const counts = comm.all_or_none("counting group keys",
                                         [&] { return detail::count_ranges<Values>(plan, arena, produce); });
    plan_rounds(plan, weigh_ranges(comm, counts));
  }
  return plan;
}

template <int Values, class Produce, class Consume>
void group_rows(Comm const& comm, GroupPlan const& plan, GroupArena& arena, Produce&& produce,
                Consume&& consume)
{
  for (auto const& round : plan.rounds)
  {
    auto const scatters =
        comm.all_or_none("partitioning rows by key",
                         [&]
                         {
                           arena.prepare(plan.threads());
                           return detail::scatter_round<Values>(plan, round, arena, produce);
                         });
    RowExchange<Values> exchange(comm, plan, round, arena, scatters);
    exchange.run(consume);
  }
}

}  // namespace tarifa
