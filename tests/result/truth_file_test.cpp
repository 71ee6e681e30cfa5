#include <numeric>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/truth_mark.hpp"
#include "pipeline/result/result_reader.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

struct Trial
{
  Comm comm{MPI_COMM_WORLD};
  Log log{comm, {"", ProgressStyle::none, ""}};
  Options options;
  fs::path folder;
  Stop stop{std::chrono::milliseconds(0)};
  RunSettings settings;

  Trial()
  {
    folder = fs::temp_directory_path()
             / ("tarifa_truth_" + comm.broadcast(std::to_string(reinterpret_cast<std::uintptr_t>(this)), 0));
    comm.all_or_none("folder", [&] { fs::create_directories(folder); });
    settings.threads = 2;
  }
  ~Trial()
  {
    comm.barrier();
    if (comm.is_root())
    {
      fs::remove_all(folder);
    }
  }
  Trial(Trial const&) = delete;
  Trial& operator=(Trial const&) = delete;
  tarifa::Run run() { return {comm, log, options, stop, settings, "synth", ""}; }
};

constexpr std::int64_t rows = 1000, block = 64;

std::vector<ResultColumn> columns()
{
  return {result_column<std::int64_t>("value", "USD", "what was planted"),
          result_column<std::int8_t>("mechanism", "1", "how")};
}

std::int64_t value_of(std::int64_t row)
{
  return row * row - 17;
}
std::int8_t mechanism_of(std::int64_t row)
{
  return static_cast<std::int8_t>(row % 7);
}

/// Blocks are dealt to ranks in turn and written from the last to the first.
void write(Trial const& trial, tarifa::Run& run, fs::path const& path, ResultKind kind)
{
  ResultFile file(run, path, kind);
  BlockTable const table = file.lay_out_table("declarations", "truth", columns(), rows);
  trial.comm.all_or_none("blocks",
                         [&]
                         {
                           for (std::int64_t b = (rows + block - 1) / block - 1; b >= 0; --b)
                           {
                             if (b % trial.comm.size() != trial.comm.rank())
                             {
                               continue;
                             }
                             std::vector<std::int64_t> values;
                             std::vector<std::int8_t> mechanisms;
                             for (std::int64_t r = b * block; r < std::min(rows, (b + 1) * block); ++r)
                             {
                               values.push_back(value_of(r));
                               mechanisms.push_back(mechanism_of(r));
                             }
                             std::vector<std::span<std::byte const>> const cells = {
                                 std::as_bytes(std::span(values)), std::as_bytes(std::span(mechanisms))};
                             table.write(b * block, cells);
                           }
                         });
  file.commit(run);
}

TEST(TruthFile, BlocksWrittenByAnybodyInAnyOrderAreTheTable)
{
  Trial trial;
  tarifa::Run run = trial.run();
  fs::path const path = trial.folder / "truth.h5";
  write(trial, run, path, ResultKind::truth);
  EXPECT_TRUE(run.published.empty()) << "truth is no result of the run";
  ResultReader const reader(path, TruthAccess::allow);
  EXPECT_EQ(reader.tables(), std::vector<std::string>{"declarations"});
  auto const info = reader.columns("declarations");
  ASSERT_EQ(info.size(), 2U);
  auto const values = reader.read("declarations", info[0], 0, rows).whole;
  auto const mechanisms = reader.read("declarations", info[1], 0, rows).whole;
  for (std::int64_t r = 0; r < rows; ++r)
  {
    ASSERT_EQ(values[static_cast<std::size_t>(r)], value_of(r));
    ASSERT_EQ(mechanisms[static_cast<std::size_t>(r)], mechanism_of(r));
  }
  // The same table given whole, in pieces by rank, has the same bytes.
  std::int64_t const first = rows * trial.comm.rank() / trial.comm.size();
  std::int64_t const last = rows * (trial.comm.rank() + 1) / trial.comm.size();
  std::vector<std::int64_t> mine;
  std::vector<std::int8_t> how;
  for (std::int64_t r = first; r < last; ++r)
  {
    mine.push_back(value_of(r));
    how.push_back(mechanism_of(r));
  }
  auto whole = columns();
  whole[0].add(std::span<std::int64_t const>(mine));
  whole[1].add(std::span<std::int8_t const>(how));
  {
    ResultFile file(run, trial.folder / "whole.h5", ResultKind::truth);
    file.add_table("declarations", "truth", whole);
    file.commit(run);
  }
  trial.comm.barrier();
  EXPECT_EQ(digest_of(path).hex, digest_of(trial.folder / "whole.h5").hex);
}

TEST(TruthFile, IsReadByItsOwnerOnlyAndNotByAJob)
{
  Trial trial;
  tarifa::Run run = trial.run();
  fs::path const truth = trial.folder / "truth.h5", open = trial.folder / "open.h5";
  write(trial, run, truth, ResultKind::truth);
  write(trial, run, open, ResultKind::open);
  struct stat status
  {
  };
  ASSERT_EQ(::stat(truth.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_TRUE(holds_truth(truth));
  EXPECT_FALSE(holds_truth(open));
  EXPECT_FALSE(holds_truth(trial.folder));
  EXPECT_FALSE(holds_truth(trial.folder / "absent"));
  EXPECT_NO_THROW(ResultReader{open});
  try
  {
    ResultReader const reader(truth);
    FAIL() << "truth was read";
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_NE(std::string(error.what()).find("planted truth"), std::string::npos);
  }
}

TEST(TruthFile, ABlockOutsideItsTableIsRefusedAndAnUnfinishedFileGoesAway)
{
  Trial trial;
  tarifa::Run run = trial.run();
  fs::path const path = trial.folder / "truth.h5";
  {
    ResultFile file(run, path, ResultKind::truth);
    BlockTable const table = file.lay_out_table("declarations", "truth", columns(), 3);
    std::vector<std::int64_t> const values = {1, 2};
    std::vector<std::int8_t> const how = {1, 2};
    std::vector<std::span<std::byte const>> const cells = {std::as_bytes(std::span(values)),
                                                           std::as_bytes(std::span(how))};
    EXPECT_THROW(table.write(2, cells), Error);
    EXPECT_THROW(table.write(0, std::span(cells).first(1)), Error);
    trial.comm.barrier();
  }
  trial.comm.barrier();
  EXPECT_FALSE(fs::exists(path));
  EXPECT_FALSE(fs::exists(path.string() + ".partial"));
}

TEST(TruthFile, ATableWithoutRowsIsATable)
{
  Trial trial;
  tarifa::Run run = trial.run();
  {
    ResultFile file(run, trial.folder / "empty.h5", ResultKind::truth);
    EXPECT_EQ(file.lay_out_table("declarations", "truth", columns(), 0).rows(), 0);
    file.commit(run);
  }
  EXPECT_EQ(ResultReader(trial.folder / "empty.h5", TruthAccess::allow).rows("declarations"), 0);
}

}  // namespace
}  // namespace tarifa
