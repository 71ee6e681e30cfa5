#include "pipeline/ingest/superseded_flags.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/layout.hpp"

namespace tarifa
{
namespace
{

/// Parts [first, end) of one partition.
struct Stretch
{
  std::size_t first, end;
};

std::vector<Stretch> partitions_of(std::vector<EarlierRows::Part> const& parts)
{
  std::vector<Stretch> all;
  for (std::size_t p = 0; p < parts.size(); ++p)
  {
    if (p == 0 || parts[p].partition != parts[p - 1].partition)
    {
      all.push_back({p, p});
    }
    all.back().end = p + 1;
  }
  return all;
}

SupersededFile write_partition(Stretch const& stretch, EarlierRows const& earlier,
                               SpilledBuckets<std::int64_t> const& rows, FlagPlace const& place)
{
  std::string const& partition = earlier.parts[stretch.first].partition;
  std::unique_ptr<SupersededWriter> writer;
  for (std::size_t p = stretch.first; p < stretch.end; ++p)
  {
    EarlierRows::Part const& part = earlier.parts[p];
    if (rows.entries(p) == 0)
    {
      continue;
    }
    if (!writer)
    {
      writer =
          std::make_unique<SupersededWriter>(part_folder(place.archive, place.table, partition, place.folder),
                                             SupersededPlace{place.table, partition, place.vintage});
    }
    RowFlags flags(part.shape.rows);
    for (std::int64_t const row : rows.load(p))
    {
      require(row >= 0 && row < part.shape.rows && flags.set(row), Fault::internal,
              [&]
              {
                return fmt::format(
                    "row {} of partition {}, vintage {}, part {} is superseded twice or is none", row,
                    partition, part.part.vintage, part.part.part);
              });
    }
    writer->add(part.part, part.shape.shard_rows, flags);
  }
  return writer ? writer->commit() : SupersededFile{};
}

}  // namespace

std::vector<SupersededFile> write_superseded(
    Comm const& comm, ThreadTeam& team, EarlierRows const& earlier,
    std::vector<std::unique_ptr<Spill<std::int64_t>>> const& superseded, FlagPlace const& place)
{
  std::vector<Stretch> const partitions = partitions_of(earlier.parts);
  std::vector<std::size_t> owner(earlier.parts.size());
  for (std::size_t number = 0; number < partitions.size(); ++number)
  {
    auto const first = owner.begin() + static_cast<std::ptrdiff_t>(partitions[number].first);
    std::fill_n(first, partitions[number].end - partitions[number].first,
                number % static_cast<std::size_t>(comm.size()));
  }
  std::vector<SpillFile> spills;
  for (auto const& spill : superseded)
  {
    spills.push_back(spill->file());
  }
  SpilledBuckets<std::int64_t> const rows(comm, spills, owner);
  return comm.all_or_none(
      "flags of superseded rows",
      [&]
      {
        std::vector<SupersededFile> files(partitions.size());
        team.each(partitions.size(), [&](std::size_t number, int)
                  { files[number] = write_partition(partitions[number], earlier, rows, place); });
        std::erase_if(files, [](SupersededFile const& file) { return file.rows == 0; });
        return files;
      });
}

}  // namespace tarifa
