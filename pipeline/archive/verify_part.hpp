#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/part_file.hpp"
#include "pipeline/archive/schema.hpp"

namespace tarifa
{

/// What a look at every byte of a part came to.
struct PartCheck
{
  std::vector<std::string> findings;  ///< one line each, beginning with the path; empty = the part is whole
  std::string dictionaries;  ///< digest of all its dictionaries: the same in all parts of a partition
};

/// Checks one part against its manifest: size, digest, schema, every chunk decoded, its exact minimum,
/// maximum and missing cells, codes inside their dictionary, chunks where HDF5 finds them. Never throws for a
/// fault of the file. Uses `threads` threads; HDF5 is called from this one only.
PartCheck verify_part(std::filesystem::path const& path, PartPlace const& place, PartDigest const& expected,
                      std::vector<ColumnSchema> const& columns, int threads);

}  // namespace tarifa
