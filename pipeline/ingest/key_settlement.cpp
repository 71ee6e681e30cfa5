#include "pipeline/ingest/key_settlement.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <tuple>

#include <fmt/format.h>

namespace tarifa
{
namespace
{

template <class T>
void append_bytes(std::vector<std::byte>& to, T const& value)
{
  auto const bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// Within a key the record that counts comes first.
bool record_before(KeyEntry const& a, KeyEntry const& b)
{
  return std::tie(a.key, a.content, b.version, a.position)
         < std::tie(b.key, b.content, a.version, b.position);
}

bool row_before(EarlierEntry const& a, EarlierEntry const& b)
{
  return std::tie(a.key, a.part, a.row) < std::tie(b.key, b.part, b.row);
}

/// What one thread finds.
struct Found
{
  std::vector<std::vector<std::byte>> drops;  ///< [ranks]
  std::vector<BalanceSheet> by_file;
  std::set<std::int64_t> outranking, later;  ///< parts
  std::int64_t later_records = 0;
};

/// One bucket on one thread.
class BucketSettlement
{
 public:
  BucketSettlement(DeliveredKeys const& delivered, EarlierRows const& earlier,
                   Spill<std::int64_t>& superseded, Found& found)
      : drops_duplicates_(delivered.source.duplicates != DuplicateRule::none)
      , is_versioned_(!delivered.source.version.empty())
      , rank_of_share_(delivered.rank_of_share)
      , earlier_(earlier)
      , superseded_(superseded)
      , found_(found)
  {
  }

  void settle(std::vector<KeyEntry>& records, std::vector<EarlierEntry>& rows)
  {
    std::ranges::sort(records, record_before);
    std::ranges::sort(rows, row_before);
    auto row = rows.begin();
    for (auto first = records.begin(), end = first; first != records.end(); first = end)
    {
      KeyHash const key = first->key;
      end = std::find_if(first, records.end(), [&](KeyEntry const& one) { return one.key != key; });
      row = std::find_if(row, rows.end(), [&](EarlierEntry const& one) { return one.key >= key; });
      auto const row_end =
          std::find_if(row, rows.end(), [&](EarlierEntry const& one) { return one.key != key; });
      std::span<KeyEntry> stay(first, end);
      if (drops_duplicates_)
      {
        stay = stay.first(drop_duplicates(stay));
      }
      if (row != row_end)
      {
        compare(stay, {row, row_end});
      }
      row = row_end;
    }
  }

 private:
  void drop(KeyEntry const& entry, Tally BalanceSheet::*line)
  {
    found_.by_file[entry.position >> 48U].*line +=
        Tally{entry.bytes, entry.lines, 1, entry.value, 1 - entry.has_value};
    append_bytes(found_.drops[static_cast<std::size_t>(rank_of_share_[entry.share])],
                 Drop{run_of_delivery(entry.share, entry.run), entry.row});
  }

  /// Moves those that stay to the front and returns their number.
  std::size_t drop_duplicates(std::span<KeyEntry> records)
  {
    std::size_t stay = 1;
    for (std::size_t i = 1; i < records.size(); ++i)
    {
      KeyEntry const& known = records[stay - 1];
      if (records[i].content != known.content)
      {
        records[stay++] = records[i];
        continue;
      }
      bool const older = is_versioned_ && records[i].version < known.version;
      drop(records[i], older ? &BalanceSheet::superseded : &BalanceSheet::duplicate);
    }
    return stay;
  }

  /// Records of one key with rows of the archive that have it.
  void compare(std::span<KeyEntry const> records, std::span<EarlierEntry const> rows)
  {
    EarlierEntry const* highest = rows.data();
    bool any_later = false;
    for (EarlierEntry const& row : rows)
    {
      if (earlier_.parts[row.part].is_later)
      {
        found_.later.insert(row.part);
        any_later = true;
      }
      highest = row.version > highest->version ? &row : highest;
    }
    if (any_later)
    {
      found_.later_records += static_cast<std::int64_t>(records.size());
      return;
    }
    KeyEntry const* counts = nullptr;
    for (KeyEntry const& record : records)
    {
      if (is_versioned_ && record.version < highest->version)
      {
        drop(record, &BalanceSheet::superseded);
        found_.outranking.insert(highest->part);
      }
      else if (counts == nullptr)
      {
        counts = &record;
      }
    }
    if (counts != nullptr)
    {
      supersede(rows, found_.by_file[counts->position >> 48U]);
    }
  }

  void supersede(std::span<EarlierEntry const> rows, BalanceSheet& sheet)
  {
    for (EarlierEntry const& row : rows)
    {
      superseded_.add(row.part, row.row);
      sheet.earlier += Tally{0, 0, 1, row.value, row.has_value != 0 ? 0 : 1};
    }
  }

  bool drops_duplicates_, is_versioned_;
  std::vector<int> const& rank_of_share_;
  EarlierRows const& earlier_;
  Spill<std::int64_t>& superseded_;
  Found& found_;
};

/// A bucket cut into ranges of hashes, of which one at a time is in memory.
class BucketPieces
{
 public:
  BucketPieces(std::int64_t bytes, std::int64_t most_bytes)
      : pieces_(static_cast<std::uint64_t>(
          std::clamp<std::int64_t>((bytes + most_bytes - 1) / most_bytes, 1, std::int64_t{1} << 16U)))
  {
  }
  std::uint64_t count() const noexcept { return pieces_; }
  /// By the 16 bits below those that make the bucket.
  std::uint64_t of(KeyHash const& key) const noexcept { return (key.low >> 40U & 0xFFFFU) * pieces_ >> 16U; }

 private:
  std::uint64_t pieces_;
};

std::set<std::uint64_t> withdrawn_everywhere(Comm const& comm, std::set<std::uint64_t> const& here)
{
  std::vector<std::int64_t> const all = comm.gather_all(std::vector<std::int64_t>(here.begin(), here.end()));
  return {all.begin(), all.end()};
}

/// Sorted names of the vintages of parts that any rank has found.
std::vector<std::string> vintages_of_parts(Comm const& comm, std::set<std::int64_t> const& here,
                                           EarlierRows const& earlier)
{
  std::set<std::string> names;
  for (std::int64_t const part : comm.gather_all(std::vector<std::int64_t>(here.begin(), here.end())))
  {
    names.insert(earlier.parts[static_cast<std::size_t>(part)].part.vintage);
  }
  return {names.begin(), names.end()};
}

/// [all] What all threads of all ranks found, put together.
KeySettlement join(Comm const& comm, std::vector<Found>& found, EarlierRows const& earlier)
{
  auto const ranks = static_cast<std::size_t>(comm.size());
  KeySettlement all;
  std::vector<std::vector<std::byte>> drops(ranks);
  std::set<std::int64_t> outranking, later;
  for (Found& one : found)
  {
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      drops[rank].insert(drops[rank].end(), one.drops[rank].begin(), one.drops[rank].end());
    }
    all.by_file.resize(one.by_file.size());
    for (std::size_t file = 0; file < one.by_file.size(); ++file)
    {
      all.by_file[file] += one.by_file[file];
    }
    outranking.merge(one.outranking);
    later.merge(one.later);
    all.later_records += one.later_records;
  }
  for (std::vector<std::byte> const& piece : comm.exchange_bytes(std::move(drops)))
  {
    std::size_t const before = all.drops.size();
    all.drops.resize(before + piece.size() / sizeof(Drop));
    if (!piece.empty())
    {
      std::memcpy(all.drops.data() + before, piece.data(), piece.size());
    }
  }
  std::ranges::sort(all.drops);
  all.outranked_by = vintages_of_parts(comm, outranking, earlier);
  all.later = vintages_of_parts(comm, later, earlier);
  all.later_records = comm.sum(all.later_records);
  return all;
}

}  // namespace

KeySettlement settle_keys(Comm const& comm, ThreadTeam& team, DeliveredKeys const& delivered,
                          EarlierRows const& earlier)
{
  std::set<std::uint64_t> const withdrawn = withdrawn_everywhere(comm, delivered.withdrawn_runs);
  std::vector<Found> found(static_cast<std::size_t>(team.threads()));
  std::vector<std::unique_ptr<Spill<std::int64_t>>> superseded;
  auto const settle_bucket = [&](std::size_t bucket, BucketSettlement settlement)
  {
    bool const any_earlier = !earlier.parts.empty();
    std::int64_t const bytes =
        delivered.keys.entries(bucket) * std::int64_t{sizeof(KeyEntry)}
        + (any_earlier ? earlier.keys.entries(bucket) : 0) * std::int64_t{sizeof(EarlierEntry)};
    BucketPieces const pieces(bytes, std::max<std::int64_t>(delivered.memory_bytes / 4 / team.threads(), 1));
    for (std::uint64_t piece = 0; piece < pieces.count(); ++piece)
    {
      auto const is_here = [&](auto const& entry) { return pieces.of(entry.key) == piece; };
      std::vector<KeyEntry> records = delivered.keys.load(
          bucket, [&](KeyEntry const& entry)
          { return is_here(entry) && !withdrawn.contains(run_of_delivery(entry.share, entry.run)); });
      std::vector<EarlierEntry> rows;
      if (any_earlier)
      {
        rows = earlier.keys.load(bucket, is_here);
      }
      settlement.settle(records, rows);
    }
  };
  comm.all_or_none(
      "comparing keys",
      [&]
      {
        for (std::size_t thread = 0; thread < found.size(); ++thread)
        {
          found[thread].drops.resize(static_cast<std::size_t>(comm.size()));
          found[thread].by_file.resize(delivered.files);
          superseded.push_back(std::make_unique<Spill<std::int64_t>>(
              delivered.stage_folder / fmt::format("superseded-{:05}-{:03}", comm.rank(), thread),
              AppendMode::write, earlier.parts.size()));
        }
        team.each(key_buckets,
                  [&](std::size_t bucket, int thread)
                  {
                    auto const number = static_cast<std::size_t>(thread);
                    settle_bucket(bucket,
                                  BucketSettlement(delivered, earlier, *superseded[number], found[number]));
                  });
        for (auto const& spill : superseded)
        {
          spill->finish();
        }
      });
  KeySettlement all = join(comm, found, earlier);
  all.superseded = std::move(superseded);
  return all;
}

}  // namespace tarifa
