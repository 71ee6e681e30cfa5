#include "pipeline/run/version.hpp"

#include <fmt/format.h>
#include <hdf5.h>
#include <mpi.h>

namespace tarifa
{

std::string version_text()
{
  BuildFacts const build = build_facts();
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  char library[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(library, &length);
  std::string const mpi(library, static_cast<std::size_t>(length));
  return fmt::format("tarifa {} ({})\ncompiler: {}, {}\nMPI: {}\nHDF5: {}.{}.{}\nOpenMP: {}\n", build.version,
                     build.git_hash, build.compiler, build.build_type, mpi.substr(0, mpi.find(',')), major,
                     minor, release, _OPENMP);
}

}  // namespace tarifa
