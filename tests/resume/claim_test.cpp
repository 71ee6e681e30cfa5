#include "pipeline/resume/claim.hpp"

#include <fstream>
#include <optional>

#include <unistd.h>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

class ClaimTest : public testing::Test
{
 protected:
  ClaimTest()
  {
    std::string path = comm.is_root() ? fs::temp_directory_path() / "tarifa-claim-XXXXXX" : fs::path();
    base = comm.broadcast(comm.is_root() ? std::string(::mkdtemp(path.data())) : std::string(), 0);
    result = base / "result.h5";
  }
  ~ClaimTest() override
  {
    comm.barrier();
    if (comm.is_root())
    {
      fs::remove_all(base);
    }
  }

  tarifa::Run run() { return {comm, log, options, stop, settings, "trial", ""}; }
  /// What a second run is told; empty when it gets the place.
  std::string refusal(fs::path const& place)
  {
    try
    {
      Claim const second(run(), {place});
      return "";
    }
    catch (Error const& error)
    {
      EXPECT_EQ(error.fault(), Fault::stopped);
      return error.what();
    }
  }
  /// All ranks look at the same moment of the test.
  bool is_there(fs::path const& path)
  {
    comm.barrier();
    bool const there = fs::exists(path);
    comm.barrier();
    return there;
  }

  Comm comm{MPI_COMM_WORLD};
  Log log{comm, {"", ProgressStyle::none, ""}};
  Options options;
  Stop stop{std::chrono::milliseconds(1)};  // nobody waits for the first to end
  RunSettings settings;
  fs::path base, result;
};

TEST_F(ClaimTest, ASecondRunIsToldWhoIsAtWork)
{
  std::optional<Claim> first(std::in_place, run(), std::vector{result});
  EXPECT_TRUE(is_there(base / "result.h5.claim"));
  std::string const told = refusal(result);
  EXPECT_NE(told.find("result.h5: another run is writing it: process "), std::string::npos) << told;
  EXPECT_NE(told.find(" on " + host_name()), std::string::npos) << told;
  EXPECT_EQ(refusal(base / "other.h5"), "");
  first.reset();
  EXPECT_FALSE(is_there(base / "result.h5.claim"));
  EXPECT_EQ(refusal(result), "");
  EXPECT_FALSE(is_there(base / "result.h5.claim"));
}

TEST_F(ClaimTest, AFileThatAKilledRunLeftClaimsNothing)
{
  if (comm.is_root())
  {
    std::ofstream(base / "result.h5.claim") << "process 1 on n1 (Slurm job 7), since 2026-01-01T00:00:00Z\n";
  }
  comm.barrier();
  EXPECT_EQ(refusal(result), "");
}

TEST_F(ClaimTest, TheFolderOfTheCheckpointIsClaimedToo)
{
  settings.checkpoint = base / "kept";
  Claim const first(run(), {result});
  EXPECT_NE(refusal(base / "other.h5").find("kept: another run is writing it"), std::string::npos);
  // Named twice it is one place.
  settings.checkpoint = base / "own";
  EXPECT_EQ(refusal(base / "own"), "");
}

TEST_F(ClaimTest, OneThatFailsHalfWayKeepsNothing)
{
  Claim const first(run(), {result});
  EXPECT_THROW(Claim(run(), {base / "free.h5", result}), Error);
  EXPECT_EQ(refusal(base / "free.h5"), "");
}

TEST_F(ClaimTest, WhereNoFileCanBeMadeTheJobGoesOn)
{
  EXPECT_EQ(refusal(base / "nowhere" / "result.h5"), "");
}

}  // namespace
}  // namespace tarifa
