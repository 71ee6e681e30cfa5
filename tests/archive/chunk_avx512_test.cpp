// The AVX-512 loops on any processor: each intrinsic they use is replaced by plain code that does what the
// instruction set reference says, and the source is compiled here once more with these in place.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <immintrin.h>

#include "pipeline/archive/chunk_paths.hpp"

namespace emulated
{

template <class Lane, std::size_t bytes>
using Lanes = std::array<Lane, bytes / sizeof(Lane)>;

template <std::size_t bytes>
struct Register
{
  std::array<std::uint8_t, bytes> data;
};

template <class Lane, std::size_t bytes>
Lanes<Lane, bytes> lanes(Register<bytes> const& from)
{
  return std::bit_cast<Lanes<Lane, bytes>>(from);
}

using R512 = Register<64>;
using R256 = Register<32>;

/// Bytes of the chunk under test: a load that begins in them must end in them.
inline std::span<std::byte const> readable;

inline R512 load(void const* from)
{
  std::size_t const place =
      reinterpret_cast<std::uintptr_t>(from) - reinterpret_cast<std::uintptr_t>(readable.data());
  if (place < readable.size() && readable.size() - place < 64)
  {
    ADD_FAILURE() << "a load from byte " << place << " of " << readable.size() << " reads beyond them";
    std::abort();
  }
  R512 loaded;
  std::memcpy(&loaded, from, sizeof loaded);
  return loaded;
}
template <std::size_t bytes>
void store(void* to, Register<bytes> const& from)
{
  std::memcpy(to, &from, sizeof from);
}
template <class Lane>
R512 all(Lane value)
{
  Lanes<Lane, 64> filled;
  filled.fill(value);
  return std::bit_cast<R512>(filled);
}
template <class Lane, class Work>
R512 each(R512 const& left, R512 const& right, Work work)
{
  auto a = lanes<Lane>(left);
  auto const b = lanes<Lane>(right);
  std::ranges::transform(a, b, a.begin(), work);
  return std::bit_cast<R512>(a);
}
/// vpermb: byte i of the result is the byte of `from` that the low six bits of index byte i name.
inline R512 permute(R512 const& index, R512 const& from)
{
  R512 result;
  std::ranges::transform(index.data, result.data.begin(), [&](std::uint8_t i) { return from.data[i & 63U]; });
  return result;
}
/// vpsrlvd, vpsrlvq: a shift by the lane width or more gives zero.
template <class Lane>
R512 shift(R512 const& left, R512 const& by)
{
  return each<Lane>(left, by, [](Lane a, Lane b) { return b < 8 * sizeof(Lane) ? a >> b : Lane{0}; });
}
inline R512 both(R512 const& a, R512 const& b)
{
  return each<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return x & y; });
}
template <class Lane>
R512 sum(R512 const& a, R512 const& b)
{
  return each<Lane>(a, b, [](Lane x, Lane y) { return static_cast<Lane>(x + y); });
}
inline R256 half(R512 const& from, int which)
{
  R256 result;
  std::memcpy(&result, from.data.data() + 32 * which, sizeof result);
  return result;
}
inline R512 widened(R256 const& from)
{
  Lanes<std::uint64_t, 64> result;
  std::ranges::copy(lanes<std::uint32_t>(from), result.begin());
  return std::bit_cast<R512>(result);
}
inline R256 narrowed(R512 const& from)
{
  Lanes<std::uint32_t, 32> result;
  std::ranges::transform(lanes<std::uint64_t>(from), result.begin(),
                         [](std::uint64_t lane) { return static_cast<std::uint32_t>(lane); });
  return std::bit_cast<R256>(result);
}

}  // namespace emulated

#define __m512i emulated::R512
#define __m256i emulated::R256
#define _mm512_loadu_si512(from) emulated::load(from)
#define _mm512_storeu_si512(to, from) emulated::store(to, from)
#define _mm256_storeu_si256(to, from) emulated::store(to, from)
#define _mm512_set1_epi32(value) emulated::all<std::int32_t>(value)
#define _mm512_set1_epi64(value) emulated::all<std::int64_t>(value)
#define _mm512_permutexvar_epi8(index, from) emulated::permute(index, from)
#define _mm512_srlv_epi32(left, by) emulated::shift<std::uint32_t>(left, by)
#define _mm512_srlv_epi64(left, by) emulated::shift<std::uint64_t>(left, by)
#define _mm512_and_si512(a, b) emulated::both(a, b)
#define _mm512_add_epi32(a, b) emulated::sum<std::uint32_t>(a, b)
#define _mm512_add_epi64(a, b) emulated::sum<std::uint64_t>(a, b)
#define _mm512_castsi512_si256(from) emulated::half(from, 0)
#undef _mm512_extracti64x4_epi64
#define _mm512_extracti64x4_epi64(from, which) emulated::half(from, which)
#define _mm512_cvtepu32_epi64(from) emulated::widened(from)
#define _mm512_cvtepi64_epi32(from) emulated::narrowed(from)
#define unpack_avx512 unpack_avx512_emulated
#define target(set)
#include "pipeline/archive/chunk_unpack_avx512.cpp"
#undef target

namespace tarifa::chunk_paths
{
namespace
{

template <class Out>
void expect_same_values(unsigned bits, std::vector<std::byte> const& bytes, std::size_t values)
{
  PackedBits const packed{bytes, bits, 0xFFFFFFFFFFFF1234};
  std::vector<Out> expected(values);
  std::vector<Out> decoded(values);
  unpack_portable(packed, 0, std::span<Out>(expected));
  emulated::readable = bytes;
  std::size_t const done = unpack_avx512_emulated(packed, std::span<Out>(decoded));
  ASSERT_LE(done, values);
  // Up to 57 bits, only what one more step of 64 bytes or 16 values could not reach may be left over.
  ASSERT_TRUE(bits > 57 || values - done < 16 || (values - done) * bits < 2 * 64 * 8) << bits << " bits";
  ASSERT_TRUE(
      std::equal(decoded.begin(), decoded.begin() + static_cast<std::ptrdiff_t>(done), expected.begin()))
      << bits << " bits, " << values << " values";
}

TEST(Avx512, EveryWidthDecodesAsThePortableCodeAndReadsNoByteTooMany)
{
  std::mt19937_64 random(5);
  for (unsigned bits = 1; bits <= 63; ++bits)
  {
    for (std::size_t const values : {1U, 8U, 15U, 16U, 17U, 64U, 500U, 777U})
    {
      std::vector<std::byte> bytes((values * bits + 7) / 8);
      std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
      expect_same_values<std::int64_t>(bits, bytes, values);
      if (bits <= 32)
      {
        expect_same_values<std::int32_t>(bits, bytes, values);
      }
    }
  }
}

}  // namespace
}  // namespace tarifa::chunk_paths
