#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tarifa
{

/// Sorted names of the entries of a folder; empty when there is no such folder.
std::vector<std::filesystem::path> entries_of(std::filesystem::path const& folder);
/// Names of the tables that have a manifest, sorted; empty where no archive is.
std::vector<std::string> tables_in(std::filesystem::path const& folder);
/// Error(usage) when `archive` is no folder.
void require_folder(std::filesystem::path const& archive);
/// What tables_of() says (usage) of a folder without a manifest; names an archive that stands directly below
/// or above.
std::string no_archive(std::filesystem::path const& folder);

}  // namespace tarifa
