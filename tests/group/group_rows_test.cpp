#include "pipeline/group/group_rows.hpp"

#include <atomic>

#include "tests/group/group_data.hpp"
#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

using test::Data;
using test::Keys;

/// Rows of this rank in the order they would be written: range after range.
template <int Values>
std::vector<GroupRow<Values>> grouped(Comm const& comm, GroupSettings const& settings, Data const& data,
                                      GroupArena& arena)
{
  auto const produce = [&](std::int64_t shard, GroupBuffer<Values>& buffer)
  { data.produce(comm, shard, buffer); };
  auto const plan = plan_groups<Values>(comm, settings, arena, data.source(comm), produce);
  std::vector<std::vector<GroupRow<Values>>> ranges(static_cast<std::size_t>(plan.ranges()));
  std::vector<int> calls(ranges.size());
  group_rows<Values>(comm, plan, arena, produce,
                     [&](int range, std::span<GroupRow<Values> const> sorted)
                     {
                       ++calls[static_cast<std::size_t>(range)];
                       ranges[static_cast<std::size_t>(range)].assign(sorted.begin(), sorted.end());
                     });
  EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), plan.ranges())
      << "a range was not consumed exactly once";
  std::vector<GroupRow<Values>> all;
  for (auto const& r : ranges)
  {
    all.insert(all.end(), r.begin(), r.end());
  }
  return all;
}

/// Compares the rows of this rank with the slice of the reference that its keys say it owns, and the rank
/// borders.
template <int Values>
void expect_reference(Comm const& comm, Data const& data, std::vector<GroupRow<Values>> const& rows,
                      ValueOrder order)
{
  auto const reference = data.reference();
  std::size_t at = 0;
  std::int64_t groups = 0;
  while (at < rows.size())
  {
    std::uint64_t const key = rows[at].key;
    std::vector<std::int64_t> values;
    for (; at < rows.size() && rows[at].key == key; ++at)
    {
      if constexpr (Values > 0)
      {
        values.push_back(rows[at].value[0]);
        ASSERT_EQ(rows[at].value[Values - 1], rows[at].value[0] + Values - 1)
            << "payloads of different rows mixed";
      }
    }
    if (order == ValueOrder::any)
    {
      std::sort(values.begin(), values.end());
    }
    auto const found = reference.find(key);
    ASSERT_TRUE(found != reference.end()) << "no such key: " << key;
    if constexpr (Values > 0)
    {
      ASSERT_EQ(values, found->second) << "key " << key;
    }
    ASSERT_TRUE(at == rows.size() || key < rows[at].key) << "keys do not ascend";
    ++groups;
  }
  EXPECT_EQ(comm.sum(groups), static_cast<std::int64_t>(reference.size()));
  EXPECT_EQ(comm.sum(static_cast<std::int64_t>(rows.size())), data.shards * data.shard_rows);
  // With every rank's keys ascending and ranks in key order, the first key stands after as many groups as
  // came before.
  std::int64_t const before = comm.sum_before(groups);
  if (!rows.empty())
  {
    EXPECT_EQ(std::distance(reference.begin(), reference.find(rows.front().key)), before);
  }
}

class GroupRows : public testing::TestWithParam<std::tuple<Keys, int, ValueOrder>>
{
};

TEST_P(GroupRows, DeliversEveryRowOnceSortedByKey)
{
  Comm const comm(MPI_COMM_WORLD);
  auto const [keys, threads, order] = GetParam();
  GroupSettings settings;
  settings.threads = threads;
  settings.order = order;
  settings.range_rows = 100;
  GroupArena arena;
  Data const data{keys, keys == Keys::clustered ? 64 : 30, 13, 1203};
  settings.key_bits = data.key_bits;
  expect_reference<1>(comm, data, grouped<1>(comm, settings, data, arena), order);
  expect_reference<2>(comm, data, grouped<2>(comm, settings, data, arena), order);
}

class GroupRowsDone : public testing::TestWithParam<std::tuple<Keys, std::int64_t>>
{
};

