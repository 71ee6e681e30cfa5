#include "pipeline/archive/verify_superseded.hpp"

#include <map>
#include <set>
#include <span>

#include <fmt/format.h>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/hdf5_items.hpp"

namespace tarifa
{
namespace
{

using Json = nlohmann::ordered_json;

/// Flags of the superseded rows in one partition, over the vintages of its table, oldest first.
class SupersededVerification
{
 public:
  SupersededVerification(std::filesystem::path const& archive, std::string const& partition,
                         std::span<Manifest const> manifests)
      : archive_(archive)
      , partition_(partition)
      , manifests_(manifests)
      , parts_(parts_of(manifests))
  {
  }

  std::vector<std::string> run()
  {
    for (Manifest const& manifest : manifests_)
    {
      for (SupersededFile const& file : manifest.superseded)
      {
        if (file.partition == partition_)
        {
          check_file(manifest, file);
        }
      }
    }
    for (auto const& [key, fate] : parts_)
    {
      if (key.partition == partition_ && fate.superseded > 0)
      {
        check_flags(key, {fate.part->rows, fate.shard_rows});
      }
    }
    return std::move(findings_);
  }

 private:
  template <class Work>
  bool guarded(std::filesystem::path const& path, Work&& work)
  {
    try
    {
      work();
      return true;
    }
    catch (...)
    {
      std::string text = current_error("").what();
      text.erase(0, text.starts_with(": ") ? 2 : 0);
      findings_.push_back(path.string() + ": " + text);
      return false;
    }
  }

  static void check_bytes(std::filesystem::path const& path, SupersededFile const& file)
  {
    require(std::filesystem::exists(path), Fault::storage, "the file is missing");
    std::string const changed = difference(digest_of(path), {file.bytes, file.digest});
    require(changed.empty(), Fault::storage, changed);
  }

  /// What other programs read; only bytes that are as they were written are handed to the library.
  static void check_names(std::filesystem::path const& path, Manifest const& manifest,
                          SupersededFile const& file)
  {
    Hdf5File const content(H5Fopen(path.c_str(), H5F_ACC_RDONLY, serial_access().id()), "opening it");
    hid_t const root = content.id();
    bool const is_ours = read_number_attribute(root, "tarifa_schema_version") == archive_schema_version
                         && read_text_attribute(root, "table") == manifest.table.table
                         && read_text_attribute(root, "partition") == file.partition
                         && read_text_attribute(root, "vintage") == manifest.vintage;
    require(is_ours, Fault::storage, "schema version, table, partition or vintage is another");
    require(address_of(root, "index/chunks") == file.index, Fault::storage,
            "HDF5 finds the index elsewhere than the manifest says");
    std::vector<std::string> names;
    for (SupersededFile::Part const& part : file.parts)
    {
      names.push_back(fmt::format("{}/part-{:04}", part.vintage, part.part));
      Hdf5DataSet const dataset(H5Dopen2(root, ("superseded/" + names.back()).c_str(), H5P_DEFAULT),
                                names.back());
      require(read_text_attribute(dataset.id(), "part_digest") == part.digest, Fault::storage,
              names.back() + ": is made for another part than the manifest says");
    }
    require(read_texts(root, "index/parts") == names, Fault::storage,
            "the parts of the index are not those of the manifest");
  }

  void check_file(Manifest const& manifest, SupersededFile const& file)
  {
    auto const path =
        part_folder(archive_, manifest.table.table, partition_, manifest.vintage) / superseded_file_name;
    bool const is_intact = guarded(path, [&] { check_bytes(path, file); });
    if (is_intact)
    {
      guarded(path, [&] { check_names(path, manifest, file); });
    }
    if (std::filesystem::exists(path))
    {
      guarded(path, [&] { read_index(path, file); });
    }
  }

