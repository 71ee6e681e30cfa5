#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pipeline/archive/chunk_codec.hpp"

/// Inner loops of the chunk codec, one set per instruction set. For chunk_codec.cpp and its tests only.
namespace tarifa::chunk_paths
{

/// Differences of a chunk: value i lies in bits [i * bits, (i + 1) * bits) of `bytes`, most significant bit
/// first.
struct PackedBits
{
  std::span<std::byte const> bytes;  ///< readable bytes; at least (values * bits + 7) / 8 of them
  unsigned bits = 0;                 ///< 1 to 63
  std::uint64_t minimum = 0;         ///< added to each difference, modulo 2^64 (2^32 for 32-bit output)
};

/// Decodes the values `first`, `first` + 1 ... into `out`.
template <class Out>
void unpack_portable(PackedBits const& packed, std::size_t first, std::span<Out> out);

/// These decode as many values from the front as whole registers can without reading past `packed.bytes`, and
/// return how many; the caller does the rest with unpack_portable. Only on processors that have the set.
template <class Out>
std::size_t unpack_avx2(PackedBits const& packed, std::span<Out> out);
template <class Out>
std::size_t unpack_avx512(PackedBits const& packed, std::span<Out> out);

template <class T>
ValueRange<T> range_portable(std::span<T const> values);
template <class T>
ValueRange<T> range_avx2(std::span<T const> values);

/// Writes value - minimum in `bits` (1 to 63) each, then zero bits to the end of the last byte. Touches up to
/// 8 bytes beyond that, the first of which is zero.
template <class T>
void pack_portable(std::span<T const> values, T minimum, unsigned bits, std::byte* out);

/// Does so for as many groups of eight values from the front as it can, without the zero behind, and returns
/// the number of values done; the caller does the rest with pack_portable.
template <class T>
std::size_t pack_avx2(std::span<T const> values, T minimum, unsigned bits, std::byte* out);

/// Sums of the little-endian 16-bit words of `bytes`, each kept in 1..65535 modulo 65535 (0 only when all
/// words are zero): of the words, and of their running sums.
struct FletcherSums
{
  std::uint64_t words = 0;
  std::uint64_t running = 0;
};

/// Continues `sums` over whole blocks from the front of `bytes`; returns the bytes done.
std::size_t fletcher_portable(std::span<std::byte const> bytes, FletcherSums& sums);
std::size_t fletcher_avx2(std::span<std::byte const> bytes, FletcherSums& sums);

/// Same residue modulo 65535, in 1..65535; 0 stays 0.
constexpr std::uint64_t folded(std::uint64_t sum)
{
  return sum == 0 ? 0 : (sum - 1) % 65535 + 1;
}

}  // namespace tarifa::chunk_paths