/// What is done is not handed over; everything else is, once, and the ranges that are done are whole ones.
TEST_P(GroupRowsDone, LeavesOutTheKeysThatAreDone)
{
  Comm const comm(MPI_COMM_WORLD);
  auto const [keys, memory] = GetParam();
  GroupSettings settings;
  settings.threads = 2;
  settings.range_rows = 100;
  settings.memory_bytes = memory;
  Data const data{keys, keys == Keys::clustered ? 64 : 30, 9, 1001};
  settings.key_bits = data.key_bits;
  std::uint64_t const highest = ~std::uint64_t{0} >> (64 - data.key_bits);
  settings.done = {{0, 300}, {1234, 1500}, {highest / 2, highest}};
  auto const is_done = [&](std::uint64_t key)
  {
    return std::any_of(settings.done.begin(), settings.done.end(),
                       [key](KeyInterval const& one) { return one.least <= key && key <= one.most; });
  };
  GroupArena arena;
  auto const produce = [&](std::int64_t shard, GroupBuffer<1>& buffer) { data.produce(comm, shard, buffer); };
  auto const plan = plan_groups<1>(comm, settings, arena, data.source(comm), produce);
  std::int64_t done_ranges = 0;
  for (int range = 0; range < plan.map.ranges(); ++range)
  {
    EXPECT_EQ(plan.is_left_out(range), is_done(plan.map.least_key(range)));
    EXPECT_EQ(plan.is_left_out(range), is_done(plan.map.most_key(range)));
    done_ranges += plan.is_left_out(range) ? 1 : 0;
  }
  EXPECT_GE(done_ranges, 3);
  std::atomic<std::int64_t> rows = 0;
  std::atomic<std::int64_t> wrong = 0;
  std::int64_t consumed = 0;
  group_rows<1>(comm, plan, arena, produce,
                [&](int, std::span<GroupRow<1> const> sorted)
                {
                  rows += static_cast<std::int64_t>(sorted.size());
                  wrong += std::count_if(sorted.begin(), sorted.end(),
                                         [&](auto const& row) { return is_done(row.key); });
                },
                {{},
                 [&](RankSlices const& step)
                 {
                   for (RangeSlice const& slice : step)
                   {
                     for (int range = slice.begin; range < slice.end; ++range)
                     {
                       consumed += plan.is_left_out(range) ? 0 : 1;
                     }
                   }
                 }});
  EXPECT_EQ(wrong, 0);
  std::int64_t expected = 0;
  for (auto const& [key, values] : data.reference())
  {
    expected += is_done(key) ? 0 : static_cast<std::int64_t>(values.size());
  }
  EXPECT_EQ(comm.sum(rows), expected);
  EXPECT_EQ(consumed, plan.map.ranges() - done_ranges) << "a range was told more than once, or never";
}

INSTANTIATE_TEST_SUITE_P(Keys, GroupRowsDone,
                         testing::Combine(testing::Values(Keys::uniform, Keys::zipf, Keys::one,
                                                          Keys::clustered),
                                          testing::Values(std::int64_t{24} * 1024, std::int64_t{1} << 30)));

TEST(GroupRows, WithAllKeysDoneGoesThroughNoShards)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 30;
  settings.memory_bytes = 24 * 1024;
  settings.done = {{0, (std::uint64_t{1} << 30U) - 1}};
  Data const data{Keys::uniform, 30, 9, 1001};
  GroupArena arena;
  auto const produce = [&](std::int64_t shard, GroupBuffer<1>& buffer) { data.produce(comm, shard, buffer); };
  auto const plan = plan_groups<1>(comm, settings, arena, data.source(comm), produce);
  EXPECT_TRUE(plan.rounds.empty());
  group_rows<1>(
      comm, plan, arena, [](std::int64_t, GroupBuffer<1>&) { FAIL() << "a shard was asked for"; },
      [](int, std::span<GroupRow<1> const>) { FAIL() << "a range was handed over"; });
}

class GroupRowsRounds : public testing::TestWithParam<Keys>
{
};

TEST_P(GroupRowsRounds, InLittleMemoryGiveTheSame)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.threads = 2;
  settings.order = ValueOrder::ascending;
  settings.memory_bytes = 24 * 1024;
  Data const data{GetParam(), GetParam() == Keys::clustered ? 64 : 30, 9, 1001};
  settings.key_bits = data.key_bits;
  GroupArena arena;
  auto const produce = [&](std::int64_t shard, GroupBuffer<1>& buffer) { data.produce(comm, shard, buffer); };
  auto const plan = plan_groups<1>(comm, settings, arena, data.source(comm), produce);
  if (GetParam() != Keys::one)
  {
    EXPECT_GT(plan.rounds.size(), 2U);
  }
  expect_reference<1>(comm, data, grouped<1>(comm, settings, data, arena), ValueOrder::ascending);
}

INSTANTIATE_TEST_SUITE_P(Keys, GroupRowsRounds,
                         testing::Values(Keys::uniform, Keys::zipf, Keys::one, Keys::clustered,
                                         Keys::ascending));

INSTANTIATE_TEST_SUITE_P(
    KeysThreadsOrder, GroupRows,
    testing::Combine(testing::Values(Keys::uniform, Keys::zipf, Keys::one, Keys::clustered, Keys::ascending),
                     testing::Values(1, 2), testing::Values(ValueOrder::any, ValueOrder::ascending)));

