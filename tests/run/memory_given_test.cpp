#include "pipeline/run/memory_given.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

void write(fs::path const& path, std::string const& text)
{
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(CgroupMemory, IsTheLeastOfTheGroupsAProcessIsIn)
{
  fs::path const root = fs::path(testing::TempDir()) / "cgroup_two";
  fs::remove_all(root);
  write(root / "slurm/job_7/memory.max", "2000000000\n");
  write(root / "slurm/job_7/step_0/memory.max", "max\n");
  EXPECT_EQ(cgroup_memory("0::/slurm/job_7/step_0\n", root), 2000000000);
  write(root / "slurm/memory.max", "1000000000\n");
  EXPECT_EQ(cgroup_memory("0::/slurm/job_7/step_0\n", root), 1000000000);
  EXPECT_EQ(cgroup_memory("0::/elsewhere\n", root), 0);
  fs::remove_all(root);
}

TEST(CgroupMemory, IsFoundInTheFirstVersionToo)
{
  fs::path const root = fs::path(testing::TempDir()) / "cgroup_one";
  fs::remove_all(root);
  write(root / "memory/job_7/memory.limit_in_bytes", "3000000000\n");
  std::string const membership = "9:name=systemd:/\n5:cpu,memory:/job_7\n0::/\n";
  EXPECT_EQ(cgroup_memory(membership, root), 3000000000);
  // In a container the root of the mount is the group itself.
  write(root / "memory/memory.limit_in_bytes", "1500000000\n");
  EXPECT_EQ(cgroup_memory("5:memory:/docker/0a1b\n", root), 1500000000);
  EXPECT_EQ(cgroup_memory("no line of a cgroup\n\n", root), 0);
  fs::remove_all(root);
}

TEST(MemoryGiven, TakesWhatSlurmGivesWhenThatIsLess)
{
  for (char const* const name : {"SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU", "SLURM_CPUS_ON_NODE"})
  {
    ::unsetenv(name);
  }
  std::int64_t const without = memory_given().bytes;
  EXPECT_GT(without, 0);
  ::setenv("SLURM_MEM_PER_NODE", "0", 1);  // all there is
  EXPECT_EQ(memory_given().bytes, without);
  ::setenv("SLURM_MEM_PER_NODE", "50", 1);
  EXPECT_EQ(memory_given().bytes, 50 << 20);
  EXPECT_EQ(memory_given().by, "SLURM_MEM_PER_NODE");
  ::unsetenv("SLURM_MEM_PER_NODE");
  ::setenv("SLURM_MEM_PER_CPU", "20", 1);
  ::setenv("SLURM_CPUS_ON_NODE", "2", 1);
  EXPECT_EQ(memory_given().bytes, 40 << 20);
  EXPECT_EQ(memory_given().by, "SLURM_MEM_PER_CPU");
}

}  // namespace
}  // namespace tarifa
