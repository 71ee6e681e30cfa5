#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/part_file.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// What a look at every byte of a part came to.
struct PartCheck
{
  std::vector<std::string> findings;  ///< one line each, beginning with the path; empty = the part is whole
  std::string dictionaries;     ///< digest of all its dictionaries: the same in all parts of a partition
  std::optional<Int128> value;  ///< sum of the balance column; none when there is none, or it cannot be read
};

/// Checks one part against its manifest: size, digest, schema, every chunk decoded, its exact minimum,
/// maximum and missing cells, codes inside their dictionary, chunks where HDF5 finds them. Never throws for a
/// fault of the file. Uses `threads` threads; HDF5 is called from this one only.
PartCheck verify_part(std::filesystem::path const& path, PartPlace const& place, PartDigest const& expected,
                      Manifest const& manifest, int threads);

}  // namespace tarifa
