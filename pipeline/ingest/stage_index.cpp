#include "pipeline/ingest/stage_index.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/run/append_file.hpp"

namespace tarifa
{
namespace
{

std::filesystem::path index_path(std::filesystem::path const& folder, int rank)
{
  return folder / fmt::format("index-{:05}", rank);
}

std::filesystem::path drop_path(std::filesystem::path const& folder, int rank)
{
  return folder / fmt::format("drops-{:05}", rank);
}

template <class T>
void read_values(std::filesystem::path const& path, std::size_t before, std::size_t count, T* out)
{
  if (count == 0)
  {
    return;
  }
  PlainFile const file(path);
  std::size_t const got = file.read_at(before * sizeof(T), reinterpret_cast<char*>(out), count * sizeof(T));
  require(got == count * sizeof(T), Fault::storage, path.string() + ": the staged index is cut short");
}

}  // namespace

StageIndex::StageIndex(Comm const& comm, std::filesystem::path folder,
                       std::vector<StagedThread> const& threads, std::vector<BlockOutcome> const& outcomes,
                       std::vector<Drop> const& drops, std::size_t columns)
    : folder_(std::move(folder))
    , ranks_(comm.size())
    , columns_(columns)
{
  unify_partitions(comm, threads);
  std::map<StagedWorker, std::vector<std::size_t>> number;  // [partition of the thread]
  std::vector<std::int64_t> runs, dropped, missing(partitions_.size() * columns);
  for (StagedThread const& thread : threads)
  {
    for (std::size_t p = 0; p < thread.partitions.size(); ++p)
    {
      auto const at = std::ranges::lower_bound(partitions_, thread.partitions[p]);
      auto const whole = static_cast<std::size_t>(at - partitions_.begin());
      number[thread.worker].push_back(whole);
      for (std::size_t c = 0; c < columns; ++c)
      {
        missing[whole * columns + c] += thread.has_missing[p][c];
      }
    }
  }
  std::vector<PartitionRuns> mine(partitions_.size());
  std::vector<std::int64_t> kept(partitions_.size());
  for (BlockOutcome const& outcome : outcomes)
  {
    for (RunRef const& run : outcome.runs)
    {
      std::size_t const p = number[outcome.worker][run.partition];
      PartitionRuns& to = mine[p];
      auto const [first, last] = std::equal_range(drops.begin(), drops.end(),
                                                  Drop{run_of_delivery(outcome.worker.share, run.number), 0},
                                                  [](Drop const& a, Drop const& b) { return a.run < b.run; });
      auto const dropped_rows = static_cast<std::uint32_t>(last - first);
      to.runs.push_back({0, run.offset, run.bytes, run.rows, run.rows - dropped_rows, outcome.worker,
                         dropped_rows, to.dropped_rows.size()});
      std::transform(first, last, std::back_inserter(to.dropped_rows),
                     [](Drop const& drop) { return drop.row; });
      kept[p] += run.rows - dropped_rows;
    }
  }
  for (PartitionRuns const& one : mine)
  {
    runs.push_back(static_cast<std::int64_t>(one.runs.size()));
    dropped.push_back(static_cast<std::int64_t>(one.dropped_rows.size()));
  }
  comm.all_or_none("staging the index",
                   [&]
                   {
                     AppendFile index(index_path(folder_, comm.rank()), AppendMode::write);
                     AppendFile drop(drop_path(folder_, comm.rank()), AppendMode::write);
                     for (PartitionRuns const& one : mine)
                     {
                       index.append(std::as_bytes(std::span(one.runs)));
                       drop.append(std::as_bytes(std::span(one.dropped_rows)));
                     }
                     index.flush();
                     drop.flush();
                   });
  kept_ = comm.gather_all(kept);
  runs_ = comm.gather_all(runs);
  dropped_ = comm.gather_all(dropped);
  missing_ = comm.sum(missing);
}

void StageIndex::unify_partitions(Comm const& comm, std::vector<StagedThread> const& threads)
{
  nlohmann::json names = nlohmann::json::array();
  for (StagedThread const& thread : threads)
  {
    for (std::string const& name : thread.partitions)
    {
      names.push_back(name);
    }
  }
  for (std::string const& text : comm.gather_all(names.dump()))
  {
    for (auto const& name : nlohmann::json::parse(text))
    {
      partitions_.push_back(name.get<std::string>());
    }
  }
  std::sort(partitions_.begin(), partitions_.end());
  partitions_.erase(std::unique(partitions_.begin(), partitions_.end()), partitions_.end());
}

std::int64_t StageIndex::rows(std::size_t partition) const
{
  std::int64_t total = 0;
  for (std::size_t rank = 0; rank < static_cast<std::size_t>(ranks_); ++rank)
  {
    total += kept_[rank * partitions_.size() + partition];
  }
  return total;
}

bool StageIndex::has_missing(std::size_t partition, std::size_t column) const
{
  return column < columns_ && missing_[partition * columns_ + column] != 0;
}

PartitionRuns StageIndex::read(std::size_t partition) const
{
  PartitionRuns all;
  std::int64_t row = 0;
  for (int rank = 0; rank < ranks_; ++rank)
  {
    auto const first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(rank) * partitions_.size());
    auto const here = static_cast<std::size_t>(first) + partition;
    auto const before = [&](std::vector<std::int64_t> const& counts)
    {
      return static_cast<std::size_t>(std::accumulate(
          counts.begin() + first, counts.begin() + static_cast<std::ptrdiff_t>(here), std::int64_t{0}));
    };
    std::size_t const run_count = all.runs.size();
    std::size_t const drop_count = all.dropped_rows.size();
    all.runs.resize(run_count + static_cast<std::size_t>(runs_[here]));
    all.dropped_rows.resize(drop_count + static_cast<std::size_t>(dropped_[here]));
    read_values(index_path(folder_, rank), before(runs_), static_cast<std::size_t>(runs_[here]),
                all.runs.data() + run_count);
    read_values(drop_path(folder_, rank), before(dropped_), static_cast<std::size_t>(dropped_[here]),
                all.dropped_rows.data() + drop_count);
    for (std::size_t i = run_count; i < all.runs.size(); ++i)
    {
      all.runs[i].first_row = row;
      all.runs[i].drop_begin += drop_count;
      row += all.runs[i].kept;
    }
  }
  return all;
}

}  // namespace tarifa
