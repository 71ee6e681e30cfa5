#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// "a, b, c", or "none".
std::string listed(std::vector<std::string> const& names);

/// [all] Manifests of the vintages of a table up to the name `as_of` (empty = all), oldest first. The root
/// reads, everybody parses. Error(usage) when there is no such table or no vintage so old.
std::vector<Manifest> read_manifests(Comm const& comm, std::filesystem::path const& archive,
                                     std::string const& table, std::string const& as_of);

}  // namespace tarifa
