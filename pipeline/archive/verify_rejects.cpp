#include "pipeline/archive/verify_rejects.hpp"

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/layout.hpp"

namespace tarifa
{
namespace
{

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

std::vector<std::string> verify_rejects(Comm const& comm, std::filesystem::path const& archive,
                                        std::vector<Manifest> const& manifests)
{
  auto const ranks = static_cast<std::size_t>(comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  nlohmann::json mine = nlohmann::json::array();
  // Ranks look at stretches of the manifests, so that what all find is in their order.
  for (std::size_t m = manifests.size() * rank / ranks; m < manifests.size() * (rank + 1) / ranks; ++m)
  {
    Manifest const& manifest = manifests[m];
    std::string const finding =
        manifest.rejects
            ? finding_of(rejects_path(archive, manifest.table.table, manifest.vintage), *manifest.rejects)
            : "";
    if (!finding.empty())
    {
      mine.push_back(finding);
    }
  }
  std::vector<std::string> all;
  for (std::string const& text :
       comm.gather_all(mine.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)))
  {
    for (auto const& finding : nlohmann::json::parse(text))
    {
      all.push_back(finding.get<std::string>());
    }
  }
  return all;
}

}  // namespace tarifa
