#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/ingest/ingest.hpp"
#include "pipeline/plan/estimate.hpp"

namespace tarifa
{

/// [all] What ingest() of these files has to do: records by the size of the files and the length of the first
/// records in them, the size of the vintage by that of the latest one of the table, when there is one. Files
/// are opened as ingest() does, and are the same errors. On the root; elsewhere without rows and units.
Estimate estimate_delivery(Run const& run, Source const& source,
                           std::vector<std::filesystem::path> const& files, IngestSettings const& settings);

}  // namespace tarifa
