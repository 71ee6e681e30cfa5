#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/group/range_map.hpp"
#include "pipeline/group/schedule.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

enum class ValueOrder : std::uint8_t
{
  any,        ///< rows of equal key in no particular order
  ascending,  ///< rows of equal key by value[0]: medians and quantiles are look-ups
};

/// Keys least..most.
struct KeyInterval
{
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// Most intervals of GroupSettings::done: ranges are counted in 16 bits.
inline constexpr std::size_t most_done_intervals = 8000;

/// The same on every rank, except `threads`.
struct GroupSettings
{
  int key_bits = 64;      ///< bits a key can use: KeyLayout::bits()
  int together_bits = 0;  ///< keys that differ in so many lowest bits only go to one range, side by side
  ValueOrder order = ValueOrder::any;                 ///< order inside equal keys
  std::int64_t memory_bytes = std::int64_t{2} << 30;  ///< per rank, for rows and exchange
  std::int64_t range_rows = 8192;                     ///< rows a key range should have
  int threads = 0;                                    ///< 0 = all that OpenMP offers
  /// Keys of which an earlier run left what was made of them: ascending, apart, none of them parting keys
  /// that stay together. They are whole ranges, shared out by their rows like the others, so that what was
  /// made of them is shared out too; their rows are not brought together.
  std::vector<KeyInterval> done;
};

/// The shards of this rank.
struct ShardSource
{
  std::int64_t shards = 0;
  std::int64_t rows = -1;  ///< upper bound of all their rows; -1 = shards x 131,072
};

/// Which key ranges there are, who gets them, and in how many rounds; the same on every rank.
struct GroupPlan
{
  RangeMap map;
  RankSlices owned;                ///< [ranks] ranges each rank receives; rank order is key order
  std::vector<RankSlices> rounds;  ///< slices of `owned` that fit in memory together
  GroupSettings settings;
  ShardSource source;
  std::int64_t row_bytes = 0;
  int rank = 0;
  std::vector<std::uint8_t> left_out;  ///< [ranges] 1 = settings.done; empty when nothing is

  bool is_left_out(int range) const noexcept
  {
    return !left_out.empty() && left_out[static_cast<std::size_t>(range)] != 0;
  }
  int threads() const noexcept;
  /// Ranges of this rank: consume gets the numbers 0 .. ranges()-1.
  int ranges() const noexcept { return owned[static_cast<std::size_t>(rank)].size(); }
  std::int64_t source_rows() const noexcept;
  std::size_t block_rows(std::size_t line_rows) const noexcept;
  std::int64_t exchange_rows() const noexcept;  ///< rows of one Alltoallv, sent or received by one rank
};

/// Shards of which a sample is taken first; the others follow when these gave too few keys.
std::vector<std::int64_t> sampled_shards(std::int64_t shards);

/// Keys wanted from each sampled shard.
std::int64_t sample_size(std::int64_t sampled);

/// [all] Makes ranges and owners from the keys each rank sampled; one round. Sampled keys in any order.
GroupPlan plan_ranges(Comm const& comm, GroupSettings const& settings, ShardSource const& source,
                      std::int64_t row_bytes, std::vector<std::uint64_t> sampled);

/// [all] Whether the rows may not fit in memory at once on some rank, so that they must be counted first.
bool needs_rounds(Comm const& comm, GroupPlan const& plan);

/// [all] Sum and maximum over ranks of counts[ranges].
RangeWeights weigh_ranges(Comm const& comm, std::vector<std::int64_t> const& counts);

/// Owners and rounds anew from exact weights.
void plan_rounds(GroupPlan& plan, RangeWeights weights);

/// Takes away the rounds of which nothing is left to do.
void drop_done_rounds(GroupPlan& plan);

}  // namespace tarifa
