#include "pipeline/group/schedule.hpp"

#include <algorithm>

#include "pipeline/run/int128.hpp"

namespace tarifa
{
std::vector<RankSlices> cut_steps(RankSlices const& owned, RangeWeights const& weights,
                                  std::int64_t send_rows, std::int64_t receive_rows)
{
  std::int64_t const share = std::max<std::int64_t>(1, send_rows / static_cast<std::int64_t>(owned.size()));
  std::vector<RankSlices> steps;
  std::vector<int> next(owned.size());
  std::transform(owned.begin(), owned.end(), next.begin(), [](RangeSlice const& s) { return s.begin; });
  bool left = true;
  while (left)
  {
    left = false;
    RankSlices step(owned.size());
    for (std::size_t rank = 0; rank < owned.size(); ++rank)
    {
      int end = next[rank];
      std::int64_t sent = 0;
      std::int64_t received = 0;
      for (; end < owned[rank].end; ++end)
      {
        auto const range = static_cast<std::size_t>(end);
        sent += weights.most[range];
        received += weights.total[range];
        if (end > next[rank] && (sent > share || received > receive_rows))
        {
          break;
        }
      }
      step[rank] = {next[rank], end};
      next[rank] = end;
      left = left || end < owned[rank].end;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

RankSlices share_ranges(std::span<std::int64_t const> weight, int ranks)
{
  Int128 total = 0;
  for (auto const w : weight)
  {
    total += w;
  }
  RankSlices owned(static_cast<std::size_t>(ranks));
  int const ranges = static_cast<int>(weight.size());
  int range = 0;
  Int128 before = 0;
  for (int rank = 0; rank < ranks; ++rank)
  {
    auto& slice = owned[static_cast<std::size_t>(rank)];
    slice.begin = range;
    // A range goes to the rank in whose share of the rows its middle lies.
    while (range < ranges
           && (rank + 1 == ranks
               || (2 * before + weight[static_cast<std::size_t>(range)]) * ranks < 2 * total * (rank + 1)))
    {
      before += weight[static_cast<std::size_t>(range)];
      ++range;
    }
    slice.end = range;
  }
  return owned;
}

}  // namespace tarifa
