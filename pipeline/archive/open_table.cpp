#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/table_content.hpp"
#include "pipeline/archive/table_manifests.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{
namespace
{

/// Columns of the newest vintage, then those that only older ones have.
std::vector<ColumnSchema> table_columns(std::vector<Manifest> const& manifests)
{
  std::vector<ColumnSchema> columns;
  for (auto manifest = manifests.rbegin(); manifest != manifests.rend(); ++manifest)
  {
    for (ColumnSchema const& column : manifest->table.columns)
    {
      auto const known = std::find_if(columns.begin(), columns.end(),
                                      [&](ColumnSchema const& other) { return other.name == column.name; });
      if (known == columns.end())
      {
        columns.push_back(column);
        continue;
      }
      bool const same = known->kind == column.kind && known->scale == column.scale
                        && known->digits == column.digits && known->unit == column.unit;
      require(same, Fault::data,
              fmt::format(
                  "column {} of vintage {} is {} of scale {}, {} digits, unit '{}', but newer vintages have "
                  "{} of scale {}, {} digits, unit '{}'; a changed column needs a new name",
                  column.name, manifest->vintage, name_of(column.kind), column.scale, column.digits,
                  column.unit, name_of(known->kind), known->scale, known->digits, known->unit));
    }
  }
  return columns;
}

std::vector<TableColumn> wanted_columns(std::vector<Manifest> const& manifests, ReadRequest const& request)
{
  std::vector<ColumnSchema> const known = table_columns(manifests);
  std::vector<TableColumn> wanted;
  for (ColumnSchema const& schema : known)
  {
    if (request.columns.empty())
    {
      wanted.push_back({schema, false, {}, {}});
    }
  }
  for (std::string const& name : request.columns)
  {
    auto const found =
        std::find_if(known.begin(), known.end(), [&](auto const& one) { return one.name == name; });
    if (found == known.end())
    {
      std::vector<std::string> names;
      std::transform(known.begin(), known.end(), std::back_inserter(names),
                     [](auto const& one) { return one.name; });
      throw Error(Fault::usage, fmt::format("has no column '{}'; it has: {}", name, listed(names)));
    }
    wanted.push_back({*found, false, {}, {}});
  }
  return wanted;
}

/// Parts by partition, then vintage, then number.
std::vector<TableContent::Part> wanted_parts(std::vector<Manifest> const& manifests,
                                             ReadRequest const& request, std::filesystem::path const& archive)
{
  std::map<std::string, std::vector<std::pair<Manifest const*, Manifest::Partition const*>>> partitions;
  std::map<PartKey, PartFate> const fates = parts_of(manifests);
  for (Manifest const& manifest : manifests)
  {
    for (Manifest::Partition const& partition : manifest.partitions)
    {
      partitions[partition.name].emplace_back(&manifest, &partition);
    }
  }
  std::vector<std::string> names;
  for (auto const& [name, unused] : partitions)
  {
    names.push_back(name);
  }
  for (std::string const& name : request.partitions)
  {
    require(partitions.contains(name), Fault::usage,
            fmt::format("has no partition '{}'; it has: {}", name, listed(names)));
  }
  std::vector<TableContent::Part> parts;
  std::size_t group = 0;
  for (auto const& [name, deliveries] : partitions)
  {
    auto const& only = request.partitions;
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end())
    {
      continue;
    }
    for (auto const& [manifest, partition] : deliveries)
    {
      for (std::size_t p = 0; p < partition->parts.size(); ++p)
      {
        TableContent::Part part;
        part.place = {manifest->table.table, name, manifest->vintage, static_cast<int>(p),
                      manifest->shard_rows};
        part.digest = partition->parts[p];
        part.path = part_folder(archive, part.place.table, name, part.place.vintage) / part.digest.file;
        part.group = group;
        // A part of which no row counts any more is not even opened.
        if (fates.at({name, part.place.vintage, part.place.part}).superseded < part.digest.rows)
        {
          parts.push_back(std::move(part));
        }
      }
      // Numbers of groups have no gaps, so that they can index the dictionaries.
      group = parts.empty() ? 0 : parts.back().group + 1;
    }
  }
  return parts;
}

