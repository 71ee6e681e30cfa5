#pragma once

#include <string>

namespace tarifa
{

/// What the binary was built from.
struct BuildFacts
{
  std::string version;   ///< of the project, "0.1.0"
  std::string git_hash;  ///< of the source, with "-dirty" when files were changed
  std::string compiler;  ///< name and version
  std::string build_type;
  std::string purpose;  ///< one line: what the program is for
};

BuildFacts build_facts();

std::string mpi_version();   ///< of the library in use: "Open MPI v4.1.4"
std::string hdf5_version();  ///< of the library in use: "1.10.8"

/// Version, git hash, compiler, flags, MPI, HDF5, OpenMP: one "name: value" line each.
std::string version_text();

}  // namespace tarifa
