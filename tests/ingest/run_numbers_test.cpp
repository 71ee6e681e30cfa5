#include "pipeline/ingest/run_numbers.hpp"

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

TEST(RunNumbers, OfTwoThreadsAreNeverTheSame)
{
  RunNumbers first(0, RunNumbers::most_runs - 1);
  RunNumbers second(1);
  EXPECT_EQ(first.next() + 1, second.next());
  EXPECT_EQ(RunNumbers(255, RunNumbers::most_runs - 1).next(), 0xFFFFFFFFU);
}

TEST(RunNumbers, ThatAreUsedUpAreAnErrorAndDoNotBeginAnew)
{
  RunNumbers numbers(3, RunNumbers::most_runs - 1);
  EXPECT_EQ(numbers.next(), 0x03FFFFFFU);
  for (int again = 0; again < 2; ++again)
  {
    try
    {
      numbers.next();
      ADD_FAILURE() << "a number was given twice";
    }
    catch (Error const& error)
    {
      EXPECT_EQ(error.fault(), Fault::data);
      EXPECT_NE(std::string(error.what()).find("16,777,216 runs"), std::string::npos);
    }
  }
}

TEST(RunNumbers, ThereAreForNoMoreThanThreadsThatFit)
{
  EXPECT_NO_THROW(RunNumbers(255));
  EXPECT_THROW(RunNumbers(256), Error);
}

}  // namespace
}  // namespace tarifa
