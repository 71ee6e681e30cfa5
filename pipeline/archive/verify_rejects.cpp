#include "pipeline/archive/verify_rejects.hpp"

#include <cerrno>

#include <unistd.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/layout.hpp"

namespace tarifa
{
namespace
{

/// Rejects are for their owner alone, an archive may be checked by others.
bool is_withheld(std::filesystem::path const& path)
{
  return ::access(path.c_str(), R_OK) != 0 && errno == EACCES;
}

/// Empty when the file is as it was written.
std::string finding_of(std::filesystem::path const& path, Manifest::Rejects const& expected)
{
  try
  {
    std::error_code ignored;
    require(std::filesystem::exists(path, ignored), Fault::storage, path.string() + ": the file is missing");
    std::string const changed = difference(digest_of(path), {expected.bytes, expected.digest});
    return changed.empty() ? "" : path.string() + ": " + changed;
  }
  catch (Error const& error)
  {
    return error.what();
  }
}

}  // namespace

RejectsCheck verify_rejects(Comm const& comm, std::filesystem::path const& archive,
                            std::vector<Manifest> const& manifests)
{
  auto const ranks = static_cast<std::size_t>(comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  nlohmann::json mine = {nlohmann::json::array(), nlohmann::json::array()};
  // Ranks look at stretches of the manifests, so that what all find is in their order.
  for (std::size_t m = manifests.size() * rank / ranks; m < manifests.size() * (rank + 1) / ranks; ++m)
  {
    Manifest const& manifest = manifests[m];
    auto const path = rejects_path(archive, manifest.table.table, manifest.vintage);
    if (manifest.rejects && is_withheld(path))
    {
      mine[1].push_back(path.string() + ": not checked: only its owner may read it");
    }
    else if (manifest.rejects)
    {
      std::string const finding = finding_of(path, *manifest.rejects);
      if (!finding.empty())
      {
        mine[0].push_back(finding);
      }
    }
  }
  RejectsCheck all;
  for (std::string const& text :
       comm.gather_all(mine.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)))
  {
    nlohmann::json const found = nlohmann::json::parse(text);
    for (auto const& finding : found[0])
    {
      all.findings.push_back(finding.get<std::string>());
    }
    for (auto const& note : found[1])
    {
      all.unread.push_back(note.get<std::string>());
    }
  }
  return all;
}

}  // namespace tarifa
