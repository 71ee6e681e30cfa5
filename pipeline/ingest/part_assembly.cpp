#include "pipeline/ingest/part_assembly.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "pipeline/ingest/partition_rows.hpp"

namespace tarifa
{
namespace
{

/// A partition of which this rank writes parts. Its index and dictionary are read when its first shard is
/// wanted and let go of with its last.
struct PartitionTask
{
  std::size_t number;
  std::mutex mutex;
  std::unique_ptr<PartitionRows> rows;
  std::size_t parts_left = 0;
};

/// A part on its way. Threads pack its shards side by side and write them in turn.
struct PartTask
{
  PartitionTask* partition;
  PartInfo info;  ///< columns are set when the first shard is wanted
  std::filesystem::path folder;
  std::int64_t first_row;  ///< of the partition
  std::mutex mutex;
  std::condition_variable turn;
  std::unique_ptr<PartWriter> writer;
  std::int64_t next_shard = 0;
  PartDigest digest;
};

/// Writes all parts of this rank. Shards are handed out in order, part after part, so that no more parts are
/// open than threads work, and nobody waits at the end of a part.
class PartsOfRank
{
 public:
  PartsOfRank(TableSchema const& schema, StageIndex const& index, Dictionaries const& dictionaries,
              AssemblySettings const& settings, Log& log)
      : schema_(schema)
      , index_(index)
      , dictionaries_(dictionaries)
      , settings_(settings)
      , log_(log)
      , files_(settings.stage_folder, settings.stage_stays)
  {
  }

  /// Parts are dealt to ranks in turn.
  void plan(int rank, int ranks)
  {
    std::int64_t const part_rows = settings_.shard_rows * shards_per_part;
    std::int64_t part_number = 0;
    for (std::size_t p = 0; p < index_.partitions().size(); ++p)
    {
      std::int64_t const rows = index_.rows(p);
      for (std::int64_t first = 0; first < rows; first += part_rows)
      {
        if (part_number++ % ranks == rank)
        {
          add_part(p, first, std::min(part_rows, rows - first));
        }
      }
    }
  }

  void write(ThreadTeam& team)
  {
    std::vector<ShardCells> cells(static_cast<std::size_t>(team.threads()));
    team.each(shards_.size(),
              [&](std::size_t number, int thread)
              {
                auto const [task, shard] = shards_[number];
                try
                {
                  write_shard(*task, shard, cells[static_cast<std::size_t>(thread)]);
                }
                catch (...)
                {
                  // The others wait for a turn that will not come: wake them before the error travels on.
                  broken_ = true;
                  for (auto const& part : parts_)
                  {
                    std::scoped_lock const lock(part->mutex);
                    part->turn.notify_all();
                  }
                  throw;
                }
              });
  }

  Assembled result() const
  {
    Assembled done{{}, rows_, value_};
    for (auto const& part : parts_)
    {
      std::string const& name = part->info.partition;
      if (done.partitions.empty() || done.partitions.back().name != name)
      {
        done.partitions.push_back({name, 0, {}});
      }
      done.partitions.back().parts.push_back(part->digest);
      done.partitions.back().rows += part->info.rows;
    }
    return done;
  }

 private:
  struct Shard
  {
    PartTask* part;
    std::int64_t number;
  };

  void add_part(std::size_t partition, std::int64_t first_row, std::int64_t rows)
  {
    if (partitions_.empty() || partitions_.back()->number != partition)
    {
      partitions_.push_back(std::make_unique<PartitionTask>());
      partitions_.back()->number = partition;
    }
    ++partitions_.back()->parts_left;
    auto task = std::make_unique<PartTask>();
    std::string const& name = index_.partitions()[partition];
    task->partition = partitions_.back().get();
    task->first_row = first_row;
    task->folder = part_folder(settings_.archive, schema_.table, name, settings_.folder);
    task->info.table = schema_.table;
    task->info.partition = name;
    task->info.vintage = settings_.vintage;
    task->info.part = static_cast<int>(first_row / (settings_.shard_rows * shards_per_part));
    task->info.rows = rows;
    task->info.shard_rows = settings_.shard_rows;
    for (std::int64_t shard = 0; shard < task->info.shards(); ++shard)
    {
      shards_.push_back({task.get(), shard});
    }
    parts_.push_back(std::move(task));
  }

  PartitionRows const& rows_of(PartitionTask& partition)
  {
    std::scoped_lock const lock(partition.mutex);
    if (!partition.rows)
    {
      partition.rows =
          std::make_unique<PartitionRows>(files_, index_, dictionaries_, schema_, partition.number);
    }
    return *partition.rows;
  }

  void write_shard(PartTask& task, std::int64_t shard, ShardCells& cells)
  {
    PartitionRows const& rows = rows_of(*task.partition);
    PartInfo const& info = task.info;
    rows.gather(task.first_row + shard * info.shard_rows, info.rows_of(shard), info.chunk_rows(), cells);
    bool const with_value = settings_.value_column < rows.columns().size();
    Int128 const value = with_value ? rows.total(settings_.value_column, cells) : 0;
    std::span<PackedColumn const> const packed = rows.pack(cells);
    {
      std::unique_lock lock(task.mutex);
      task.turn.wait(lock, [&] { return task.next_shard == shard || broken_; });
      if (broken_)
      {
        return;  // the thread that failed says why
      }
      if (shard == 0)
      {
        task.info.columns = rows.columns();
        task.writer = std::make_unique<PartWriter>(task.folder, info);
      }
      task.writer->write_shard(shard, packed);
      ++task.next_shard;
      task.turn.notify_all();
    }
    if (shard + 1 == info.shards())
    {
      task.digest = task.writer->commit();
      log_.count(0, task.digest.bytes);
      task.writer.reset();
      let_go(*task.partition);
    }
    std::scoped_lock const lock(mutex_);
    rows_ += cells.rows;
    value_ += value;
    log_.count(cells.rows, 0);
    log_.progress(++done_, static_cast<std::int64_t>(shards_.size()), "shards");
  }

  void let_go(PartitionTask& partition)
  {
    std::scoped_lock const lock(partition.mutex);
    if (--partition.parts_left == 0)
    {
      partition.rows.reset();
    }
  }

  TableSchema const& schema_;
  StageIndex const& index_;
  Dictionaries const& dictionaries_;
  AssemblySettings const& settings_;
  Log& log_;
  RunFiles files_;
  std::vector<std::unique_ptr<PartitionTask>> partitions_;
  std::vector<std::unique_ptr<PartTask>> parts_;
  std::vector<Shard> shards_;  ///< of all parts, in order
  std::atomic<bool> broken_{false};
  std::mutex mutex_;
  std::int64_t rows_ = 0;
  Int128 value_ = 0;
  std::int64_t done_ = 0;
};

}  // namespace

Assembled assemble_parts(Comm const& comm, ThreadTeam& team, Log& log, TableSchema const& schema,
                         StageIndex const& index, Dictionaries const& dictionaries,
                         AssemblySettings const& settings)
{
  return comm.all_or_none("writing parts",
                          [&]
                          {
                            PartsOfRank parts(schema, index, dictionaries, settings, log);
                            parts.plan(comm.rank(), comm.size());
                            parts.write(team);
                            return parts.result();
                          });
}

}  // namespace tarifa
