#include <fmt/format.h>

#include "pipeline/archive/table_content.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

/// A file of flags that concerns parts of the content.
struct FlagFile
{
  SupersededFile const* file;
  std::filesystem::path path;
  std::vector<PartShape> shapes;      ///< of the parts it names
  std::vector<std::size_t> in_table;  ///< number of each part in the content; its size when nobody reads it
};

std::vector<FlagFile> flag_files(std::vector<Manifest> const& manifests, TableContent const& content)
{
  std::map<PartKey, std::size_t> number;
  for (std::size_t p = 0; p < content.parts.size(); ++p)
  {
    PartPlace const& place = content.parts[p].place;
    number[{place.partition, place.vintage, place.part}] = p;
  }
  std::map<PartKey, PartFate> const parts = parts_of(manifests);
  std::vector<FlagFile> files;
  for (Manifest const& manifest : manifests)
  {
    for (SupersededFile const& file : manifest.superseded)
    {
      FlagFile one{&file,
                   part_folder(content.archive, manifest.table.table, file.partition, manifest.vintage)
                       / superseded_file_name,
                   {},
                   {}};
      bool is_wanted = false;
      for (SupersededFile::Part const& part : file.parts)
      {
        PartKey const key{file.partition, part.vintage, part.part};
        PartFate const& fate = parts.at(key);
        one.shapes.push_back({fate.part->rows, fate.shard_rows});
        auto const found = number.find(key);
        one.in_table.push_back(found == number.end() ? content.parts.size() : found->second);
        is_wanted = is_wanted || found != number.end();
      }
      if (is_wanted)
      {
        files.push_back(std::move(one));
      }
    }
  }
  return files;
}

/// Numbers of all shards of one file.
void append_shards(FlagFile const& file, std::vector<std::int64_t>& numbers)
{
  try
  {
    ArchiveFile const content(file.path);
    for (std::vector<SupersededShard> const& shards : read_superseded(content, *file.file, file.shapes))
    {
      for (SupersededShard const& shard : shards)
      {
        numbers.insert(numbers.end(), {shard.address, shard.bytes, shard.rows});
      }
    }
  }
  catch (Error const& error)
  {
    throw error.within(file.path.string());
  }
}

void check_rows(TableContent const& content)
{
  for (std::size_t p = 0; p < content.parts.size(); ++p)
  {
    std::int64_t const shards =
        PartShape{content.parts[p].digest.rows, content.parts[p].place.shard_rows}.shards();
    for (std::size_t s = 0; s < static_cast<std::size_t>(shards); ++s)
    {
      require(content.superseded_of(p, s) <= content.rows_of(p, s), Fault::storage,
              [&]
              {
                return fmt::format("{}: shard {}: {} of {} rows are superseded",
                                   content.parts[p].path.string(), s, content.superseded_of(p, s),
                                   content.rows_of(p, s));
              });
    }
  }
}

}  // namespace

void survey_superseded(Comm const& comm, std::vector<Manifest> const& manifests, TableContent& content,
                       std::string& identity)
{
  std::vector<FlagFile> const files = flag_files(manifests, content);
  auto const ranks = static_cast<std::size_t>(comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  // Ranks read stretches of the files, so that what all read is in the order of the files.
  std::vector<std::int64_t> const mine = comm.all_or_none("opening the archive",
                                                          [&]
                                                          {
                                                            std::vector<std::int64_t> numbers;
                                                            for (std::size_t f = files.size() * rank / ranks;
                                                                 f < files.size() * (rank + 1) / ranks; ++f)
                                                            {
                                                              append_shards(files[f], numbers);
                                                            }
                                                            return numbers;
                                                          });
  std::vector<std::int64_t> const all = comm.gather_all(mine);
  std::int64_t const* at = all.data();
  for (std::size_t f = 0; f < files.size(); ++f)
  {
    FlagFile const& file = files[f];
    identity +=
        fmt::format("{} {}\n", file.path.lexically_relative(content.archive).string(), file.file->digest);
    for (std::size_t p = 0; p < file.shapes.size(); ++p)
    {
      std::vector<SupersededShard> shards(static_cast<std::size_t>(file.shapes[p].shards()));
      for (SupersededShard& shard : shards)
      {
        shard = {at[0], at[1], at[2]};
        at += 3;
      }
      if (file.in_table[p] < content.parts.size())
      {
        content.parts[file.in_table[p]].superseded.push_back(
            {content.parts.size() + f, file.path, std::move(shards)});
      }
    }
  }
  content.files.resize(content.parts.size() + files.size());
  comm.all_or_none("opening the archive", [&] { check_rows(content); });
}

}  // namespace tarifa
