#include "pipeline/archive/chunk_paths.hpp"

#if defined(__x86_64__)

#include <array>
#include <cstring>

#include <immintrin.h>

namespace tarifa::chunk_paths
{
namespace
{

/// Where four words of `width` bits (8 to 57) go that begin `first` bits after a byte boundary and follow
/// each other: each is stored as eight big-endian bytes from the byte it begins in. The bits its predecessor
/// has in that byte are stored once more with it, so that words stored in order complete each other without a
/// chain of carries.
struct Places
{
  alignas(32) std::array<std::uint64_t, 4> own{};  ///< left shift of the word
  alignas(32)
      std::array<std::uint64_t, 4> carry{};  ///< left shift of its predecessor; 64, which gives 0, for none
  std::array<std::size_t, 4> starts{};       ///< [bytes]
};

Places places_for(unsigned width, unsigned first)
{
  Places places;
  for (unsigned i = 0; i < 4; ++i)
  {
    unsigned const position = first + i * width;
    places.own[i] = 64U - position % 8U - width;
    places.carry[i] = 64U - position % 8U;
    places.starts[i] = position / 8U;
  }
  return places;
}

struct Shifts
{
  __m256i own, carry;
};

__attribute__((target("avx2"))) inline Shifts in_registers(Places const& places)
{
  return {_mm256_load_si256(reinterpret_cast<__m256i const*>(places.own.data())),
          _mm256_load_si256(reinterpret_cast<__m256i const*>(places.carry.data()))};
}

inline void store_word(std::byte* out, long long word)
{
  std::memcpy(out, &word, sizeof word);
}

__attribute__((target("avx2"))) inline void store_words(__m256i words, __m256i predecessors,
                                                        Shifts const& shifts, Places const& places,
                                                        std::byte* out)
{
  __m256i const reversed =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
  __m256i const joined =
      _mm256_or_si256(_mm256_sllv_epi64(words, shifts.own), _mm256_sllv_epi64(predecessors, shifts.carry));
  __m256i const big_endian = _mm256_shuffle_epi8(joined, reversed);
  __m128i const low = _mm256_castsi256_si128(big_endian);
  __m128i const high = _mm256_extracti128_si256(big_endian, 1);
  store_word(out + places.starts[0], _mm_cvtsi128_si64(low));
  store_word(out + places.starts[1], _mm_extract_epi64(low, 1));
  store_word(out + places.starts[2], _mm_cvtsi128_si64(high));
  store_word(out + places.starts[3], _mm_extract_epi64(high, 1));
}

__attribute__((target("avx2"))) inline __m256i load(void const* from)
{
  return _mm256_loadu_si256(static_cast<__m256i const*>(from));
}

/// Eight values less the minimum, in 32 bits each.
template <class T>
__attribute__((target("avx2"))) inline __m256i eight_differences(T const* from, __m256i minimum)
{
  if constexpr (sizeof(T) == 8)
  {
    __m256 const front = _mm256_castsi256_ps(_mm256_sub_epi64(load(from), minimum));
    __m256 const back = _mm256_castsi256_ps(_mm256_sub_epi64(load(from + 4), minimum));
    __m256i const low_halves =
        _mm256_castps_si256(_mm256_shuffle_ps(front, back, 0x88));  // 0 1 4 5 | 2 3 6 7
    return _mm256_permute4x64_epi64(low_halves, 0xD8);
  }
  else
  {
    return _mm256_sub_epi32(load(from), minimum);
  }
}

/// Four values less the minimum, in 64 bits each.
template <class T>
__attribute__((target("avx2"))) inline __m256i four_differences(T const* from, __m256i minimum)
{
  if constexpr (sizeof(T) == 8)
  {
    return _mm256_sub_epi64(load(from), minimum);
  }
  else
  {
    __m128i const values = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from));
    return _mm256_cvtepu32_epi64(_mm_sub_epi32(values, _mm256_castsi256_si128(minimum)));
  }
}

template <class T>
__attribute__((target("avx2"))) inline __m256i in_every_lane(T minimum)
{
  return sizeof(T) == 8 ? _mm256_set1_epi64x(static_cast<long long>(minimum))
                        : _mm256_set1_epi32(static_cast<int>(minimum));
}

