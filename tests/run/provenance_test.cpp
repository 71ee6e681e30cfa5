#include "pipeline/run/provenance.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tarifa
{
namespace
{

struct Trial
{
  Comm comm{MPI_COMM_WORLD};
  Log log{false, ProgressStyle::none};
  Options options;
  Stop stop{std::chrono::milliseconds(0)};
  std::int64_t threads = 1;
  double ratio = 1.5;

  Trial()
  {
    options.section("mirror");
    options.add("ratio", ratio, "CIF over FOB");
    options.section("run");
    options.add("threads", threads, "of each rank").not_in_result();
  }
};

TEST(Provenance, SaysWhatMadeAResultAndNothingThatChangesWithRanksOrThreads)
{
  Trial trial;
  RunSettings settings;
  settings.seed = 42;
  tarifa::Run const one{trial.comm, trial.log, trial.options, trial.stop, settings, "mirror", ""};
  std::vector<InputFact> const inputs = {{"a.csv", "xxh3:00ff", 12}};
  auto const notes = provenance(one, inputs);
  settings.threads = 7;
  trial.threads = 7;
  tarifa::Run const other{trial.comm, trial.log, trial.options, trial.stop, settings, "mirror", ""};
  auto const again = provenance(other, inputs);
  ASSERT_EQ(notes.size(), 9U);
  for (std::size_t i = 0; i < notes.size(); ++i)
  {
    EXPECT_EQ(notes[i].name, again[i].name);
    EXPECT_EQ(notes[i].text, again[i].text) << notes[i].name;
  }
  auto const text = [&](std::string const& name)
  { return std::find_if(notes.begin(), notes.end(), [&](Note const& n) { return n.name == name; })->text; };
  EXPECT_EQ(text("job"), "mirror");
  EXPECT_EQ(text("seed"), "42");
  EXPECT_EQ(text("inputs"), "xxh3:00ff  12 bytes  a.csv\n");
  EXPECT_NE(text("config").find("ratio = 1.5"), std::string::npos);
  EXPECT_EQ(text("hdf5").substr(0, 2), "1.");
}

TEST(RunFacts, CountEveryRankAndGoBesideTheResult)
{
  Trial trial;
  RunSettings settings;
  settings.threads = 3;
  tarifa::Run const run{trial.comm, trial.log, trial.options, trial.stop, settings, "mirror", ""};
  RunFacts const facts = collect_run_facts(run, "tarifa mirror \xff", RunClock{});
  EXPECT_EQ(facts.ranks, trial.comm.size());
  EXPECT_EQ(static_cast<int>(facts.peak_bytes.size()), trial.comm.size());
  EXPECT_GT(*std::min_element(facts.peak_bytes.begin(), facts.peak_bytes.end()), 1 << 20);
  EXPECT_GE(facts.imbalance, 1);
  EXPECT_EQ(layout(facts).find(std::to_string(facts.ranks) + (facts.ranks == 1 ? " rank on" : " ranks on")),
            0U);

  trial.comm.all_or_none("write",
                         [&]
                         {
                           if (trial.comm.is_root())
                           {
                             std::string const result =
                                 testing::TempDir() + "facts_" + std::to_string(facts.ranks) + ".h5";
                             write_run_facts(result, facts);
                             std::ifstream file(result + ".run.json");
                             auto const json = nlohmann::json::parse(file);
                             EXPECT_EQ(json["ranks"], facts.ranks);
                             EXPECT_EQ(json["threads_per_rank"], 3);
                             EXPECT_EQ(json["started_utc"].get<std::string>().size(), 20U);
                             EXPECT_FALSE(std::filesystem::exists(result + ".run.json.partial"));
                             std::filesystem::remove(result + ".run.json");
                           }
                         });
}

TEST(RunFacts, AFolderThatIsNotThereIsAStorageFault)
{
  try
  {
    write_run_facts("/nowhere/at/all/r.h5", RunFacts{});
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::storage);
  }
}

}  // namespace
}  // namespace tarifa
