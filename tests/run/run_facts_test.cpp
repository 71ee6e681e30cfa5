#include "pipeline/run/run_facts.hpp"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tarifa
{
namespace
{

TEST(RunFacts, CountEveryRankAndGoBesideTheResult)
{
  Comm const comm(MPI_COMM_WORLD);
  Log log(comm, {"mirror", ProgressStyle::none, ""});
  Options const options;
  RunSettings settings;
  settings.threads = 3;
  Stop const stop(std::chrono::milliseconds(0));
  tarifa::Run run{comm, log, options, stop, settings, "mirror", ""};
  run.rows = 1000;
  RunClock const clock;
  log.stage("comparing");
  log.count(10 * (comm.rank() + 1), 7);
  log.end_stage();
  Placement const placement = find_placement(comm, settings.threads);
  RunFacts const facts = collect_run_facts(run, placement, "tarifa mirror \xff", clock);
  ASSERT_EQ(facts.ranks(), comm.size());
  for (ProcessUsage const& one : facts.usage)
  {
    EXPECT_GT(one.peak_bytes, 1 << 20);
    EXPECT_GE(one.cpu_microseconds, 0);
  }
  EXPECT_GE(facts.imbalance(), 1);
  ASSERT_EQ(facts.stages.size(), 1U);
  EXPECT_EQ(facts.stages[0].total().rows, 10 * comm.size() * (comm.size() + 1) / 2);
  EXPECT_EQ(facts.stages[0].total().bytes, 7 * comm.size());
  EXPECT_EQ(placement_text(placement).find(std::to_string(comm.size())
                                           + (comm.size() == 1 ? " rank on" : " ranks on")),
            0U);

  comm.all_or_none(
      "write",
      [&]
      {
        if (comm.is_root())
        {
          std::string const result = testing::TempDir() + "facts_" + std::to_string(comm.size()) + ".h5";
          write_run_facts(result, facts);
          std::ifstream file(result + ".run.json");
          auto const json = nlohmann::json::parse(file);
          EXPECT_EQ(json["ranks"], comm.size());
          EXPECT_EQ(json["threads_per_rank"], 3);
          EXPECT_EQ(json["rows"], 1000);
          EXPECT_EQ(json["started_utc"].get<std::string>().size(), 20U);
          EXPECT_EQ(json["stages"][0]["stage"], "comparing");
          EXPECT_EQ(json["peak_resident_bytes_per_rank"].size(), static_cast<std::size_t>(comm.size()));
          EXPECT_FALSE(std::filesystem::exists(result + ".run.json.partial"));
          std::filesystem::remove(result + ".run.json");
        }
      });
}

/// Two ranks on n1, one on n2; the second works twice as long as the others, and waits not at all.
RunFacts three_ranks()
{
  RunFacts facts;
  facts.job = "ingest";
  facts.placement.hosts = {{"n1", 2, 4, false}, {"n2", 1, 4, false}};
  facts.placement.host = {0, 0, 1};
  facts.placement.cores = {2, 2, 2};
  facts.placement.threads = 2;
  facts.wall_seconds = 100;
  facts.rows = 30'000'000;
  facts.memory = gibibytes(8);
  facts.usage = {{100'000'000, 1 << 30, 2'000'000'000, 1'000'000'000, 0, 0},
                 {100'000'000, 3 << 29, 2'000'000'000, 1'000'000'000, 0, 0},
                 {100'000'000, 1 << 28, 2'000'000'000, 1'000'000'000, 0, 0}};
  facts.waiting_microseconds = {50'000'000, 0, 50'000'000};
  return facts;
}

TEST(RunFacts, AreSummedUpInOneLine)
{
  EXPECT_EQ(
      summary(three_ranks()),
      "wall 100 s, CPU 50 %, peak 1.50 GiB per rank (budget 8 GiB), read 6 GB, wrote 3 GB, imbalance 1.50");
}

TEST(RunFacts, SuggestWhatTheFullestHostAndTheWallTimeNeedWithRoomToSpare)
{
  // n1: 2.5 GiB and a quarter; 100 s and half of that.
  EXPECT_EQ(suggestion(three_ranks()), "--mem=3328M --time=00:05:00");
  RunFacts large = three_ranks();
  large.wall_seconds = 20 * 3600;
  large.usage[2].peak_bytes = std::int64_t{9} << 30;
  EXPECT_EQ(suggestion(large), "--mem=12G --time=1-06:00:00");
}

TEST(RunFacts, TellEachRankOnlyWhenThereAreSeveral)
{
  RunFacts facts = three_ranks();
  std::string const table = facts_table(facts);
  EXPECT_NE(table.find("peak memory                  256 MiB       1 GiB    1.50 GiB   rank 1 on n1"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("30 M"), std::string::npos) << table;
  facts.usage.resize(1);
  facts.waiting_microseconds.resize(1);
  EXPECT_EQ(facts_table(facts).find("peak memory"), std::string::npos);
}

TEST(RunFacts, AFolderThatIsNotThereIsAStorageFault)
{
  try
  {
    write_run_facts("/nowhere/at/all/r.h5", three_ranks());
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::storage);
  }
}

}  // namespace
}  // namespace tarifa
