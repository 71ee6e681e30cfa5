#include "pipeline/run/parallel.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

/// What the exception says that leaves `work`.
template <class Work>
std::string thrown_by(Work&& work)
{
  try
  {
    work();
  }
  catch (std::exception const& error)
  {
    return error.what();
  }
  return "";
}

TEST(ThreadTeam, ThrowsTheExceptionOfTheLowestItemHoweverLateItCame)
{
  ThreadTeam team(4);
  EXPECT_EQ(thrown_by(
                [&]
                {
                  team.each(100,
                            [](std::size_t item, int)
                            {
                              if (item == 1)
                              {
                                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                              }
                              if (item == 1 || item == 3)
                              {
                                throw std::runtime_error("item " + std::to_string(item));
                              }
                            });
                }),
            "item 1");
}

TEST(ThreadTeam, WorksOnEveryItemOnceAndAgainAfterAFailure)
{
  ThreadTeam team(3);
  EXPECT_EQ(
      thrown_by([&] { team.run([](int thread) { throw std::runtime_error(std::to_string(thread)); }); }),
      "0");
  std::vector<int> times(1000);
  team.each(times.size(), [&](std::size_t item, int) { ++times[item]; });
  EXPECT_EQ(times, std::vector<int>(1000, 1));
}

}  // namespace
}  // namespace tarifa
