#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "pipeline/run/comm.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{

/// A compressed file counts as this many times its size when work is shared out: text shrinks about so much.
inline constexpr std::uint64_t usual_compression = 6;

/// One input file and its header.
struct InputFile
{
  std::filesystem::path path;
  bool seekable = true;
  std::uint64_t bytes_on_disk = 0;
  std::uint64_t header_bytes = 0;  ///< byte order mark and header line: where the first record begins
  std::size_t fields = 0;
  HeaderMatch header;
};

/// [all] Opens every file on the root, reads and matches its header, and tells all ranks. Error(storage) for
/// a file that cannot be read or is none (a pipe, a device), Error(data) for an empty file, one that is no
/// text or a header that does not match, Error(usage) for a file given twice; all faults of all files at
/// once.
std::vector<InputFile> examine_inputs(Comm const& comm, Source const& source,
                                      std::vector<std::filesystem::path> const& paths);

}  // namespace tarifa
