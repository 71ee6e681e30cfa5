#include "pipeline/ingest/vintage_files.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/ingest/content_digest.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

/// By content: a corrected delivery often has the name and even the size of the one before.
bool is_made_of(Manifest const& manifest, std::vector<InputFile> const& files)
{
  auto const looks_same = [](Manifest::SourceFile const& known, InputFile const& file)
  {
    return known.name == file.path.filename().string()
           && known.bytes == static_cast<std::int64_t>(file.bytes_on_disk);
  };
  auto const is_same = [](Manifest::SourceFile const& known, InputFile const& file)
  { return known.digest == content_digest(file.path).hex(); };
  auto const all = [&](auto const& alike)
  { return std::equal(manifest.sources.begin(), manifest.sources.end(), files.begin(), files.end(), alike); };
  return all(looks_same) && all(is_same);
}

/// Folders of the partitions of a table; links and files that a person put there are not ours.
std::vector<fs::path> partition_folders(fs::path const& table)
{
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator(table, ignored))
  {
    std::error_code unknown;
    if (entry.is_directory(unknown) && !entry.is_symlink(unknown))
    {
      folders.push_back(entry.path());
    }
  }
  return folders;
}

/// A vintage that is replaced has other rows afterwards: no other one may build upon those it has now.
void require_unreferenced(std::vector<Manifest> const& manifests, std::string const& vintage)
{
  for (Manifest const& other : manifests)
  {
    bool const replaces_rows = std::ranges::any_of(
        other.superseded,
        [&](SupersededFile const& file) {
          return std::ranges::find(file.parts, vintage, &SupersededFile::Part::vintage) != file.parts.end();
        });
    bool const is_outranked = std::ranges::find(other.outranked_by, vintage) != other.outranked_by.end();
    require(
        !replaces_rows && !is_outranked, Fault::usage,
        [&]
        {
          return fmt::format(
              "vintage {} of table {} cannot be replaced: vintage {} {}. Deliver the new files as a vintage "
              "of their own, named after {}, or begin a new archive.",
              vintage, other.table.table, other.vintage,
              replaces_rows ? "supersedes rows of it" : "left out records of which it has higher versions",
              manifests.back().vintage);
        });
  }
}

/// Empty when it is none of those there are.
VintageChoice known_vintage(std::vector<Manifest> const& manifests, Delivery const& delivery)
{
  std::string const& wanted = delivery.wanted;
  for (Manifest const& manifest : manifests)
  {
    std::string const& vintage = manifest.vintage;
    if ((wanted.empty() || wanted == vintage) && is_made_of(manifest, delivery.files))
    {
      bool const alike =
          manifest.description == delivery.description && manifest.shard_rows == delivery.shard_rows;
      require(alike || delivery.redo, Fault::usage,
              [&]
              {
                return fmt::format(
                    "these files are vintage {} of table {} already, but read by another source "
                    "description, or in shards of another size. Replace it with --redo.",
                    vintage, delivery.table);
              });
      return {vintage, !delivery.redo};
    }
    require(wanted != vintage || delivery.redo, Fault::usage,
            [&]
            {
              return fmt::format(
                  "vintage {} of table {} exists and was made from other files. Choose another "
                  "name, or replace it with --redo.",
                  vintage, delivery.table);
            });
  }
  return {wanted, false};
}

}  // namespace

VintageChoice choose_vintage(fs::path const& archive, Delivery const& delivery)
{
  std::vector<Manifest> manifests;
  if (fs::exists(archive))
  {
    for (std::string const& vintage : vintages_of(archive, delivery.table))
    {
      manifests.push_back(read_manifest(archive, delivery.table, vintage));
    }
  }
  VintageChoice known = known_vintage(manifests, delivery);
  if (!known.vintage.empty())
  {
    require_plain_name(known.vintage, "vintage");
    if (!known.is_there)
    {
      require_unreferenced(manifests, known.vintage);
    }
    return known;
  }
  int highest = 0;
  for (Manifest const& manifest : manifests)
  {
    std::string const& vintage = manifest.vintage;
    bool const is_number = vintage.size() == 5 && vintage.front() == 'v'
                           && vintage.find_first_not_of("0123456789", 1) == std::string::npos;
    highest = is_number ? std::max(highest, std::stoi(vintage.substr(1))) : highest;
  }
  return {fmt::format("v{:04}", highest + 1), false};
}

VintageFiles::VintageFiles(fs::path archive, std::string table, std::string vintage)
    : archive_(std::move(archive))
    , table_folder_(archive_ / table)
    , table_(std::move(table))
    , vintage_(std::move(vintage))
{
}

fs::path VintageFiles::pending_rejects() const
{
  return table_folder_ / rejects_folder / ("." + vintage_ + ".pending");
}

fs::path VintageFiles::rejects() const
{
  return rejects_path(archive_, table_, vintage_);
}

fs::path VintageFiles::pending_manifest() const
{
  return table_folder_ / manifests_folder / ("." + vintage_ + ".pending");
}

void VintageFiles::clear() const
{
  std::error_code ignored;
  fs::remove(pending_rejects(), ignored);
  fs::remove(pending_rejects().string() + ".partial", ignored);
  fs::remove(pending_manifest(), ignored);
  remove_folders(pending_folder());
  if (!fs::exists(manifest_path(archive_, table_, vintage_), ignored))
  {
    fs::remove(rejects(), ignored);
    remove_folders(vintage_);
  }
}

void VintageFiles::install(Manifest const& manifest) const
{
  fs::path const mark = manifest_path(archive_, table_, vintage_);
  write_manifest(pending_manifest(), manifest);
  std::error_code ignored;
  remove_durable(mark);
  fs::remove(rejects(), ignored);
  remove_folders(vintage_);
  for (fs::path const& partition : partition_folders(table_folder_))
  {
    fs::path const pending = partition / pending_folder();
    if (fs::is_directory(pending, ignored))
    {
      move_durable(pending, partition / vintage_);
    }
  }
  if (fs::exists(pending_rejects(), ignored))
  {
    move_durable(pending_rejects(), rejects());
  }
  move_durable(pending_manifest(), mark);
}

void VintageFiles::remove_folders(std::string const& name) const
{
  std::error_code ignored;
  for (fs::path const& partition : partition_folders(table_folder_))
  {
    fs::remove_all(partition / name, ignored);
    fs::remove(partition, ignored);  // only when it is empty now
  }
}

}  // namespace tarifa
