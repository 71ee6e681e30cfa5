#pragma once

#include <algorithm>
#include <cstdint>

namespace tarifa
{

/// First row of a rank when `rows` are shared evenly, in order; of rank `ranks` the end of all.
constexpr std::int64_t first_of_share(std::int64_t rows, int rank, int ranks)
{
  return rows / ranks * rank + std::min<std::int64_t>(rank, rows % ranks);
}

}  // namespace tarifa
