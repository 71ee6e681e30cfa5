#include "pipeline/ingest/part_assembly.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "pipeline/archive/part_writer.hpp"
#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/row_run.hpp"

namespace tarifa
{
namespace
{

/// Run files of all threads of all ranks, opened when first needed and kept open.
class RunFiles
{
 public:
  explicit RunFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  PlainFile const& of(int rank, int thread)
  {
    std::scoped_lock const lock(mutex_);
    auto& file = files_[{rank, thread}];
    if (!file)
    {
      file = std::make_unique<PlainFile>(BlockParser::run_path(folder_, rank, thread));
    }
    return *file;
  }

 private:
  std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::pair<int, int>, std::unique_ptr<PlainFile>> files_;
};

/// Cells of one shard while it is put together; one per thread.
struct ShardCells
{
  std::vector<std::vector<std::int32_t>> narrow;
  std::vector<std::vector<std::int64_t>> wide;
  std::vector<std::vector<std::uint8_t>> valid;
  std::vector<std::uint64_t> run_bytes;  ///< 8-byte elements, so that the columns of a run are aligned
  std::int64_t rows = 0;
};

/// Rows of one run that go into a shard.
struct Slice
{
  StagedRun const* run;
  std::uint32_t from, to;  ///< among the kept rows of the run
};

class PartitionAssembly
{
 public:
  PartitionAssembly(RunFiles& files, StageIndex const& index, Dictionaries const& dictionaries,
                    ThreadTeam& team, TableSchema const& schema, std::size_t partition)
      : files_(files)
      , dictionaries_(dictionaries)
      , schema_(schema)
      , runs_(index.read(partition))
      , dictionary_(dictionaries.partition(partition, team))
  {
    for (std::size_t c = 0; c < schema.columns.size(); ++c)
    {
      ColumnSchema const& column = schema.columns[c];
      columns_.push_back(
          {column, storage_of(column.kind, is_code(c) ? dictionary_.texts[c].size() : 0),
           index.has_missing(partition, c),
           is_code(c) ? std::span<std::string const>(dictionary_.texts[c]) : std::span<std::string const>()});
    }
  }

  std::vector<PartColumn> const& columns() const noexcept { return columns_; }

  /// Reads rows [first, first + rows) of the partition.
  void gather(std::int64_t first, std::int64_t rows, ShardCells& cells) const
  {
    cells.narrow.resize(columns_.size());
    cells.wide.resize(columns_.size());
    cells.valid.resize(columns_.size());
    cells.rows = 0;
    // Room for one run beyond the shard: runs are decoded whole and then cut.
    auto const room = static_cast<std::size_t>(rows) + row_run::most_rows;
    for (std::size_t c = 0; c < columns_.size(); ++c)
    {
      (is_wide(c) ? cells.wide[c].resize(room) : cells.narrow[c].resize(room));
      if (columns_[c].has_missing)
      {
        cells.valid[c].resize(room);
      }
    }
    auto run = std::upper_bound(runs_.runs.begin(), runs_.runs.end(), first,
                                [](std::int64_t row, StagedRun const& one) { return row < one.first_row; });
    for (--run; cells.rows < rows; ++run)
    {
      std::int64_t const from = std::max<std::int64_t>(first - run->first_row, 0);
      std::int64_t const to = std::min<std::int64_t>(run->kept, first + rows - run->first_row);
      append(*run, from, to, cells);
    }
  }

  std::vector<PackedColumn> pack(ShardCells const& cells, std::int64_t chunk_rows) const
  {
    std::vector<PackedColumn> packed;
    auto const rows = static_cast<std::size_t>(cells.rows);
    auto const valid_of = [&](std::size_t c) {
      return columns_[c].has_missing ? std::span(cells.valid[c]).first(rows)
                                     : std::span<std::uint8_t const>();
    };
    for (std::size_t c = 0; c < columns_.size(); ++c)
    {
      std::span<std::uint8_t const> const valid = valid_of(c);
      packed.push_back(
          is_wide(c)
              ? pack_column(std::span(cells.wide[c]).first(rows), valid, chunk_rows, columns_[c].storage)
              : pack_column(std::span(cells.narrow[c]).first(rows), valid, chunk_rows, columns_[c].storage));
    }
    for (std::size_t c = 0; c < columns_.size(); ++c)
    {
      if (columns_[c].has_missing)
      {
        packed.push_back(pack_validity(valid_of(c), cells.rows, chunk_rows));
      }
    }
    return packed;
  }

  Int128 total(std::size_t column, ShardCells const& cells) const
  {
    Int128 sum = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(cells.rows); ++row)
    {
      bool const there = !columns_[column].has_missing || cells.valid[column][row] != 0;
      sum += there ? (is_wide(column) ? cells.wide[column][row] : cells.narrow[column][row]) : 0;
    }
    return sum;
  }

 private:
  bool is_code(std::size_t c) const { return schema_.columns[c].kind == ColumnKind::code; }
  bool is_wide(std::size_t c) const { return columns_[c].storage == Storage::i64; }

