#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/run/append_file.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// One stretch of entries of one bucket in the file of one thread.
struct SpillStretch
{
  std::int64_t bucket, offset, entries;
};

/// What one thread spilled, once it is finished.
struct SpillFile
{
  std::filesystem::path path;
  std::vector<SpillStretch> stretches;
};

/// Entries of one thread, dealt into buckets and written to a file, so that a bucket fits in memory however
/// many entries there are. Entry is plain data.
template <class Entry>
class Spill
{
 public:
  Spill(std::filesystem::path path, AppendMode mode, std::size_t buckets)
      : file_(std::move(path), mode)
      , pending_(buckets)
  {
  }

  void add(std::size_t bucket, Entry const& entry)
  {
    pending_[bucket].push_back(entry);
    if (pending_[bucket].size() == entries_per_stretch)
    {
      flush(bucket);
    }
  }
  /// Everything spilled can be read afterwards.
  void finish()
  {
    for (std::size_t bucket = 0; bucket < pending_.size(); ++bucket)
    {
      if (!pending_[bucket].empty())
      {
        flush(bucket);
      }
      pending_[bucket].shrink_to_fit();
    }
    file_.flush();
  }
  std::uint64_t bytes() const noexcept { return file_.size(); }
  std::uint64_t checksum() const { return file_.checksum(); }

  SpillFile file() const { return {file_.path(), stretches_}; }  ///< after finish()

 private:
  void flush(std::size_t bucket)
  {
    std::vector<Entry>& entries = pending_[bucket];
    auto const offset = file_.append(std::as_bytes(std::span(entries)));
    stretches_.push_back({static_cast<std::int64_t>(bucket), static_cast<std::int64_t>(offset),
                          static_cast<std::int64_t>(entries.size())});
    entries.clear();
  }

  static constexpr std::size_t entries_per_stretch = 512;
  AppendFile file_;
  std::vector<std::vector<Entry>> pending_;
  std::vector<SpillStretch> stretches_;
};

/// Buckets of the spills of all threads of all ranks, dealt to the ranks.
template <class Entry>
class SpilledBuckets
{
 public:
  SpilledBuckets() = default;
  /// [all] `mine` are the spills of this rank; `owner` [buckets] says which rank a bucket is dealt to.
  SpilledBuckets(Comm const& comm, std::vector<SpillFile> const& mine, std::vector<std::size_t> const& owner)
      : places_(owner.size())
  {
    auto const ranks = static_cast<std::size_t>(comm.size());
    std::vector<std::vector<std::byte>> outgoing(ranks);
    std::string names;
    for (std::size_t number = 0; number < mine.size(); ++number)
    {
      names += mine[number].path.string() + '\0';
      for (SpillStretch const& stretch : mine[number].stretches)
      {
        Place const place{static_cast<std::int64_t>(number), stretch};
        auto const bytes = std::as_bytes(std::span(&place, 1));
        std::vector<std::byte>& to = outgoing[owner[static_cast<std::size_t>(stretch.bucket)]];
        to.insert(to.end(), bytes.begin(), bytes.end());
      }
    }
    std::vector<std::string> const all_names = comm.gather_all(names);
    std::vector<std::vector<std::byte>> const incoming = comm.exchange_bytes(std::move(outgoing));
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      std::size_t const first = paths_.size();
      for (std::size_t at = 0; at < all_names[rank].size(); at = all_names[rank].find('\0', at) + 1)
      {
        paths_.emplace_back(all_names[rank].c_str() + at);
      }
      for (std::size_t at = 0; at < incoming[rank].size(); at += sizeof(Place))
      {
        Place place{};
        std::memcpy(&place, incoming[rank].data() + at, sizeof place);
        place.file += static_cast<std::int64_t>(first);
        places_[static_cast<std::size_t>(place.stretch.bucket)].push_back(place);
      }
    }
  }

  std::size_t buckets() const noexcept { return places_.size(); }
  /// Of a bucket that was dealt to this rank.
  std::int64_t entries(std::size_t bucket) const
  {
    std::int64_t sum = 0;
    for (Place const& place : places_[bucket])
    {
      sum += place.stretch.entries;
    }
    return sum;
  }
  /// Calls `take(entries)` with some entries of a bucket after the other; a bucket dealt to another rank has
  /// none. Any thread. Error(storage).
  template <class Take>
  void visit(std::size_t bucket, Take&& take) const
  {
    std::vector<Entry> some;
    for (Place const& place : places_[bucket])
    {
      some.resize(static_cast<std::size_t>(place.stretch.entries));
      std::size_t const bytes = some.size() * sizeof(Entry);
      PlainFile const file(paths_[static_cast<std::size_t>(place.file)]);
      std::size_t const got = file.read_at(static_cast<std::uint64_t>(place.stretch.offset),
                                           reinterpret_cast<char*>(some.data()), bytes);
      require(got == bytes, Fault::storage, "a spill file is cut short");
      take(some);
    }
  }
  /// All entries of a bucket.
  std::vector<Entry> load(std::size_t bucket) const
  {
    std::vector<Entry> all;
    all.reserve(static_cast<std::size_t>(entries(bucket)));
    visit(bucket, [&](std::vector<Entry> const& some) { all.insert(all.end(), some.begin(), some.end()); });
    return all;
  }
  /// The same of those for which `keep(entry)` holds: the others are not in memory at the same time.
  template <class Keep>
  std::vector<Entry> load(std::size_t bucket, Keep const& keep) const
  {
    std::vector<Entry> all;
    visit(bucket,
          [&](std::vector<Entry> const& some) { std::ranges::copy_if(some, std::back_inserter(all), keep); });
    return all;
  }

 private:
  struct Place
  {
    std::int64_t file;
    SpillStretch stretch;
  };

  std::vector<std::filesystem::path> paths_;
  std::vector<std::vector<Place>> places_;  ///< [buckets] empty unless dealt to this rank
};

/// Owners of buckets dealt to the ranks in turn. [buckets]
inline std::vector<std::size_t> dealt_in_turn(std::size_t buckets, int ranks)
{
  std::vector<std::size_t> owner(buckets);
  for (std::size_t bucket = 0; bucket < buckets; ++bucket)
  {
    owner[bucket] = bucket % static_cast<std::size_t>(ranks);
  }
  return owner;
}

}  // namespace tarifa
