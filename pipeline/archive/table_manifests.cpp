#include "pipeline/archive/table_manifests.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

std::string listed(std::vector<std::string> const& names)
{
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

namespace
{

/// Vintages that count and the texts of their manifests, each ended by a NUL.
std::string manifest_texts(std::filesystem::path const& archive, std::string const& table,
                           std::string const& as_of)
{
  require_plain_name(table, "table");
  std::vector<std::string> const vintages = vintages_of(archive, table);
  if (vintages.empty())
  {
    throw Error(Fault::usage, fmt::format("archive {} has no such table; it has: {}", archive.string(),
                                          listed(tables_of(archive))));
  }
  // A day between two vintages that are named by their days is asked for in earnest; 'v1' beside v0001 is
  // not.
  bool const is_day = !as_of.empty() && as_of.front() >= '0' && as_of.front() <= '9';
  require(as_of.empty() || is_day || std::find(vintages.begin(), vintages.end(), as_of) != vintages.end(),
          Fault::usage,
          [&] { return fmt::format("has no vintage '{}' (as-of); there are: {}", as_of, listed(vintages)); });
  std::string texts;
  for (std::string const& vintage : vintages)
  {
    if (as_of.empty() || vintage <= as_of)
    {
      auto const path = manifest_path(archive, table, vintage);
      std::string const text = read_text(path);
      require(text.find('\0') == std::string::npos, Fault::storage, path.string() + ": is not a text");
      texts.append(vintage).append(1, '\0').append(text).append(1, '\0');
    }
  }
  require(!texts.empty(), Fault::usage,
          [&]
          { return fmt::format("no vintage is as old as '{}'; there are: {}", as_of, listed(vintages)); });
  return texts;
}

}  // namespace

std::vector<Manifest> read_manifests(Comm const& comm, std::filesystem::path const& archive,
                                     std::string const& table, std::string const& as_of)
{
  std::string texts =
      comm.all_or_none("table " + table, [&]
                       { return comm.is_root() ? manifest_texts(archive, table, as_of) : std::string(); });
  texts = comm.broadcast(std::move(texts), 0);
  std::string_view rest = texts;
  auto const next = [&]
  {
    std::string_view const text = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(text.size() + 1);
    return text;
  };
  return comm.all_or_none("table " + table,
                          [&]
                          {
                            std::vector<Manifest> manifests;
                            while (!rest.empty())
                            {
                              std::string_view const vintage = next();
                              manifests.push_back(whole_manifest(next(), archive, table, vintage));
                            }
                            return manifests;
                          });
}

}  // namespace tarifa
