#include "pipeline/resume/checkpoint.hpp"

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

/// One run after the other over one folder, all ranks together.
class CheckpointTest : public testing::Test
{
 protected:
  CheckpointTest()
  {
    std::string path = comm.is_root() ? fs::temp_directory_path() / "tarifa-checkpoint-XXXXXX" : fs::path();
    if (comm.is_root())
    {
      base = ::mkdtemp(path.data());
    }
    base = comm.broadcast(base.string(), 0);
    folder = base / "result.h5.checkpoint";
  }
  ~CheckpointTest() override
  {
    comm.barrier();
    if (comm.is_root())
    {
      fs::remove_all(base);
    }
  }

  Checkpoint open(std::string const& input = "xxh3:1", bool redo = false,
                  std::chrono::milliseconds every = std::chrono::milliseconds(0))
  {
    settings.redo = redo;
    settings.checkpoint_every = every;
    tarifa::Run run{comm, log, options, stop, settings, "trial", ""};
    return Checkpoint(run, folder, {{"job", "trial"}, {"inputs", input}});
  }
  /// The unit every rank of a trial does.
  std::vector<std::pair<std::string, std::string>> unit(std::string const& name) const
  {
    return {{name + "-" + std::to_string(comm.rank()), "by rank " + std::to_string(comm.rank())}};
  }

  Comm comm{MPI_COMM_WORLD};
  Log log{comm, {"", ProgressStyle::none, ""}};
  Options options;
  Stop stop{std::chrono::milliseconds(0)};
  RunSettings settings;
  fs::path base, folder;
};

TEST_F(CheckpointTest, WhatWasRecordedIsKnownToTheNextRun)
{
  {
    Checkpoint first = open();
    EXPECT_TRUE(first.done().empty());
    EXPECT_FALSE(fs::exists(folder));
    first.record(unit("a"));
    first.record(unit("b"));
    EXPECT_EQ(first.done().size(), 2U * static_cast<std::size_t>(comm.size()));
  }
  Checkpoint second = open();
  EXPECT_EQ(second.done().size(), 2U * static_cast<std::size_t>(comm.size()));
  EXPECT_EQ(second.done().at("b-0"), "by rank 0");
  comm.barrier();
  second.remove();
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(CheckpointTest, RedoThrowsWorkAwayUnlessTheJobWasPutBackIntoTheQueue)
{
  open().record(unit("a"));
  settings.requeued = true;
  EXPECT_FALSE(open("xxh3:1", true).done().empty());
  EXPECT_TRUE(open("xxh3:2", true).done().empty()) << "other work is thrown away";
  open().record(unit("a"));
  settings.requeued = false;
  EXPECT_TRUE(open("xxh3:1", true).done().empty());
}

TEST_F(CheckpointTest, AJournalWithoutItsIdentityIsNobodys)
{
  open().record(unit("a"));
  if (comm.is_root())
  {
    fs::remove(folder / "identity");
  }
  comm.barrier();
  open("xxh3:2").record(unit("b"));
  EXPECT_FALSE(open("xxh3:2").done("a-0"));
  EXPECT_TRUE(open("xxh3:2").done("b-0"));
}

TEST_F(CheckpointTest, NothingIsWrittenBeforeItIsTime)
{
  Checkpoint first = open("xxh3:1", false, std::chrono::hours(1));
  first.record(unit("a"));
  EXPECT_TRUE(first.done("a-0"));
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(CheckpointTest, ATornLastLineIsLeftOutAndTheOnesBeforeItStay)
{
  open().record({{"unit-" + std::to_string(comm.rank()), "{\"note\": [1, 2]}"}});
  comm.barrier();
  if (comm.is_root())
  {
    std::ofstream(folder / "journal", std::ios::app) << "0123456789abcdef torn li";
  }
  comm.barrier();
  {
    Checkpoint second = open();
    EXPECT_EQ(second.done().size(), static_cast<std::size_t>(comm.size()));
    second.record(unit("later"));
  }
  EXPECT_EQ(open().done().size(), 2U * static_cast<std::size_t>(comm.size()));
}

TEST_F(CheckpointTest, AnotherWorkIsRefusedInASentenceAndRedoThrowsItAway)
{
  open().record(unit("a"));
  try
  {
    open("xxh3:2");
    FAIL() << "took the work of another input";
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_NE(std::string(error.what()).find("there 'inputs: xxh3:1', here 'inputs: xxh3:2'"),
              std::string::npos)
        << error.what();
  }
  EXPECT_TRUE(open("xxh3:2", true).done().empty());
}

TEST_F(CheckpointTest, FilesOfOthersInTheFolderStay)
{
  if (comm.is_root())
  {
    fs::create_directories(folder);
    std::ofstream(folder / "thesis.tex") << "text";
    std::ofstream(folder / "old.piece.partial") << "half a piece of a run that was killed";
  }
  comm.barrier();
  Checkpoint checkpoint = open("xxh3:1", true);
  checkpoint.record(unit("a"));
  checkpoint.remove();
  comm.barrier();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  EXPECT_TRUE(fs::exists(folder / "thesis.tex"));
}

TEST_F(CheckpointTest, ADamagedPieceIsNoPiece)
{
  Checkpoint checkpoint = open();
  std::string const name = "piece-" + std::to_string(comm.rank());
  std::string const content = "twelve bytes";
  std::array const parts = {std::as_bytes(std::span(content)), std::as_bytes(std::span(content))};
  std::string const note = checkpoint.keep_piece(name, parts);
  EXPECT_EQ(checkpoint.load_piece(name, note), content + content);
  std::fstream(folder / (name + ".piece")) << "T";
  EXPECT_FALSE(checkpoint.load_piece(name, note).has_value());
  EXPECT_FALSE(checkpoint.load_piece("none", note).has_value());
}

// The signal stays with the process: this test is the last.
TEST_F(CheckpointTest, ZASignalToOneRankStopsAllWithTheWorkOnDisk)
{
  Checkpoint checkpoint = open("xxh3:1", false, std::chrono::hours(1));
  checkpoint.record(unit("a"));
  checkpoint.stop_if_asked("nothing");
  Stop::listen();
  if (comm.rank() == comm.size() - 1)
  {
    std::raise(SIGUSR1);
  }
  try
  {
    checkpoint.stop_if_asked("1 of 2 parts are done");
    FAIL() << "went on";
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::stopped);
    EXPECT_STREQ(error.what(),
                 "stopped at a checkpoint (SIGUSR1): 1 of 2 parts are done; the same command line goes on");
  }
  EXPECT_TRUE(open().done("a-0"));
}

}  // namespace
}  // namespace tarifa
