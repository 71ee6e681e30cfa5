#include "pipeline/ingest/block_parser.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/source/ini.hpp"

namespace tarifa
{
namespace
{

constexpr std::size_t none = static_cast<std::size_t>(-1);

std::size_t column_or_none(Source const& source, std::string const& name)
{
  return name.empty() ? none : source.column(name);
}

std::uint32_t line_end_bytes(std::string_view text, std::size_t end)
{
  if (end < text.size() && text[end] == '\n')
  {
    return 1;
  }
  return end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 0;
}

std::int64_t lines_between(std::string_view text, std::size_t begin, std::size_t end)
{
  return 1
         + std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                      text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
}

std::filesystem::path stage_path(std::filesystem::path const& folder, char const* what, int rank, int thread)
{
  return folder / fmt::format("{}-{:05}-{:03}", what, rank, thread);
}

}  // namespace

std::filesystem::path BlockParser::run_path(std::filesystem::path const& folder, int rank, int thread)
{
  return stage_path(folder, "runs", rank, thread);
}

std::filesystem::path BlockParser::reject_path(std::filesystem::path const& folder, int rank, int thread)
{
  return stage_path(folder, "rejects", rank, thread);
}

std::filesystem::path BlockParser::key_path(std::filesystem::path const& folder, int rank, int thread)
{
  return stage_path(folder, "keys", rank, thread);
}

BlockParser::BlockParser(Shared const& shared, int thread)
    : shared_(shared)
    , thread_(thread)
    , columns_(shared.source.columns.size())
    , partition_column_(column_or_none(shared.source, shared.source.partition_column))
    , value_column_(column_or_none(shared.source, shared.source.balance_value))
    , version_column_(column_or_none(shared.source, shared.source.version))
    , cells_(columns_ + hidden_columns)
    , runs_(run_path(shared.stage_folder, shared.rank, thread), shared.mode)
    , rejects_(reject_path(shared.stage_folder, shared.rank, thread), shared.mode)
{
  Source const& source = shared.source;
  date_of_column_.assign(columns_, -1);
  codes_.resize(columns_);
  for (std::size_t c = 0; c < columns_; ++c)
  {
    SourceColumn const& column = source.columns[c];
    if (column.schema.kind == ColumnKind::code)
    {
      codes_[c] = std::make_unique<CodeColumn>(column, source);
    }
    if (column.schema.kind == ColumnKind::date)
    {
      date_of_column_[c] = static_cast<int>(dates_.size());
      dates_.emplace_back(column.date_patterns.begin(), column.date_patterns.end());
    }
  }
  for (std::string const& name : source.key)
  {
    key_columns_.push_back(source.column(name));
  }
  if (source.duplicates != DuplicateRule::none)
  {
    keys_ = std::make_unique<KeySpill>(key_path(shared.stage_folder, shared.rank, thread), StageMode::write);
  }
}

BlockOutcome BlockParser::parse(BlockText const& block)
{
  BlockOutcome outcome;
  outcome.file = block.file;
  outcome.thread = static_cast<std::uint32_t>(thread_);
  outcome.begin = block.begin;
  outcome.start = block.offset + block.from;
  outcome.reject_offset = rejects_.size();
  header_ = &shared_.headers[block.file];
  fields_ = shared_.fields[block.file];
  RecordScanner const scanner(shared_.source.dialect, fields_);
  std::size_t at = block.from;
  lines_before_ = 0;
  outcome.start_open = block.open_line;
  bool open_line = block.open_line;
  while (at < block.stop)
  {
    batch_.clear();
    batch_.open_line = open_line;
    std::size_t const next = scanner.scan(block.text, at, block.stop, block.at_end, batch_rows, batch_);
    if (next == at)
    {
      break;
    }
    parse_batch(block, outcome);
    outcome.read.bytes += static_cast<std::int64_t>(next - at);
    lines_before_ += static_cast<std::uint32_t>(batch_.lines);
    at = next;
    open_line = batch_.open_line;
  }
  outcome.exit_open = open_line;
  outcome.exit = block.offset + at;
  outcome.lines = lines_before_;
  for (std::uint32_t partition = 0; partition < waiting_.size(); ++partition)
  {
    flush(partition, outcome);
  }
  outcome.reject_bytes = rejects_.size() - outcome.reject_offset;
  return outcome;
}

void BlockParser::finish()
{
  runs_.flush();
  rejects_.flush();
  if (keys_)
  {
    keys_->finish();
  }
}

void BlockParser::parse_batch(BlockText const& block, BlockOutcome& outcome)
{
  std::size_t const records = batch_.records.size();
  std::fill_n(why_.begin(), records, Reasons::kept);
  std::fill_n(filtered_.begin(), records, std::uint8_t{0});
  std::fill_n(residual_.begin(), records, 0);
  if (records > 0)
  {
    if (shared_.source.encoding == Encoding::utf8)
    {
      check_encoding(block.text);
    }
    for (std::size_t c = 0; c < columns_; ++c)
    {
      parse_column(c, block);
    }
    for (std::size_t r = 0; r < records; ++r)
    {
      cells_[columns_].value[r] = static_cast<std::int64_t>(block.offset + batch_.records[r].begin);
      cells_[columns_ + 1].value[r] = block.file;
    }
    check_rules(block.text, records);
  }
  settle(block, outcome);
}

void BlockParser::check_encoding(std::string_view text)
{
  std::uint32_t const begin = batch_.records.front().begin;
  if (is_utf8(text.substr(begin, batch_.records.back().end - begin)))
  {
    return;
  }
  for (std::size_t r = 0; r < batch_.records.size(); ++r)
  {
    RecordBatch::Record const& record = batch_.records[r];
    if (!is_utf8(text.substr(record.begin, record.end - record.begin)))
    {
      why_[r] = shared_.reasons.encoding();
    }
  }
}

/// Maps `cell` and says whether what came out is a mark of a missing value.
bool BlockParser::is_missing_mark(SourceColumn const& column, std::string_view text, std::size_t record,
                                  int field, std::string_view& cell) const
{
  cell = trimmed(cell);
  for (auto const& [from, to] : column.map)
  {
    if (cell == from)
    {
      cell = to;
      break;
    }
  }
  if (cell.empty())
  {
    return true;
  }
  if (field >= 0 && !shared_.source.missing_when_quoted && cell.data() > text.data())
  {
    if (raw_field(text, record, field).front() == shared_.source.dialect.quote)
    {
      return false;
    }
  }
  return std::find(column.missing.begin(), column.missing.end(), cell) != column.missing.end();
}

template <class Parse>
void BlockParser::parse_numbers(std::size_t c, std::string_view text, int field, Parse&& parse)
{
  SourceColumn const& column = shared_.source.columns[c];
  Cells& cells = cells_[c];
  bool const worded = !column.missing.empty() || !column.map.empty();
  std::int64_t const least = column.least.value_or(INT64_MIN);
  std::int64_t const most = column.most.value_or(INT64_MAX);
  for (std::size_t r = 0; r < batch_.records.size(); ++r)
  {
    std::string_view cell =
        field < 0 ? std::string_view(column.constant) : field_text(text, r, field, scratch_);
    cells.valid[r] = 1;
    std::int64_t value = 0;
    bool const is_missing = cell.empty() || (worded && is_missing_mark(column, text, r, field, cell));
    ParseResult const result = is_missing ? ParseResult::ok : parse(r, cell, value);
    cells.value[r] = value;
    Reasons::Id why = Reasons::kept;
    if (is_missing || (result == ParseResult::malformed && trimmed(cell).empty()))
    {
      cells.valid[r] = 0;
      cells.any_missing = true;
      why = column.mandatory ? shared_.reasons.missing(c) : Reasons::kept;
    }
    else if (result == ParseResult::malformed)
    {
      why = shared_.reasons.malformed(c);
    }
    else if (result == ParseResult::out_of_range || value < least || value > most)
    {
      why = shared_.reasons.out_of_range(c);
    }
    if (why != Reasons::kept)
    {
      // An unreadable cell has no value: it must not count into the money read.
      cells.valid[r] = result == ParseResult::ok || result == ParseResult::rounded ? cells.valid[r] : 0;
      why_[r] = why_[r] == Reasons::kept ? why : why_[r];
    }
  }
}

void BlockParser::parse_codes(std::size_t c, std::string_view text, int field)
{
  SourceColumn const& column = shared_.source.columns[c];
  Cells& cells = cells_[c];
  CodeColumn& codes = *codes_[c];
  std::size_t const records = batch_.records.size();
  for (std::size_t r = 0; r < records; ++r)
  {
    raw_[r] = field < 0 ? std::string_view(column.constant) : raw_field(text, r, field);
    keys_of_texts_[r] = TextLookup::key_of(raw_[r]);
    codes.prefetch(keys_of_texts_[r]);
  }
  for (std::size_t r = 0; r < records; ++r)
  {
    std::uint32_t const code = codes.code_of(keys_of_texts_[r], raw_[r]);
    cells.value[r] = code;
    cells.valid[r] = 1;
    if (code >= CodeColumn::not_listed)
    {
      cells.value[r] = 0;
      cells.valid[r] = 0;
      cells.any_missing = true;
      bool const wrong = code == CodeColumn::not_listed || column.mandatory;
      if (wrong && why_[r] == Reasons::kept)
      {
        why_[r] =
            code == CodeColumn::not_listed ? shared_.reasons.unknown_code(c) : shared_.reasons.missing(c);
      }
    }
  }
}

void BlockParser::parse_column(std::size_t c, BlockText const& block)
{
  SourceColumn const& column = shared_.source.columns[c];
  int const field = header_->field_of_column[c];
  cells_[c].any_missing = false;
  switch (column.schema.kind)
  {
    case ColumnKind::code:
      parse_codes(c, block.text, field);
      break;
    case ColumnKind::integer:
      parse_numbers(c, block.text, field,
                    [](std::size_t, std::string_view cell, std::int64_t& value)
                    { return parse_integer(cell, value); });
      break;
    case ColumnKind::decimal:
      parse_numbers(c, block.text, field,
                    [&](std::size_t r, std::string_view cell, std::int64_t& value)
                    {
                      std::int64_t residual = 0;
                      ParseResult const result = parse_decimal(cell, column.number, value, residual);
                      if (c == value_column_)
                      {
                        residual_[r] = residual;
                      }
                      return result;
                    });
      break;
    case ColumnKind::hs:
      parse_numbers(c, block.text, field,
                    [&](std::size_t, std::string_view cell, std::int64_t& value)
                    { return parse_hs(cell, column.schema.digits, column.restore_zero, value); });
      break;
    case ColumnKind::date:
    {
      std::vector<DateFormat> const& formats = dates_[static_cast<std::size_t>(date_of_column_[c])];
      parse_numbers(c, block.text, field,
                    [&](std::size_t, std::string_view cell, std::int64_t& value)
                    {
                      ParseResult result = ParseResult::malformed;
                      std::int32_t days = 0;
                      for (std::size_t i = 0; i < formats.size() && result == ParseResult::malformed; ++i)
                      {
                        result = formats[i].parse(cell, days);
                      }
                      value = days;
                      return result;
                    });
      break;
    }
  }
}

void BlockParser::check_rules(std::string_view text, std::size_t records)
{
  Source const& source = shared_.source;
  auto const first_reason = [this](std::size_t r, Reasons::Id why)
  { why_[r] = why_[r] == Reasons::kept ? why : why_[r]; };
  for (std::size_t c = 0; c < columns_; ++c)
  {
    SourceColumn const& column = source.columns[c];
    if (codes_[c] && !column.codes.empty() && !column.valid_on.empty())
    {
      Cells const& dates = cells_[source.column(column.valid_on)];
      for (std::size_t r = 0; r < records; ++r)
      {
        if (cells_[c].valid[r] != 0 && dates.valid[r] != 0
            && !codes_[c]->is_valid_on(static_cast<std::uint32_t>(cells_[c].value[r]), dates.value[r]))
        {
          first_reason(r, shared_.reasons.expired_code(c));
        }
      }
    }
  }
  for (std::size_t rule = 0; rule < source.order_rules.size(); ++rule)
  {
    Cells const& left = cells_[source.column(source.order_rules[rule].left)];
    Cells const& right = cells_[source.column(source.order_rules[rule].right)];
    for (std::size_t r = 0; r < records; ++r)
    {
      if (left.valid[r] != 0 && right.valid[r] != 0 && left.value[r] > right.value[r])
      {
        first_reason(r, shared_.reasons.order(rule));
      }
    }
  }
  for (FilterRule const& filter : source.filters)
  {
    std::size_t const c = source.column(filter.column);
    for (std::size_t r = 0; r < records; ++r)
    {
      bool const there = cells_[c].valid[r] != 0;
      std::string_view const word = !there ? std::string_view()
                                    : codes_[c]
                                        ? codes_[c]->texts()[static_cast<std::size_t>(cells_[c].value[r])]
                                        : trimmed(field_text(text, r, header_->field_of_column[c], scratch_));
      bool const kept = there && std::find(filter.keep.begin(), filter.keep.end(), word) != filter.keep.end();
      filtered_[r] = static_cast<std::uint8_t>(filtered_[r] | static_cast<std::uint8_t>(!kept));
    }
  }
  if (partition_column_ != none)
  {
    for (std::size_t r = 0; r < records; ++r)
    {
      if (cells_[partition_column_].valid[r] == 0)
      {
        first_reason(r, shared_.reasons.missing(partition_column_));
      }
    }
  }
}

std::uint32_t BlockParser::bytes_of(std::string_view text, std::size_t record) const
{
  RecordBatch::Record const& span = batch_.records[record];
  return span.end - span.begin + line_end_bytes(text, span.end);
}

/// Gives every record and every damaged span of the batch to one line of the balance sheet, and stages what
/// is kept.
void BlockParser::settle(BlockText const& block, BlockOutcome& outcome)
{
  std::size_t const records = batch_.records.size();
  outcome.read.records += static_cast<std::int64_t>(records);
  outcome.read.lines += static_cast<std::int64_t>(batch_.lines);
  outcome.blank.lines += batch_.blank_lines;
  outcome.blank.bytes += static_cast<std::int64_t>(batch_.blank_bytes);
  for (std::size_t r = 0; r < records; ++r)
  {
    RecordBatch::Record const& record = batch_.records[r];
    bool const has_value = value_column_ != none && cells_[value_column_].valid[r] != 0;
    bool const one_line =
        r + 1 < records && batch_.faults.empty() && batch_.records[r + 1].line - record.line == 1;
    Tally tally{bytes_of(block.text, r), one_line ? 1 : lines_between(block.text, record.begin, record.end),
                1, has_value ? cells_[value_column_].value[r] : 0, has_value ? 0 : 1};
    outcome.read.value += tally.value;
    outcome.read.without_value += tally.without_value;
    if (filtered_[r] != 0)
    {
      outcome.filtered += tally;
    }
    else if (why_[r] != Reasons::kept)
    {
      reject(block, outcome, why_[r], record.begin, record.end, record.line, tally);
    }
    else
    {
      outcome.kept += tally;
      outcome.rounding += residual_[r];
      outcome.rounded += static_cast<std::int64_t>(residual_[r] != 0);
    }
  }
  for (RecordBatch::Fault const& fault : batch_.faults)
  {
    // What follows of a line whose beginning was rejected is more bytes of that record, not another one.
    bool const counts = fault.why != RecordFault::rest_of_line;
    std::uint32_t const line_end = line_end_bytes(block.text, fault.end);
    bool const is_ended = line_end > 0 || (block.at_end && fault.end == block.text.size());
    Tally const tally{
        fault.end - fault.begin + line_end,
        static_cast<std::int64_t>(is_ended) - 1 + lines_between(block.text, fault.begin, fault.end),
        static_cast<std::int64_t>(counts), 0, static_cast<std::int64_t>(counts)};
    outcome.read.records += tally.records;
    outcome.read.without_value += tally.without_value;
    reject(block, outcome, shared_.reasons.of(fault.why), fault.begin, fault.end, fault.line, tally);
  }
  stage_rows(block, outcome);
}

void BlockParser::reject(BlockText const& block, BlockOutcome& outcome, Reasons::Id why, std::uint32_t begin,
                         std::uint32_t end, std::uint32_t line, Tally tally)
{
  auto const known = std::find_if(outcome.rejected.begin(), outcome.rejected.end(),
                                  [why](auto const& entry) { return entry.first == why; });
  if (known == outcome.rejected.end())
  {
    outcome.rejected.emplace_back(why, tally);
  }
  else
  {
    known->second += tally;
  }
  RejectHead const head{block.offset + begin, end - begin, lines_before_ + line, why, {}};
  rejects_.append(std::as_bytes(std::span(&head, 1)));
  rejects_.append(std::as_bytes(std::span(block.text.data() + begin, end - begin)));
}

std::uint32_t BlockParser::partition_of(std::size_t record)
{
  Source const& source = shared_.source;
  std::int64_t key = 0;
  if (partition_column_ != none)
  {
    key = cells_[partition_column_].value[record];
    KnownPartition const& known = known_partitions_[static_cast<std::size_t>(key) % known_partitions_.size()];
    if (known.value == key && known.number < waiting_.size())
    {
      return known.number;
    }
    if (source.partition_by != Source::PartitionBy::value)
    {
      int year = static_cast<int>(key);
      int month = 1;
      int day = 1;
      if (source.partition_by == Source::PartitionBy::year_of_date)
      {
        civil_of(static_cast<std::int32_t>(key), year, month, day);
      }
      else if (key > 9999)
      {
        year = static_cast<int>(key / 100);
        month = static_cast<int>(key % 100);
      }
      bool const next_fiscal = source.fiscal_year_first_month > 1 && month >= source.fiscal_year_first_month;
      key = year + static_cast<int>(next_fiscal);
    }
  }
  auto const [at, is_new] =
      partition_ids_.try_emplace(key, static_cast<std::uint32_t>(partition_names_.size()));
  if (is_new)
  {
    bool const by_code = partition_column_ != none && codes_[partition_column_] != nullptr;
    partition_names_.push_back(partition_column_ == none ? "all"
                               : by_code ? codes_[partition_column_]->texts()[static_cast<std::size_t>(key)]
                                         : std::to_string(key));
    has_missing_.emplace_back(columns_);
    used_.emplace_back(columns_);
    Waiting fresh;
    fresh.values.resize(cells_.size());
    fresh.valid.resize(columns_);
    fresh.missing.resize(columns_);
    waiting_.push_back(std::move(fresh));
  }
  if (partition_column_ != none)
  {
    std::int64_t const value = cells_[partition_column_].value[record];
    known_partitions_[static_cast<std::size_t>(value) % known_partitions_.size()] = {value, at->second};
  }
  return at->second;
}

void BlockParser::stage_rows(BlockText const& block, BlockOutcome& outcome)
{
  std::size_t const records = batch_.records.size();
  rows_of_partition_.resize(waiting_.size());
  for (auto& rows : rows_of_partition_)
  {
    rows.clear();
  }
  for (std::size_t r = 0; r < records; ++r)
  {
    if (why_[r] == Reasons::kept && filtered_[r] == 0)
    {
      std::uint32_t const partition = partition_of(r);
      rows_of_partition_.resize(waiting_.size());
      rows_of_partition_[partition].push_back(static_cast<std::uint16_t>(r));
    }
  }
  for (std::uint32_t partition = 0; partition < rows_of_partition_.size(); ++partition)
  {
    if (!rows_of_partition_[partition].empty())
    {
      append_rows(partition, rows_of_partition_[partition], block, outcome);
    }
  }
}

void BlockParser::append_rows(std::uint32_t partition, std::vector<std::uint16_t> const& rows,
                              BlockText const& block, BlockOutcome& outcome)
{
  Waiting& waiting = waiting_[partition];
  if (waiting.rows + rows.size() > batch_rows)
  {
    flush(partition, outcome);
  }
  if (waiting.rows == 0)
  {
    waiting.run = (static_cast<std::uint32_t>(thread_) << 24U) | next_run_++;
  }
  if (keys_)
  {
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
      add_key(block, rows[i], waiting.run, waiting.rows + i);
    }
  }
  std::size_t const before = waiting.rows;
  bool const whole_batch = rows.size() == batch_.records.size();
  for (std::size_t c = 0; c < cells_.size(); ++c)
  {
    Cells const& cells = cells_[c];
    std::vector<std::int64_t>& values = waiting.values[c];
    values.resize(batch_rows);
    if (whole_batch)
    {
      std::copy_n(cells.value.begin(), rows.size(), values.begin() + static_cast<std::ptrdiff_t>(before));
    }
    else
    {
      std::transform(rows.begin(), rows.end(), values.begin() + static_cast<std::ptrdiff_t>(before),
                     [&cells](std::uint16_t row) { return cells.value[row]; });
    }
    if (c < columns_ && (cells.any_missing || waiting.missing[c] != 0))
    {
      std::vector<std::uint8_t>& valid = waiting.valid[c];
      if (waiting.missing[c] == 0)
      {
        valid.assign(batch_rows, 1);
        waiting.missing[c] = 1;
      }
      if (cells.any_missing)
      {
        std::transform(rows.begin(), rows.end(), valid.begin() + static_cast<std::ptrdiff_t>(before),
                       [&cells](std::uint16_t row) { return cells.valid[row]; });
      }
    }
  }
  waiting.rows += rows.size();
  // A run that is nearly full is closed, so that whole batches keep fitting into fresh runs.
  if (waiting.rows >= batch_rows - batch_rows / 8)
  {
    flush(partition, outcome);
  }
}

