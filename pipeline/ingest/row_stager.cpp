#include "pipeline/ingest/row_stager.hpp"

#include <algorithm>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/cell_parser.hpp"

namespace tarifa
{

RowStager::RowStager(Source const& source, Codes const& codes, std::filesystem::path path, AppendMode mode,
                     int thread)
    : source_(source)
    , codes_(codes)
    , columns_(source.columns.size())
    , partition_column_(column_or_none(source, source.partition_column))
    , file_(std::move(path), mode)
    , numbers_of_runs_(thread)
    , places_(most_rows)
    , run_columns_(columns_ + ParsedBatch::hidden_columns)
{
}

std::span<RowStager::Place const> RowStager::stage(ParsedBatch const& batch, std::vector<RunRef>& runs)
{
  sort_rows(batch);
  for (std::uint32_t partition = 0; partition < rows_of_.size(); ++partition)
  {
    std::size_t const rows = rows_of_[partition].size();
    if (rows == batch.records() && rows >= nearly_full && waiting_[partition].rows == 0)
    {
      stage_whole(batch, partition, runs);
    }
    else if (rows > 0)
    {
      append(batch, partition, runs);
    }
  }
  return std::span(places_).first(batch.records());
}

void RowStager::end_runs(std::vector<RunRef>& runs)
{
  for (std::uint32_t partition = 0; partition < waiting_.size(); ++partition)
  {
    end_run(partition, runs);
  }
}

void RowStager::sort_rows(ParsedBatch const& batch)
{
  for (auto& rows : rows_of_)
  {
    rows.clear();
  }
  for (std::size_t record = 0; record < batch.records(); ++record)
  {
    if (batch.all_kept || batch.is_kept(record))
    {
      std::uint32_t const partition = partition_of(batch, record);
      rows_of_.resize(waiting_.size());
      rows_of_[partition].push_back(static_cast<std::uint16_t>(record));
    }
  }
}

std::uint32_t RowStager::partition_of(ParsedBatch const& batch, std::size_t record)
{
  std::int64_t const value =
      partition_column_ == no_column ? 0 : batch.columns[partition_column_].value[record];
  Known& known = known_[static_cast<std::size_t>(value) % known_.size()];
  if (known.value != value || known.number >= waiting_.size())
  {
    known = {value, add_partition(partition_key(value))};
  }
  return known.number;
}

std::int64_t RowStager::partition_key(std::int64_t value) const
{
  if (partition_column_ == no_column || source_.partition_by == Source::PartitionBy::value)
  {
    return value;
  }
  int year = static_cast<int>(value);
  int month = 1;
  int day = 1;
  if (source_.partition_by == Source::PartitionBy::year_of_date)
  {
    civil_of(static_cast<std::int32_t>(value), year, month, day);
  }
  else if (value > 9999)
  {
    year = static_cast<int>(value / 100);
    month = static_cast<int>(value % 100);
  }
  bool const next_fiscal = source_.fiscal_year_first_month > 1 && month >= source_.fiscal_year_first_month;
  return year + static_cast<int>(next_fiscal);
}

/// Number of the partition with this key, made when it is new.
std::uint32_t RowStager::add_partition(std::int64_t key)
{
  auto const [at, is_new] = numbers_.try_emplace(key, static_cast<std::uint32_t>(names_.size()));
  if (is_new)
  {
    bool const by_code = partition_column_ != no_column && codes_[partition_column_] != nullptr;
    names_.push_back(partition_column_ == no_column ? "all"
                     : by_code ? codes_[partition_column_]->texts()[static_cast<std::size_t>(key)]
                               : std::to_string(key));
    has_missing_.emplace_back(columns_);
    used_.emplace_back(columns_);
    Waiting fresh;
    fresh.values.resize(run_columns_.size());
    fresh.valid.resize(columns_);
    waiting_.push_back(std::move(fresh));
  }
  return at->second;
}

/// The whole batch is one run: straight from where it was parsed.
void RowStager::stage_whole(ParsedBatch const& batch, std::uint32_t partition, std::vector<RunRef>& runs)
{
  std::uint32_t const run = numbers_of_runs_.next();
  for (std::size_t record = 0; record < batch.records(); ++record)
  {
    places_[record] = {run, static_cast<std::uint16_t>(record)};
  }
  for (std::size_t c = 0; c < run_columns_.size(); ++c)
  {
    ParsedBatch::Column const& cells = batch.columns[c];
    run_columns_[c] = {cells.value.data(), cells.any_missing ? cells.valid.data() : nullptr};
  }
  write_run(partition, run, batch.records(), runs);
}

void RowStager::append(ParsedBatch const& batch, std::uint32_t partition, std::vector<RunRef>& runs)
{
  std::vector<std::uint16_t> const& rows = rows_of_[partition];
  Waiting& waiting = waiting_[partition];
  if (waiting.rows + rows.size() > most_rows)
  {
    end_run(partition, runs);
  }
  if (waiting.rows == 0)
  {
    waiting.run = numbers_of_runs_.next();
  }
  auto const before = static_cast<std::ptrdiff_t>(waiting.rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    places_[rows[i]] = {waiting.run, static_cast<std::uint16_t>(waiting.rows + i)};
  }
  for (std::size_t c = 0; c < run_columns_.size(); ++c)
  {
    ParsedBatch::Column const& cells = batch.columns[c];
    std::vector<std::int64_t>& values = waiting.values[c];
    values.resize(most_rows);
    std::transform(rows.begin(), rows.end(), values.begin() + before,
                   [&cells](std::uint16_t row) { return cells.value[row]; });
    if (c < columns_ && (cells.any_missing || !waiting.valid[c].empty()))
    {
      std::vector<std::uint8_t>& valid = waiting.valid[c];
      valid.resize(most_rows, 1);
      std::transform(rows.begin(), rows.end(), valid.begin() + before,
                     [&cells](std::uint16_t row) { return cells.valid[row]; });
    }
  }
  waiting.rows += rows.size();
  if (waiting.rows >= nearly_full)
  {
    end_run(partition, runs);
  }
}

void RowStager::end_run(std::uint32_t partition, std::vector<RunRef>& runs)
{
  Waiting& waiting = waiting_[partition];
  if (waiting.rows == 0)
  {
    return;
  }
  for (std::size_t c = 0; c < run_columns_.size(); ++c)
  {
    bool const missing = c < columns_ && !waiting.valid[c].empty();
    run_columns_[c] = {waiting.values[c].data(), missing ? waiting.valid[c].data() : nullptr};
  }
  write_run(partition, waiting.run, waiting.rows, runs);
  waiting.rows = 0;
  for (std::vector<std::uint8_t>& valid : waiting.valid)
  {
    valid.clear();
  }
}

void RowStager::write_run(std::uint32_t partition, std::uint32_t run, std::size_t rows,
                          std::vector<RunRef>& runs)
{
  for (std::size_t c = 0; c < columns_; ++c)
  {
    std::uint8_t const*& valid = run_columns_[c].valid;
    // The batch may have missing cells that are not among the rows of this run.
    valid = valid != nullptr && std::find(valid, valid + rows, 0) != valid + rows ? valid : nullptr;
    has_missing_[partition][c] |= static_cast<std::uint8_t>(valid != nullptr);
    if (codes_[c])
    {
      mark_used(partition, c, run_columns_[c].values, valid, rows);
    }
  }
  encoded_.clear();
  row_run::encode(run_columns_, rows, encoded_);
  runs.push_back({partition, static_cast<std::uint32_t>(rows), file_.append(encoded_),
                  static_cast<std::uint32_t>(encoded_.size()), run});
}

void RowStager::mark_used(std::uint32_t partition, std::size_t column, std::int64_t const* codes,
                          std::uint8_t const* valid, std::size_t rows)
{
  std::vector<std::uint8_t>& used = used_[partition][column];
  used.resize(std::max(used.size(), codes_[column]->texts().size()));
  std::uint8_t* const flags = used.data();
  for (std::size_t row = 0; row < rows; ++row)
  {
    if (valid == nullptr || valid[row] != 0)
    {
      flags[codes[row]] = 1;
    }
  }
}

void RowStager::forget_uses()
{
  for (std::size_t partition = 0; partition < names_.size(); ++partition)
  {
    used_[partition].assign(columns_, {});
    has_missing_[partition].assign(columns_, 0);
  }
}

void RowStager::hand_over(StagedThread& to)
{
  to.partitions = std::move(names_);
  to.used = std::move(used_);
  to.has_missing = std::move(has_missing_);
  to.run_file = {file_.size(), file_.checksum()};
}

void RowStager::count_uses(std::vector<RunRef> const& runs)
{
  PlainFile const file(file_.path());
  std::vector<std::uint64_t> bytes;  // 8-byte elements, so that the columns of a run are aligned
  std::vector<std::int64_t> values(most_rows);
  std::vector<std::uint8_t> valid(most_rows);
  for (RunRef const& run : runs)
  {
    bytes.resize(run.bytes / 8 + 1);
    std::size_t const got = file.read_at(run.offset, reinterpret_cast<char*>(bytes.data()), run.bytes);
    row_run::View const view(std::as_bytes(std::span(bytes)).first(got));
    for (std::size_t c = 0; c < columns_; ++c)
    {
      bool const missing = view.has_missing(c);
      has_missing_[run.partition][c] |= static_cast<std::uint8_t>(missing);
      if (codes_[c])
      {
        view.read(c, values.data());
        view.read_valid(c, valid.data());
        mark_used(run.partition, c, values.data(), missing ? valid.data() : nullptr, view.rows());
      }
    }
  }
}

}  // namespace tarifa