TEST(GroupRowsShapes, EveryNumberOfPayloadsWorks)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 30;
  settings.threads = 2;
  GroupArena arena;
  Data const data{Keys::zipf, 30, 5, 3000};
  expect_reference<0>(comm, data, grouped<0>(comm, settings, data, arena), ValueOrder::any);
  expect_reference<3>(comm, data, grouped<3>(comm, settings, data, arena), ValueOrder::any);
  expect_reference<4>(comm, data, grouped<4>(comm, settings, data, arena), ValueOrder::any);
}

TEST(GroupRowsShapes, NoRowsGiveEmptyRanges)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  GroupArena arena;
  EXPECT_TRUE(grouped<1>(comm, settings, Data{Keys::uniform, 64, 0, 0}, arena).empty());
  EXPECT_TRUE(grouped<1>(comm, settings, Data{Keys::uniform, 64, 7, 0}, arena).empty());
}

TEST(GroupRowsShapes, OneShardOnOneRankReachesAllRanks)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 30;
  GroupArena arena;
  Data const data{Keys::uniform, 30, 1, 20'000};
  auto const rows = grouped<1>(comm, settings, data, arena);
  expect_reference<1>(comm, data, rows, ValueOrder::any);
  EXPECT_NEAR(static_cast<double>(rows.size()), 20'000.0 / comm.size(), 10'000.0 / comm.size());
}

TEST(GroupRowsShapes, RowsThatTheSampleMissedAreStillThere)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 20;
  settings.threads = 2;
  GroupArena arena;
  // Only the last of 40 shards has rows: the first sample sees none of them.
  auto const produce = [&](std::int64_t shard, GroupBuffer<0>& buffer)
  {
    if (shard == 39)
    {
      for (std::size_t i = 0; i < 20'000; ++i)
      {
        buffer.keys()[i] = test::mixed(i) >> 44;
      }
      buffer.emit(20'000);
    }
  };
  auto const plan = plan_groups<0>(comm, settings, arena, {40, -1}, produce);
  EXPECT_GT(plan.map.ranges(), 8);
  std::atomic<std::int64_t> rows = 0;
  group_rows<0>(comm, plan, arena, produce,
                [&](int, std::span<GroupRow<0> const> sorted)
                { rows += static_cast<std::int64_t>(sorted.size()); });
  EXPECT_EQ(comm.sum(rows.load()), 20'000 * comm.size());
}

TEST(GroupRowsFailures, AProducerThatThrowsOnOneRankStopsAllWithTheSameError)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 30;
  settings.threads = 2;
  GroupArena arena;
  Data const data{Keys::uniform, 30, 40, 1000};
  int const culprit = comm.size() - 1;
  bool throwing = false;
  auto const produce = [&](std::int64_t shard, GroupBuffer<1>& buffer)
  {
    require(!throwing || comm.rank() != culprit || shard < 3, Fault::data,
            "shard " + std::to_string(shard) + " is damaged");
    data.produce(comm, shard, buffer);
  };
  auto const plan = plan_groups<1>(comm, settings, arena, data.source(comm), produce);
  throwing = true;
  try
  {
    group_rows<1>(comm, plan, arena, produce, [](int, std::span<GroupRow<1> const>) {});
    FAIL() << "rank " << comm.rank() << " did not throw";
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::data);
    // A lone rank is not named.
    std::string const who = comm.size() == 1 ? ""
                                             : "rank " + std::to_string(culprit) + " (1 of "
                                                   + std::to_string(comm.size()) + " ranks failed): ";
    EXPECT_EQ(std::string(error.what()), who + "partitioning rows by key: shard 3 is damaged");
  }
  throwing = false;
  expect_reference<1>(comm, data, grouped<1>(comm, settings, data, arena), ValueOrder::any);
}

TEST(GroupRowsFailures, AConsumerThatThrowsStopsAll)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 30;
  GroupArena arena;
  Data const data{Keys::uniform, 30, 8, 5000};
  auto const produce = [&](std::int64_t shard, GroupBuffer<1>& buffer) { data.produce(comm, shard, buffer); };
  auto const plan = plan_groups<1>(comm, settings, arena, data.source(comm), produce);
  auto const consume = [&](int range, std::span<GroupRow<1> const>)
  { require(comm.rank() != 0 || range != 0, Fault::balance, "does not add up"); };
  EXPECT_THROW(group_rows<1>(comm, plan, arena, produce, consume), Error);
}

TEST(GroupRowsFailures, AKeyWiderThanItsLayoutIsRefused)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupSettings settings;
  settings.key_bits = 24;
  GroupArena arena;
  Data const data{Keys::uniform, 30, 3, 1000};
  EXPECT_THROW(grouped<1>(comm, settings, data, arena), Error);
}

}  // namespace
}  // namespace tarifa
