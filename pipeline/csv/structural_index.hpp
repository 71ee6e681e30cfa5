#pragma once

#include <cstddef>
#include <cstdint>

namespace tarifa
{

/// Where the marks stand in 64 bytes of text; bit k is byte k.
struct BlockMarks
{
  std::uint64_t separators;  ///< delimiters and line feeds
  std::uint64_t line_feeds;
  std::uint64_t quotes;  ///< none when the text knows no quoting
  std::uint64_t nuls;
};

/// Instructions that find the marks. All give the same.
enum class Lanes : std::uint8_t
{
  automatic,  ///< the best that simd_level() allows
  avx2,       ///< only where simd_level() has it
  sse2,
  swar,  ///< eight bytes in a general register, any little-endian processor
};

/// Finds the marks of `bytes` of text into ceil(bytes / 64) blocks; bits past the end are 0.
using MarkFinder = void (*)(char const* text, std::size_t bytes, char delimiter, char quote,
                            BlockMarks* blocks);

/// What `automatic` means here.
Lanes best_lanes();
/// Finder for `lanes`; the next simpler one where the build has no such instructions.
MarkFinder mark_finder(Lanes lanes);

}  // namespace tarifa
