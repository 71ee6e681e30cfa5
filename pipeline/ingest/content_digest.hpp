#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tarifa
{

/// Bytes of a decompressed file and their digest: the sum over its pieces of XXH3-128 seeded with the number
/// of the piece, so that threads and ranks may add up what they read in any order.
struct ContentDigest
{
  static constexpr std::uint64_t piece_bytes = 1U << 18U;

  std::uint64_t bytes = 0, low = 0, high = 0;

  /// Adds the text at `begin`, a multiple of piece_bytes; only the last of a file may end within a piece.
  void add(std::uint64_t begin, std::string_view text);
  ContentDigest& operator+=(ContentDigest const& other);
  std::string hex() const;  ///< 32 digits
};

/// Of a whole file. Error(storage).
ContentDigest content_digest(std::filesystem::path const& path);

}  // namespace tarifa
