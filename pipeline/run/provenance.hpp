#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pipeline/run/job.hpp"

namespace tarifa
{

/// A file or part a result was made from.
struct InputFact
{
  std::string name;    ///< path as given
  std::string digest;  ///< of its content, with the method in front: "xxh3:9f..."
  std::int64_t bytes = 0;
};

/// One text a result file stores about how it was made.
struct Note
{
  std::string name, text;
};

/// What made a result: version, git_hash, compiler, mpi, hdf5, job, seed, config, inputs, in this order. The
/// same on any ranks, threads and hosts, so that equal results are equal bytes; the rest is RunFacts.
std::vector<Note> provenance(Run const& run, std::span<InputFact const> inputs);

}  // namespace tarifa
