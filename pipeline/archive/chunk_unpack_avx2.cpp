#include "pipeline/archive/chunk_paths.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <array>

#include <immintrin.h>

namespace tarifa::chunk_paths
{
namespace
{

/// Eight values fill exactly `bits` bytes, so every group of eight is cut by the same shuffles and shifts.
struct Cut
{
  alignas(
      32) std::array<std::uint8_t, 32> bytes{};  ///< for vpshufb: reverses the bytes of each value's window
  alignas(
      32) std::array<std::uint32_t, 8> shifts{};  ///< right shift of each window: 8 x 32 bits or 4 x 64 bits
  std::array<std::size_t, 2> starts{};  ///< [bytes] from the start of the group to each 16-byte load
};

/// Windows of `window` bytes (4 or 8) for the values first, first + 1 ... that fill a register. A window
/// holds a value whose width is at most 8 * window - 7 whatever bit it begins with, and each half of the
/// register lies in 16 bytes: four windows of 25 bits or two of 57 bits reach byte 13 or 15 at most.
Cut cut_for(unsigned bits, unsigned window, unsigned first)
{
  Cut cut;
  unsigned const per_half = 16U / window;
  for (unsigned half = 0; half < 2; ++half)
  {
    unsigned const start = (first + half * per_half) * bits / 8U;
    cut.starts[half] = start;
    for (unsigned i = 0; i < per_half; ++i)
    {
      unsigned const position = (first + half * per_half + i) * bits - 8U * start;
      for (unsigned k = 0; k < window; ++k)
      {
        cut.bytes[16U * half + window * i + k] = static_cast<std::uint8_t>(position / 8U + window - 1U - k);
      }
      // A 64-bit lane is two entries, little end first; its high entry stays zero.
      cut.shifts[(per_half * half + i) * window / 4U] = 8U * window - bits - position % 8U;
    }
  }
  return cut;
}

struct Register
{
  __m256i bytes, shifts;
};

__attribute__((target("avx2"))) inline Register in_register(Cut const& cut)
{
  return {_mm256_load_si256(reinterpret_cast<__m256i const*>(cut.bytes.data())),
          _mm256_load_si256(reinterpret_cast<__m256i const*>(cut.shifts.data()))};
}

__attribute__((target("avx2"))) inline __m256i load_halves(std::byte const* low, std::byte const* high)
{
  __m128i const first = _mm_loadu_si128(reinterpret_cast<__m128i const*>(low));
  __m128i const second = _mm_loadu_si128(reinterpret_cast<__m128i const*>(high));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

template <class T>
__attribute__((target("avx2"))) inline void store(T* out, __m256i values)
{
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), values);
}

/// Groups of eight whose loads, the last of which ends `reach` bytes after the start of its group, stay
/// inside.
std::size_t whole_groups(PackedBits const& packed, std::size_t values, std::size_t reach)
{
  std::size_t const size = packed.bytes.size();
  return size < reach ? 0 : std::min(values / 8, (size - reach) / packed.bits + 1);
}

/// Widths up to 25: eight windows of four bytes.
template <class Out>
__attribute__((target("avx2"))) std::size_t unpack_narrow(PackedBits const& packed, std::span<Out> out)
{
  Cut const cut = cut_for(packed.bits, 4, 0);
  auto const [bytes, shifts] = in_register(cut);
  __m256i const mask = _mm256_set1_epi32(static_cast<int>((1U << packed.bits) - 1U));
  __m256i const minimum = sizeof(Out) == 4 ? _mm256_set1_epi32(static_cast<int>(packed.minimum))
                                           : _mm256_set1_epi64x(static_cast<long long>(packed.minimum));
  std::size_t const groups = whole_groups(packed, out.size(), cut.starts[1] + 16);
  std::byte const* from = packed.bytes.data();
  Out* to = out.data();
  for (std::size_t group = 0; group < groups; ++group, from += packed.bits, to += 8)
  {
    __m256i const windows = _mm256_shuffle_epi8(load_halves(from, from + cut.starts[1]), bytes);
    __m256i const values = _mm256_and_si256(_mm256_srlv_epi32(windows, shifts), mask);
    if constexpr (sizeof(Out) == 4)
    {
      store(to, _mm256_add_epi32(values, minimum));
    }
    else
    {
      __m256i const low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(values));
      __m256i const high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(values, 1));
      store(to, _mm256_add_epi64(low, minimum));
      store(to + 4, _mm256_add_epi64(high, minimum));
    }
  }
  return groups * 8;
}

/// Stores four 64-bit values, or the low halves of four.
template <class Out>
__attribute__((target("avx2"))) inline void store_four(Out* out, __m256i values)
{
  if constexpr (sizeof(Out) == 8)
  {
    store(out, values);
  }
  else
  {
    __m256i const low = _mm256_permutevar8x32_epi32(values, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(low));
  }
}

/// Widths up to 57: two times four windows of eight bytes.
template <class Out>
__attribute__((target("avx2"))) std::size_t unpack_wide(PackedBits const& packed, std::span<Out> out)
{
  Cut const front = cut_for(packed.bits, 8, 0);
  Cut const back = cut_for(packed.bits, 8, 4);
  auto const [front_bytes, front_shifts] = in_register(front);
  auto const [back_bytes, back_shifts] = in_register(back);
  __m256i const mask = _mm256_set1_epi64x(static_cast<long long>((std::uint64_t{1} << packed.bits) - 1U));
  __m256i const minimum = _mm256_set1_epi64x(static_cast<long long>(packed.minimum));
  std::size_t const groups = whole_groups(packed, out.size(), back.starts[1] + 16);
  std::byte const* from = packed.bytes.data();
  Out* to = out.data();
  for (std::size_t group = 0; group < groups; ++group, from += packed.bits, to += 8)
  {
    __m256i const first = _mm256_shuffle_epi8(load_halves(from, from + front.starts[1]), front_bytes);
    __m256i const second =
        _mm256_shuffle_epi8(load_halves(from + back.starts[0], from + back.starts[1]), back_bytes);
    store_four(to, _mm256_add_epi64(_mm256_and_si256(_mm256_srlv_epi64(first, front_shifts), mask), minimum));
    store_four(to + 4,
               _mm256_add_epi64(_mm256_and_si256(_mm256_srlv_epi64(second, back_shifts), mask), minimum));
  }
  return groups * 8;
}

}  // namespace

template <class Out>
std::size_t unpack_avx2(PackedBits const& packed, std::span<Out> out)
{
  if (packed.bits <= 25)
  {
    return unpack_narrow(packed, out);
  }
  return packed.bits <= 57 ? unpack_wide(packed, out) : 0;
}

template std::size_t unpack_avx2(PackedBits const&, std::span<std::int32_t>);
template std::size_t unpack_avx2(PackedBits const&, std::span<std::int64_t>);

}  // namespace tarifa::chunk_paths

#endif
