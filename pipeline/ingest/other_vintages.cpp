#include "pipeline/ingest/other_vintages.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/table_manifests.hpp"

namespace tarifa
{

OtherVintages::OtherVintages(Comm const& comm, std::filesystem::path const& archive, std::string const& table,
                             std::string const& own)
{
  bool const any_here = comm.all_or_none(
      "vintages", [&]
      { return comm.is_root() && std::filesystem::exists(archive) && !vintages_of(archive, table).empty(); });
  if (comm.max(any_here ? 1 : 0) != 0)
  {
    manifests_ = read_manifests(comm, archive, table, "");
    std::erase_if(manifests_, [&](Manifest const& one) { return one.vintage == own; });
  }
}

std::vector<std::string> OtherVintages::names() const
{
  std::vector<std::string> names;
  for (Manifest const& one : manifests_)
  {
    names.push_back(one.vintage);
  }
  return names;
}

std::vector<std::string> OtherVintages::changed_since(OtherVintages const& before) const
{
  std::vector<std::string> changed;
  for (Manifest const& one : manifests_)
  {
    auto const known = std::ranges::find(before.manifests_, one.vintage, &Manifest::vintage);
    if (known == before.manifests_.end() || manifest_text(*known) != manifest_text(one))
    {
      changed.push_back(one.vintage);
    }
  }
  std::vector<std::string> const now = names();
  for (Manifest const& one : before.manifests_)
  {
    require(std::ranges::find(now, one.vintage) != now.end(), Fault::storage,
            fmt::format("vintage {} of table {} was removed or is being replaced meanwhile; run it again",
                        one.vintage, one.table.table));
  }
  return changed;
}

}  // namespace tarifa
