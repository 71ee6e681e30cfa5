#include "pipeline/archive/chunk_codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "pipeline/archive/chunk_paths.hpp"
#include "pipeline/run/error.hpp"
#include "pipeline/run/simd.hpp"

namespace tarifa
{
namespace
{

using chunk_paths::PackedBits;

static_assert(std::endian::native == std::endian::little,
              "chunks are read and written as little-endian words");

constexpr std::size_t head_bytes = 21;
constexpr std::size_t checksum_bytes = 4;
constexpr std::byte minimum_width{8};

template <class T>
T load(std::byte const* from)
{
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void store(std::byte* to, T value)
{
  std::memcpy(to, &value, sizeof value);
}

/// [bytes] between head and checksum.
std::size_t payload_bytes(std::size_t values, unsigned bits, unsigned full_bits)
{
  return bits == full_bits ? values * full_bits / 8 : values * bits / 8 + 1;
}

template <class T>
void pack_differences(std::span<T const> values, T least, unsigned bits, std::byte* payload)
{
  std::size_t done = 0;
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    done = chunk_paths::pack_avx2(values, least, bits, payload);
  }
#endif
  chunk_paths::pack_portable(values.subspan(done), least, bits, payload + done * bits / 8);
}

template <class Stored, class T>
void store_as(std::span<T const> values, std::byte* payload)
{
  for (std::size_t i = 0; i < values.size(); ++i)
  {
    store(payload + i * sizeof(Stored), static_cast<Stored>(values[i]));
  }
}

template <class T>
void store_full_width(std::span<T const> values, Storage storage, std::byte* payload)
{
  switch (storage_bytes(storage))
  {
    case 1:
      return store_as<std::uint8_t>(values, payload);
    case 2:
      return store_as<std::uint16_t>(values, payload);
    case 4:
      return store_as<std::uint32_t>(values, payload);
    default:
      return store_as<std::uint64_t>(values, payload);
  }
}

/// True when `minimum`, as a head has it, is a value of the type: its high bits repeat what the type says.
bool fits(std::uint64_t minimum, Storage storage)
{
  switch (storage)
  {
    case Storage::u8:
      return minimum <= std::numeric_limits<std::uint8_t>::max();
    case Storage::u16:
      return minimum <= std::numeric_limits<std::uint16_t>::max();
    case Storage::u32:
      return minimum <= std::numeric_limits<std::uint32_t>::max();
    case Storage::i32:
      return minimum == static_cast<std::uint64_t>(static_cast<std::int32_t>(minimum));
    case Storage::i64:
      return true;
  }
  return false;
}

template <class T, class Out>
[[gnu::always_inline]] inline void widen(std::byte const* from, std::span<Out> out)
{
  Out* const to = out.data();
  std::size_t const size = out.size();
#pragma omp simd
  for (std::size_t i = 0; i < size; ++i)
  {
    T value;
    std::memcpy(&value, from + i * sizeof(T), sizeof value);
    to[i] = static_cast<Out>(value);
  }
}

#if defined(__x86_64__)
template <class T, class Out>
__attribute__((target("avx2"))) void widen_avx2(std::byte const* from, std::span<Out> out)
{
  widen<T>(from, out);
}
#endif

template <class T, class Out>
void copy_full_width(std::byte const* from, std::span<Out> out)
{
  if constexpr (sizeof(T) == sizeof(Out))
  {
    std::memcpy(out.data(), from, out.size_bytes());
    return;
  }
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    widen_avx2<T>(from, out);
    return;
  }
#endif
  widen<T>(from, out);
}

template <class Out>
void unpack_differences(PackedBits const& packed, std::span<Out> out)
{
  std::size_t done = 0;
#if defined(__x86_64__)
  Simd const simd = simd_level();
  if (simd == Simd::avx512)
  {
    done = chunk_paths::unpack_avx512(packed, out);
  }
  else if (simd == Simd::avx2)
  {
    done = chunk_paths::unpack_avx2(packed, out);
  }
#endif
  chunk_paths::unpack_portable(packed, done, out.subspan(done));
}

/// The library adds in the type of the dataset, so a sum beyond it wraps there. Only a forged chunk gets here
/// with such a sum; it must read alike everywhere.
template <class T, class Out>
void wrap_like_the_library(PackedBits const& packed, std::span<Out> out)
{
  if constexpr (sizeof(T) < sizeof(Out))
  {
    auto const highest = static_cast<std::int64_t>(packed.minimum + (std::uint64_t{1} << packed.bits) - 1);
    if (highest > static_cast<std::int64_t>(std::numeric_limits<T>::max()))
    {
      std::ranges::transform(out, out.begin(),
                             [](Out value) { return static_cast<Out>(static_cast<T>(value)); });
    }
  }
}

}  // namespace

std::size_t packed_bound(std::size_t values, Storage storage)
{
  // The last word of the packer begins inside the payload and is eight bytes long.
  return head_bytes + values * storage_bytes(storage) + 8 + checksum_bytes;
}

template <class T>
ValueRange<T> range_of(std::span<T const> values)
{
  require(!values.empty(), Fault::internal, "a chunk needs at least one value");
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    return chunk_paths::range_avx2(values);
  }
#endif
  return chunk_paths::range_portable(values);
}

