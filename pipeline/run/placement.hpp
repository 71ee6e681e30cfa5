#pragma once

#include <string>
#include <vector>

#include "pipeline/run/comm.hpp"
#include "pipeline/run/memory_given.hpp"

namespace tarifa
{

/// Where the ranks of a run are, and the cores each may use. A core is what the system numbers as one: with
/// hyper-threading, half a real one.
struct Placement
{
  struct Host
  {
    std::string name;
    int ranks = 0;
    int cores = 0;            ///< that at least one of its ranks may use
    bool is_shared = false;   ///< two of its ranks may use the same core
    MemoryGiven memory = {};  ///< to all its ranks together; 0 = not known
  };
  std::vector<Host> hosts;  ///< sorted by name
  std::vector<int> host;    ///< [ranks] number of its host
  std::vector<int> cores;   ///< [ranks] it may use
  int threads = 1;          ///< of each rank
};

/// [all] From what the system allows each rank (sched_getaffinity).
Placement find_placement(Comm const& comm, int threads);

/// "16 ranks on 4 hosts (n1, n2, n3, n4), 8 threads each, each bound to 8 cores"
std::string placement_text(Placement const& placement);

/// What will make the run slow: ranks with more threads than cores, hosts with more threads than cores, each
/// with what to do. At most one sentence of each kind.
std::vector<std::string> placement_warnings(Placement const& placement);

/// What may get the run killed: ranks of a host whose budgets [bytes each] are together more than it gives
/// them, with what to do; empty when they fit.
std::string memory_warning(Placement const& placement, std::int64_t budget);

}  // namespace tarifa
