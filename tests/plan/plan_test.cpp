#include "pipeline/plan/plan.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/plan/batch_script.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

/// 10 million rows in shards of 131,072 rows, 50 bytes a row.
Estimate ten_million()
{
  Estimate estimate;
  constexpr std::int64_t shard = 131'072;
  for (std::int64_t left = 10'000'000; left > 0; left -= shard)
  {
    std::int64_t const rows = std::min(left, shard);
    estimate.units.push_back({rows, 50 * rows});
    estimate.rows += rows;
  }
  estimate.rates = {1000, 60 << 20, 10 << 20, 20, 100};
  estimate.result_bytes = 300'000'000;
  estimate.scratch_bytes = 100'000'000;
  estimate.basis = "a test";
  return estimate;
}

class PlanTest : public testing::Test
{
 protected:
  PlanTest()
      : folder(fs::path(testing::TempDir())
               / fmt::format("plan-{}", testing::UnitTest::GetInstance()->current_test_info()->name()))
  {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~PlanTest() override { fs::remove_all(folder); }

  void write_facts(std::string const& name, std::string const& job, std::int64_t rows, double seconds,
                   std::int64_t peak, std::string const& more = "")
  {
    std::ofstream(folder / (name + ".run.json")) << fmt::format(
        R"({{"job": "{}", "started_utc": "2024-01-01T00:00:00Z", "rows": {}, "ranks": 2, "threads_per_rank": 1,)"
        R"( "wall_seconds": {}, "peak_resident_bytes_per_rank": [1000, {}], "memory_asked_bytes": 1073741824,)"
        R"( "result_bytes": 60000000{}}})",
        job, rows, seconds, peak, more);
  }
  Plan plan(Estimate estimate, Layout const& layout, PlanSettings const& settings = {})
  {
    estimate.makes = folder / "result.h5";
    return make_plan("mirror", std::move(estimate), layout, settings);
  }

  fs::path folder;
};

TEST(Deal, EveryUnitGoesToOneRankAndSharesAreEven)
{
  Estimate const estimate = ten_million();
  for (int const ranks : {1, 2, 3, 7, 76, 77, 200})
  {
    for (Dealing const dealing : {Dealing::shares, Dealing::in_turn, Dealing::root})
    {
      std::vector<RankWork> const work = deal(estimate.units, dealing, ranks);
      ASSERT_EQ(work.size(), static_cast<std::size_t>(ranks));
      RankWork all;
      std::int64_t most = 0;
      for (RankWork const& one : work)
      {
        all.units += one.units;
        all.rows += one.rows;
        all.bytes += one.bytes;
        most = std::max(most, one.rows);
      }
      EXPECT_EQ(all.units, std::ssize(estimate.units));
      EXPECT_EQ(all.rows, estimate.rows);
      EXPECT_EQ(all.bytes, 50 * estimate.rows);
      EXPECT_LE(most, dealing == Dealing::root ? estimate.rows : estimate.rows / ranks + 131'072) << ranks;
    }
  }
}

TEST(Deal, OfNothingAndOfOneUnit)
{
  EXPECT_EQ(deal({}, Dealing::shares, 3).size(), 3U);
  std::vector<RankWork> const one = deal({{5, 7}}, Dealing::shares, 3);
  EXPECT_EQ(one[0].bytes, 7);
  EXPECT_EQ(one[1].units + one[2].units, 0);
}

TEST(Forecast, FollowsTheRatesWhenNothingWasMeasured)
{
  Forecast const one = forecast(ten_million(), {1, 1, 1, std::int64_t{4} << 30}, std::nullopt);
  EXPECT_NEAR(one.wall_seconds, 10.2, 0.01);
  EXPECT_EQ(one.rank_bytes, (70 << 20) + 1'200'000'000);
  Forecast const many = forecast(ten_million(), {4, 1, 2, std::int64_t{4} << 30}, std::nullopt);
  EXPECT_NEAR(many.wall_seconds, 1.45, 0.01);
  EXPECT_EQ(many.rank_bytes, (80 << 20) + 300'000'000);
  Forecast const tight = forecast(ten_million(), {1, 1, 1, 100'000'000}, std::nullopt);
  EXPECT_EQ(tight.rank_bytes, (70 << 20) + 300'000'000);
}

TEST(Forecast, RepeatsWhatTheSameRunTookBefore)
{
  EarlierRun const earlier{"f", "", 10'000'000, 2, 1, 40, 900'000'000, 1 << 30, 500'000'000};
  Forecast const again = forecast(ten_million(), {2, 1, 1, 1 << 30}, earlier);
  EXPECT_NEAR(again.wall_seconds, 40, 0.01);
  EXPECT_NEAR(static_cast<double>(again.rank_bytes), 9e8, 10);
  EXPECT_NEAR(static_cast<double>(again.result_bytes), 5e8, 100);
  Forecast const wider = forecast(ten_million(), {8, 1, 1, 1 << 30}, earlier);
  EXPECT_LT(wider.wall_seconds, 12);
  EXPECT_LT(wider.rank_bytes, 500'000'000);
}

TEST(Forecast, ASmallEarlierRunIsNotBlownUp)
{
  // Start-up, libraries and file headers are most of what it took.
  EarlierRun const tiny{"f", "", 100, 1, 1, 0.2, 70 << 20, 1 << 30, 66'000};
  Forecast const plain = forecast(ten_million(), {1, 1, 1, 1 << 30}, std::nullopt);
  Forecast const after = forecast(ten_million(), {1, 1, 1, 1 << 30}, tiny);
  EXPECT_NEAR(after.wall_seconds / plain.wall_seconds, 1, 0.1);
  EXPECT_NEAR(static_cast<double>(after.rank_bytes) / static_cast<double>(plain.rank_bytes), 1, 0.1);
  EXPECT_NEAR(static_cast<double>(after.result_bytes) / static_cast<double>(plain.result_bytes), 1, 0.1);
}

TEST_F(PlanTest, GoesByTheEarlierRunOfTheSameJobWithTheNearestRows)
{
  write_facts("a", "mirror", 1000, 1, 100 << 20);
  write_facts("b", "mirror", 9'000'000, 90, 200 << 20);
  write_facts("c", "mirror", 1'000'000'000, 5000, 300 << 20);
  write_facts("d", "ingest", 10'000'000, 1, 400 << 20);
  write_facts("e", "mirror", 10'000'000, 1, 500 << 20, R"(, "continued": true)");
  std::ofstream(folder / "f.run.json") << "{ no facts";
  std::ofstream(folder / "g.run.json") << R"({"job": "mirror", "rows": "many"})";
  write_facts("h", "mirror", 10'000'000, -1, 600 << 20);
  write_facts("i", "mirror", 10'000'000, 1, 500 << 20, R"(, "kind": "other columns")");
  Plan const found = plan(ten_million(), {2, 1, 1, 1 << 30});
  ASSERT_TRUE(found.earlier);
  EXPECT_EQ(found.earlier->facts.filename(), "b.run.json");
  EXPECT_NE(plan_text(found).find("b.run.json: 9 M rows, 2 ranks x 1 thread"), std::string::npos)
      << plan_text(found);
}

TEST_F(PlanTest, SaysWhichRatesAreUsedWhenThereIsNoEarlierRun)
{
  std::string const text = plan_text(plan(ten_million(), {4, 2, 1, 1 << 30}));
  EXPECT_NE(text.find("mirror: plan for 4 ranks on 2 nodes, 1 thread each"), std::string::npos) << text;
  EXPECT_NE(text.find("77 shards, the largest 131,072 rows and 6.55 MB"), std::string::npos) << text;
  EXPECT_NE(text.find("19 to 20 shards, "), std::string::npos) << text;
  EXPECT_NE(
      text.find("built-in rates, no earlier run found: memory 60 MiB a rank, 10 MiB a thread, 20 bytes a "
                "row, 100 bytes a row within --run.memory; 1000 ns of a core for a row"),
      std::string::npos)
      << text;
}

TEST_F(PlanTest, WhatDoesNotFitIsNamedWithWhatToChange)
{
  PlanSettings settings;
  EXPECT_TRUE(misfits(plan(ten_million(), {4, 1, 2, 1 << 30}, settings)).empty());
  settings.node_memory = gibibytes(1);
  settings.node_cores = 7;
  std::vector<std::string> const found = misfits(plan(ten_million(), {4, 1, 2, 1 << 30}, settings));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NE(found[0].find("4 ranks x 366 MiB are 1.43 GiB, more than the 1 GiB of a node"), std::string::npos)
      << found[0];
  EXPECT_NE(found[0].find("2 fit, so take 2 nodes"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("4 ranks x 2 threads are more than the 7 cores"), std::string::npos) << found[1];
  settings.node_memory = mebibytes(100);
  EXPECT_NE(misfits(plan(ten_million(), {4, 1, 2, 1 << 30}, settings))[0].find("not even one fits"),
            std::string::npos);
  Estimate huge = ten_million();
  huge.result_bytes = std::int64_t{1} << 60;
  std::vector<std::string> const disk = misfits(plan(huge, {4, 1, 2, 1 << 30}));
  ASSERT_EQ(disk.size(), 1U);
  EXPECT_NE(disk[0].find("of disk are needed"), std::string::npos) << disk[0];
}

TEST_F(PlanTest, RanksWithoutWorkAreToldOf)
{
  EXPECT_TRUE(remarks(plan(ten_million(), {77, 1, 1, 1 << 30})).empty());
  std::vector<std::string> const found = remarks(plan(ten_million(), {100, 1, 1, 1 << 30}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("23 of 100 ranks have no shard to work on"), std::string::npos) << found[0];
}

std::string const template_text =
    "#!/usr/bin/env bash\n#SBATCH --job-name=tarifa\n#SBATCH --requeue\n# A comment.\nset -euo pipefail\nrun "
    "\"$@\"\n";

TEST_F(PlanTest, TheBatchScriptAsksForWhatThePlanSaysAndHoldsTheWordsOfTheJob)
{
  PlanSettings settings;
  settings.most_time = std::chrono::minutes(7);
  Estimate estimate = ten_million();
  estimate.rates.nanoseconds = 1e6;
  Plan const planned = plan(estimate, {4, 2, 3, 1 << 30}, settings);
  std::string const script =
      batch_script(template_text, "/home/of it", planned, {"mirror", "--a=b c", "it's", "$(no)"});
  for (char const* const line :
       {"#SBATCH --nodes=2\n", "#SBATCH --ntasks=4\n", "#SBATCH --ntasks-per-node=2\n",
        "#SBATCH --cpus-per-task=3\n", "#SBATCH --mem=1024M\n", "#SBATCH --time=7\n",
        "#SBATCH --signal=USR1@208\n", "#SBATCH --requeue\n", "TARIFA_HOME=${TARIFA_HOME:-'/home/of it'}\n",
        "set -- mirror '--a=b c' 'it'\\''s' '$(no)'\n"})
  {
    EXPECT_NE(script.find(line), std::string::npos) << line << script;
  }
  EXPECT_LT(script.find("--requeue"), script.find("--nodes"));
  EXPECT_LT(script.find("set -euo"), script.find("set -- mirror"));
  EXPECT_LT(script.find("set -- mirror"), script.find("run \"$@\""));
  EXPECT_THROW(batch_script("echo something else\n", "/h", planned, {"mirror"}), Error);
}

TEST_F(PlanTest, MemoryAskedForIsNeverMoreThanANodeHas)
{
  PlanSettings settings;
  settings.node_memory = mebibytes(1500);
  Plan const planned = plan(ten_million(), {4, 1, 2, 1 << 30}, settings);
  ASSERT_TRUE(misfits(planned).empty());
  EXPECT_NE(batch_script(template_text, "/h", planned, {"mirror"}).find("--mem=1500M\n"), std::string::npos);
}

}  // namespace
}  // namespace tarifa
