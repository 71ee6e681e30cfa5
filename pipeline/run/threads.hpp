#pragma once

#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// [all] Threads this rank should use: OMP_NUM_THREADS when set, else the cores its affinity allows, each
/// shared evenly with the other ranks of the node that may use it too. At least 1.
int threads_for_this_rank(Comm const& comm);

}  // namespace tarifa
