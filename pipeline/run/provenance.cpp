#include "pipeline/run/provenance.hpp"

#include <fmt/format.h>

#include "pipeline/run/version.hpp"

namespace tarifa
{

std::vector<Note> provenance(Run const& run, std::span<InputFact const> inputs)
{
  BuildFacts const build = build_facts();
  std::string list;
  for (InputFact const& input : inputs)
  {
    list += fmt::format("{}  {} bytes  {}\n", input.digest, input.bytes, input.name);
  }
  return {{"version", build.version},
          {"git_hash", build.git_hash},
          {"compiler", build.compiler + ", " + build.build_type},
          {"mpi", mpi_version()},
          {"hdf5", hdf5_version()},
          {"job", std::string(run.job)},
          {"seed", std::to_string(run.settings.seed)},
          {"config", run.options.text_for_result()},
          {"inputs", list}};
}

}  // namespace tarifa
