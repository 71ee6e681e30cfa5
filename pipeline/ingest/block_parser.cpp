#include "pipeline/ingest/block_parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/source/ini.hpp"

namespace tarifa
{
namespace
{

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

}  // namespace

BlockParser::BlockParser(Shared const& shared, int thread)
    : shared_(shared)
    , worker_{shared.share, static_cast<std::uint32_t>(thread)}
    , value_column_(column_or_none(shared.source, shared.source.balance_value))
    , version_column_(column_or_none(shared.source, shared.source.version))
    , batch_(shared.source.columns.size())
    , cells_(shared.source, shared.reasons)
    , rows_(shared.source, cells_.codes(), run_path(shared.stage_folder, worker_), shared.mode, thread)
    , rejects_(reject_path(shared.stage_folder, worker_), shared.mode)
{
  for (std::string const& name : shared.source.key)
  {
    key_columns_.push_back(shared.source.column(name));
  }
  key_ranges_.resize(key_columns_.size());
  if (shared.spills_keys)
  {
    keys_ =
        std::make_unique<KeySpill>(key_path(shared.stage_folder, worker_), AppendMode::write, key_buckets);
  }
}

BlockOutcome BlockParser::parse(BlockText const& block, std::function<bool()> const& lengthen)
{
  BlockOutcome outcome;
  outcome.file = block.file;
  outcome.worker = worker_;
  outcome.begin = block.begin;
  outcome.start = block.offset + block.from;
  outcome.reject_offset = rejects_.size();
  fields_ = shared_.fields[block.file];
  RecordScanner const scanner(shared_.source.dialect, fields_);
  RecordBatch& records = batch_.text;
  std::size_t at = block.from;
  lines_before_ = 0;
  outcome.start_open = block.open_line;
  bool open_line = block.open_line;
  while (at < block.stop)
  {
    records.clear();
    records.open_line = open_line;
    std::size_t const next =
        scanner.scan(block.text, at, block.stop, block.at_end, ParsedBatch::most_rows, records);
    if (next == at)
    {
      if (lengthen())
      {
        continue;
      }
      break;
    }
    parse_batch(block, outcome);
    outcome.read.bytes += static_cast<std::int64_t>(next - at);
    lines_before_ += static_cast<std::uint32_t>(records.lines);
    at = next;
    open_line = records.open_line;
  }
  outcome.exit_open = open_line;
  outcome.exit = block.offset + at;
  outcome.lines = lines_before_;
  rows_.end_runs(outcome.runs);
  outcome.reject_bytes = rejects_.size() - outcome.reject_offset;
  return outcome;
}

void BlockParser::finish()
{
  rows_.finish();
  rejects_.flush();
  if (keys_)
  {
    keys_->finish();
  }
}

StagedThread BlockParser::hand_over()
{
  StagedThread staged;
  staged.worker = worker_;
  rows_.hand_over(staged);
  for (auto const& codes : cells_.codes())
  {
    staged.texts.push_back(codes ? codes->release_texts() : std::vector<std::string>());
  }
  staged.key_ranges = key_ranges_;
  if (keys_)
  {
    staged.keys = keys_->file().stretches;
    staged.key_file = {keys_->bytes(), keys_->checksum()};
  }
  staged.reject_file = {rejects_.size(), rejects_.checksum()};
  return staged;
}

void BlockParser::recount(std::vector<BlockOutcome> const& outcomes)
{
  rows_.forget_uses();
  for (BlockOutcome const& outcome : outcomes)
  {
    if (outcome.worker == worker_)
    {
      rows_.count_uses(outcome.runs);
    }
  }
}

void BlockParser::parse_batch(BlockText const& block, BlockOutcome& outcome)
{
  cells_.parse(block.text, shared_.headers[block.file], fields_, batch_);
  std::size_t const first_hidden = shared_.source.columns.size();
  for (std::size_t r = 0; r < batch_.records(); ++r)
  {
    batch_.columns[first_hidden].value[r] =
        static_cast<std::int64_t>(block.offset + batch_.text.records[r].begin);
    batch_.columns[first_hidden + 1].value[r] = block.file;
  }
  settle_records(block, outcome);
  settle_faults(block, outcome);
  std::span<RowStager::Place const> const places = rows_.stage(batch_, outcome.runs);
  for (std::size_t r = 0; keys_ && r < places.size(); ++r)
  {
    if (batch_.is_kept(r))
    {
      add_key(block, r, places[r]);
    }
  }
}

std::uint32_t BlockParser::bytes_of(std::string_view text, std::size_t record) const
{
  RecordBatch::Record const& span = batch_.text.records[record];
  return span.end - span.begin + line_end_bytes(text, span.end);
}

/// Physical lines of a record.
std::int64_t BlockParser::lines_of(std::string_view text, std::size_t record) const
{
  std::vector<RecordBatch::Record> const& records = batch_.text.records;
  bool const one_line = record + 1 < records.size() && batch_.text.faults.empty()
                        && records[record + 1].line - records[record].line == 1;
  return one_line ? 1 : lines_between(text, records[record].begin, records[record].end);
}

/// Gives every record of the batch to one line of the balance sheet.
void BlockParser::settle_records(BlockText const& block, BlockOutcome& outcome)
{
  Tally read;
  read.records = static_cast<std::int64_t>(batch_.records());
  read.lines = static_cast<std::int64_t>(batch_.text.lines);
  Tally kept;
  for (std::size_t r = 0; r < batch_.records(); ++r)
  {
    bool const has_value = value_column_ != no_column && batch_.columns[value_column_].valid[r] != 0;
    std::int64_t const value = has_value ? batch_.columns[value_column_].value[r] : 0;
    std::int64_t const without_value = has_value ? 0 : 1;
    read.value += value;
    read.without_value += without_value;
    if (batch_.all_kept || batch_.is_kept(r))
    {
      kept.bytes += bytes_of(block.text, r);
      kept.lines += lines_of(block.text, r);
      ++kept.records;
      kept.value += value;
      kept.without_value += without_value;
      outcome.rounding += batch_.residual[r];
      outcome.rounded += static_cast<std::int64_t>(batch_.residual[r] != 0);
      continue;
    }
    Tally const tally{bytes_of(block.text, r), lines_of(block.text, r), 1, value, without_value};
    if (batch_.filtered[r] != 0)
    {
      outcome.filtered += tally;
    }
    else
    {
      RecordBatch::Record const& record = batch_.text.records[r];
      reject(block, outcome, batch_.why[r], record.begin, record.end, record.line, tally);
    }
  }
  outcome.read += read;
  outcome.kept += kept;
}

/// Does so with damaged spans and blank lines.
void BlockParser::settle_faults(BlockText const& block, BlockOutcome& outcome)
{
  outcome.blank.lines += batch_.text.blank_lines;
  outcome.blank.bytes += static_cast<std::int64_t>(batch_.text.blank_bytes);
  for (RecordBatch::Fault const& fault : batch_.text.faults)
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

KeyHash BlockParser::key_of(std::size_t record)
{
  key_.clear();
  for (std::size_t k = 0; k < key_columns_.size(); ++k)
  {
    ParsedBatch::Column const& cells = batch_.columns[key_columns_[k]];
    std::int64_t const value = cells.value[record];
    if (cells.valid[record] == 0)
    {
      key_ranges_[k].any_missing = true;
      key_.add_missing();
    }
    else if (CodeColumn const* const codes = cells_.codes()[key_columns_[k]].get(); codes != nullptr)
    {
      key_.add_text(codes->texts()[static_cast<std::size_t>(value)]);
    }
    else
    {
      key_ranges_[k].least = std::min(key_ranges_[k].least, value);
      key_ranges_[k].most = std::max(key_ranges_[k].most, value);
      key_.add_number(value);
    }
  }
  return key_.hash();
}

void BlockParser::add_key(BlockText const& block, std::size_t record, RowStager::Place place)
{
  RecordBatch::Record const& span = batch_.text.records[record];
  std::string_view const whole = block.text.substr(span.begin, span.end - span.begin);
  bool const has_value = value_column_ != no_column && batch_.columns[value_column_].valid[record] != 0;
  bool const has_version = version_column_ != no_column && batch_.columns[version_column_].valid[record] != 0;
  KeyEntry entry{};
  bool const by_row = shared_.source.duplicates == DuplicateRule::row;
  entry.key = key_columns_.empty() ? RecordKey::hash_of(whole) : key_of(record);
  entry.content = by_row && !key_columns_.empty() ? RecordKey::hash_of(whole).low : 0;
  entry.version = has_version ? batch_.columns[version_column_].value[record] : INT64_MIN;
  entry.position = (std::uint64_t{block.file} << 48U) | (block.offset + span.begin);
  entry.value = has_value ? batch_.columns[value_column_].value[record] : 0;
  entry.run = place.run;
  entry.bytes = bytes_of(block.text, record);
  entry.row = place.row;
  entry.share = static_cast<std::uint16_t>(worker_.share);
  entry.lines = static_cast<std::uint16_t>(std::min<std::int64_t>(lines_of(block.text, record), 0xFFFF));
  entry.has_value = static_cast<std::uint16_t>(has_value);
  keys_->add(entry.key.bucket(), entry);
}

}  // namespace tarifa
