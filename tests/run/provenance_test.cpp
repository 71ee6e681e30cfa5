#include "pipeline/run/provenance.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

struct Trial
{
  Comm comm{MPI_COMM_WORLD};
  Log log{comm, {"", ProgressStyle::none, ""}};
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

}  // namespace
}  // namespace tarifa
