#pragma once

#include <filesystem>
#include <optional>

#include "pipeline/archive/hdf5_handle.hpp"

namespace tarifa
{

/// Where the bytes of a new HDF5 file go.
///
/// HDF5 1.10 frees a file that it cannot flush but keeps its identifier, and crashes on it when MPI ends: a
/// full disk would hide itself behind that. So the library never learns of a failed write. The sink keeps the
/// first failure, for its owner to ask for, and swallows what comes after.
struct Hdf5Sink
{
  int descriptor = -1;           ///< for reading and writing; belongs to the owner of the sink
  std::filesystem::path path;    ///< of it, for messages
  std::optional<Error> failure;  ///< the first; nothing was written since
  bool given_up = false;         ///< nothing needs to be written any more
};

/// Access properties for H5Fcreate: those of serial_access(), but into `sink`, which must outlive the file.
/// The name given to H5Fcreate counts for nothing.
Hdf5Properties access_to(Hdf5Sink& sink);

}  // namespace tarifa
