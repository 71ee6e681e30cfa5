#pragma once

#include "kernels/synth/registers.hpp"
#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// [all] What importers and exporters of a year really are: tables importers, row by row as in
/// importers-YYYY.csv, and shells. docs/methods/synthetic-declarations.md.
void write_actor_truth(ResultFile& file, Comm const& comm, kernels::YearOfActors const& year);

}  // namespace tarifa::jobs
