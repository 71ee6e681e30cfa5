#include "pipeline/ingest/delivery_keys.hpp"

#include <fmt/format.h>

#include "pipeline/archive/table_manifests.hpp"

namespace tarifa
{

DeliveryKeys::DeliveryKeys(Comm const& comm, Source const& source, ParsedDelivery const& delivery,
                           std::size_t files)
    : comm_(comm)
    , source_(source)
    , delivery_(delivery)
    , files_(files)
{
  settled_.by_file.resize(files);
}

void DeliveryKeys::settle(ThreadTeam& team, Log& log, Place const& place)
{
  if (!are_wanted(source_))
  {
    return;
  }
  std::vector<SpillFile> spilled;
  for (StagedThread const& thread : delivery_.threads())
  {
    spilled.push_back({key_path(place.stage_folder, thread.worker), thread.keys});
  }
  keys_ = SpilledBuckets<KeyEntry>(comm_, spilled, dealt_in_turn(key_buckets, comm_.size()));
  if (!source_.key.empty())
  {
    others_.emplace(comm_, place.archive, source_.table, place.vintage);
    earlier_ = search(team, log, place, *others_, others_->names());
  }
  log.stage("finding duplicates");
  settled_ = settle_keys(comm_, team, delivered(place), earlier_);
  if (settled_.later_records > 0)
  {
    throw_everywhere(Error(
        Fault::usage,
        fmt::format("vintage {} of table {} would stand before others, but {} of its records have keys that "
                    "rows of vintage {} have. A vintage supersedes earlier ones only: choose a name that "
                    "sorts after {}",
                    place.vintage, source_.table, settled_.later_records, listed(settled_.later),
                    settled_.later.back())));
  }
}

void DeliveryKeys::require_unchanged(ThreadTeam& team, Log& log, Place const& place) const
{
  if (!others_)
  {
    return;
  }
  OtherVintages const now(comm_, place.archive, source_.table, place.vintage);
  std::vector<std::string> const changed =
      comm_.all_or_none("vintages", [&] { return now.changed_since(*others_); });
  if (changed.empty())
  {
    return;
  }
  EarlierRows const rows = search(team, log, place, now, changed);
  KeySettlement const again = settle_keys(comm_, team, delivered(place), rows);
  std::int64_t here = 0;
  for (BalanceSheet const& sheet : again.by_file)
  {
    here += sheet.earlier.records;
  }
  if (comm_.sum(here) > 0 || again.later_records > 0 || !again.outranked_by.empty())
  {
    throw_everywhere(Error(Fault::storage,
                           fmt::format("vintage {} of table {} was published meanwhile and has keys of this "
                                       "delivery. Nothing was published: run it again",
                                       listed(changed), source_.table)));
  }
}

/// Rows with keys of the delivery in these of the other vintages.
EarlierRows DeliveryKeys::search(ThreadTeam& team, Log& log, Place const& place, OtherVintages const& others,
                                 std::vector<std::string> const& vintages) const
{
  if (vintages.empty())
  {
    return {};
  }
  log.stage("searching other vintages");
  KeyRanges const ranges(comm_, source_, delivery_.threads());
  KeyFilter const filter(comm_, team, place.stage_folder, keys_, place.memory_bytes / 8);
  return find_earlier(
      comm_, team, log, others, vintages,
      {place.archive, place.stage_folder, source_, place.schema, place.vintage, ranges, filter});
}

DeliveredKeys DeliveryKeys::delivered(Place const& place) const
{
  return {source_, place.stage_folder, keys_, delivery_.withdrawn(), delivery_.rank_of_share(),
          files_,  place.memory_bytes};
}

/// Every rank knows the same, so every rank throws.
void DeliveryKeys::throw_everywhere(Error const& error) const
{
  comm_.all_or_none("vintages", [&] { throw error; });
}

}  // namespace tarifa
