#include "pipeline/ingest/duplicates.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/block_parser.hpp"

namespace tarifa
{
namespace
{

/// A stretch of keys and the spill file it stands in.
struct Place
{
  std::int64_t rank, thread, bucket, offset, entries;
};

template <class T>
std::vector<T> joined_values(std::vector<std::vector<std::byte>> const& pieces)
{
  std::vector<T> all;
  for (auto const& piece : pieces)
  {
    std::size_t const before = all.size();
    all.resize(before + piece.size() / sizeof(T));
    std::memcpy(all.data() + before, piece.data(), piece.size());
  }
  return all;
}

template <class T>
void append_bytes(std::vector<std::byte>& to, T const& value)
{
  auto const bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

bool same_key(KeyEntry const& a, KeyEntry const& b)
{
  return a.hash_low == b.hash_low && a.hash_high == b.hash_high;
}

std::vector<KeyEntry> load(std::vector<Place> const& places, std::filesystem::path const& folder)
{
  std::vector<KeyEntry> entries;
  for (Place const& place : places)
  {
    PlainFile const file(
        BlockParser::key_path(folder, static_cast<int>(place.rank), static_cast<int>(place.thread)));
    std::size_t const before = entries.size();
    entries.resize(before + static_cast<std::size_t>(place.entries));
    std::size_t const bytes = static_cast<std::size_t>(place.entries) * sizeof(KeyEntry);
    std::size_t const got = file.read_at(static_cast<std::uint64_t>(place.offset),
                                         reinterpret_cast<char*>(entries.data() + before), bytes);
    require(got == bytes, Fault::storage, "a file of spilled keys is cut short");
  }
  return entries;
}

}  // namespace

DropList find_duplicates(Comm const& comm, ThreadTeam& team, Source const& source,
                         std::filesystem::path const& stage_folder, std::vector<SpilledKeys> const& mine,
                         std::set<std::uint32_t> const& withdrawn_runs, std::size_t files)
{
  auto const ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<std::byte>> outgoing(ranks);
  for (SpilledKeys const& spilled : mine)
  {
    for (KeySpill::Stretch const& stretch : *spilled.stretches)
    {
      append_bytes(outgoing[static_cast<std::size_t>(stretch.bucket) % ranks],
                   Place{comm.rank(), spilled.thread, stretch.bucket, stretch.offset, stretch.entries});
    }
  }
  std::vector<Place> const places = joined_values<Place>(comm.exchange_bytes(std::move(outgoing)));
  std::vector<std::int64_t> withdrawn_here;
  withdrawn_here.reserve(withdrawn_runs.size());
  for (std::uint32_t const run : withdrawn_runs)
  {
    withdrawn_here.push_back((std::int64_t{comm.rank()} << 32) | run);
  }
  std::vector<std::int64_t> const withdrawn_list = comm.gather_all(withdrawn_here);
  std::set<std::int64_t> const withdrawn(withdrawn_list.begin(), withdrawn_list.end());

  bool const versioned = !source.version.empty();
  std::vector<std::vector<Place>> buckets(KeySpill::buckets);
  for (Place const& place : places)
  {
    buckets[static_cast<std::size_t>(place.bucket)].push_back(place);
  }
  struct Found
  {
    std::vector<std::vector<std::byte>> drops;  ///< [ranks]
    std::vector<BalanceSheet> by_file;
  };
  std::vector<Found> found(
      static_cast<std::size_t>(team.threads()),
      Found{std::vector<std::vector<std::byte>>(ranks), std::vector<BalanceSheet>(files)});
  comm.all_or_none("search for duplicates",
                   [&]
                   {
                     team.each(
                         buckets.size(),
                         [&](std::size_t bucket, int thread)
                         {
                           std::vector<KeyEntry> entries = load(buckets[bucket], stage_folder);
                           std::erase_if(
                               entries, [&](KeyEntry const& entry)
                               { return withdrawn.contains((std::int64_t{entry.rank} << 32) | entry.run); });
                           // Within a key the record that counts comes first.
                           std::sort(entries.begin(), entries.end(),
                                     [](KeyEntry const& a, KeyEntry const& b)
                                     {
                                       return std::tie(a.hash_low, a.hash_high, b.version, a.position)
                                              < std::tie(b.hash_low, b.hash_high, a.version, b.position);
                                     });
                           Found& out = found[static_cast<std::size_t>(thread)];
                           std::size_t first = 0;
                           for (std::size_t i = 1; i < entries.size(); ++i)
                           {
                             KeyEntry const& entry = entries[i];
                             if (!same_key(entry, entries[first]))
                             {
                               first = i;
                               continue;
                             }
                             bool const older = versioned && entry.version < entries[first].version;
                             BalanceSheet& sheet = out.by_file[entry.position >> 48U];
                             (older ? sheet.superseded : sheet.duplicate) +=
                                 Tally{entry.bytes, entry.lines, 1, entry.value, 1 - entry.has_value};
                             append_bytes(out.drops[entry.rank], Drop{entry.run, entry.row});
                           }
                         });
                   });
  DropList list;
  list.by_file.resize(files);
  std::vector<std::vector<std::byte>> drops(ranks);
  for (Found const& one : found)
  {
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      drops[rank].insert(drops[rank].end(), one.drops[rank].begin(), one.drops[rank].end());
    }
    for (std::size_t file = 0; file < files; ++file)
    {
      list.by_file[file] += one.by_file[file];
    }
  }
  list.rows = joined_values<Drop>(comm.exchange_bytes(std::move(drops)));
  std::sort(list.rows.begin(), list.rows.end());
  return list;
}

}  // namespace tarifa
