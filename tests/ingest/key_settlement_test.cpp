#include "pipeline/ingest/key_settlement.hpp"

#include <numeric>
#include <optional>

#include "tests/archive/archive_fixture.hpp"
#include <gtest/gtest.h>

#include "pipeline/ingest/key_filter.hpp"
#include "pipeline/ingest/record_key.hpp"

namespace tarifa
{
namespace
{

/// One folder for all ranks.
class SharedFolder
{
 public:
  explicit SharedFolder(Comm const& comm)
  {
    if (comm.is_root())
    {
      folder_.emplace("key_settlement");
    }
    path_ = comm.broadcast(folder_ ? folder_->path().string() : "", 0);
  }
  std::filesystem::path const& path() const { return path_; }

 private:
  std::optional<testing::ScratchFolder> folder_;
  std::filesystem::path path_;
};

constexpr std::int64_t key_count = 20000;

std::vector<int> share_for_each_rank(Comm const& comm)
{
  std::vector<int> ranks(static_cast<std::size_t>(comm.size()));
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

KeyHash key_of(std::int64_t number)
{
  RecordKey key;
  key.add_number(number);
  return key.hash();
}

/// Delivered twice: each key with two versions, on the rank its number falls to.
class DeliveredTwice
{
 public:
  DeliveredTwice(Comm const& comm, std::filesystem::path const& folder)
      : spill_(folder / ("keys-" + std::to_string(comm.rank())), AppendMode::write, key_buckets)
  {
    for (std::int64_t number = comm.rank(); number < key_count; number += comm.size())
    {
      for (std::int64_t const version : {1, 2})
      {
        KeyEntry entry{};
        entry.key = key_of(number);
        entry.version = version;
        entry.position = static_cast<std::uint64_t>(2 * number + version);
        entry.row = static_cast<std::uint16_t>(number % 512);
        entry.run = static_cast<std::uint32_t>(number / 512 * 2 + version);
        entry.share = static_cast<std::uint16_t>(comm.rank());
        entry.value = number;
        entry.has_value = 1;
        spill_.add(entry.key.bucket(), entry);
      }
    }
    spill_.finish();
    keys_ = SpilledBuckets<KeyEntry>(comm, {spill_.file()}, dealt_in_turn(key_buckets, comm.size()));
  }
  SpilledBuckets<KeyEntry> const& keys() const { return keys_; }

 private:
  KeySpill spill_;
  SpilledBuckets<KeyEntry> keys_;
};

/// Of one part of the archive with a row for each even key, of version 2 or, of every tenth key, 3.
class Archived
{
 public:
  Archived(Comm const& comm, std::filesystem::path const& folder)
      : spill_(folder / ("earlier-" + std::to_string(comm.rank())), AppendMode::write, key_buckets)
  {
    for (std::int64_t number = std::int64_t{comm.rank()} * 2; number < key_count;
         number += std::int64_t{comm.size()} * 2)
    {
      spill_.add(key_of(number).bucket(), {key_of(number), number % 10 == 0 ? 3 : 2, 7, number / 2, 0, 1});
    }
    spill_.finish();
    rows_.parts.push_back({"2019", {"v0001", 0, "", 0}, {key_count / 2, 1000}, false});
    rows_.keys = SpilledBuckets<EarlierEntry>(comm, {spill_.file()}, dealt_in_turn(key_buckets, comm.size()));
  }
  EarlierRows const& rows() const { return rows_; }

 private:
  Spill<EarlierEntry> spill_;
  EarlierRows rows_;
};

Source versioned()
{
  Source source;
  source.duplicates = DuplicateRule::key;
  source.key = {"number"};
  source.version = "version";
  return source;
}

TEST(KeySettlement, IsTheSameWithLittleMemory)
{
  Comm const comm(MPI_COMM_WORLD);
  SharedFolder const scratch(comm);
  ThreadTeam team(2);
  Source const source = versioned();
  DeliveredTwice const delivered(comm, scratch.path());
  Archived const archived(comm, scratch.path());
  std::set<std::uint64_t> const none;
  std::vector<int> const rank_of_share = share_for_each_rank(comm);
  std::vector<std::vector<Drop>> drops;
  for (std::int64_t const memory : {std::int64_t{1} << 30, std::int64_t{1} << 14})
  {
    KeySettlement const settled =
        settle_keys(comm, team, {source, scratch.path(), delivered.keys(), none, rank_of_share, 1, memory},
                    archived.rows());
    drops.push_back(settled.drops);
    EXPECT_EQ(settled.drops, drops.front()) << memory;
    // Of each key version 1 is dropped, and version 2 too where the archive has version 3.
    EXPECT_EQ(comm.sum(settled.by_file[0].superseded.records), key_count + key_count / 10) << memory;
    EXPECT_EQ(comm.sum(settled.by_file[0].earlier.records), key_count / 2 - key_count / 10) << memory;
    EXPECT_EQ(settled.outranked_by, std::vector<std::string>{"v0001"});
    EXPECT_TRUE(settled.later.empty());
  }
}

TEST(KeySettlement, RowsOfLaterVintagesAreOnlyCounted)
{
  Comm const comm(MPI_COMM_WORLD);
  SharedFolder const scratch(comm);
  ThreadTeam team(1);
  Source const source = versioned();
  DeliveredTwice const delivered(comm, scratch.path());
  Archived const archived(comm, scratch.path());
  EarlierRows rows = archived.rows();
  rows.parts[0].is_later = true;
  std::set<std::uint64_t> const none;
  std::vector<int> const rank_of_share = share_for_each_rank(comm);
  KeySettlement const settled =
      settle_keys(comm, team, {source, scratch.path(), delivered.keys(), none, rank_of_share, 1}, rows);
  EXPECT_EQ(settled.later_records, key_count / 2);
  EXPECT_EQ(settled.later, std::vector<std::string>{"v0001"});
  EXPECT_EQ(comm.sum(settled.by_file[0].earlier.records), 0);
}

TEST(KeyFilter, HasEveryDeliveredKeyAndFewOthersAsLongAsThereIsRoom)
{
  Comm const comm(MPI_COMM_WORLD);
  SharedFolder const scratch(comm);
  ThreadTeam team(2);
  DeliveredTwice const delivered(comm, scratch.path());
  for (std::int64_t const most_bytes : {std::int64_t{1} << 20, std::int64_t{0}})
  {
    KeyFilter const filter(comm, team, scratch.path(), delivered.keys(), most_bytes);
    std::int64_t others = 0;
    for (std::int64_t number = 0; number < key_count; ++number)
    {
      ASSERT_TRUE(filter.may_have(key_of(number))) << number;
      others += filter.may_have(key_of(key_count + number)) ? 1 : 0;
    }
    EXPECT_TRUE(most_bytes == 0 || others < key_count / 200) << others;
  }
}

}  // namespace
}  // namespace tarifa