  void append(StagedRun const& run, std::int64_t from, std::int64_t to, ShardCells& cells) const
  {
    if (to <= from)
    {
      return;
    }
    cells.run_bytes.resize(std::max<std::size_t>(cells.run_bytes.size(), run.bytes / 8 + 1));
    std::size_t const got =
        files_.of(run.rank, run.thread)
            .read_at(run.offset, reinterpret_cast<char*>(cells.run_bytes.data()), run.bytes);
    row_run::View const view(std::as_bytes(std::span(cells.run_bytes)).first(got));
    require(view.rows() == run.rows, Fault::storage, "a staged run is damaged");
    std::vector<std::uint8_t> const keep = kept_rows(run, from, to);
    auto const at = static_cast<std::size_t>(cells.rows);
    for (std::size_t c = 0; c < columns_.size(); ++c)
    {
      if (is_wide(c))
      {
        view.read(c, cells.wide[c].data() + at);
        cut(cells.wide[c].data() + at, keep);
      }
      else
      {
        std::int32_t* const out = cells.narrow[c].data() + at;
        if (is_code(c))
        {
          view.read_mapped(c, dictionary_.positions[c][dictionaries_.worker(run.rank, run.thread)].data(),
                           out);
        }
        else
        {
          view.read(c, out);
        }
        cut(out, keep);
      }
      if (columns_[c].has_missing)
      {
        view.read_valid(c, cells.valid[c].data() + at);
        cut(cells.valid[c].data() + at, keep);
      }
    }
    cells.rows += to - from;
  }

  /// Which rows of a run belong to the shard; empty when all do.
  std::vector<std::uint8_t> kept_rows(StagedRun const& run, std::int64_t from, std::int64_t to) const
  {
    if (run.drops == 0 && from == 0 && to == run.rows)
    {
      return {};
    }
    std::vector<std::uint8_t> keep(run.rows, 1);
    for (std::uint32_t i = 0; i < run.drops; ++i)
    {
      keep[runs_.dropped_rows[run.drop_begin + i]] = 0;
    }
    std::int64_t kept = 0;
    for (std::uint8_t& flag : keep)
    {
      bool const inside = from <= kept && kept < to;
      kept += flag;
      flag = static_cast<std::uint8_t>(flag != 0 && inside);
    }
    return keep;
  }

  template <class T>
  static void cut(T* cells, std::vector<std::uint8_t> const& keep)
  {
    std::size_t to = 0;
    for (std::size_t row = 0; row < keep.size(); ++row)
    {
      cells[to] = cells[row];
      to += keep[row];
    }
  }

  RunFiles& files_;
  Dictionaries const& dictionaries_;
  TableSchema const& schema_;
  PartitionRuns runs_;
  Dictionaries::Partition dictionary_;
  std::vector<PartColumn> columns_;
};

/// Packs the shards of one part on all threads; each waits its turn to hand them to the one file.
PartDigest write_part(PartitionAssembly const& assembly, PartInfo const& info, std::int64_t first_row,
                      ThreadTeam& team, std::filesystem::path const& folder, std::size_t value_column,
                      std::vector<ShardCells>& cells, Assembled& done)
{
  PartWriter writer(folder, info);
  std::mutex mutex;
  std::condition_variable turn;
  std::int64_t next = 0;
  bool broken = false;
  team.each(static_cast<std::size_t>(info.shards()),
            [&](std::size_t shard, int thread)
            {
              try
              {
                auto const number = static_cast<std::int64_t>(shard);
                ShardCells& mine = cells[static_cast<std::size_t>(thread)];
                assembly.gather(first_row + number * info.shard_rows, info.rows_of(number), mine);
                Int128 const value =
                    value_column < info.columns.size() ? assembly.total(value_column, mine) : 0;
                std::vector<PackedColumn> const packed = assembly.pack(mine, info.chunk_rows());
                std::unique_lock lock(mutex);
                turn.wait(lock, [&] { return next == number || broken; });
                require(!broken, Fault::internal, "another thread failed");
                writer.write_shard(number, packed);
                done.rows += mine.rows;
                done.value += value;
                ++next;
              }
              catch (...)
              {
                // The others wait for a turn that will not come: wake them before the error travels on.
                std::scoped_lock const lock(mutex);
                broken = true;
                turn.notify_all();
                throw;
              }
              turn.notify_all();
            });
  return writer.commit();
}

}  // namespace

Assembled assemble_parts(Comm const& comm, ThreadTeam& team, Log& log, TableSchema const& schema,
                         StageIndex const& index, Dictionaries const& dictionaries,
                         AssemblySettings const& settings)
{
  return comm.all_or_none(
      "writing parts",
      [&]
      {
        Assembled done;
        RunFiles files(settings.stage_folder);
        std::vector<ShardCells> cells(static_cast<std::size_t>(team.threads()));
        std::int64_t const part_rows = settings.shard_rows * shards_per_part;
        std::int64_t part_number = 0;
        for (std::size_t p = 0; p < index.partitions().size(); ++p)
        {
          std::int64_t const rows = index.rows(p);
          std::int64_t const parts = (rows + part_rows - 1) / part_rows;
          std::unique_ptr<PartitionAssembly> assembly;
          Manifest::Partition mine{index.partitions()[p], 0, {}};
          for (std::int64_t part = 0; part < parts; ++part)
          {
            if (part_number++ % comm.size() != comm.rank())
            {
              continue;
            }
            if (!assembly)
            {
              assembly = std::make_unique<PartitionAssembly>(files, index, dictionaries, team, schema, p);
            }
            PartInfo info;
            info.table = schema.table;
            info.partition = mine.name;
            info.vintage = settings.vintage;
            info.part = static_cast<int>(part);
            info.rows = std::min(part_rows, rows - part * part_rows);
            info.shard_rows = settings.shard_rows;
            info.columns = assembly->columns();
            mine.parts.push_back(
                write_part(*assembly, info, part * part_rows, team,
                           part_folder(settings.archive, schema.table, mine.name, settings.vintage),
                           settings.value_column, cells, done));
            mine.rows += info.rows;
          }
          if (!mine.parts.empty())
          {
            done.partitions.push_back(std::move(mine));
          }
          log.progress("ingest: partitions", static_cast<std::int64_t>(p + 1),
                       static_cast<std::int64_t>(index.partitions().size()));
        }
        return done;
      });
}

}  // namespace tarifa
