#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pipeline/archive/schema.hpp"

namespace tarifa
{

/// Chunks of one archive column: the bytes HDF5 1.10 itself writes for scaleoffset(H5Z_SO_INT, 0) +
/// Fletcher32, made and read without the library, on any thread.
///
/// Layout: u32 LE bits, u8 8, u64 LE minimum (sign extended for i32 and i64, zero extended else), 8 zero
/// bytes, then the differences value - minimum, most significant bit first, `bits` each, in floor(n * bits /
/// 8) + 1 bytes, then u32 LE Fletcher32 of all before it as HDF5 computes it. `bits` is the width of maximum
/// - minimum. At the full width of the type the values follow as they are, LE, in n * (width / 8) bytes, and
/// the minimum in the head is no bound: the library writes 0 there when the range is one of the two widest.

/// [bytes] room that packing `values` values of `storage` can need.
std::size_t packed_bound(std::size_t values, Storage storage);

template <class T>
struct ValueRange
{
  T least, most;
};
/// Of at least one value, else Error(internal). T is std::int32_t or std::int64_t.
template <class T>
ValueRange<T> range_of(std::span<T const> values);

/// Packs `values`, whose range is `range` and fits `storage`, for a dataset of that type into `out`, which
/// has room for packed_bound bytes, and returns the length of the chunk; room behind it may be overwritten. T
/// is std::int32_t or std::int64_t.
template <class T>
std::size_t pack_chunk(std::span<T const> values, ValueRange<T> range, Storage storage, std::byte* out);

/// A chunk whose checksum and head have been checked; its values are decoded in any pieces. It refers to the
/// bytes it was made of.
class PackedChunk
{
 public:
  PackedChunk() = default;
  /// Checks the checksum and then every head field; a wrong checksum, width, length or minimum throws
  /// Error(storage). `values` (at least one) is the number of values the chunk must hold.
  PackedChunk(std::span<std::byte const> chunk, Storage storage, std::size_t values);

  /// Decodes the values from `first`, a multiple of 8, into `out`. Out is std::int32_t (storage u8, u16, u32,
  /// i32) or std::int64_t (any); a u32 value of 2^31 or more asked for as std::int32_t throws Error(storage)
  /// after the decoding.
  template <class Out>
  void unpack(std::size_t first, std::span<Out> out) const;

 private:
  template <class T, class Out>
  void unpack_as(std::size_t first, std::span<Out> out) const;

  std::span<std::byte const> payload_;  ///< and the checksum behind it, which readers may touch
  std::size_t values_ = 0;
  std::uint64_t minimum_ = 0;
  std::uint32_t bits_ = 0;
  Storage storage_ = Storage::i64;
};

/// Checksum as HDF5's fletcher32 filter has it (16-bit words, little-endian machines, odd tail included).
std::uint32_t fletcher32(std::span<std::byte const> bytes);

}  // namespace tarifa