void check_codes(TableContent const& content, std::size_t column)
{
  for (std::size_t p = 0; p < content.parts.size(); ++p)
  {
    TableContent::Part const& part = content.parts[p];
    auto const codes = static_cast<std::int64_t>(content.remaps[column][part.group].to.size());
    auto const& cells = part.columns[column].cells;
    for (std::size_t s = 0; s < cells.size(); ++s)
    {
      ColumnFacts const& facts = cells[s].facts;
      bool const all_missing = facts.missing == content.rows_of(p, s);
      bool const inside = all_missing || (facts.minimum >= 0 && facts.maximum < codes);
      require(inside, Fault::storage,
              [&]
              {
                return fmt::format("{}: shard {}, column {}: codes {} to {} are outside the dictionary of {}",
                                   part.path.string(), s, content.columns[column].schema.name, facts.minimum,
                                   facts.maximum, codes);
              });
    }
  }
}

void summarise_column(TableContent& content, std::size_t c)
{
  TableColumn& column = content.columns[c];
  bool is_anywhere = false;
  std::int64_t rows = 0;
  for (std::size_t p = 0; p < content.parts.size(); ++p)
  {
    TableContent::PartColumn const& stored = content.parts[p].columns[c];
    is_anywhere = is_anywhere || stored.is_present;
    column.is_wide = column.is_wide || (stored.is_present && stored.storage == Storage::i64);
    std::int64_t const shard_rows = content.parts[p].place.shard_rows;
    for (std::int64_t s = 0; s * shard_rows < content.parts[p].digest.rows; ++s)
    {
      auto const shard = static_cast<std::size_t>(s);
      if (content.superseded_of(p, shard) == content.rows_of(p, shard))
      {
        continue;
      }
      column.facts = joined(column.facts, rows, content.facts(p, shard, c), content.rows_of(p, shard));
      rows += content.rows_of(p, shard);
    }
  }
  column.is_wide = column.is_wide || (!is_anywhere && storage_of(column.schema.kind, 0) == Storage::i64);
}

}  // namespace

std::int64_t TableContent::rows_of(std::size_t part, std::size_t shard) const
{
  std::int64_t const shard_rows = parts[part].place.shard_rows;
  return std::min(shard_rows, parts[part].digest.rows - static_cast<std::int64_t>(shard) * shard_rows);
}

std::int64_t TableContent::superseded_of(std::size_t part, std::size_t shard) const
{
  std::int64_t rows = 0;
  for (Superseded const& flags : parts[part].superseded)
  {
    rows += flags.shards[shard].rows;
  }
  return rows;
}

ColumnFacts TableContent::facts(std::size_t part, std::size_t shard, std::size_t column) const
{
  PartColumn const& stored = parts[part].columns[column];
  std::int64_t const rows = rows_of(part, shard);
  if (!stored.is_present)
  {
    return {0, 0, rows};
  }
  ColumnFacts facts = stored.cells[shard].facts;
  if (columns[column].schema.kind == ColumnKind::code && facts.missing < rows)
  {
    std::vector<std::int32_t> const& to = remaps[column][parts[part].group].to;
    facts.minimum = to[static_cast<std::size_t>(facts.minimum)];
    facts.maximum = to[static_cast<std::size_t>(facts.maximum)];
  }
  return facts;
}

std::unique_ptr<TableContent> open_table(Comm const& comm, std::filesystem::path const& archive,
                                         std::vector<Manifest> const& manifests, ReadRequest const& request)
{
  auto content = std::make_unique<TableContent>();
  content->archive = archive;
  std::string const table = manifests.empty() ? "" : manifests.front().table.table;
  comm.all_or_none("table " + table,
                   [&]
                   {
                     content->columns = wanted_columns(manifests, request);
                     content->parts = wanted_parts(manifests, request, archive);
                   });
  content->files.resize(content->parts.size());
  std::string identity = table + "\n";
  for (Manifest const& manifest : manifests)
  {
    content->vintages.push_back(manifest.vintage);
  }
  for (TableContent::Part const& part : content->parts)
  {
    identity += fmt::format("{}/{}/{} {}\n", part.place.partition, part.place.vintage, part.digest.file,
                            part.digest.digest);
  }
  survey_superseded(comm, manifests, *content, identity);
  content->content_digest = digest_of_text(identity);

  auto dictionaries = survey_parts(comm, *content);
  comm.all_or_none("table " + table,
                   [&]
                   {
                     content->remaps.resize(content->columns.size());
                     ThreadTeam team(std::max(request.threads, 1));
                     team.each(content->columns.size(),
                               [&](std::size_t c, int /*thread*/)
                               {
                                 if (content->columns[c].schema.kind == ColumnKind::code)
                                 {
                                   content->columns[c].dictionary =
                                       merge_dictionaries(std::move(dictionaries[c]), content->remaps[c]);
                                   check_codes(*content, c);
                                 }
                                 summarise_column(*content, c);
                               });
                   });
  return content;
}

}  // namespace tarifa
