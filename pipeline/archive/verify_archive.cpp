#include "pipeline/archive/verify_archive.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/verify_part.hpp"

namespace tarifa
{
namespace
{

using Json = nlohmann::ordered_json;

std::vector<std::string> names_in(std::filesystem::path const& folder)
{
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed))
  {
    names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// What the root finds by looking at names and manifests, as text for the other ranks.
class Inventory
{
 public:
  explicit Inventory(std::filesystem::path archive) : archive_(std::move(archive)) {}

  Json take()
  {
    std::error_code ignored;
    require(std::filesystem::is_directory(archive_, ignored), Fault::usage,
            fmt::format("archive {}: is not a folder", archive_.string()));
    for (std::string const& table : names_in(archive_))
    {
      if (is_plain_name(table) && std::filesystem::is_directory(archive_ / table))
      {
        take_table(table);
      }
    }
    if (tables_.empty() && findings_.empty())
    {
      findings_.push_back(fmt::format("{}: holds no table with a manifest", archive_.string()));
    }
    return {{"tables", tables_}, {"findings", findings_}, {"notices", notices_}};
  }

 private:
  void take_table(std::string const& table)
  {
    std::vector<std::string> const vintages = vintages_of(archive_, table);
    std::set<std::string> known;  // files the manifests name
    Json manifests = Json::array();
    for (std::string const& vintage : vintages)
    {
      try
      {
        Manifest const manifest = read_manifest(archive_, table, vintage);
        for (auto const& partition : manifest.partitions)
        {
          check_partition(manifest, partition, known);
        }
        manifests.push_back(manifest_text(manifest));
      }
      catch (Error const& error)
      {
        findings_.push_back(error.what());
        known.insert(vintage);
      }
    }
    note_strangers(table, {vintages.begin(), vintages.end()}, known);
    if (!vintages.empty())
    {
      tables_.push_back({{"name", table}, {"vintages", vintages.size()}, {"manifests", manifests}});
    }
  }

  void check_partition(Manifest const& manifest, Manifest::Partition const& partition,
                       std::set<std::string>& known)
  {
    auto const folder = part_folder(archive_, manifest.table.table, partition.name, manifest.vintage);
    for (PartDigest const& part : partition.parts)
    {
      known.insert((folder / part.file).string());
    }
    std::error_code ignored;
    if (!partition.parts.empty() && !std::filesystem::is_directory(folder, ignored))
    {
      findings_.push_back(fmt::format("{}: partition {} of vintage {} is missing ({} parts, {} rows)",
                                      folder.string(), partition.name, manifest.vintage,
                                      partition.parts.size(), partition.rows));
    }
  }

  /// Vintages without a manifest and files no manifest names: readers do not see them.
  void note_strangers(std::string const& table, std::set<std::string> const& vintages,
                      std::set<std::string> const& known)
  {
    for (std::string const& partition : names_in(archive_ / table))
    {
      for (std::string const& vintage : names_in(archive_ / table / partition))
      {
        auto const folder = archive_ / table / partition / vintage;
        if (partition == manifests_folder || !std::filesystem::is_directory(folder)
            || known.contains(vintage))
        {
          continue;
        }
        if (!vintages.contains(vintage))
        {
          notices_.push_back(fmt::format("{}: belongs to a vintage without a manifest; readers do not see it",
                                         folder.string()));
          continue;
        }
        for (std::string const& file : names_in(folder))
        {
          if (!known.contains((folder / file).string()))
          {
            notices_.push_back(
                fmt::format("{}: no manifest names it; readers do not see it", (folder / file).string()));
          }
        }
      }
    }
  }

  std::filesystem::path archive_;
  Json tables_ = Json::array();
  std::vector<std::string> findings_, notices_;
};

/// One part to look at.
struct Task
{
  std::size_t table = 0;
  std::size_t manifest = 0;  ///< number in `manifests`
  Manifest::Partition const* partition = nullptr;
  std::size_t part = 0;
};

/// [all] Checks the parts that fall to this rank and gathers what all found, in the order of the tasks.
std::vector<PartCheck> check_parts(Comm const& comm, std::filesystem::path const& archive,
                                   std::vector<Manifest> const& manifests, std::vector<Task> const& tasks,
                                   int threads,
                                   std::function<void(std::int64_t, std::int64_t)> const& progress)
{
  Json mine = Json::array();
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    progress(static_cast<std::int64_t>(t), static_cast<std::int64_t>(tasks.size()));
    if (t % static_cast<std::size_t>(comm.size()) != static_cast<std::size_t>(comm.rank()))
    {
      continue;
    }
    Manifest const& manifest = manifests[tasks[t].manifest];
    std::string const& partition = tasks[t].partition->name;
    PartDigest const& part = tasks[t].partition->parts[tasks[t].part];
    PartPlace const place{manifest.table.table, partition, manifest.vintage, static_cast<int>(tasks[t].part),
                          manifest.shard_rows};
    auto const folder = part_folder(archive, place.table, partition, place.vintage);
    PartCheck const check = verify_part(folder / part.file, place, part, manifest.table.columns, threads);
    mine.push_back({t, check.findings, check.dictionaries});
  }
  progress(static_cast<std::int64_t>(tasks.size()), static_cast<std::int64_t>(tasks.size()));
  std::vector<PartCheck> checks(tasks.size());
  for (std::string const& text : comm.gather_all(mine.dump(-1, ' ', false, Json::error_handler_t::replace)))
  {
    for (Json const& one : Json::parse(text))
    {
      PartCheck& check = checks[one[0].get<std::size_t>()];
      check.findings = one[1].get<std::vector<std::string>>();
      check.dictionaries = one[2].get<std::string>();
    }
  }
  return checks;
}

}  // namespace