void BlockParser::flush(std::uint32_t partition, BlockOutcome& outcome)
{
  Waiting& waiting = waiting_[partition];
  if (waiting.rows == 0)
  {
    return;
  }
  std::vector<row_run::Column> columns(cells_.size());
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    bool missing = c < columns_ && waiting.missing[c] != 0;
    if (missing)
    {
      auto const end = waiting.valid[c].begin() + static_cast<std::ptrdiff_t>(waiting.rows);
      missing = std::find(waiting.valid[c].begin(), end, 0) != end;
      has_missing_[partition][c] =
          static_cast<std::uint8_t>(has_missing_[partition][c] | static_cast<int>(missing));
      waiting.missing[c] = 0;
      std::fill(end, waiting.valid[c].end(), std::uint8_t{1});
    }
    if (c < columns_ && codes_[c])
    {
      mark_used(partition, c, waiting.values[c].data(), missing ? waiting.valid[c].data() : nullptr,
                waiting.rows);
    }
    columns[c] = {waiting.values[c].data(), missing ? waiting.valid[c].data() : nullptr};
  }
  encoded_.clear();
  row_run::encode(columns, waiting.rows, encoded_);
  outcome.runs.push_back({partition, static_cast<std::uint32_t>(waiting.rows), runs_.append(encoded_),
                          static_cast<std::uint32_t>(encoded_.size()), waiting.run});
  waiting.rows = 0;
}

