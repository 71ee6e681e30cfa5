#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/verify_archive.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// [all] Checks every byte of the flags of superseded rows, partitions shared out over the ranks: size,
/// digest, every chunk decoded, rows as the indexes and the manifests have them, no row superseded twice,
/// datasets where HDF5 finds them. `table_of` [manifests] is the place of the table in `all.tables`, to which
/// findings and superseded rows are added; manifests of a table stand together, oldest first.
void verify_superseded(Comm const& comm, std::filesystem::path const& archive,
                       std::vector<Manifest> const& manifests, std::vector<std::size_t> const& table_of,
                       ArchiveCheck& all);

}  // namespace tarifa
