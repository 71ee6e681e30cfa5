#include <algorithm>
#include <array>
#include <cstring>

#include "pipeline/archive/chunk_paths.hpp"

namespace tarifa::chunk_paths
{
namespace
{

std::uint64_t load_big_endian(std::byte const* from)
{
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return __builtin_bswap64(word);
}

/// Up to this width a value lies in the eight bytes that begin with its first bit.
constexpr unsigned one_word_bits = 57;

/// Reads the bytes of the value at `position` [bits] and seven or eight after it.
std::uint64_t difference_at(std::byte const* bytes, std::size_t position, unsigned bits)
{
  std::byte const* const from = bytes + (position >> 3U);
  unsigned const used = position & 7U;
  std::uint64_t word = load_big_endian(from) << used;
  if (bits > one_word_bits)
  {
    word |= std::to_integer<std::uint64_t>(from[8]) >> (8U - used);
  }
  return word >> (64U - bits);
}

template <class Out>
void decode(std::byte const* bytes, std::size_t position, PackedBits const& packed, std::span<Out> out)
{
  unsigned const bits = packed.bits;
  std::uint64_t const minimum = packed.minimum;
  if (bits > one_word_bits)
  {
    for (Out& value : out)
    {
      value = static_cast<Out>(difference_at(bytes, position, bits) + minimum);
      position += bits;
    }
    return;
  }
  unsigned const drop = 64U - bits;
  for (Out& value : out)
  {
    std::uint64_t const word = load_big_endian(bytes + (position >> 3U)) << (position & 7U);
    value = static_cast<Out>((word >> drop) + minimum);
    position += bits;
  }
}

}  // namespace

template <class Out>
void unpack_portable(PackedBits const& packed, std::size_t first, std::span<Out> out)
{
  // Values that begin before this byte can be read with whole loads; the last few from a copy with zeros
  // behind.
  std::size_t const reach = packed.bits > one_word_bits ? 9 : 8;
  std::size_t const size = packed.bytes.size();
  std::size_t const direct_bytes = size >= reach ? size - reach + 1 : 0;
  std::size_t const direct_end = (direct_bytes * 8 + packed.bits - 1) / packed.bits;
  std::size_t const direct = direct_end > first ? std::min(direct_end - first, out.size()) : 0;
  decode(packed.bytes.data(), first * packed.bits, packed, out.first(direct));
  if (direct == out.size())
  {
    return;
  }
  std::size_t const position = (first + direct) * packed.bits;
  std::span<std::byte const> const tail = packed.bytes.subspan(position >> 3U);
  std::array<std::byte, 32> padded{};
  std::memcpy(padded.data(), tail.data(), std::min(tail.size(), std::size_t{9}));
  decode(padded.data(), position & 7U, packed, out.subspan(direct));
}

template void unpack_portable(PackedBits const&, std::size_t, std::span<std::int32_t>);
template void unpack_portable(PackedBits const&, std::size_t, std::span<std::int64_t>);

}  // namespace tarifa::chunk_paths
