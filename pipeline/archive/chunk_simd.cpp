#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/chunk_paths.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace chunk_paths
{
namespace
{

constexpr std::array<char const*, 3> simd_names = {"portable", "avx2", "avx512"};

Simd best_of_processor()
{
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2"))
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
  auto const known = std::ranges::find(simd_names, std::string_view(wish));
  require(known != simd_names.end(), Fault::usage,
          "TARIFA_SIMD is '" + std::string(wish) + "'; use portable, avx2 or avx512");
  return std::min(best, static_cast<Simd>(known - simd_names.begin()));
}

}  // namespace

Simd chosen_simd()
{
  static Simd const chosen = lowered_by_environment(best_of_processor());
  return chosen;
}

}  // namespace chunk_paths

char const* codec_simd()
{
  return chunk_paths::simd_names[static_cast<std::size_t>(chunk_paths::chosen_simd())];
}

}  // namespace tarifa
