#include "pipeline/group/group_plan.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include <omp.h>

#include "pipeline/group/group_row.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

// Of the memory setting: 5/8 for the rows, 1/8 each for outgoing and incoming rows, the rest for lines and
// lists.
constexpr std::int64_t row_eighths = 5;

// Sampled keys over all ranks: about 16 for each of 1,024 ranges, so that a range misses its size by a
// quarter.
constexpr std::int64_t samples_wanted = 16'384;

// More ranges than this do not keep their write lines in the second cache level.
constexpr std::int64_t most_usual_ranges = 2048;

std::vector<KeySample> gather_samples(Comm const& comm, std::vector<std::uint64_t> mine, std::int64_t rows)
{
  std::sort(mine.begin(), mine.end());
  auto const limit = static_cast<std::size_t>(std::max<std::int64_t>(64, 2 * samples_wanted / comm.size()));
  if (mine.size() > limit)
  {
    for (std::size_t i = 0; i < limit; ++i)
    {
      mine[i] = mine[i * mine.size() / limit];
    }
    mine.resize(limit);
  }
  int const count = static_cast<int>(mine.size());
  // Weights are in sixteenths of a row, so that a rank with more samples than rows still counts for what it
  // has.
  std::int64_t const weight = count == 0 ? 0 : std::max<std::int64_t>(1, rows * 16 / count);
  auto const ranks = static_cast<std::size_t>(comm.size());
  std::vector<int> counts(ranks);
  std::vector<int> offsets(ranks + 1);
  std::vector<std::int64_t> weights(ranks);
  MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, comm.handle());
  MPI_Allgather(&weight, 1, MPI_INT64_T, weights.data(), 1, MPI_INT64_T, comm.handle());
  for (std::size_t r = 0; r < ranks; ++r)
  {
    offsets[r + 1] = offsets[r] + counts[r];
  }
  std::vector<std::uint64_t> keys(static_cast<std::size_t>(offsets[ranks]));
  MPI_Allgatherv(mine.data(), count, MPI_UINT64_T, keys.data(), counts.data(), offsets.data(), MPI_UINT64_T,
                 comm.handle());
  std::vector<KeySample> samples(keys.size());
  for (std::size_t r = 0; r < ranks; ++r)
  {
    for (int i = offsets[r]; i < offsets[r + 1]; ++i)
    {
      samples[static_cast<std::size_t>(i)] = {keys[static_cast<std::size_t>(i)], weights[r]};
    }
  }
  if (ranks > 1)
  {
    std::sort(samples.begin(), samples.end(),
              [](KeySample const& a, KeySample const& b) { return a.key < b.key; });
  }
  return samples;
}

std::int64_t wanted_ranges(GroupPlan const& plan, Comm const& comm, std::int64_t all_rows)
{
  std::int64_t const usual = std::clamp<std::int64_t>(
      all_rows / std::max<std::int64_t>(1, plan.settings.range_rows), 1, most_usual_ranges);
  // Every thread of every rank needs several ranges for an even load, every round at least a few.
  std::int64_t const busy = all_rows / 256 >= comm.size() ? std::int64_t{8} * comm.size() : 1;
  std::int64_t const rounds =
      all_rows * plan.row_bytes / std::max<std::int64_t>(1, plan.settings.memory_bytes);
  return std::max({usual, busy, std::min<std::int64_t>(16 * rounds, 16'384)});
}

/// Where intervals begin and where they have ended.
std::vector<std::uint64_t> borders_of(std::vector<KeyInterval> const& intervals, int key_bits)
{
  std::uint64_t const highest = key_bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - key_bits);
  std::vector<std::uint64_t> borders;
  for (KeyInterval const& one : intervals)
  {
    if (borders.empty() || borders.back() != one.least)
    {
      borders.push_back(one.least);
    }
    if (one.most < highest)
    {
      borders.push_back(one.most + 1);
    }
  }
  return borders;
}

std::vector<std::uint8_t> done_ranges(RangeMap const& map, std::vector<KeyInterval> const& done)
{
  std::vector<std::uint8_t> left_out(done.empty() ? 0 : static_cast<std::size_t>(map.ranges()));
  auto next = done.begin();
  for (int range = 0; range < static_cast<int>(left_out.size()); ++range)
  {
    while (next != done.end() && next->most < map.least_key(range))
    {
      ++next;
    }
    bool const inside = next != done.end() && next->least <= map.least_key(range);
    left_out[static_cast<std::size_t>(range)] = inside ? 1 : 0;
  }
  return left_out;
}

}  // namespace

int GroupPlan::threads() const noexcept
{
  return settings.threads > 0 ? settings.threads : omp_get_max_threads();
}

std::int64_t GroupPlan::source_rows() const noexcept
{
  return source.rows >= 0 ? source.rows : source.shards * static_cast<std::int64_t>(GroupBuffer<0>::capacity);
}

std::size_t GroupPlan::block_rows(std::size_t line_rows) const noexcept
{
  // Half a block stands empty for every thread and range: an eighth of the rows of one list keeps that small.
  auto const lists = static_cast<std::int64_t>(threads()) * map.ranges();
  std::int64_t const rows = std::min(source_rows(), settings.memory_bytes / row_bytes);
  auto const eighth = static_cast<std::uint64_t>(std::clamp<std::int64_t>(rows / (8 * lists), 1, 512));
  return std::max<std::size_t>(std::bit_floor(eighth), 2 * line_rows);
}

std::int64_t GroupPlan::exchange_rows() const noexcept
{
  // Messages of 64 MiB are long enough for any network; more would only take memory from the rows.
  constexpr std::int64_t most_bytes = std::int64_t{64} << 20;
  return std::max<std::int64_t>(1, std::min(most_bytes, settings.memory_bytes / 8) / row_bytes);
}

std::vector<std::int64_t> sampled_shards(std::int64_t shards)
{
  std::int64_t const count = std::min(shards, std::clamp<std::int64_t>(shards / 8, 16, 256));
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < count; ++i)
  {
    chosen.push_back(i * shards / count);
  }
  return chosen;
}

