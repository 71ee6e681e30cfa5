#include "pipeline/run/simd.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

constexpr std::array<std::string_view, 3> names = {"portable", "avx2", "avx512"};

Simd best_of_processor()
{
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2")
      || !__builtin_cpu_supports("popcnt"))
  {
    return Simd::portable;
  }
  bool const wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                    && __builtin_cpu_supports("avx512vbmi");
  return wide ? Simd::avx512 : Simd::avx2;
#else
  return Simd::portable;
#endif
}

Simd lowered_by_environment(Simd best)
{
  char const* const wish = std::getenv("TARIFA_SIMD");
  if (wish == nullptr || *wish == '\0')
  {
    return best;
  }
  auto const known = std::ranges::find(names, std::string_view(wish));
  require(known != names.end(), Fault::usage,
          "TARIFA_SIMD is '" + std::string(wish) + "'; use portable, avx2 or avx512");
  return std::min(best, static_cast<Simd>(known - names.begin()));
}

}  // namespace

Simd simd_level()
{
  static Simd const level = lowered_by_environment(best_of_processor());
  return level;
}

std::string_view name_of(Simd level)
{
  return names[static_cast<std::size_t>(level)];
}

}  // namespace tarifa
