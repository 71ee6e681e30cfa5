#include "pipeline/group/total_groups.hpp"

#include "tests/group/group_data.hpp"
#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

using test::Data;
using test::Keys;

template <int Values>
void expect_totals(Comm const& comm, Data const& data, TotalsTable<Values> const& table)
{
  auto const reference = data.reference();
  std::int64_t const before = comm.sum_before(table.groups());
  ASSERT_EQ(comm.sum(table.groups()), static_cast<std::int64_t>(reference.size()));
  auto expected = std::next(reference.begin(), before);
  for (int r = 0; r < table.ranges(); ++r)
  {
    auto const& range = table.range(r);
    for (std::size_t g = 0; g < range.key.size(); ++g, ++expected)
    {
      ASSERT_EQ(range.key[g], expected->first);
      ASSERT_EQ(range.count[g], static_cast<std::int64_t>(expected->second.size()));
      for (std::size_t v = 0; v < Values; ++v)
      {
        GroupTotals totals;
        for (auto const value : expected->second)
        {
          totals.add(value + static_cast<std::int64_t>(v));
        }
        ASSERT_EQ(range.sum[v][g], static_cast<std::int64_t>(totals.sum));
        ASSERT_EQ(range.least[v][g], totals.least);
        ASSERT_EQ(range.most[v][g], totals.most);
        ASSERT_TRUE(range.high[v].empty());
      }
    }
  }
}

class TotalGroups : public testing::TestWithParam<std::tuple<Keys, int>>
{
};

TEST_P(TotalGroups, EqualTheReferenceByBothPaths)
{
  Comm const comm(MPI_COMM_WORLD);
  auto const [keys, threads] = GetParam();
  Data const data{keys, 13, 11, 1501};
  GroupArena arena;
  TotalsTable<2> table;
  for (int const bits : {13, 21})
  {
    GroupSettings settings;
    settings.key_bits = bits;
    settings.threads = threads;
    settings.range_rows = 200;
    total_groups<2>(
        comm, settings, arena, data.source(comm),
        [&](std::int64_t shard, GroupBuffer<2>& buffer) { data.produce(comm, shard, buffer); }, table);
    expect_totals(comm, data, table);
  }
}

INSTANTIATE_TEST_SUITE_P(KeysThreads, TotalGroups,
                         testing::Combine(testing::Values(Keys::uniform, Keys::zipf, Keys::one,
                                                          Keys::ascending),
                                          testing::Values(1, 2)));

TEST(TotalGroupsShapes, NoRowsGiveNoGroups)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupArena arena;
  TotalsTable<1> table;
  for (int const bits : {0, 10, 40})
  {
    GroupSettings settings;
    settings.key_bits = bits;
    total_groups<1>(
        comm, settings, arena, {}, [](std::int64_t, GroupBuffer<1>&) {}, table);
    EXPECT_EQ(table.groups(), 0);
  }
}

TEST(TotalGroupsShapes, SumsBeyond64BitsKeepTheirHighWord)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupArena arena;
  TotalsTable<1> table;
  auto const most = std::numeric_limits<std::int64_t>::max();
  auto const least = std::numeric_limits<std::int64_t>::min();
  auto const produce = [&](std::int64_t, GroupBuffer<1>& buffer)
  {
    for (std::size_t i = 0; i < 30; ++i)
    {
      buffer.keys()[i] = 3 + i % 3;
      buffer.value(0)[i] = i % 3 == 0 ? most : i % 3 == 1 ? least : 1;
    }
    buffer.emit(30);
  };
  for (int const bits : {8, 40})
  {
    GroupSettings settings;
    settings.key_bits = bits;
    settings.range_rows = 1000;
    total_groups<1>(comm, settings, arena, {2, 60}, produce, table);
    std::int64_t seen = 0;
    for (int r = 0; r < table.ranges(); ++r)
    {
      auto const& range = table.range(r);
      for (std::size_t g = 0; g < range.key.size(); ++g, ++seen)
      {
        Int128 const high = range.high[0].empty() ? range.sum[0][g] >> 63 : range.high[0][g];
        Int128 const sum =
            high * (static_cast<Int128>(1) << 64) + static_cast<std::uint64_t>(range.sum[0][g]);
        std::int64_t const value = range.key[g] == 3 ? most : range.key[g] == 4 ? least : 1;
        EXPECT_TRUE(sum == static_cast<Int128>(value) * 20 * comm.size()) << "key " << range.key[g];
      }
    }
    EXPECT_EQ(comm.sum(seen), 3);
  }
}

TEST(TotalGroupsFailures, AThrowingProducerStopsTheDensePathOnAllRanks)
{
  Comm const comm(MPI_COMM_WORLD);
  GroupArena arena;
  TotalsTable<1> table;
  GroupSettings settings;
  settings.key_bits = 8;
  settings.threads = 2;
  auto const produce = [&](std::int64_t shard, GroupBuffer<1>&)
  { require(comm.rank() != 0 || shard != 1, Fault::storage, "cannot read"); };
  EXPECT_THROW(total_groups<1>(comm, settings, arena, {3, 3}, produce, table), Error);
}

}  // namespace
}  // namespace tarifa
