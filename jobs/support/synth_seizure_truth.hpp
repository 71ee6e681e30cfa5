#pragma once

#include "kernels/synth/seizures.hpp"
#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// [all] What is behind the seizures of one year: tables traffic, corridors, administrations and operations
/// of docs/methods/synthetic-seizures.md. `tally` is this rank's part of the counts.
void write_seizure_truth(ResultFile& file, Comm const& comm, kernels::SeizurePlan const& plan,
                         std::int32_t year, kernels::SeizureTally const& tally);

}  // namespace tarifa::jobs
