#include "pipeline/run/comm.hpp"

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

TEST(AllOrNone, ReturnsTheValueWhenEveryRankSucceeds)
{
  Comm const comm(MPI_COMM_WORLD);
  EXPECT_EQ(comm.all_or_none("work", [&] { return comm.rank() * 10; }), comm.rank() * 10);
  EXPECT_FALSE(comm.failing_together());
}

TEST(AllOrNone, OneFailingRankMakesAllThrowTheSameError)
{
  Comm const comm(MPI_COMM_WORLD);
  int const culprit = comm.size() - 1;
  try
  {
    comm.all_or_none("reading", [&] { require(comm.rank() != culprit, Fault::data, "row 7 is empty"); });
    FAIL() << "rank " << comm.rank() << " did not throw";
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::data);
    std::string const who = comm.size() == 1 ? ""
                                             : "rank " + std::to_string(culprit) + " (1 of "
                                                   + std::to_string(comm.size()) + " ranks failed): ";
    EXPECT_EQ(std::string(error.what()), who + "reading: row 7 is empty");
  }
  EXPECT_TRUE(comm.failing_together());
}

TEST(AllOrNone, WhatEveryRankFindsAlikeIsToldWithoutRanks)
{
  Comm const comm(MPI_COMM_WORLD);
  try
  {
    comm.all_or_none("options", [&] { throw Error(Fault::usage, "no such job"); });
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_EQ(std::string(error.what()), "options: no such job");
  }
}

TEST(AllOrNone, ForeignExceptionsAreInternalFaults)
{
  Comm const comm(MPI_COMM_WORLD);
  try
  {
    comm.all_or_none("sizing", [&] { throw std::bad_alloc(); });
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::internal);
  }
}

TEST(Comm, MinAndMaxAgreeOnEveryRank)
{
  Comm const comm(MPI_COMM_WORLD);
  EXPECT_EQ(comm.min(std::int64_t{10} - comm.rank()), 11 - comm.size());
  EXPECT_EQ(comm.max(std::int64_t{10} + comm.rank()), 9 + comm.size());
}

TEST(Comm, SumBeforeGivesEachRankItsOffset)
{
  Comm const comm(MPI_COMM_WORLD);
  EXPECT_EQ(comm.sum_before(std::int64_t{5}), 5 * comm.rank());
}

/// Every test of bulk traffic runs with messages so small that several rounds are needed, and with the usual
/// ones.
class BulkComm : public testing::TestWithParam<std::int64_t>
{
 protected:
  Comm comm{MPI_COMM_WORLD, GetParam()};
};

TEST_P(BulkComm, GathersNumbersOfVaryingLengthInRankOrder)
{
  std::vector<std::int64_t> const mine(static_cast<std::size_t>(comm.rank() * 3), comm.rank());
  std::vector<std::int64_t> expected;
  for (int rank = 0; rank < comm.size(); ++rank)
  {
    expected.insert(expected.end(), static_cast<std::size_t>(rank * 3), rank);
  }
  EXPECT_EQ(comm.gather_all(mine), expected);
}

TEST_P(BulkComm, GathersNothingFromNobody)
{
  EXPECT_TRUE(comm.gather_all(std::span<std::int64_t const>{}).empty());
}

TEST_P(BulkComm, GathersTextsWithEmptyOnesAmongThem)
{
  auto const text = [](int rank)
  { return rank == 1 ? std::string{} : std::string(40, static_cast<char>('a' + rank)); };
  auto const texts = comm.gather_all(text(comm.rank()));
  ASSERT_EQ(static_cast<int>(texts.size()), comm.size());
  for (int rank = 0; rank < comm.size(); ++rank)
  {
    EXPECT_EQ(texts[static_cast<std::size_t>(rank)], text(rank));
  }
}

TEST_P(BulkComm, BroadcastsFromAnyRank)
{
  for (int from = 0; from < comm.size(); ++from)
  {
    EXPECT_EQ(comm.broadcast(comm.rank() == from ? "a longer text than one message" : "", from),
              "a longer text than one message");
  }
}

TEST_P(BulkComm, ExchangesBuffersOfVeryDifferentSizes)
{
  auto const buffer = [](int from, int to)
  {
    auto const size = from == 0 && to == 0 ? 500 : (from + 2 * to) % 3 * 17;
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < bytes.size(); ++i)
    {
      bytes[i] = static_cast<std::byte>((static_cast<std::size_t>(from * 7 + to * 3) + i) & 0xffU);
    }
    return bytes;
  };
  std::vector<std::vector<std::byte>> outgoing;
  for (int to = 0; to < comm.size(); ++to)
  {
    outgoing.push_back(buffer(comm.rank(), to));
  }
  auto const incoming = comm.exchange_bytes(outgoing);
  ASSERT_EQ(static_cast<int>(incoming.size()), comm.size());
  for (int from = 0; from < comm.size(); ++from)
  {
    EXPECT_EQ(incoming[static_cast<std::size_t>(from)], buffer(from, comm.rank())) << "from rank " << from;
  }
}

TEST_P(BulkComm, AWrongNumberOfBuffersOnOneRankFailsOnAll)
{
  std::vector<std::vector<std::byte>> outgoing(
      static_cast<std::size_t>(comm.size() + (comm.is_root() ? 1 : 0)));
  EXPECT_THROW(comm.exchange_bytes(std::move(outgoing)), Error);
  EXPECT_TRUE(comm.failing_together());
}

TEST_P(BulkComm, SumsVectorsElementByElement)
{
  std::int64_t const large = std::int64_t{1} << 60;
  std::vector<std::int64_t> const mine = {comm.rank(), -5, large, -large, 0};
  std::int64_t const ranks = comm.size();
  EXPECT_EQ(comm.sum(mine), (std::vector<std::int64_t>{ranks * (ranks - 1) / 2, -5 * ranks, large * ranks,
                                                       -large * ranks, 0}));
  EXPECT_TRUE(comm.sum(std::span<std::int64_t const>{}).empty());
}

TEST_P(BulkComm, ASumBeyond64BitsIsAFaultOnEveryRankAndNeverAWrap)
{
  EXPECT_EQ(comm.sum(comm.is_root() ? INT64_MAX : std::int64_t{0}), INT64_MAX);
  EXPECT_EQ(comm.sum(comm.is_root() ? INT64_MIN : std::int64_t{0}), INT64_MIN);
  if (comm.size() > 1)
  {
    EXPECT_THROW(comm.sum(INT64_MAX), Error);
    EXPECT_THROW(comm.sum(INT64_MIN), Error);
    EXPECT_TRUE(comm.failing_together());
  }
}

INSTANTIATE_TEST_SUITE_P(SmallAndUsualMessages, BulkComm, testing::Values(9, std::int64_t{1} << 26));

}  // namespace
}  // namespace tarifa