  void read_index(std::filesystem::path const& path, SupersededFile const& file)
  {
    std::vector<PartShape> shapes;
    for (SupersededFile::Part const& part : file.parts)
    {
      PartFate const& fate = parts_.at({partition_, part.vintage, part.part});
      shapes.push_back({fate.part->rows, fate.shard_rows});
    }
    ArchiveFile const content(path);
    std::vector<std::vector<SupersededShard>> index = read_superseded(content, file, shapes);
    for (std::size_t p = 0; p < shapes.size(); ++p)
    {
      flags_[{partition_, file.parts[p].vintage, file.parts[p].part}].push_back({path, std::move(index[p])});
    }
  }

  /// All flags of one part, joined shard by shard.
  void check_flags(PartKey const& key, PartShape const& shape)
  {
    for (std::int64_t s = 0; s < shape.shards(); ++s)
    {
      std::vector<std::uint8_t> joined(static_cast<std::size_t>(shape.rows_of(s)));
      for (Flags const& flags : flags_[key])
      {
        guarded(
            flags.path.string() + fmt::format(": vintage {}, part {}, shard {}", key.vintage, key.part, s),
            [&]
            {
              join_superseded(ArchiveFile(flags.path), flags.shards[static_cast<std::size_t>(s)],
                              shape.chunk_rows(), joined);
            });
      }
    }
  }

  /// Of one part in one file.
  struct Flags
  {
    std::filesystem::path path;
    std::vector<SupersededShard> shards;
  };

  std::filesystem::path const& archive_;
  std::string const& partition_;
  std::span<Manifest const> manifests_;
  std::map<PartKey, PartFate> parts_;
  std::map<PartKey, std::vector<Flags>> flags_;  ///< by vintage, oldest first
  std::vector<std::string> findings_;
};

/// Flags of the superseded rows of one partition.
struct FlagTask
{
  std::size_t table = 0;
  std::span<Manifest const> manifests;  ///< of that table
  std::string partition;
};

/// Tasks for all tables; a table whose manifests do not fit together gets a finding in the place of tasks.
std::vector<FlagTask> flag_tasks(std::vector<Manifest> const& manifests,
                                 std::vector<std::size_t> const& table_of, ArchiveCheck& all)
{
  std::vector<FlagTask> tasks;
  for (std::size_t first = 0, end = 0; first < manifests.size(); first = end)
  {
    std::set<std::string> partitions;
    for (; end < manifests.size() && table_of[end] == table_of[first]; ++end)
    {
      for (SupersededFile const& file : manifests[end].superseded)
      {
        partitions.insert(file.partition);
      }
    }
    std::span const of_table = std::span(manifests).subspan(first, end - first);
    ArchiveCheck::Table& table = all.tables[table_of[first]];
    for (Manifest const& manifest : of_table)
    {
      table.superseded += manifest.superseded_rows();
    }
    try
    {
      parts_of(of_table);
    }
    catch (Error const& error)
    {
      all.findings.emplace_back(error.what());
      ++table.findings;
      continue;
    }
    for (std::string const& partition : partitions)
    {
      tasks.push_back({table_of[first], of_table, partition});
    }
  }
  return tasks;
}

}  // namespace

void verify_superseded(Comm const& comm, std::filesystem::path const& archive,
                       std::vector<Manifest> const& manifests, std::vector<std::size_t> const& table_of,
                       ArchiveCheck& all)
{
  std::vector<FlagTask> const tasks = flag_tasks(manifests, table_of, all);
  Json mine = Json::array();
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    if (t % static_cast<std::size_t>(comm.size()) == static_cast<std::size_t>(comm.rank()))
    {
      mine.push_back({t, SupersededVerification(archive, tasks[t].partition, tasks[t].manifests).run()});
    }
  }
  std::vector<std::vector<std::string>> found(tasks.size());
  for (std::string const& text : comm.gather_all(mine.dump(-1, ' ', false, Json::error_handler_t::replace)))
  {
    for (Json const& one : Json::parse(text))
    {
      found[one[0].get<std::size_t>()] = one[1].get<std::vector<std::string>>();
    }
  }
  for (std::size_t t = 0; t < tasks.size(); ++t)
  {
    all.tables[tasks[t].table].findings += static_cast<std::int64_t>(found[t].size());
    all.findings.insert(all.findings.end(), found[t].begin(), found[t].end());
  }
}

}  // namespace tarifa
