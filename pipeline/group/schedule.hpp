#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarifa
{

/// Ranges begin..end-1.
struct RangeSlice
{
  int begin = 0;
  int end = 0;
  int size() const noexcept { return end - begin; }
};

/// One slice of ranges for each rank.
using RankSlices = std::vector<RangeSlice>;

/// Rows that decide how much may be moved at once; known to every rank.
struct RangeWeights
{
  std::vector<std::int64_t> total;  ///< [ranges] rows over all ranks: what the owner receives
  std::vector<std::int64_t> most;   ///< [ranges] greatest number on one rank: what any rank sends at most
};

/// Cuts the ranges of each rank into consecutive slices so that in every step no rank sends more than
/// `send_rows` nor receives more than `receive_rows`. A range that is larger alone makes a step of its own.
/// At least one step.
std::vector<RankSlices> cut_steps(RankSlices const& owned, RangeWeights const& weights,
                                  std::int64_t send_rows, std::int64_t receive_rows);

/// Ranges of each rank, consecutive, with about equal weight: rank order is key order.
RankSlices share_ranges(std::span<std::int64_t const> weight, int ranks);

}  // namespace tarifa
