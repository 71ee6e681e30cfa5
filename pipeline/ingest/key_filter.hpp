#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "pipeline/ingest/key_spill.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/int128.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// Which keys a delivery may have: never wrong about a key it has, wrong about few of the others, in memory
/// that does not grow beyond a limit. A blocked Bloom filter (Putze, Sanders, Singler 2007): 6 bits in one
/// block of 512, 16 bits per key as long as the limit allows; about 1 of 500 other keys then passes.
class KeyFilter
{
 public:
  /// [all] Of the delivered keys; ranks make the filters of the buckets dealt to them and read those of
  /// others from `folder`, where all ranks see them. `most_bytes` bounds the filter on each rank.
  KeyFilter(Comm const& comm, ThreadTeam& team, std::filesystem::path const& folder,
            SpilledBuckets<KeyEntry> const& keys, std::int64_t most_bytes);

  bool may_have(KeyHash const& key) const
  {
    std::uint64_t const* const block = words_.data() + block_of(key) * block_words;
    bool all = true;
    for (unsigned i = 0; i < bits_per_key; ++i)
    {
      unsigned const bit = bit_of(key, i);
      all = all && (block[bit / 64] >> bit % 64 & 1U) != 0;
    }
    return all;
  }

 private:
  static constexpr std::size_t block_words = 8;  // a cache line
  static constexpr unsigned bits_per_key = 6;

  /// Within the filter of its bucket by the upper half of the hash, which decides nothing else.
  std::size_t block_of(KeyHash const& key) const
  {
    auto const in_bucket = static_cast<UInt128>(key.high) * blocks_per_bucket_ >> 64U;
    return key.bucket() * blocks_per_bucket_ + static_cast<std::size_t>(in_bucket);
  }
  /// By 9 bits each below those that make the bucket.
  static unsigned bit_of(KeyHash const& key, unsigned i)
  {
    return static_cast<unsigned>(key.low >> (9 * i)) & 511U;
  }
  void add(KeyHash const& key);
  void read(std::filesystem::path const& folder, int ranks);

  std::size_t blocks_per_bucket_ = 1;
  std::vector<std::uint64_t> words_;  ///< [buckets x blocks x 8]
};

}  // namespace tarifa
