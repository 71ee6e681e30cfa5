#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pipeline/archive/schema.hpp"

namespace tarifa
{

/// Chunks of one archive column: the bytes HDF5 1.10 itself writes for scaleoffset(H5Z_SO_INT, 0) + Fletcher32,
/// made and read without the library, on any thread.
///
/// Layout: u32 LE bits, u8 8, u64 LE minimum (two's complement, sign extended to 64 bits), 8 zero bytes, then the
/// differences value - minimum, most significant bit first, `bits` each, in floor(n * bits / 8) + 1 bytes (full
/// width: a plain copy of the values, LE), then u32 LE Fletcher32 of all before it as HDF5 computes it.

/// [bytes] room that packing `values` values of `storage` can need.
std::size_t packed_bound(std::size_t values, Storage storage);

/// Packs `values` (at least one) into `out` and returns the bytes written. T is the type of the dataset.
template <class T>  // std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t, std::int64_t
std::size_t pack_chunk(std::span<T const> values, std::byte* out);

/// Decodes `chunk` into `out`, whose size is the number of values the chunk must hold. Every head field is checked
/// against the size before a value is read; a wrong length, width or checksum throws Error(storage).
/// Out is std::int32_t (storage u8, u16, u32 below 2^31, i32) or std::int64_t (any).
template <class Out>
void unpack_chunk(std::span<std::byte const> chunk, Storage storage, std::span<Out> out);

/// Checksum as HDF5's fletcher32 filter has it (16-bit words, little-endian machines, odd tail included).
std::uint32_t fletcher32(std::span<std::byte const> bytes);

/// Instruction set the codec uses here: "avx512", "avx2" or "portable". TARIFA_SIMD in the environment lowers it.
char const* codec_simd();

}  // namespace tarifa
