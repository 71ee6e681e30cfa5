#pragma once

#include <cstdint>
#include <string>

namespace tarifa
{

/// The memory that all ranks on this host may use together, as far as the system tells.
struct MemoryGiven
{
  std::int64_t bytes = 0;
  std::string by;  ///< who sets the limit: "SLURM_MEM_PER_NODE", "its cgroup", "its size"
};

/// The least of what Slurm gives the job, of the cgroups this process is in, and of what the host has.
MemoryGiven memory_given();

/// The limit a process of these cgroups has. `membership` is the text of /proc/self/cgroup, `root` the folder
/// /sys/fs/cgroup; 0 when there is none.
std::int64_t cgroup_memory(std::string const& membership, std::string const& root);

}  // namespace tarifa
