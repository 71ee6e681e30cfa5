#include <algorithm>
#include <cstring>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/chunk_paths.hpp"
#include "pipeline/run/simd.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tarifa
{
namespace chunk_paths
{
namespace
{

/// Steps between two folds. With n steps a 32-bit lane of running sums reaches 65535 * n * (n - 1) when the
/// even and the odd words share it: below 2^32 up to n = 256.
constexpr std::size_t steps_per_block = 128;

/// Adds a block of `words` words: their sum, and their sum weighted by (words - place).
void add_block(FletcherSums& sums, std::uint64_t words, std::uint64_t sum, std::uint64_t weighted)
{
  sums.running = folded(sums.running + words * sums.words + weighted);
  sums.words = folded(sums.words + sum);
}

}  // namespace

// A 64-bit word holds four 16-bit words; its even and its odd ones are added as two 32-bit lanes each.
std::size_t fletcher_portable(std::span<std::byte const> bytes, FletcherSums& sums)
{
  constexpr std::uint64_t lanes = 0x0000FFFF0000FFFF;
  auto const low = [](std::uint64_t pair) { return pair & 0xFFFFFFFF; };
  auto const high = [](std::uint64_t pair) { return pair >> 32U; };
  std::size_t const all_steps = bytes.size() / 8;
  for (std::size_t done = 0; done < all_steps;)
  {
    std::size_t const steps = std::min(steps_per_block, all_steps - done);
    std::uint64_t even = 0, odd = 0, running = 0;
    for (std::size_t step = 0; step < steps; ++step)
    {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + 8 * (done + step), sizeof word);
      running += even + odd;
      even += word & lanes;
      odd += (word >> 16U) & lanes;
    }
    std::uint64_t const sum = low(even) + high(even) + low(odd) + high(odd);
    std::uint64_t const within = 4 * low(even) + 3 * low(odd) + 2 * high(even) + high(odd);
    add_block(sums, 4 * steps, sum, 4 * (low(running) + high(running)) + within);
    done += steps;
  }
  return all_steps * 8;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) std::size_t fletcher_avx2(std::span<std::byte const> bytes,
                                                          FletcherSums& sums)
{
  __m256i const lanes = _mm256_set1_epi32(0xFFFF);
  std::size_t const all_steps = bytes.size() / 32;
  for (std::size_t done = 0; done < all_steps;)
  {
    std::size_t const steps = std::min(steps_per_block, all_steps - done);
    std::byte const* const from = bytes.data() + 32 * done;
    __m256i even = _mm256_setzero_si256(), odd = even, running_even = even, running_odd = even;
    for (std::size_t step = 0; step < steps; ++step)
    {
      __m256i const words = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(from + 32 * step));
      running_even = _mm256_add_epi32(running_even, even);
      running_odd = _mm256_add_epi32(running_odd, odd);
      even = _mm256_add_epi32(even, _mm256_and_si256(words, lanes));
      odd = _mm256_add_epi32(odd, _mm256_srli_epi32(words, 16));
    }
    alignas(32) std::uint32_t evens[8], odds[8], runnings[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(evens), even);
    _mm256_store_si256(reinterpret_cast<__m256i*>(odds), odd);
    _mm256_store_si256(reinterpret_cast<__m256i*>(runnings), _mm256_add_epi32(running_even, running_odd));
    std::uint64_t sum = 0, weighted = 0;
    for (std::uint64_t lane = 0; lane < 8; ++lane)
    {
      sum += std::uint64_t{evens[lane]} + odds[lane];
      weighted +=
          16 * std::uint64_t{runnings[lane]} + (16 - 2 * lane) * evens[lane] + (15 - 2 * lane) * odds[lane];
    }
    add_block(sums, 16 * steps, sum, weighted);
    done += steps;
  }
  return all_steps * 32;
}

#endif

}  // namespace chunk_paths

std::uint32_t fletcher32(std::span<std::byte const> bytes)
{
  chunk_paths::FletcherSums sums;
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    bytes = bytes.subspan(chunk_paths::fletcher_avx2(bytes, sums));
  }
#endif
  bytes = bytes.subspan(chunk_paths::fletcher_portable(bytes, sums));
  for (std::size_t i = 0; i < bytes.size(); i += 2)
  {
    std::uint64_t const low = std::to_integer<std::uint64_t>(bytes[i]);
    std::uint64_t const high = i + 1 < bytes.size() ? std::to_integer<std::uint64_t>(bytes[i + 1]) : 0;
    sums.words = chunk_paths::folded(sums.words + low + 256 * high);
    sums.running = chunk_paths::folded(sums.running + sums.words);
  }
  // The library sums big-endian words; swapping two bytes is multiplying by 256 modulo 65535, so sums of
  // little-endian words need only be swapped themselves.
  auto const swapped = [](std::uint64_t sum)
  { return std::uint32_t{__builtin_bswap16(static_cast<std::uint16_t>(sum))}; };
  return swapped(sums.running) << 16U | swapped(sums.words);
}

}  // namespace tarifa
