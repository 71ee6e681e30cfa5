#include "pipeline/ingest/partition_rows.hpp"

#include <algorithm>

#include <unistd.h>

#include <fcntl.h>

namespace tarifa
{
namespace
{

/// Closes the gaps that rows which are not kept leave.
template <class T>
void cut(T* cells, std::vector<std::uint8_t> const& keep)
{
  std::size_t to = 0;
  for (std::size_t row = 0; row < keep.size(); ++row)
  {
    cells[to] = cells[row];
    to += keep[row];
  }
}

}  // namespace

RunFile::RunFile(std::filesystem::path const& path, bool stays)
    : content_(path)
    , descriptor_(stays ? -1 : ::open(path.c_str(), O_WRONLY | O_CLOEXEC))
{
}

RunFile::~RunFile()
{
  if (descriptor_ >= 0)
  {
    ::close(descriptor_);
  }
}

void RunFile::let_go(std::uint64_t offset, std::uint64_t bytes) const noexcept
{
  // Whole pages only: the rest of a page that is cut would be filled with zeros, and written back.
  constexpr std::uint64_t page = 4096;
  std::uint64_t const begin = (offset + page - 1) / page * page;
  std::uint64_t const end = (offset + bytes) / page * page;
  if (descriptor_ >= 0 && begin < end)
  {
    ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
                static_cast<off_t>(end - begin));
  }
}

RunFile const& RunFiles::of(StagedWorker worker)
{
  std::scoped_lock const lock(mutex_);
  auto& file = files_[worker];
  if (!file)
  {
    file = std::make_unique<RunFile>(run_path(folder_, worker), stay_);
  }
  return *file;
}

PartitionRows::PartitionRows(RunFiles& files, StageIndex const& index, Dictionaries const& dictionaries,
                             TableSchema const& schema, std::size_t partition)
    : files_(files)
    , dictionaries_(dictionaries)
    , runs_(index.read(partition))
    , dictionary_(dictionaries.partition(partition))
{
  for (std::size_t c = 0; c < schema.columns.size(); ++c)
  {
    ColumnSchema const& column = schema.columns[c];
    bool const is_code = column.kind == ColumnKind::code;
    std::span<std::string_view const> const texts =
        is_code ? dictionary_.texts[c] : std::span<std::string_view const>();
    columns_.push_back(
        {column, storage_of(column.kind, texts.size()), index.has_missing(partition, c), texts});
  }
}

void PartitionRows::gather(std::int64_t first, std::int64_t rows, std::int64_t chunk_rows,
                           ShardCells& cells) const
{
  cells.narrow.resize(columns_.size());
  cells.wide.resize(columns_.size());
  cells.valid.resize(columns_.size());
  cells.rows = 0;
  cells.chunk_rows = static_cast<std::size_t>(chunk_rows);
  // Room for one run beyond the shard: runs are decoded whole and then cut.
  std::size_t const room = cells.chunk_rows + row_run::most_rows;
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
  --run;
  auto const whole = run->first_row < first ? run + 1 : run;
  for (; cells.rows < rows; ++run)
  {
    std::int64_t const from = std::max<std::int64_t>(first - run->first_row, 0);
    std::int64_t const to = std::min<std::int64_t>(run->kept, first + rows - run->first_row);
    append(*run, from, to, cells);
  }
  // The last run may go on in the next shard.
  auto const end = (run - 1)->first_row + (run - 1)->kept > first + rows ? run - 1 : run;
  if (whole < end)
  {
    let_go({whole, end});
  }
}

/// Runs that follow each other in their file go as one piece.
void PartitionRows::let_go(std::span<StagedRun const> runs) const
{
  for (std::size_t first = 0, next = 0; first < runs.size(); first = next)
  {
    StagedRun const& head = runs[first];
    std::uint64_t bytes = 0;
    for (; next < runs.size() && runs[next].worker == head.worker && runs[next].offset == head.offset + bytes;
         ++next)
    {
      bytes += runs[next].bytes;
    }
    files_.of(head.worker).let_go(head.offset, bytes);
  }
}

std::span<PackedColumn const> PartitionRows::pack(ShardCells& cells) const
{
  auto const rows = static_cast<std::size_t>(cells.rows);
  auto const valid_of = [&](std::size_t c) {
    return columns_[c].has_missing ? std::span(cells.valid[c]).first(rows) : std::span<std::uint8_t const>();
  };
  std::size_t chunks = columns_.size();
  cells.packed.resize(2 * columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c)
  {
    auto const pack = [&](auto& column)
    {
      pack_column(std::span(column).first(cells.chunk_rows), rows, valid_of(c), columns_[c].storage,
                  cells.packed[c]);
    };
    is_wide(c) ? pack(cells.wide[c]) : pack(cells.narrow[c]);
    if (columns_[c].has_missing)
    {
      pack_validity(valid_of(c), rows, cells.chunk_rows, cells.packed[chunks++]);
    }
  }
  return std::span(cells.packed).first(chunks);
}

Int128 PartitionRows::total(std::size_t column, ShardCells const& cells) const
{
  Int128 sum = 0;
  for (std::size_t row = 0; row < static_cast<std::size_t>(cells.rows); ++row)
  {
    bool const there = !columns_[column].has_missing || cells.valid[column][row] != 0;
    sum += there ? (is_wide(column) ? cells.wide[column][row] : cells.narrow[column][row]) : 0;
  }
  return sum;
}

void PartitionRows::append(StagedRun const& run, std::int64_t from, std::int64_t to, ShardCells& cells) const
{
  if (to <= from)
  {
    return;
  }
  cells.run_bytes.resize(std::max<std::size_t>(cells.run_bytes.size(), run.bytes / 8 + 1));
  std::size_t const got =
      files_.of(run.worker)
          .content()
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
        view.read_mapped(c, dictionary_.positions[c][dictionaries_.worker(run.worker)].data(), out);
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
std::vector<std::uint8_t> PartitionRows::kept_rows(StagedRun const& run, std::int64_t from,
                                                   std::int64_t to) const
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

}  // namespace tarifa