/// Neighbours of eight differences joined to four words of twice the width.
__attribute__((target("avx2"))) inline __m256i pairs_of(__m256i differences, __m128i width)
{
  __m256i const even = _mm256_and_si256(differences, _mm256_set1_epi64x(0xFFFFFFFF));
  return _mm256_or_si256(_mm256_sll_epi64(even, width), _mm256_srli_epi64(differences, 32));
}

/// Widths up to 8: a group is one word.
template <class T>
__attribute__((target("avx2"))) void pack_groups(T const* from, std::size_t groups, T minimum, unsigned bits,
                                                 std::byte* out)
{
  __m256i const least = in_every_lane(minimum);
  __m128i const width = _mm_cvtsi32_si128(static_cast<int>(bits));
  __m128i const pair_width = _mm_cvtsi32_si128(static_cast<int>(2 * bits));
  for (std::size_t group = 0; group < groups; ++group, from += 8, out += bits)
  {
    __m256i const pairs = pairs_of(eight_differences(from, least), width);
    __m256i const fours = _mm256_or_si256(_mm256_sll_epi64(pairs, pair_width), _mm256_bsrli_epi128(pairs, 8));
    auto const first = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(fours)));
    auto const second = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_extracti128_si256(fours, 1)));
    std::uint64_t const word = (first << (4U * bits) | second) << (64U - 8U * bits);
    store_word(out, static_cast<long long>(__builtin_bswap64(word)));
  }
}

/// Widths from 4, below which a byte may hold bits of more than two pairs, up to 28: every pair is a word.
template <class T>
__attribute__((target("avx2"))) void pack_pairs(T const* from, std::size_t groups, T minimum, unsigned bits,
                                                std::byte* out)
{
  Places const places = places_for(2 * bits, 0);
  Shifts const shifts = in_registers(places);
  __m256i const least = in_every_lane(minimum);
  __m128i const width = _mm_cvtsi32_si128(static_cast<int>(bits));
  for (std::size_t group = 0; group < groups; ++group, from += 8, out += bits)
  {
    __m256i const pairs = pairs_of(eight_differences(from, least), width);
    store_words(pairs, _mm256_permute4x64_epi64(pairs, 0x90), shifts, places, out);  // 0 0 1 2
  }
}

/// Widths up to 57: every value is a word.
template <class T>
__attribute__((target("avx2"))) void pack_singles(T const* from, std::size_t groups, T minimum, unsigned bits,
                                                  std::byte* out)
{
  Places const front = places_for(bits, 0);
  Places const back = places_for(bits, 4 * bits);
  Shifts const front_shifts = in_registers(front);
  Shifts const back_shifts = in_registers(back);
  __m256i const least = in_every_lane(minimum);
  for (std::size_t group = 0; group < groups; ++group, from += 8, out += bits)
  {
    __m256i const first = four_differences(from, least);
    store_words(first, _mm256_permute4x64_epi64(first, 0x90), front_shifts, front, out);
    store_words(four_differences(from + 4, least), four_differences(from + 3, least), back_shifts, back, out);
  }
}

}  // namespace

template <class T>
std::size_t pack_avx2(std::span<T const> values, T minimum, unsigned bits, std::byte* out)
{
  std::size_t const groups = values.size() / 8;
  if (bits <= 8)
  {
    pack_groups(values.data(), groups, minimum, bits, out);
    return groups * 8;
  }
  if (bits <= 28)
  {
    pack_pairs(values.data(), groups, minimum, bits, out);
    return groups * 8;
  }
  if (bits <= 57)
  {
    pack_singles(values.data(), groups, minimum, bits, out);
    return groups * 8;
  }
  return 0;
}

template std::size_t pack_avx2(std::span<std::int32_t const>, std::int32_t, unsigned, std::byte*);
template std::size_t pack_avx2(std::span<std::int64_t const>, std::int64_t, unsigned, std::byte*);

}  // namespace tarifa::chunk_paths

#endif
