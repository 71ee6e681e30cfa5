#include "pipeline/run/log.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/placement.hpp"
#include "pipeline/run/progress_text.hpp"

namespace tarifa
{
namespace
{

TEST(AmountText, HasThreeDigitsAndTheRightUnit)
{
  EXPECT_EQ(count_text(417), "417");
  EXPECT_EQ(count_text(19'402), "19,402");
  EXPECT_EQ(count_text(999'999), "999,999");
  EXPECT_EQ(count_text(19'402'118), "19.4 M");
  EXPECT_EQ(count_text(1'000'000'000'000), "1 T");
  EXPECT_EQ(volume_text(0), "0 bytes");
  EXPECT_EQ(volume_text(999), "999 bytes");
  EXPECT_EQ(volume_text(999'600), "1.00 MB");
  EXPECT_EQ(volume_text(3'114'882'017), "3.11 GB");
  EXPECT_EQ(memory_text(std::int64_t{3} << 29), "1.50 GiB");
  EXPECT_EQ(memory_text(310 << 20), "310 MiB");
  EXPECT_EQ(duration_text(0.04), "0.0 s");
  EXPECT_EQ(duration_text(318), "318 s");
  EXPECT_EQ(duration_text(740), "12 min");
  EXPECT_EQ(duration_text(12'000), "3 h 20 min");
}

TEST(AmountText, GoesUpForSlurm)
{
  EXPECT_EQ(slurm_memory(1), "256M");
  EXPECT_EQ(slurm_memory((std::int64_t{512} << 20) + 1), "768M");
  EXPECT_EQ(slurm_memory((std::int64_t{4} << 30) + 1), "5G");
  EXPECT_EQ(slurm_time(0), "00:05:00");
  EXPECT_EQ(slurm_time(301), "00:10:00");
  EXPECT_EQ(slurm_time(3601), "01:15:00");
  EXPECT_EQ(slurm_time(100 * 3600 + 1), "4-05:00:00");
}

TEST(ProgressText, TellsHowFarHowFastAndHowLongStill)
{
  EXPECT_EQ(progress_line({"ingest: reading", 1'240'000'000, 3'100'000'000, "bytes", 4}),
            "ingest: reading 1.24 GB of 3.10 GB (40 %), 310 MB/s, 6.0 s to go");
  EXPECT_EQ(progress_line({"verify: checking", 57, 300, "parts", 30}),
            "verify: checking 57 of 300 parts (19 %), 128 s to go");
  EXPECT_EQ(progress_line({"verify: checking", 0, 0, "parts", 0}), "verify: checking 0 of 0 parts (100 %)");
  // 100 % means all.
  EXPECT_EQ(progress_line({"x", 999'999, 1'000'000, "rows", 0}), "x 999,999 of 1 M rows (99 %)");
}

TEST(ProgressText, TheBarKeepsToTheWidthOfTheTerminal)
{
  Progress const half{"verify: checking", 150, 300, "parts", 30};
  EXPECT_EQ(progress_bar(half, 100),
            "verify: checking [###############...............]  50 %  150 of 300 parts, 30 s to go");
  for (int width : {0, 10, 40, 60, 80, 200})
  {
    EXPECT_LE(progress_bar(half, width).size(), static_cast<std::size_t>(std::max(width, 1)));
  }
}

TEST(Placement, WarnsOfThreadsWithoutCoresAndSaysWhatToDo)
{
  Placement bound{{{"n1", 2, 2, false}, {"n2", 2, 2, false}}, {0, 0, 1, 1}, {1, 1, 1, 1}, 4};
  EXPECT_EQ(placement_text(bound), "4 ranks on 2 hosts (n1, n2), 4 threads each, each bound to 1 core");
  auto const warnings = placement_warnings(bound);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].find("4 of 4 ranks may use fewer cores than it has threads (rank 0: 1 for 4)"), 0U)
      << warnings[0];
  EXPECT_NE(warnings[0].find("mpirun --map-by slot:PE=4"), std::string::npos);
  EXPECT_EQ(warnings[1].find("host n1: 2 ranks x 4 threads do not fit its 2 cores"), 0U) << warnings[1];

  Placement const shared{{{"n1", 3, 4, true}}, {0, 0, 0}, {4, 4, 4}, 2};
  EXPECT_EQ(placement_text(shared), "3 ranks on 1 host (n1), 2 threads each, not bound, 4 cores a host");
  ASSERT_EQ(placement_warnings(shared).size(), 1U);

  Placement const fits{{{"n1", 2, 4, false}}, {0, 0}, {2, 2}, 2};
  EXPECT_TRUE(placement_warnings(fits).empty());
}

TEST(Placement, WarnsOfBudgetsThatAreMoreThanAHostGives)
{
  std::int64_t const gibibyte = std::int64_t{1} << 30;
  Placement::Host const roomy{"n1", 2, 4, false, {4 * gibibyte, "its size"}};
  Placement::Host const narrow{"n2", 2, 4, false, {gibibyte, "SLURM_MEM_PER_NODE"}};
  Placement const placement{{roomy, narrow}, {0, 0, 1, 1}, {2, 2, 2, 2}, 2};
  EXPECT_EQ(memory_warning(placement, gibibyte / 2), "");
  EXPECT_EQ(memory_warning(placement, gibibyte),
            "host n2: 2 ranks x --run.memory 1 GiB are more than the 1 GiB it gives them "
            "(SLURM_MEM_PER_NODE): a run "
            "that uses its budget will be killed. Take --run.memory 409M, fewer ranks a host, or sbatch "
            "--mem=2560M");
  EXPECT_EQ(memory_warning({{{"n1", 2, 4, false}}, {0, 0}, {2, 2}, 2}, gibibyte), "");
}

TEST(Placement, OfThisRunCountsItsRanks)
{
  Comm const comm(MPI_COMM_WORLD);
  Placement const placement = find_placement(comm, 1);
  ASSERT_EQ(placement.hosts.size(), 1U);
  EXPECT_EQ(placement.hosts[0].ranks, comm.size());
  EXPECT_GE(placement.hosts[0].cores, placement.cores[0]);
  EXPECT_GE(placement.cores[0], 1);
  EXPECT_GT(placement.hosts[0].memory.bytes, 0);
}

/// What `talk` writes on standard error of this process.
template <class Talk>
std::string spoken(Talk&& talk)
{
  testing::internal::CaptureStderr();
  talk();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, OnlyTheRootSpeaksAndWarningsOfOthersAreToldOnceAtTheEnd)
{
  Comm const comm(MPI_COMM_WORLD);
  std::string const text = spoken(
      [&]
      {
        Log log(comm, {"trial", ProgressStyle::lines, ""});
        log.info("first\nsecond");
        log.warn("seen by all");
        log.count_warning("odd rows", comm.rank() + 1);
        if (comm.rank() == comm.size() - 1)
        {
          log.warn("seen by the last");
        }
        log.tell_counted_warnings();
      });
  auto const times = [&](std::string const& what)
  {
    int n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    {
      ++n;
    }
    return n;
  };
  int const size = comm.size();
  if (!comm.is_root())
  {
    EXPECT_EQ(text, "");
    return;
  }
  EXPECT_EQ(times("] first\n            second\n"), 1) << text;
  EXPECT_EQ(times("warning: seen by all"), 1) << text;
  EXPECT_EQ(times("warning: seen by the last"), 1) << text;
  std::string const where =
      size == 1 ? ")" : ", on " + std::to_string(size) + " of " + std::to_string(size) + " ranks)";
  EXPECT_EQ(
      times("odd rows (" + std::to_string(size * (size + 1) / 2) + (size == 1 ? " time" : " times") + where),
      1)
      << text;
}

TEST(Log, WritesOneWholeObjectALineForEveryRankOfEveryStage)
{
  Comm const comm(MPI_COMM_WORLD);
  std::string const path = testing::TempDir() + "log_" + std::to_string(comm.size()) + ".jsonl";
  if (comm.is_root())
  {
    std::remove(path.c_str());
  }
  mode_t const before = umask(027);
  comm.barrier();
  // A second run goes on in the same file.
  for (int run = 0; run < 2; ++run)
  {
    std::string const text = spoken(
        [&]
        {
          Log log(comm, {"trial", ProgressStyle::lines, path});
          log.stage("reading \xff");
          log.count(100 + comm.rank(), 1000);
          log.stage("writing");
          log.count(1, 0);
          log.end_stage();
          log.end_stage();
        });
    EXPECT_EQ(text.find("trial: writing: ") != std::string::npos, comm.is_root()) << text;
  }
  umask(before);
  comm.barrier();
  if (!comm.is_root())
  {
    return;
  }
  struct stat status
  {
  };
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  std::ifstream file(path);
  std::vector<nlohmann::json> events;
  for (std::string line; std::getline(file, line);)
  {
    events.push_back(nlohmann::json::parse(line));
  }
  auto const ranks = static_cast<std::size_t>(comm.size());
  ASSERT_EQ(events.size(), 4 * ranks);
  for (std::size_t i = 0; i < events.size(); ++i)
  {
    EXPECT_EQ(events[i]["event"], "stage");
    EXPECT_EQ(events[i]["rank"], i % ranks);
    EXPECT_EQ(events[i]["time"].get<std::string>().size(), 24U);
    EXPECT_GE(events[i]["seconds"].get<double>(), 0);
  }
  EXPECT_EQ(events[ranks - 1]["rows"], 100 + comm.size() - 1);
  EXPECT_EQ(events[ranks]["stage"], "writing");
  std::remove(path.c_str());
}

TEST(Log, AFileThatCannotBeOpenedIsAStorageFaultOnEveryRank)
{
  Comm const comm(MPI_COMM_WORLD);
  try
  {
    Log const log(comm, {"trial", ProgressStyle::none, "/nowhere/at/all"});
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::storage);
  }
}

TEST(Log, AFullDiskEndsTheFileNotTheRun)
{
  Comm const comm(MPI_COMM_WORLD);
  std::string const text = spoken(
      [&]
      {
        Log log(comm, {"trial", ProgressStyle::lines, "/dev/full"});
        log.stage("one");
        log.stage("two");
        log.end_stage();
      });
  auto const at = text.find("/dev/full: No space left on device; the run goes on without this log");
  EXPECT_EQ(at != std::string::npos, comm.is_root()) << text;
  EXPECT_EQ(text.find("/dev/full", at + 1), std::string::npos) << text;
}

}  // namespace
}  // namespace tarifa
