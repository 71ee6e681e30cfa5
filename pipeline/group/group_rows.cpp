#include "pipeline/group/group_rows.hpp"

#include <memory>
#include <vector>

#include "pipeline/group/row_exchange.hpp"
#include "pipeline/group/row_scatter.hpp"

namespace tarifa
{
namespace
{

/// Keys from the listed shards, in the order of the shards, whatever the threads.
template <int Values>
std::vector<std::uint64_t> sample_keys(int threads, GroupArena& arena,
                                       std::vector<std::int64_t> const& shards, int key_bits,
                                       ProduceRows<Values> const& produce)
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

template <int Values>
std::vector<std::int64_t> count_ranges(GroupPlan const& plan, GroupArena& arena,
                                       ProduceRows<Values> const& produce)
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
template <int Values>
std::vector<std::unique_ptr<RowScatter<Values>>> scatter_round(GroupPlan const& plan, RankSlices const& round,
                                                               GroupArena& arena,
                                                               ProduceRows<Values> const& produce)
{
  std::vector<std::uint8_t> kept;
  if (plan.rounds.size() > 1 || !plan.left_out.empty())
  {
    kept.resize(static_cast<std::size_t>(plan.map.ranges()));
    for (auto const& slice : round)
    {
      for (int range = slice.begin; range < slice.end; ++range)
      {
        kept[static_cast<std::size_t>(range)] = plan.is_left_out(range) ? 0 : 1;
      }
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

}  // namespace

template <int Values>
GroupPlan plan_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                      ShardSource const& source, ProduceRows<Values> const& produce)
{
  int const threads = settings.threads > 0 ? settings.threads : omp_get_max_threads();
  auto sampled = comm.all_or_none(
      "sampling group keys",
      [&]
      {
        arena.prepare(threads);
        auto const some = sampled_shards(source.shards);
        auto keys = sample_keys<Values>(threads, arena, some, settings.key_bits, produce);
        bool const meagre =
            static_cast<std::int64_t>(keys.size()) < sample_size(static_cast<std::int64_t>(some.size()))
                                                         * static_cast<std::int64_t>(some.size()) / 8;
        if (meagre && static_cast<std::int64_t>(some.size()) < source.shards)
        {
          keys = sample_keys<Values>(threads, arena, all_shards(source.shards), settings.key_bits, produce);
        }
        return keys;
      });
  GroupPlan plan = plan_ranges(comm, settings, source, sizeof(GroupRow<Values>), std::move(sampled));
  drop_done_rounds(plan);
  if (!plan.rounds.empty() && needs_rounds(comm, plan))
  {
    auto const counts =
        comm.all_or_none("counting group keys", [&] { return count_ranges<Values>(plan, arena, produce); });
    plan_rounds(plan, weigh_ranges(comm, counts));
    drop_done_rounds(plan);
  }
  return plan;
}

template <int Values>
void group_rows(Comm const& comm, GroupPlan const& plan, GroupArena& arena,
                ProduceRows<Values> const& produce, ConsumeRows<Values> const& consume,
                GroupPauses const& pauses)
{
  for (auto const& round : plan.rounds)
  {
    auto const scatters = comm.all_or_none("partitioning rows by key",
                                           [&]
                                           {
                                             arena.prepare(plan.threads());
                                             return scatter_round<Values>(plan, round, arena, produce);
                                           });
    RowExchange<Values> exchange(comm, plan, round, arena, scatters);
    if (pauses.scanned)
    {
      pauses.scanned();
    }
    exchange.run(consume, pauses);
  }
}

template GroupPlan plan_groups<0>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                                  ProduceRows<0> const&);
template void group_rows<0>(Comm const&, GroupPlan const&, GroupArena&, ProduceRows<0> const&,
                            ConsumeRows<0> const&, GroupPauses const&);
template GroupPlan plan_groups<1>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                                  ProduceRows<1> const&);
template void group_rows<1>(Comm const&, GroupPlan const&, GroupArena&, ProduceRows<1> const&,
                            ConsumeRows<1> const&, GroupPauses const&);
template GroupPlan plan_groups<2>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                                  ProduceRows<2> const&);
template void group_rows<2>(Comm const&, GroupPlan const&, GroupArena&, ProduceRows<2> const&,
                            ConsumeRows<2> const&, GroupPauses const&);
template GroupPlan plan_groups<3>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                                  ProduceRows<3> const&);
template void group_rows<3>(Comm const&, GroupPlan const&, GroupArena&, ProduceRows<3> const&,
                            ConsumeRows<3> const&, GroupPauses const&);
template GroupPlan plan_groups<4>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                                  ProduceRows<4> const&);
template void group_rows<4>(Comm const&, GroupPlan const&, GroupArena&, ProduceRows<4> const&,
                            ConsumeRows<4> const&, GroupPauses const&);

}  // namespace tarifa