std::int64_t sample_size(std::int64_t sampled)
{
  return std::max<std::int64_t>(64, samples_wanted / std::max<std::int64_t>(1, sampled));
}

GroupPlan plan_ranges(Comm const& comm, GroupSettings const& settings, ShardSource const& source,
                      std::int64_t row_bytes, std::vector<std::uint64_t> sampled)
{
  GroupPlan plan;
  plan.settings = settings;
  plan.source = source;
  plan.row_bytes = row_bytes;
  plan.rank = comm.rank();
  std::int64_t const all_rows = comm.sum(plan.source_rows());
  auto const samples = gather_samples(comm, std::move(sampled), plan.source_rows());
  plan.map = RangeMap(samples, settings.key_bits, wanted_ranges(plan, comm, all_rows), settings.together_bits,
                      borders_of(settings.done, settings.key_bits));
  plan.left_out = done_ranges(plan.map, settings.done);
  std::vector<std::int64_t> weight(static_cast<std::size_t>(plan.map.ranges()));
  std::size_t range = 0;
  for (auto const& s : samples)
  {
    while (s.key > plan.map.most_key(static_cast<int>(range)))
    {
      ++range;
    }
    weight[range] += s.weight;
  }
  plan.owned = share_ranges(weight, comm.size());
  plan.rounds = {plan.owned};
  return plan;
}

bool needs_rounds(Comm const& comm, GroupPlan const& plan)
{
  std::int64_t const fitting = plan.settings.memory_bytes / 8 * row_eighths / plan.row_bytes;
  bool const many = plan.source_rows() > std::min<std::int64_t>(fitting, std::numeric_limits<int>::max());
  return comm.sum(std::int64_t{many ? 1 : 0}) > 0;
}

RangeWeights weigh_ranges(Comm const& comm, std::vector<std::int64_t> const& counts)
{
  RangeWeights weights{counts, counts};
  int const ranges = static_cast<int>(counts.size());
  MPI_Allreduce(MPI_IN_PLACE, weights.total.data(), ranges, MPI_INT64_T, MPI_SUM, comm.handle());
  MPI_Allreduce(MPI_IN_PLACE, weights.most.data(), ranges, MPI_INT64_T, MPI_MAX, comm.handle());
  return weights;
}

void plan_rounds(GroupPlan& plan, RangeWeights weights)
{
  std::int64_t const fitting = plan.settings.memory_bytes / 8 * row_eighths / plan.row_bytes;
  plan.owned = share_ranges(weights.total, static_cast<int>(plan.owned.size()));
  for (int range = 0; range < plan.map.ranges(); ++range)
  {
    if (plan.is_left_out(range))
    {
      weights.most[static_cast<std::size_t>(range)] = 0;
    }
  }
  // What a rank receives goes through the exchange in smaller steps: only what it keeps of its own shards
  // counts here.
  plan.rounds = cut_steps(plan.owned, weights, fitting, std::numeric_limits<std::int64_t>::max());
}

void drop_done_rounds(GroupPlan& plan)
{
  auto const is_done = [&](RankSlices const& round)
  {
    return std::all_of(round.begin(), round.end(),
                       [&](RangeSlice const& slice)
                       {
                         int range = slice.begin;
                         while (range < slice.end && plan.is_left_out(range))
                         {
                           ++range;
                         }
                         return range == slice.end;
                       });
  };
  std::erase_if(plan.rounds, is_done);
}

}  // namespace tarifa
