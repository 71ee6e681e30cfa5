#include "pipeline/run/memory_given.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <unistd.h>

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

/// 0 when it is not set, or no number.
std::int64_t environment_number(char const* name)
{
  char const* const text = std::getenv(name);
  return text == nullptr ? 0 : std::max<std::int64_t>(0, std::strtoll(text, nullptr, 10));
}

/// A group is bounded by those it is in. In a container the path may lead to nowhere: then the root is its
/// own.
std::int64_t least_upwards(fs::path const& root, fs::path const& group, char const* name)
{
  std::int64_t least = no_limit;
  for (fs::path at = group.relative_path();; at = at.parent_path())
  {
    std::ifstream file(root / at / name);
    std::int64_t bytes = 0;
    if (file >> bytes && bytes > 0)  // "max" is no number
    {
      least = std::min(least, bytes);
    }
    if (at.empty())
    {
      return least;
    }
  }
}

}  // namespace

std::int64_t cgroup_memory(std::string const& membership, std::string const& root)
{
  std::int64_t least = no_limit;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);)
  {
    // "0::/path" is version 2, "9:memory:/path" version 1.
    std::size_t const controllers = line.find(':') + 1;
    std::size_t const path = line.find(':', controllers) + 1;
    if (controllers == 0 || path == 0)
    {
      continue;
    }
    std::string const which = "," + line.substr(controllers, path - 1 - controllers) + ",";
    if (which == ",,")
    {
      least = std::min(least, least_upwards(root, line.substr(path), "memory.max"));
    }
    else if (which.find(",memory,") != std::string::npos)
    {
      least = std::min(least, least_upwards(root + "/memory", line.substr(path), "memory.limit_in_bytes"));
    }
  }
  return least == no_limit ? 0 : least;
}

MemoryGiven memory_given()
{
  MemoryGiven given{std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE), "its size"};
  auto const limit = [&](std::int64_t bytes, char const* by)
  {
    if (bytes > 0 && bytes < given.bytes)
    {
      given = {bytes, by};
    }
  };
  std::ifstream file("/proc/self/cgroup");
  std::ostringstream membership;
  membership << file.rdbuf();
  limit(cgroup_memory(membership.str(), "/sys/fs/cgroup"), "its cgroup");
  // Both in MiB. Slurm sets the one by which the memory was asked for; 0 is all there is.
  limit(environment_number("SLURM_MEM_PER_NODE") << 20, "SLURM_MEM_PER_NODE");
  limit(environment_number("SLURM_MEM_PER_CPU") * environment_number("SLURM_CPUS_ON_NODE") << 20,
        "SLURM_MEM_PER_CPU");
  return given;
}

}  // namespace tarifa
