#include "pipeline/run/version.hpp"

#include <array>

#include <fmt/format.h>
#include <hdf5.h>
#include <mpi.h>

#include "pipeline/run/simd.hpp"

namespace tarifa
{

std::string mpi_version()
{
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> library{};
  int length = 0;
  MPI_Get_library_version(library.data(), &length);
  std::string const text(library.data(), static_cast<std::size_t>(length));
  return text.substr(0, text.find_first_of(",\n"));
}

std::string hdf5_version()
{
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

std::string version_text()
{
  BuildFacts const build = build_facts();
  return fmt::format("tarifa {} ({})\ncompiler: {}, {}\nMPI: {}\nHDF5: {}\nOpenMP: {}\nSIMD: {}\n",
                     build.version, build.git_hash, build.compiler, build.build_type, mpi_version(),
                     hdf5_version(), _OPENMP, name_of(simd_level()));
}

}  // namespace tarifa
