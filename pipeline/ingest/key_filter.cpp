#include "pipeline/ingest/key_filter.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/csv/byte_source.hpp"

namespace tarifa
{
namespace
{

constexpr std::int64_t bits_wanted = 16;
constexpr std::int64_t block_bytes = 64;

std::filesystem::path filter_path(std::filesystem::path const& folder, int rank)
{
  return folder / fmt::format("filter-{:05}", rank);
}

}  // namespace

KeyFilter::KeyFilter(Comm const& comm, ThreadTeam& team, std::filesystem::path const& folder,
                     SpilledBuckets<KeyEntry> const& keys, std::int64_t most_bytes)
{
  std::int64_t mine = 0;
  for (std::size_t bucket = 0; bucket < key_buckets; ++bucket)
  {
    mine += keys.entries(bucket);
  }
  std::int64_t const bytes = std::min(comm.sum(mine) * bits_wanted / 8, most_bytes);
  blocks_per_bucket_ = static_cast<std::size_t>(
      std::max<std::int64_t>(bytes / block_bytes / static_cast<std::int64_t>(key_buckets), 1));
  words_.resize(key_buckets * blocks_per_bucket_ * block_words);
  comm.all_or_none("filter of keys",
                   [&]
                   {
                     team.each(key_buckets,
                               [&](std::size_t bucket, int)
                               {
                                 keys.visit(bucket,
                                            [&](std::vector<KeyEntry> const& some)
                                            {
                                              for (KeyEntry const& entry : some)
                                              {
                                                add(entry.key);
                                              }
                                            });
                               });
                     AppendFile file(filter_path(folder, comm.rank()), AppendMode::write);
                     std::size_t const words = blocks_per_bucket_ * block_words;
                     for (auto bucket = static_cast<std::size_t>(comm.rank()); bucket < key_buckets;
                          bucket += static_cast<std::size_t>(comm.size()))
                     {
                       file.append(std::as_bytes(std::span(words_).subspan(bucket * words, words)));
                     }
                     file.flush();
                   });
  comm.all_or_none("filter of keys", [&] { read(folder, comm.size()); });
}

void KeyFilter::add(KeyHash const& key)
{
  std::uint64_t* const block = words_.data() + block_of(key) * block_words;
  for (unsigned i = 0; i < bits_per_key; ++i)
  {
    unsigned const bit = bit_of(key, i);
    block[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
}

/// The buckets of all ranks.
void KeyFilter::read(std::filesystem::path const& folder, int ranks)
{
  std::size_t const words = blocks_per_bucket_ * block_words;
  for (int rank = 0; rank < ranks; ++rank)
  {
    PlainFile const file(filter_path(folder, rank));
    std::uint64_t offset = 0;
    for (auto bucket = static_cast<std::size_t>(rank); bucket < key_buckets;
         bucket += static_cast<std::size_t>(ranks))
    {
      std::size_t const bytes = words * sizeof(std::uint64_t);
      std::size_t const got =
          file.read_at(offset, reinterpret_cast<char*>(words_.data() + bucket * words), bytes);
      require(got == bytes, Fault::storage, "a file of the filter of keys is cut short");
      offset += bytes;
    }
  }
}

}  // namespace tarifa
