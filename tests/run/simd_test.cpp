#include "pipeline/run/simd.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/csv/structural_index.hpp"

namespace tarifa
{
namespace
{

/// Run with TARIFA_SIMD unset, and with each of the names.
TEST(Simd, TheEnvironmentLowersTheLevelAndNeverRaisesIt)
{
  char const* const wish = std::getenv("TARIFA_SIMD");
  Simd best = Simd::portable;
#if defined(__x86_64__)
  best = __builtin_cpu_supports("avx2") ? Simd::avx2 : best;
  best = __builtin_cpu_supports("avx512vbmi") ? Simd::avx512 : best;
#endif
  for (Simd const level : {Simd::portable, Simd::avx2, Simd::avx512})
  {
    if (wish != nullptr && name_of(level) == wish)
    {
      best = std::min(best, level);
    }
  }
  EXPECT_EQ(name_of(simd_level()), name_of(best));
  EXPECT_EQ(best_lanes() == Lanes::avx2, best >= Simd::avx2);
}

}  // namespace
}  // namespace tarifa
