#include "pipeline/csv/structural_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "pipeline/run/simd.hpp"

namespace tarifa
{
namespace
{

static_assert(std::endian::native == std::endian::little, "byte k of a block must be bit k of its masks");
constexpr std::size_t block_bytes = 64;

/// Marks of the last, partial block, found in a padded copy so that nothing past the text is read.
template <class Finder>
void finish(Finder find_block, char const* text, std::size_t bytes, BlockMarks& marks)
{
  char padded[block_bytes] = {};
  std::memcpy(padded, text, bytes);
  find_block(padded, marks);
  std::uint64_t const valid = (std::uint64_t{1} << bytes) - 1;
  marks.separators &= valid;
  marks.line_feeds &= valid;
  marks.quotes &= valid;
  marks.nuls &= valid;
}

constexpr std::uint64_t ones = 0x0101010101010101;

std::uint64_t broadcast(char mark)
{
  return ones * static_cast<unsigned char>(mark);
}

/// One bit for each of eight bytes equal to the mark.
std::uint64_t equal_bytes(std::uint64_t word, std::uint64_t marks)
{
  std::uint64_t const difference = word ^ marks;
  // Exact for every byte: no carry crosses from one byte to the next.
  std::uint64_t const low = (difference & ~(ones << 7)) + ~(ones << 7);
  std::uint64_t const zero = ~(low | difference) & (ones << 7);
  return ((zero >> 7) * 0x0102040810204080) >> 56;
}

void find_block_swar(char const* text, char delimiter, char quote, BlockMarks& marks)
{
  BlockMarks found{0, 0, 0, 0};
  for (unsigned byte = 0; byte < block_bytes; byte += 8)
  {
    std::uint64_t word;
    std::memcpy(&word, text + byte, sizeof word);
    std::uint64_t const line_feeds = equal_bytes(word, broadcast('\n'));
    found.line_feeds |= line_feeds << byte;
    found.separators |= (line_feeds | equal_bytes(word, broadcast(delimiter))) << byte;
    found.quotes |= (quote == 0 ? 0 : equal_bytes(word, broadcast(quote))) << byte;
    found.nuls |= equal_bytes(word, 0) << byte;
  }
  marks = found;
}

void find_swar(char const* text, std::size_t bytes, char delimiter, char quote, BlockMarks* blocks)
{
  for (; bytes >= block_bytes; text += block_bytes, bytes -= block_bytes)
  {
    find_block_swar(text, delimiter, quote, *blocks++);
  }
  if (bytes > 0)
  {
    finish([&](char const* padded, BlockMarks& marks) { find_block_swar(padded, delimiter, quote, marks); },
           text, bytes, *blocks);
  }
}

#if defined(__x86_64__)

std::uint64_t equal_bytes_sse2(__m128i const* part, __m128i mark)
{
  std::uint64_t bits = 0;
  for (unsigned k = 0; k < 4; ++k)
  {
    auto const mask = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part[k], mark)));
    bits |= std::uint64_t{mask} << (16 * k);
  }
  return bits;
}

void find_block_sse2(char const* text, char delimiter, char quote, BlockMarks& marks)
{
  __m128i part[4];
  for (int k = 0; k < 4; ++k)
  {
    part[k] = _mm_loadu_si128(reinterpret_cast<__m128i const*>(text + std::ptrdiff_t{16} * k));
  }
  marks.line_feeds = equal_bytes_sse2(part, _mm_set1_epi8('\n'));
  marks.separators = marks.line_feeds | equal_bytes_sse2(part, _mm_set1_epi8(delimiter));
  marks.quotes = quote == 0 ? 0 : equal_bytes_sse2(part, _mm_set1_epi8(quote));
  marks.nuls = equal_bytes_sse2(part, _mm_setzero_si128());
}

void find_sse2(char const* text, std::size_t bytes, char delimiter, char quote, BlockMarks* blocks)
{
  for (; bytes >= block_bytes; text += block_bytes, bytes -= block_bytes)
  {
    find_block_sse2(text, delimiter, quote, *blocks++);
  }
  if (bytes > 0)
  {
    finish([&](char const* padded, BlockMarks& marks) { find_block_sse2(padded, delimiter, quote, marks); },
           text, bytes, *blocks);
  }
}

__attribute__((target("avx2"))) inline std::uint64_t equal_bytes_avx2(__m256i low, __m256i high, __m256i mark)
{
  auto const first = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, mark)));
  auto const second = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, mark)));
  return first | (std::uint64_t{second} << 32);
}

__attribute__((target("avx2"))) void find_avx2(char const* text, std::size_t bytes, char delimiter,
                                               char quote, BlockMarks* blocks)
{
  __m256i const line_feed = _mm256_set1_epi8('\n');
  __m256i const delimiters = _mm256_set1_epi8(delimiter);
  __m256i const quotes = _mm256_set1_epi8(quote);
  std::uint64_t const quoting = quote == 0 ? 0 : ~std::uint64_t{0};
  for (; bytes >= block_bytes; text += block_bytes, bytes -= block_bytes, ++blocks)
  {
    __m256i const low = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(text));
    __m256i const high = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(text + 32));
    blocks->line_feeds = equal_bytes_avx2(low, high, line_feed);
    blocks->separators = blocks->line_feeds | equal_bytes_avx2(low, high, delimiters);
    blocks->quotes = quoting & equal_bytes_avx2(low, high, quotes);
    blocks->nuls = equal_bytes_avx2(low, high, _mm256_setzero_si256());
  }
  if (bytes > 0)
  {
    find_sse2(text, bytes, delimiter, quote, blocks);
  }
}

#endif

}  // namespace

Lanes best_lanes()
{
#if defined(__x86_64__)
  return simd_level() >= Simd::avx2 ? Lanes::avx2 : Lanes::sse2;
#else
  return Lanes::swar;
#endif
}

MarkFinder mark_finder(Lanes lanes)
{
#if defined(__x86_64__)
  switch (lanes == Lanes::automatic ? best_lanes() : lanes)
  {
    case Lanes::avx2:
      return &find_avx2;
    case Lanes::sse2:
      return &find_sse2;
    default:
      return &find_swar;
  }
#else
  static_cast<void>(lanes);
  return &find_swar;
#endif
}

}  // namespace tarifa
