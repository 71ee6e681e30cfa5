#include "pipeline/ingest/content_digest.hpp"

#include <vector>

#include <fmt/format.h>
#include <xxhash.h>

#include "pipeline/csv/byte_source.hpp"

namespace tarifa
{

void ContentDigest::add(std::uint64_t begin, std::string_view text)
{
  bytes += text.size();
  for (std::size_t at = 0; at < text.size(); at += piece_bytes)
  {
    std::string_view const piece = text.substr(at, piece_bytes);
    XXH128_hash_t const hash = XXH3_128bits_withSeed(piece.data(), piece.size(), (begin + at) / piece_bytes);
    low += hash.low64;
    high += hash.high64;
  }
}

ContentDigest& ContentDigest::operator+=(ContentDigest const& other)
{
  bytes += other.bytes;
  low += other.low;
  high += other.high;
  return *this;
}

std::string ContentDigest::hex() const
{
  return fmt::format("{:016x}{:016x}", high, low);
}

ContentDigest content_digest(std::filesystem::path const& path)
{
  auto const stream = ByteSource::open(path);
  std::vector<char> piece(ContentDigest::piece_bytes);
  ContentDigest digest;
  while (std::size_t const got = stream->read(piece.data(), piece.size()))
  {
    digest.add(digest.bytes, {piece.data(), got});
  }
  return digest;
}

}  // namespace tarifa
