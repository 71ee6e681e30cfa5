#pragma once

#include <cstdint>
#include <string_view>

namespace tarifa
{

/// Instruction sets that inner loops are written for. All give the same.
enum class Simd : std::uint8_t
{
  portable,  ///< what every processor of the architecture has
  avx2,      ///< with BMI, BMI2 and POPCNT
  avx512,    ///< F, BW and VBMI, and all of the above
};

/// The best of this processor, or the lower one that TARIFA_SIMD names. The one place that decides; settled
/// at the first call. Error(usage) when TARIFA_SIMD is none of the names.
Simd simd_level();

std::string_view name_of(Simd level);

}  // namespace tarifa