template <class T>
std::size_t pack_chunk(std::span<T const> values, ValueRange<T> range, Storage storage, std::byte* out)
{
  using Unsigned = std::make_unsigned_t<T>;
  auto const full_bits = static_cast<unsigned>(8 * storage_bytes(storage));
  std::uint64_t const span =
      static_cast<Unsigned>(static_cast<Unsigned>(range.most) - static_cast<Unsigned>(range.least));
  auto const bits = static_cast<std::uint32_t>(std::bit_width(span));
  // The library gives up on the two widest ranges before it notes the minimum.
  bool const widest = span >= (~std::uint64_t{0} >> (64U - full_bits)) - 1;
  store(out, bits);
  out[4] = minimum_width;
  store(out + 5, widest ? std::uint64_t{0} : static_cast<std::uint64_t>(range.least));
  store(out + 13, std::uint64_t{0});
  std::byte* const payload = out + head_bytes;
  std::size_t const size = payload_bytes(values.size(), bits, full_bits);
  if (bits == full_bits)
  {
    store_full_width(values, storage, payload);
  }
  else if (bits == 0)
  {
    *payload = std::byte{0};
  }
  else
  {
    pack_differences(values, range.least, bits, payload);
  }
  store(payload + size, fletcher32({out, head_bytes + size}));
  return head_bytes + size + checksum_bytes;
}

PackedChunk::PackedChunk(std::span<std::byte const> chunk, Storage storage, std::size_t values)
    : values_(values)
    , storage_(storage)
{
  require(values > 0, Fault::internal, "a chunk holds at least one value");
  require(chunk.size() > head_bytes + checksum_bytes, Fault::storage,
          fmt::format("chunk has {} bytes, fewer than any chunk can have", chunk.size()));
  std::span<std::byte const> const covered = chunk.first(chunk.size() - checksum_bytes);
  auto const stored = load<std::uint32_t>(covered.data() + covered.size());
  std::uint32_t const computed = fletcher32(covered);
  require(stored == computed, Fault::storage,
          fmt::format("chunk of {} bytes is damaged: its Fletcher32 checksum is {:08x}, stored is {:08x}",
                      chunk.size(), computed, stored));
  bits_ = load<std::uint32_t>(chunk.data());
  minimum_ = load<std::uint64_t>(chunk.data() + 5);
  auto const full_bits = static_cast<unsigned>(8 * storage_bytes(storage));
  require(bits_ <= full_bits, Fault::storage,
          fmt::format("chunk head asks for {} bits per value, its type has {}", bits_, full_bits));
  require(chunk[4] == minimum_width, Fault::storage,
          fmt::format("chunk head has a minimum of {} bytes, expected 8", std::to_integer<int>(chunk[4])));
  std::size_t const expected = head_bytes + payload_bytes(values, bits_, full_bits) + checksum_bytes;
  require(chunk.size() == expected, Fault::storage,
          fmt::format("chunk has {} bytes, but {} values of {} bits take {}", chunk.size(), values, bits_,
                      expected));
  // A chunk of full width is a plain copy; the library leaves its minimum at 0 for the widest ranges.
  require(bits_ == full_bits || fits(minimum_, storage), Fault::storage,
          fmt::format("chunk head has the minimum {:#x}, outside its type", minimum_));
  payload_ = chunk.subspan(head_bytes);
}

template <class T, class Out>
void PackedChunk::unpack_as(std::size_t first, std::span<Out> out) const
{
  if (bits_ == 8 * sizeof(T))
  {
    copy_full_width<T>(payload_.data() + first * sizeof(T), out);
  }
  else if (bits_ == 0)
  {
    std::ranges::fill(out, static_cast<Out>(minimum_));
  }
  else
  {
    PackedBits const packed{payload_.subspan(first / 8 * bits_), bits_, minimum_};
    unpack_differences(packed, out);
    wrap_like_the_library<T>(packed, out);
  }
  if constexpr (std::is_same_v<T, std::uint32_t> && sizeof(Out) == 4)
  {
    // An OR of all values keeps the sign bit of any of them, and costs next to nothing beside the decoding.
    std::int32_t signs = 0;
#pragma omp simd reduction(| : signs)
    for (std::size_t i = 0; i < out.size(); ++i)
    {
      signs |= out[i];
    }
    require(signs >= 0, Fault::storage,
            "chunk holds a value of 2^31 or more, asked for as signed 32-bit integers");
  }
}

template <class Out>
void PackedChunk::unpack(std::size_t first, std::span<Out> out) const
{
  require(first % 8 == 0 && first <= values_ && out.size() <= values_ - first, Fault::internal,
          [&]
          { return fmt::format("values {} to {} of a chunk of {}", first, first + out.size(), values_); });
  switch (storage_)
  {
    case Storage::u8:
      return unpack_as<std::uint8_t>(first, out);
    case Storage::u16:
      return unpack_as<std::uint16_t>(first, out);
    case Storage::u32:
      return unpack_as<std::uint32_t>(first, out);
    case Storage::i32:
      return unpack_as<std::int32_t>(first, out);
    case Storage::i64:
      if constexpr (sizeof(Out) == 8)
      {
        return unpack_as<std::int64_t>(first, out);
      }
      throw Error(Fault::internal, "a chunk of 64-bit integers was asked for as 32-bit integers");
  }
  throw Error(Fault::internal, "unknown storage " + std::to_string(static_cast<int>(storage_)));
}

template ValueRange<std::int32_t> range_of(std::span<std::int32_t const>);
template ValueRange<std::int64_t> range_of(std::span<std::int64_t const>);
template std::size_t pack_chunk(std::span<std::int32_t const>, ValueRange<std::int32_t>, Storage, std::byte*);
template std::size_t pack_chunk(std::span<std::int64_t const>, ValueRange<std::int64_t>, Storage, std::byte*);
template void PackedChunk::unpack(std::size_t, std::span<std::int32_t>) const;
template void PackedChunk::unpack(std::size_t, std::span<std::int64_t>) const;

}  // namespace tarifa
