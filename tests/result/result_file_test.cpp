#include "pipeline/result/result_file.hpp"

#include <fstream>
#include <iterator>
#include <numeric>

#include "tests/archive/archive_fixture.hpp"
#include "tests/archive/file_limit.hpp"
#include <gtest/gtest.h>

#include "pipeline/result/result_reader.hpp"

namespace tarifa
{
namespace
{

using testing::FileLimit;
using testing::ScratchFolder;

constexpr std::int64_t all_rows = 30'000;

std::string read_bytes(std::filesystem::path const& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A run that writes one result: its table has the same rows on any number of ranks.
struct Trial
{
  Comm comm{MPI_COMM_WORLD};
  Log log{comm, {"", ProgressStyle::none, ""}};
  Options options;
  Stop stop{std::chrono::milliseconds(0)};
  RunSettings settings;
  // One folder for all ranks, made by the root.
  std::optional<ScratchFolder> folder;
  std::filesystem::path path;

  Trial()
  {
    settings.threads = 2;
    if (comm.is_root())
    {
      folder.emplace("result_file");
    }
    path = std::filesystem::path(comm.broadcast(folder ? folder->path().string() : "", 0)) / "result.h5";
  }

  void write()
  {
    tarifa::Run run{comm, log, options, stop, settings, "trial", ""};
    ResultFile file(run, path);
    std::int64_t const first = all_rows * comm.rank() / comm.size();
    std::int64_t const last = all_rows * (comm.rank() + 1) / comm.size();
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(last - first));
    std::iota(numbers.begin(), numbers.end(), first);
    for (std::string const name : {"one", "two"})
    {
      std::vector<ResultColumn> columns = {
          result_column<std::int64_t>("number", "1", "its own position"),
          result_column<std::int64_t>("again", "1", "the same once more"),
      };
      columns[0].add(std::span<std::int64_t const>(numbers));
      columns[1].add(std::span<std::int64_t const>(numbers).first(numbers.size() / 2));
      columns[1].add(std::span<std::int64_t const>(numbers).subspan(numbers.size() / 2));
      file.add_table(name, "positions", columns);
      file.add_labels(name, std::vector<std::string>(200, "a label of " + name));
      file.note(name, std::string(5000, 'n'));
    }
    file.commit(run);
  }

  /// What `write` fails with; empty when it does not. All ranks have one answer, and it is a full disk.
  std::string failure_of_write()
  {
    try
    {
      write();
      return "";
    }
    catch (Error const& error)
    {
      EXPECT_EQ(error.fault(), Fault::storage) << error.what();
      return error.what();
    }
  }
};

TEST(ResultFile, HoldsTheRowsOfAllRanksInTheirOrder)
{
  Trial trial;
  trial.write();
  trial.comm.all_or_none("read",
                         [&]
                         {
                           ResultReader const reader(trial.path);
                           EXPECT_EQ(reader.tables(), (std::vector<std::string>{"one", "two"}));
                         });
  std::string const bytes = read_bytes(trial.path);
  EXPECT_EQ(trial.comm.min(static_cast<std::int64_t>(bytes.size())), static_cast<std::int64_t>(bytes.size()));
  EXPECT_FALSE(std::filesystem::exists(trial.path.string() + ".partial"));
  trial.comm.barrier();  // before the folder goes
}

/// Wherever the disk ends, the run does: on all ranks, with the system's own words, and nothing is left. That
/// HDF5 can then be closed down is seen when this process ends.
TEST(ResultFile, OnADiskThatIsFullAnywhereIsAStorageFaultAndLeavesNothing)
{
  Trial trial;
  trial.write();
  trial.comm.barrier();
  std::int64_t const whole =
      trial.comm.max(static_cast<std::int64_t>(std::filesystem::file_size(trial.path)));
  trial.comm.barrier();
  if (trial.comm.is_root())
  {
    std::filesystem::remove(trial.path);
  }
  trial.comm.barrier();
  std::vector<std::int64_t> limits = {1, 95, 96, 500, 800, 2048, whole - 1, whole};
  for (std::int64_t part = 1; part < 40; ++part)
  {
    limits.push_back(whole * part / 40);
  }
  for (std::int64_t const limit : limits)
  {
    FileLimit const tight(static_cast<rlim_t>(limit));
    std::string const error = trial.failure_of_write();
    EXPECT_EQ(error.empty(), limit >= whole) << limit << " " << error;
    EXPECT_EQ(error.find("File too large") != std::string::npos, limit < whole) << limit << " " << error;
    EXPECT_EQ(error.find("result.h5") != std::string::npos, limit < whole) << limit << " " << error;
    trial.comm.barrier();
    EXPECT_EQ(std::filesystem::exists(trial.path), limit >= whole) << limit;
    EXPECT_FALSE(std::filesystem::exists(trial.path.string() + ".partial")) << limit;
    trial.comm.barrier();
    if (trial.comm.is_root())
    {
      std::filesystem::remove(trial.path);
    }
    trial.comm.barrier();
  }
}

TEST(ResultFile, ThatIsThereIsKeptUnlessToldOtherwise)
{
  Trial trial;
  if (trial.comm.is_root())
  {
    std::ofstream(trial.path) << "mine";
  }
  trial.comm.barrier();
  EXPECT_THROW(trial.write(), Error);
  EXPECT_EQ(read_bytes(trial.path), "mine");
  trial.comm.barrier();
  trial.settings.redo = true;
  trial.write();
  trial.comm.barrier();
  EXPECT_GT(std::filesystem::file_size(trial.path), 8U * all_rows);
  trial.comm.barrier();
}

}  // namespace
}  // namespace tarifa
