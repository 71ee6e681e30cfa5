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

TEST(Comm, SumBeforeGivesEachRankItsOffset)
{
  Comm const comm(MPI_COMM_WORLD);
  EXPECT_EQ(comm.sum_before(std::int64_t{5}), 5 * comm.rank());
}

}  // namespace
}  // namespace tarifa
