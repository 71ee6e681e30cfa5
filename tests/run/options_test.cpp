#include "pipeline/run/options.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

enum class Side
{
  imports,
  exports,
};

/// Options as a job would declare them.
struct Trial
{
  double ratio = 1.06;
  std::int64_t rows = 100;
  bool strict = false;
  Side side = Side::imports;
  std::string format = "csv";
  std::string archive;
  std::vector<std::string> files;
  std::vector<std::int64_t> years;
  Bytes memory = gibibytes(1);
  Options options;

  Trial()
  {
    options.section("mirror");
    options.add("cif-fob-ratio", ratio, {1, 2}, "CIF over FOB [share]");
    options.add("rows", rows, {0, INT64_MAX}, "rows to read");
    options.add("strict", strict, "stop at the first fault");
    options.choice<Side>("side", side, {{"imports", Side::imports}, {"exports", Side::exports}},
                         "whose view");
    options.choice("format", format, {"csv", "json"}, "of the tables");
    options.add("years", years, "years to read");
    options.positional("archive", archive, "folder of the archive");
    options.positional("files", files, "more files");
    options.section("run");
    options.add("memory", memory, {mebibytes(1), gibibytes(64)}, "budget").not_in_result();
  }

  std::string fault(std::string const& ini, std::vector<std::string> const& arguments)
  {
    try
    {
      options.load(ini, arguments, "x.ini");
    }
    catch (Error const& error)
    {
      EXPECT_EQ(error.fault(), Fault::usage);
      return error.what();
    }
    return "no fault";
  }

  std::string printed() const
  {
    std::ostringstream out;
    options.print(out);
    return out.str();
  }
};

TEST(Options, CommandLineBeatsFileBeatsDefault)
{
  Trial trial;
  trial.options.load("[mirror]\nrows = 7\ncif-fob-ratio = 1.2\n",
                     {"--mirror.rows", "9", "--mirror.side=exports"});
  EXPECT_EQ(trial.rows, 9);
  EXPECT_EQ(trial.ratio, 1.2);
  EXPECT_EQ(trial.side, Side::exports);
  EXPECT_EQ(trial.format, "csv");
  EXPECT_NE(trial.printed().find("(command line)\nrows = 9"), std::string::npos) << trial.printed();
  EXPECT_NE(trial.printed().find("(file)\ncif-fob-ratio = 1.2"), std::string::npos) << trial.printed();
}

/// A job with presets.
struct PresetTrial
{
  std::string preset = "small";
  std::int64_t rows = 10;
  std::int64_t years = 2;
  Options options;

  PresetTrial()
  {
    options.section("synth");
    options.preset("preset", preset, {{"small", ""}, {"large", "[synth]\nrows = 1000\nyears = 8\n"}}, "size");
    options.add("rows", rows, {0, 5000}, "rows");
    options.add("years", years, {1, 100}, "years");
  }
};

TEST(Options, APresetGivesDefaultsThatFileAndCommandLineWinOver)
{
  PresetTrial plain;
  plain.options.load("", {});
  EXPECT_EQ(plain.rows, 10);

  PresetTrial large;
  large.options.load("[synth]\nyears = 3\n", {"--synth.preset", "large"});
  EXPECT_EQ(large.preset, "large");
  EXPECT_EQ(large.rows, 1000);
  EXPECT_EQ(large.years, 3);
  std::ostringstream printed;
  large.options.print(printed);
  EXPECT_NE(printed.str().find("(preset large)\nrows = 1000"), std::string::npos) << printed.str();
  EXPECT_NE(printed.str().find("(file)\nyears = 3"), std::string::npos) << printed.str();

  PresetTrial over;
  over.options.load("[synth]\npreset = large\nrows = 7\n", {"--synth.preset", "small"});
  EXPECT_EQ(over.preset, "small");
  EXPECT_EQ(over.rows, 7);
  EXPECT_EQ(over.years, 2);

  PresetTrial again;
  again.options.load(printed.str(), {});
  EXPECT_EQ(again.rows, 1000);
  EXPECT_EQ(again.years, 3);
}

TEST(Options, AnUnknownPresetIsToldWithTheNearestOne)
{
  PresetTrial trial;
  try
  {
    trial.options.load("", {"--synth.preset", "larg"});
    FAIL() << "taken";
  }
  catch (Error const& error)
  {
    EXPECT_NE(std::string(error.what()).find("Did you mean 'large'?"), std::string::npos) << error.what();
  }
}

TEST(Options, WhatIsPrintedReadsBackToTheSameRun)
{
  Trial trial;
  trial.options.load(
      "", {"an archive # 1", "a,b.csv", "c.csv", "--mirror.years=2019,2021", "--mirror.side", "exports",
           "--run.memory", "3MiB", "--mirror.strict", "true", "--mirror.cif-fob-ratio=1.1"});
  Trial again;
  again.options.load(trial.printed(), {});
  EXPECT_EQ(again.archive, "an archive # 1");
  EXPECT_EQ(again.files, (std::vector<std::string>{"a,b.csv", "c.csv"}));
  EXPECT_EQ(again.years, (std::vector<std::int64_t>{2019, 2021}));
  EXPECT_EQ(again.side, Side::exports);
  EXPECT_EQ(again.memory, mebibytes(3));
  EXPECT_TRUE(again.strict);
  EXPECT_EQ(again.ratio, 1.1);
}

