#include "pipeline/run/threads.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <sched.h>

#include "pipeline/run/option_value.hpp"

namespace tarifa
{
namespace
{

/// First number of OMP_NUM_THREADS ("8" or "8,2"); 0 when it is not set or not a positive number.
int threads_from_environment()
{
  char const* const text = std::getenv("OMP_NUM_THREADS");
  if (text == nullptr)
  {
    return 0;
  }
  std::string const all(text);
  try
  {
    return std::max(0, parse_value<int>(all.substr(0, all.find(','))));
  }
  catch (Error const&)
  {
    return 0;
  }
}

}  // namespace

int threads_for_this_rank(Comm const& comm)
{
  cpu_set_t mine;
  CPU_ZERO(&mine);
  sched_getaffinity(0, sizeof mine, &mine);
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(comm.handle(), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  int ranks = 1;
  MPI_Comm_size(node, &ranks);
  std::vector<cpu_set_t> all(static_cast<std::size_t>(ranks));
  MPI_Allgather(&mine, sizeof mine, MPI_BYTE, all.data(), sizeof mine, MPI_BYTE, node);
  MPI_Comm_free(&node);
  if (int const asked = threads_from_environment(); asked > 0)
  {
    return asked;
  }
  double cores = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core)
  {
    if (CPU_ISSET(core, &mine))
    {
      auto const users = std::count_if(all.begin(), all.end(),
                                       [core](cpu_set_t const& set) { return CPU_ISSET(core, &set); });
      cores += 1.0 / static_cast<double>(users);
    }
  }
  return std::max(1, static_cast<int>(cores + 1e-9));
}

}  // namespace tarifa