void BlockParser::mark_used(std::uint32_t partition, std::size_t column, std::int64_t const* codes,
                            std::uint8_t const* valid, std::size_t rows)
{
  std::vector<std::uint8_t>& used = used_[partition][column];
  used.resize(std::max(used.size(), codes_[column]->texts().size()));
  for (std::size_t row = 0; row < rows; ++row)
  {
    if (valid == nullptr || valid[row] != 0)
    {
      used[static_cast<std::size_t>(codes[row])] = 1;
    }
  }
}

void BlockParser::recount(std::vector<BlockOutcome> const& outcomes)
{
  for (std::size_t partition = 0; partition < partition_names_.size(); ++partition)
  {
    used_[partition].assign(columns_, {});
    has_missing_[partition].assign(columns_, 0);
  }
  PlainFile const file(runs_.path());
  std::vector<std::uint64_t> bytes;  // 8-byte elements, so that the columns of a run are aligned
  std::vector<std::int64_t> values(row_run::most_rows);
  std::vector<std::uint8_t> valid(row_run::most_rows);
  for (BlockOutcome const& outcome : outcomes)
  {
    if (outcome.thread != static_cast<std::uint32_t>(thread_))
    {
      continue;
    }
    for (RunRef const& run : outcome.runs)
    {
      bytes.resize(run.bytes / 8 + 1);
      std::size_t const got = file.read_at(run.offset, reinterpret_cast<char*>(bytes.data()), run.bytes);
      row_run::View const view(std::as_bytes(std::span(bytes)).first(got));
      for (std::size_t c = 0; c < columns_; ++c)
      {
        bool const missing = view.has_missing(c);
        has_missing_[run.partition][c] =
            static_cast<std::uint8_t>(has_missing_[run.partition][c] | static_cast<int>(missing));
        if (codes_[c])
        {
          view.read(c, values.data());
          view.read_valid(c, valid.data());
          mark_used(run.partition, c, values.data(), missing ? valid.data() : nullptr, view.rows());
        }
      }
    }
  }
}

