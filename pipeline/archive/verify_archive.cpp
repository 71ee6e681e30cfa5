#include "pipeline/archive/verify_archive.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/find_archive.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/verify_balance.hpp"
#include "pipeline/archive/verify_part.hpp"
#include "pipeline/archive/verify_rejects.hpp"
#include "pipeline/archive/verify_superseded.hpp"
#include "pipeline/resume/checkpoint.hpp"
#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/decimal_text.hpp"

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
    require_folder(archive_);
    for (std::string const& table : names_in(archive_))
    {
      if (is_plain_name(table) && std::filesystem::is_directory(archive_ / table))
      {
        take_table(table);
      }
    }
    require(!tables_.empty(), Fault::usage, [&] { return no_archive(archive_); });
    return {{"tables", tables_}, {"findings", findings_}, {"notices", notices_}};
  }

 private:
  void take_table(std::string const& table)
  {
    std::vector<std::string> const vintages = vintages_of(archive_, table);
    std::set<std::string> known;  // files the manifests name
    Json manifests = Json::array();
    std::int64_t lost = 0;
    for (std::string const& vintage : vintages)
    {
      try
      {
        auto const path = manifest_path(archive_, table, vintage);
        std::string const text = read_text(path);
        Manifest const manifest = whole_manifest(text, archive_, table, vintage);
        for (std::string const& finding : verify_balance(manifest, text))
        {
          findings_.push_back(path.string() + ": " + finding);
        }
        for (auto const& partition : manifest.partitions)
        {
          check_partition(manifest, partition, known);
        }
        for (SupersededFile const& file : manifest.superseded)
        {
          known.insert(
              (part_folder(archive_, table, file.partition, vintage) / superseded_file_name).string());
        }
        manifests.push_back(manifest_text(manifest));
      }
      catch (Error const& error)
      {
        findings_.push_back(error.what());
        known.insert(vintage);
        ++lost;
      }
    }
    lost += note_strangers(table, {vintages.begin(), vintages.end()}, known);
    if (!vintages.empty() || lost > 0)
    {
      tables_.push_back({{"name", table},
                         {"vintages", vintages.size()},
                         {"manifests_lost", lost},
                         {"manifests", manifests}});
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
      findings_.push_back(fmt::format("{}: partition {} of vintage {} is missing ({}, {})", folder.string(),
                                      partition.name, manifest.vintage,
                                      counted(static_cast<std::int64_t>(partition.parts.size()), "part"),
                                      counted(partition.rows, "row")));
    }
  }

  /// Vintages without a manifest and files no manifest names: readers do not see them. Whole parts get their
  /// names when a vintage is published, so where they stand without a manifest rows are lost to readers;
  /// returns of how many vintages.
  std::int64_t note_strangers(std::string const& table, std::set<std::string> const& vintages,
                              std::set<std::string> const& known)
  {
    std::map<std::string, std::vector<std::string>> lost;  // partitions by vintage
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
        if (!vintages.contains(vintage) && is_plain_name(vintage) && holds_part(folder))
        {
          lost[vintage].push_back(partition);
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
    for (auto const& [vintage, partitions] : lost)
    {
      findings_.push_back(
          fmt::format("{}: is missing, but {} of the vintage stand in the archive ({}); readers do not see "
                      "them. It was published half way or its manifest was lost: ingest again or restore "
                      "the manifest",
                      manifest_path(archive_, table, vintage).string(),
                      counted(static_cast<std::int64_t>(partitions.size()), "partition"),
                      partitions.front() + (partitions.size() > 1 ? " to " + partitions.back() : "")));
    }
    return static_cast<std::int64_t>(lost.size());
  }

  static bool holds_part(std::filesystem::path const& folder)
  {
    std::vector<std::string> const files = names_in(folder);
    return std::any_of(files.begin(), files.end(),
                       [](std::string const& file)
                       { return file.starts_with("part-") && file.ends_with(".h5"); });
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

constexpr auto slice = std::chrono::seconds(1);

std::string unit_of(std::size_t task)
{
  return fmt::format("part-{}", task);
}

std::string note_of(PartCheck const& check)
{
  Json json = {{"findings", check.findings}, {"dictionaries", check.dictionaries}};
  if (check.value)
  {
    json["value"] = {static_cast<std::int64_t>(*check.value >> 64), static_cast<std::uint64_t>(*check.value)};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

PartCheck check_of(std::string const& note)
{
  Json const json = Json::parse(note);
  PartCheck check;
  check.findings = json["findings"].get<std::vector<std::string>>();
  check.dictionaries = json["dictionaries"].get<std::string>();
  if (json.contains("value"))
  {
    check.value =
        (Int128{json["value"][0].get<std::int64_t>()} << 64) + json["value"][1].get<std::uint64_t>();
  }
  return check;
}

/// [all] Checks the parts that no earlier run has checked, shared out over ranks, and gathers what all found,
/// in the order of the tasks.
std::vector<PartCheck> check_parts(Run& run, std::filesystem::path const& archive,
                                   std::vector<Manifest> const& manifests, std::vector<Task> const& tasks,
                                   Checkpoint& checkpoint)
{
  std::vector<std::size_t> mine;
  std::size_t open = 0;
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    if (!checkpoint.done(unit_of(t))
        && open++ % static_cast<std::size_t>(run.comm.size()) == static_cast<std::size_t>(run.comm.rank()))
    {
      mine.push_back(t);
    }
  }
  auto const total = static_cast<std::int64_t>(tasks.size());
  std::size_t next = 0;
  std::vector<std::pair<std::string, std::string>> found;
  for (std::int64_t left = run.comm.sum(static_cast<std::int64_t>(mine.size())); left > 0;)
  {
    // Ranks meet once in a while, not after each part: parts differ in size.
    run.comm.all_or_none(
        "checking parts",
        [&]
        {
          // At least one, so that a run that may not run long gets on too.
          std::size_t const first = next;
          auto const end = std::chrono::steady_clock::now() + slice;
          auto const time_left = [&]
          { return std::chrono::steady_clock::now() < end && run.stop.asked_here() == StopReason::none; };
          for (; next < mine.size() && (next == first || time_left()); ++next)
          {
            Task const& task = tasks[mine[next]];
            Manifest const& manifest = manifests[task.manifest];
            PartDigest const& part = task.partition->parts[task.part];
            PartPlace const place{manifest.table.table, task.partition->name, manifest.vintage,
                                  static_cast<int>(task.part), manifest.shard_rows};
            auto const folder = part_folder(archive, place.table, place.partition, place.vintage);
            found.emplace_back(unit_of(mine[next]), note_of(verify_part(folder / part.file, place, part,
                                                                        manifest, run.settings.threads)));
            run.log.count(part.rows, part.bytes);
          }
        });
    left = run.comm.sum(static_cast<std::int64_t>(mine.size() - next));
    run.log.progress(total - left, total, "parts", Whose::all_ranks);
    checkpoint.record(found);
    found.clear();
    if (left > 0)
    {
      checkpoint.stop_if_asked(fmt::format("{} of {} parts are checked", total - left, total));
    }
  }
  std::vector<PartCheck> checks;
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    checks.push_back(check_of(checkpoint.done().at(unit_of(t))));
  }
  return checks;
}

/// The rows have all been read: their value must be that of the manifests.
void check_values(std::filesystem::path const& archive, std::vector<Manifest> const& manifests,
                  std::vector<Task> const& tasks, std::vector<PartCheck> const& checks,
                  std::vector<std::string>& findings)
{
  std::vector<std::optional<Int128>> kept(manifests.size(), Int128{0});
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    std::optional<Int128>& sum = kept[tasks[t].manifest];
    sum = sum && checks[t].value ? std::optional<Int128>(*sum + *checks[t].value) : std::nullopt;
  }
  for (std::size_t m = 0; m < manifests.size(); ++m)
  {
    Manifest const& manifest = manifests[m];
    // A part that cannot be read is a finding of its own.
    if (manifest.value && kept[m] && *kept[m] != manifest.value->kept)
    {
      findings.push_back(fmt::format(
          "{}: value: column {} of the rows adds up to {} stored units, but the manifest has {}",
          manifest_path(archive, manifest.table.table, manifest.vintage).string(), manifest.value->column,
          decimal_text(*kept[m], 0, Grouping::none), decimal_text(manifest.value->kept, 0, Grouping::none)));
    }
  }
}

}  // namespace