ArchiveCheck verify_archive(Comm const& comm, std::filesystem::path const& archive, int threads,
                            std::function<void(std::int64_t, std::int64_t)> const& progress)
{
  Json inventory = comm.all_or_none("looking for tables",
                                    [&] { return comm.is_root() ? Inventory(archive).take() : Json(); });
  inventory = Json::parse(comm.broadcast(inventory.dump(-1, ' ', false, Json::error_handler_t::replace), 0));
  ArchiveCheck all;
  all.findings = inventory["findings"].get<std::vector<std::string>>();
  all.notices = inventory["notices"].get<std::vector<std::string>>();
  std::vector<Manifest> manifests;
  std::vector<std::size_t> table_of;
  for (Json const& table : inventory["tables"])
  {
    all.tables.push_back({table["name"].get<std::string>(), table["vintages"].get<std::int64_t>()});
    for (Json const& text : table["manifests"])
    {
      manifests.push_back(parse_manifest(text.get<std::string>(), "manifest"));
      table_of.push_back(all.tables.size() - 1);
    }
  }
  std::vector<Task> tasks;
  for (std::size_t m = 0; m < manifests.size(); ++m)
  {
    ArchiveCheck::Table& table = all.tables[table_of[m]];
    for (Manifest::Partition const& partition : manifests[m].partitions)
    {
      ++table.partitions;
      table.rows += partition.rows;
      for (std::size_t p = 0; p < partition.parts.size(); ++p)
      {
        ++table.parts;
        table.bytes += partition.parts[p].bytes;
        tasks.push_back({table_of[m], m, &partition, p});
      }
    }
  }
  std::vector<PartCheck> const checks = check_parts(comm, archive, manifests, tasks, threads, progress);
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    std::vector<std::string> findings = checks[t].findings;
    if (findings.empty() && tasks[t].part > 0 && checks[t - 1].findings.empty()
        && checks[t].dictionaries != checks[t - 1].dictionaries)
    {
      findings.push_back(fmt::format("table {}, partition {}: dictionaries of {} differ from those of {}",
                                     all.tables[tasks[t].table].name, tasks[t].partition->name,
                                     tasks[t].partition->parts[tasks[t].part].file,
                                     tasks[t].partition->parts[tasks[t].part - 1].file));
    }
    all.tables[tasks[t].table].findings += static_cast<std::int64_t>(findings.size());
    all.findings.insert(all.findings.end(), findings.begin(), findings.end());
  }
  return all;
}

}  // namespace tarifa