TEST(Options, DefaultsReadBackToo)
{
  Trial trial;
  EXPECT_EQ(trial.fault(Trial().printed(), {}), "no fault");
  EXPECT_TRUE(trial.files.empty());
  EXPECT_TRUE(trial.years.empty());
}

TEST(Options, ABadValueIsToldWithOptionOriginValueAndLimits)
{
  EXPECT_EQ(Trial().fault("", {"--mirror.cif-fob-ratio", "3"}),
            "mirror.cif-fob-ratio = '3' (command line): outside its limits; allowed: 1 to 2");
  EXPECT_EQ(Trial().fault("[mirror]\n\nrows = many\n", {}),
            "mirror.rows = 'many' (x.ini, line 3): not a whole number; allowed: at least 0");
  EXPECT_EQ(Trial().fault("", {"--mirror.side=export"}),
            "mirror.side = 'export' (command line): no such choice. Did you mean 'exports'?; allowed: "
            "imports, exports");
  EXPECT_EQ(Trial().fault("", {"--mirror.rows", "-5"}),
            "mirror.rows = '-5' (command line): outside its limits; allowed: at least 0");
}

TEST(Options, UnknownNamesComeWithTheNearestOnesAndTheLine)
{
  EXPECT_EQ(Trial().fault("", {"--mirror.cif-fob-rate", "1"}),
            "unknown option 'mirror.cif-fob-rate'. Did you mean 'mirror.cif-fob-ratio'?");
  EXPECT_EQ(Trial().fault("[mirror]\nrwos = 1\n", {}),
            "x.ini, line 2: unknown option 'mirror.rwos'. Did you mean 'mirror.rows'?");
  EXPECT_EQ(Trial().fault("[elsewhere]\nmemory = 1\n", {}),
            "x.ini, line 2: unknown option 'elsewhere.memory'. Did you mean 'run.memory'?");
  EXPECT_EQ(Trial().fault("", {"--qqqqqqqqqqqq"}),
            "unknown option 'qqqqqqqqqqqq'. --help lists what there is");
}

TEST(Options, AnOptionIsGivenOnceUnlessItIsAList)
{
  EXPECT_EQ(Trial().fault("", {"--mirror.rows=1", "--mirror.rows=2"}),
            "mirror.rows = '1', '2' (command line): given more than once");
  Trial trial;
  trial.options.load("[mirror]\nyears = 2001\n", {"--mirror.years=2019", "--mirror.years", "2020,2021"});
  EXPECT_EQ(trial.years, (std::vector<std::int64_t>{2019, 2020, 2021}));
}

TEST(Options, AMissingValueAndAShortenedNameAreFaults)
{
  EXPECT_NE(Trial().fault("", {"--mirror.rows"}), "no fault");
  EXPECT_NE(Trial().fault("", {"--mirror.row=1"}), "no fault");
}

TEST(Options, WordsFillSinglesFirstAndTheListTakesTheRest)
{
  Trial trial;
  trial.options.load("[mirror]\nfiles = old\n", {"a", "--mirror.rows", "3", "b", "--", "--c"});
  EXPECT_EQ(trial.archive, "a");
  EXPECT_EQ(trial.files, (std::vector<std::string>{"b", "--c"}));
  EXPECT_EQ(trial.options.words(), " ARCHIVE FILES...");
}

TEST(Options, AWordNobodyTakesIsAFault)
{
  Options options;
  std::string archive;
  options.section("verify");
  options.positional("archive", archive, "folder").required();
  EXPECT_THROW(options.load("", {}), Error);
  EXPECT_THROW(options.load("", {"a", "b"}), Error);
  options.load("", {"a"});
  EXPECT_EQ(archive, "a");
}

TEST(Options, TheTextForAResultLeavesOutWhereAndHowFast)
{
  Trial trial;
  EXPECT_EQ(trial.options.text_for_result().find("memory"), std::string::npos);
  EXPECT_NE(trial.options.text_for_result().find("cif-fob-ratio"), std::string::npos);
}

TEST(Options, TheTextForAResultIsTheSameWhereverAValueComesFrom)
{
  Trial spelt;
  Trial silent;
  spelt.options.load("[mirror]\nrows = 100\n", {"--mirror.cif-fob-ratio", "1.06"});
  silent.options.load("", {});
  EXPECT_EQ(spelt.options.text_for_result(), silent.options.text_for_result());
}

TEST(Options, HelpShowsFormDefaultAndLimitsOfEveryOption)
{
  std::ostringstream out;
  Trial().options.describe(out);
  std::string const help = out.str();
  for (auto const* part :
       {"--mirror.cif-fob-ratio NUMBER", "(default 1.06; 1 to 2)", "--mirror.side imports|exports", "ARCHIVE",
        "FILES...", "--memory SIZE", "(default 1GiB; 1MiB to 64GiB)"})
  {
    EXPECT_NE(help.find(part), std::string::npos) << part << " is not in\n" << help;
  }
}

}  // namespace
}  // namespace tarifa