ArchiveCheck verify_archive(Run& run, std::filesystem::path const& archive,
                            std::filesystem::path const& checkpoint_folder)
{
  Json inventory = run.comm.all_or_none(
      "looking for tables", [&] { return run.comm.is_root() ? Inventory(archive).take() : Json(); });
  std::string const known =
      run.comm.broadcast(inventory.dump(-1, ' ', false, Json::error_handler_t::replace), 0);
  inventory = Json::parse(known);
  ArchiveCheck all;
  all.findings = inventory["findings"].get<std::vector<std::string>>();
  all.notices = inventory["notices"].get<std::vector<std::string>>();
  std::vector<Manifest> manifests;
  std::vector<std::size_t> table_of;
  for (Json const& table : inventory["tables"])
  {
    all.tables.push_back({table["name"].get<std::string>(), table["vintages"].get<std::int64_t>()});
    all.tables.back().manifests_lost = table["manifests_lost"].get<std::int64_t>();
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
    for (SupersededFile const& file : manifests[m].superseded)
    {
      table.bytes += file.bytes;
    }
  }
  Checkpoint checkpoint(
      run, checkpoint_folder,
      provenance(run, std::vector<InputFact>{{"archive", "xxh3:" + digest_of_text(known), 0}}));
  std::vector<PartCheck> const checks = check_parts(run, archive, manifests, tasks, checkpoint);
  checkpoint.remove();
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
  check_values(archive, manifests, tasks, checks, all.findings);
  verify_superseded(run.comm, archive, manifests, table_of, all);
  RejectsCheck const rejects = verify_rejects(run.comm, archive, manifests);
  all.findings.insert(all.findings.end(), rejects.findings.begin(), rejects.findings.end());
  all.notices.insert(all.notices.end(), rejects.unread.begin(), rejects.unread.end());
  return all;
}

}  // namespace tarifa
