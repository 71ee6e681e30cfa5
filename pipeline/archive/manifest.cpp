#include "pipeline/archive/manifest.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/find_archive.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

std::int64_t Manifest::rows() const
{
  std::int64_t total = 0;
  for (Partition const& partition : partitions)
  {
    total += partition.rows;
  }
  return total;
}

std::int64_t Manifest::superseded_rows() const
{
  std::int64_t total = 0;
  for (SupersededFile const& file : superseded)
  {
    total += file.rows;
  }
  return total;
}

namespace
{

/// What holds for a manifest of a whole vintage only: the table asked for, and parts without a gap.
void check_whole(Manifest const& manifest, std::string_view table, std::string_view vintage,
                 std::filesystem::path const& path)
{
  require(manifest.table.table == table && manifest.vintage == vintage, Fault::storage,
          fmt::format("{}: is the manifest of table '{}', vintage '{}'", path.string(), manifest.table.table,
                      manifest.vintage));
  for (Manifest::Partition const& partition : manifest.partitions)
  {
    for (std::size_t i = 0; i < partition.parts.size(); ++i)
    {
      std::string const expected = part_file_name(static_cast<int>(i));
      require(partition.parts[i].file == expected, Fault::storage,
              fmt::format("{}: partition {} names {} where {} is expected", path.string(), partition.name,
                          partition.parts[i].file, expected));
    }
  }
}

}  // namespace

void write_manifest(std::filesystem::path const& path, Manifest const& manifest)
{
  std::string const text = manifest_text(manifest);
  // What is written is read back first, so that no manifest is ever published that readers refuse.
  check_whole(parse_manifest(text, path.string()), manifest.table.table, manifest.vintage, path);
  make_folders(path.parent_path());
  write_durable(path, text);
}

Manifest read_manifest(std::filesystem::path const& archive, std::string_view table, std::string_view vintage)
{
  return whole_manifest(read_text(manifest_path(archive, table, vintage)), archive, table, vintage);
}

Manifest whole_manifest(std::string_view text, std::filesystem::path const& archive, std::string_view table,
                        std::string_view vintage)
{
  auto const path = manifest_path(archive, table, vintage);
  Manifest manifest = parse_manifest(text, path.string());
  check_whole(manifest, table, vintage, path);
  return manifest;
}

std::map<PartKey, PartFate> parts_of(std::span<Manifest const> manifests)
{
  std::map<PartKey, PartFate> parts;
  for (Manifest const& manifest : manifests)
  {
    for (Manifest::Partition const& partition : manifest.partitions)
    {
      for (std::size_t p = 0; p < partition.parts.size(); ++p)
      {
        parts[{partition.name, manifest.vintage, static_cast<int>(p)}] = {&partition.parts[p],
                                                                          manifest.shard_rows, 0};
      }
    }
  }
  for (Manifest const& manifest : manifests)
  {
    for (SupersededFile const& file : manifest.superseded)
    {
      for (SupersededFile::Part const& one : file.parts)
      {
        auto const found = parts.find({file.partition, one.vintage, one.part});
        auto const fault = [&](std::string_view what)
        {
          return fmt::format("vintage {} of table {} supersedes rows of partition {}, vintage {}, {}, {}",
                             manifest.vintage, manifest.table.table, file.partition, one.vintage,
                             part_file_name(one.part), what);
        };
        require(found != parts.end(), Fault::storage, [&] { return fault("which is not there"); });
        require(found->second.part->digest == one.digest, Fault::storage,
                [&] { return fault("which was replaced by another afterwards"); });
        found->second.superseded += one.rows;
        require(found->second.superseded <= found->second.part->rows, Fault::storage,
                [&] { return fault("which has not so many"); });
      }
    }
  }
  return parts;
}

std::vector<std::string> tables_of(std::filesystem::path const& archive)
{
  require_folder(archive);
  std::vector<std::string> tables = tables_in(archive);
  require(!tables.empty(), Fault::usage, [&] { return no_archive(archive); });
  return tables;
}

std::vector<std::string> vintages_of(std::filesystem::path const& archive, std::string_view table)
{
  std::vector<std::string> vintages;
  for (auto const& name : entries_of(archive / table / manifests_folder))
  {
    if (name.extension() == ".json" && is_plain_name(name.stem().string()))
    {
      vintages.push_back(name.stem().string());
    }
  }
  std::sort(vintages.begin(), vintages.end());
  return vintages;
}

}  // namespace tarifa