void BlockParser::add_key(BlockText const& block, std::size_t record, std::uint32_t run, std::size_t row)
{
  XXH128_hash_t hash;
  RecordBatch::Record const& span = batch_.records[record];
  if (shared_.source.duplicates == DuplicateRule::row)
  {
    hash = XXH3_128bits(block.text.data() + span.begin, span.end - span.begin);
  }
  else
  {
    key_text_.clear();
    for (std::size_t const c : key_columns_)
    {
      int const field = header_->field_of_column[c];
      key_text_ += field < 0 ? std::string_view(shared_.source.columns[c].constant)
                             : trimmed(field_text(block.text, record, field, scratch_));
      key_text_ += '\x1F';
    }
    hash = XXH3_128bits(key_text_.data(), key_text_.size());
  }
  bool const has_value = value_column_ != none && cells_[value_column_].valid[record] != 0;
  KeyEntry entry{};
  entry.hash_low = hash.low64;
  entry.hash_high = hash.high64;
  entry.version = version_column_ == none || cells_[version_column_].valid[record] == 0
                      ? 0
                      : cells_[version_column_].value[record];
  entry.position = (std::uint64_t{block.file} << 48U) | (block.offset + span.begin);
  entry.value = has_value ? cells_[value_column_].value[record] : 0;
  entry.run = run;
  entry.bytes = bytes_of(block.text, record);
  entry.row = static_cast<std::uint16_t>(row);
  entry.rank = static_cast<std::uint16_t>(shared_.rank);
  entry.lines = static_cast<std::uint16_t>(
      std::min<std::int64_t>(lines_between(block.text, span.begin, span.end), 0xFFFF));
  entry.has_value = static_cast<std::uint16_t>(has_value);
  keys_->add(entry);
}

}  // namespace tarifa
