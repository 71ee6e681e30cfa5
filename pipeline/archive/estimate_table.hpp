#pragma once

#include <filesystem>
#include <string>

#include "pipeline/archive/table_reader.hpp"
#include "pipeline/plan/estimate.hpp"

namespace tarifa
{

/// [all] What a job has to do that reads a table: rows that count and shards, in the order of
/// TableReader::shards(), from the manifests alone. Bytes are those of the parts, columns that are not read
/// too. Errors as those of a TableReader.
Estimate estimate_table(Comm const& comm, std::filesystem::path const& archive, std::string const& table,
                        ReadRequest const& request);

}  // namespace tarifa
