#include "pipeline/archive/find_archive.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

std::vector<std::filesystem::path> entries_of(std::filesystem::path const& folder)
{
  std::vector<std::filesystem::path> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed))
  {
    names.push_back(at->path().filename());
  }
  require(!failed || failed == std::errc::no_such_file_or_directory || failed == std::errc::not_a_directory,
          Fault::storage, fmt::format("{}: cannot be listed: {}", folder.string(), failed.message()));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> tables_in(std::filesystem::path const& archive)
{
  std::vector<std::string> tables;
  for (auto const& name : entries_of(archive))
  {
    if (is_plain_name(name.string()) && !vintages_of(archive, name.string()).empty())
    {
      tables.push_back(name.string());
    }
  }
  return tables;
}

void require_folder(std::filesystem::path const& archive)
{
  std::error_code ignored;
  require(std::filesystem::is_directory(archive, ignored), Fault::usage,
          fmt::format("archive {}: is not a folder", archive.string()));
}

std::string no_archive(std::filesystem::path const& folder)
{
  std::vector<std::filesystem::path> near;
  for (auto const& name : entries_of(folder))
  {
    near.push_back(folder / name);
  }
  std::error_code ignored;
  near.push_back(std::filesystem::weakly_canonical(folder, ignored).parent_path());
  auto const found = std::find_if(near.begin(), near.end(),
                                  [](auto const& one)
                                  {
                                    // A neighbour that may not be looked into is none to name.
                                    try
                                    {
                                      return !tables_in(one).empty();
                                    }
                                    catch (Error const&)
                                    {
                                      return false;
                                    }
                                  });
  return fmt::format("{}: no archive here (no folder with manifests){}", folder.string(),
                     found == near.end() ? "" : fmt::format(". Did you mean {}?", found->string()));
}

}  // namespace tarifa
