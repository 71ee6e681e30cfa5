#include "pipeline/archive/chunk_paths.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <array>

#if !defined(__clang__)
// GCC 12 takes the undefined source of its own unmasked intrinsics for a mistake of ours.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <immintrin.h>

namespace tarifa::chunk_paths
{
namespace
{

/// One 64-byte load holds every window of a step, wherever it begins: sixteen values of 25 bits end at byte
/// 50, eight of 57 bits at byte 57. vpermb then takes any byte to any place, so one cut serves the whole
/// register.
struct Cut
{
  alignas(64) std::array<std::uint8_t, 64> bytes{};  ///< reverses the bytes of each value's window
  alignas(64)
      std::array<std::uint32_t, 16> shifts{};  ///< right shift of each window: 16 x 32 bits or 8 x 64 bits
};

Cut cut_for(unsigned bits, unsigned window)
{
  Cut cut;
  for (unsigned i = 0; i < 64U / window; ++i)
  {
    unsigned const position = i * bits;
    for (unsigned k = 0; k < window; ++k)
    {
      cut.bytes[window * i + k] = static_cast<std::uint8_t>(position / 8U + window - 1U - k);
    }
    // A 64-bit lane is two entries, little end first; its high entry stays zero.
    cut.shifts[i * window / 4U] = 8U * window - bits - position % 8U;
  }
  return cut;
}

/// Steps of `per_step` values whose 64-byte load stays inside.
std::size_t whole_steps(PackedBits const& packed, std::size_t values, std::size_t per_step)
{
  std::size_t const size = packed.bytes.size();
  return size < 64 ? 0 : std::min(values / per_step, (size - 64) / (per_step * packed.bits / 8) + 1);
}

template <class Out>
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) std::size_t unpack_narrow(PackedBits const& packed,
                                                                                 std::span<Out> out)
{
  Cut const cut = cut_for(packed.bits, 4);
  __m512i const bytes = _mm512_loadu_si512(cut.bytes.data());
  __m512i const shifts = _mm512_loadu_si512(cut.shifts.data());
  __m512i const mask = _mm512_set1_epi32(static_cast<int>((1U << packed.bits) - 1U));
  __m512i const minimum32 = _mm512_set1_epi32(static_cast<int>(packed.minimum));
  __m512i const minimum64 = _mm512_set1_epi64(static_cast<long long>(packed.minimum));
  std::size_t const steps = whole_steps(packed, out.size(), 16);
  std::byte const* from = packed.bytes.data();
  Out* to = out.data();
  for (std::size_t step = 0; step < steps; ++step, from += 2 * std::size_t{packed.bits}, to += 16)
  {
    __m512i const windows = _mm512_permutexvar_epi8(bytes, _mm512_loadu_si512(from));
    __m512i const values = _mm512_and_si512(_mm512_srlv_epi32(windows, shifts), mask);
    if constexpr (sizeof(Out) == 4)
    {
      _mm512_storeu_si512(to, _mm512_add_epi32(values, minimum32));
    }
    else
    {
      __m512i const low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(values));
      __m512i const high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(values, 1));
      _mm512_storeu_si512(to, _mm512_add_epi64(low, minimum64));
      _mm512_storeu_si512(to + 8, _mm512_add_epi64(high, minimum64));
    }
  }
  return steps * 16;
}

template <class Out>
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) std::size_t unpack_wide(PackedBits const& packed,
                                                                               std::span<Out> out)
{
  Cut const cut = cut_for(packed.bits, 8);
  __m512i const bytes = _mm512_loadu_si512(cut.bytes.data());
  __m512i const shifts = _mm512_loadu_si512(cut.shifts.data());
  __m512i const mask = _mm512_set1_epi64(static_cast<long long>((std::uint64_t{1} << packed.bits) - 1U));
  __m512i const minimum = _mm512_set1_epi64(static_cast<long long>(packed.minimum));
  std::size_t const steps = whole_steps(packed, out.size(), 8);
  std::byte const* from = packed.bytes.data();
  Out* to = out.data();
  for (std::size_t step = 0; step < steps; ++step, from += packed.bits, to += 8)
  {
    __m512i const windows = _mm512_permutexvar_epi8(bytes, _mm512_loadu_si512(from));
    __m512i const values =
        _mm512_add_epi64(_mm512_and_si512(_mm512_srlv_epi64(windows, shifts), mask), minimum);
    if constexpr (sizeof(Out) == 8)
    {
      _mm512_storeu_si512(to, values);
    }
    else
    {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi64_epi32(values));
    }
  }
  return steps * 8;
}

}  // namespace

template <class Out>
std::size_t unpack_avx512(PackedBits const& packed, std::span<Out> out)
{
  if (packed.bits <= 25)
  {
    return unpack_narrow(packed, out);
  }
  return packed.bits <= 57 ? unpack_wide(packed, out) : 0;
}

template std::size_t unpack_avx512(PackedBits const&, std::span<std::int32_t>);
template std::size_t unpack_avx512(PackedBits const&, std::span<std::int64_t>);

}  // namespace tarifa::chunk_paths

#endif
