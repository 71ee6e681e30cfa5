#include "pipeline/ingest/cell_parser.hpp"

#include <algorithm>

#include "pipeline/archive/layout.hpp"
#include "pipeline/csv/field_column.hpp"
#include "pipeline/source/ini.hpp"

namespace tarifa
{

struct CellParser::Place
{
  std::string_view text;
  HeaderMatch const& header;
  std::size_t fields;
  ParsedBatch& batch;

  bool is_constant(std::size_t column) const { return header.field_of_column[column] < 0; }
  FieldColumn fields_of(std::size_t column) const
  {
    return {text, batch.text, fields, static_cast<std::size_t>(header.field_of_column[column])};
  }
};

namespace
{

/// The first reason found stays.
void reject(ParsedBatch& batch, std::size_t record, Reasons::Id why)
{
  batch.why[record] = batch.why[record] == Reasons::kept ? why : batch.why[record];
  batch.all_kept = false;
}

void set_missing(ParsedBatch::Column& cells, std::size_t record)
{
  cells.valid[record] = 0;
  cells.any_missing = true;
}

}  // namespace

CellParser::CellParser(Source const& source, Reasons const& reasons)
    : source_(source)
    , reasons_(reasons)
    , partition_column_(column_or_none(source, source.partition_column))
    , value_column_(column_or_none(source, source.balance_value))
    , codes_(source.columns.size())
    , dates_(source.columns.size())
    , plain_(source.columns.size())
    , plain_is_final_(source.columns.size(), 1)
    , code_(ParsedBatch::most_rows)
    , is_plain_(ParsedBatch::most_rows)
{
  for (std::size_t c = 0; c < source.columns.size(); ++c)
  {
    SourceColumn const& column = source.columns[c];
    if (column.schema.kind == ColumnKind::code)
    {
      codes_[c] = std::make_unique<CodeColumn>(column, source);
      continue;
    }
    if (column.schema.kind == ColumnKind::date)
    {
      dates_[c] = std::vector<DateFormat>(column.date_patterns.begin(), column.date_patterns.end());
    }
    bool const is_decimal = column.schema.kind == ColumnKind::decimal;
    bool const is_hs = column.schema.kind == ColumnKind::hs;
    plain_[c] = {is_decimal ? column.number.decimal_mark : '\0', is_decimal ? column.number.scale : 0,
                 is_hs ? static_cast<std::size_t>(column.schema.digits) : 0,
                 std::max<std::int64_t>(column.least.value_or(0), 0), column.most.value_or(INT64_MAX)};
    auto const is_number = [&](std::string_view word)
    {
      Cell cell;
      return parse_number(c, word, cell) != ParseResult::malformed;
    };
    bool const worded = std::any_of(column.missing.begin(), column.missing.end(), is_number)
                        || std::any_of(column.map.begin(), column.map.end(),
                                       [&](auto const& map) { return is_number(map.first); });
    plain_is_final_[c] = static_cast<std::uint8_t>(!worded);
  }
}

void CellParser::parse(std::string_view text, HeaderMatch const& header, std::size_t fields,
                       ParsedBatch& batch)
{
  std::size_t const records = batch.records();
  std::fill_n(batch.why.begin(), records, Reasons::kept);
  std::fill_n(batch.filtered.begin(), records, std::uint8_t{0});
  std::fill_n(batch.residual.begin(), records, 0);
  batch.all_kept = true;
  if (records == 0)
  {
    return;
  }
  Place const place{text, header, fields, batch};
  if (source_.encoding == Encoding::utf8)
  {
    check_encoding(place);
  }
  for (std::size_t c = 0; c < source_.columns.size(); ++c)
  {
    parse_column(c, place);
  }
  check_rules(place);
}

void CellParser::check_encoding(Place const& place) const
{
  std::vector<RecordBatch::Record> const& records = place.batch.text.records;
  std::uint32_t const begin = records.front().begin;
  if (is_utf8(place.text.substr(begin, records.back().end - begin)))
  {
    return;
  }
  for (std::size_t r = 0; r < records.size(); ++r)
  {
    if (!is_utf8(place.text.substr(records[r].begin, records[r].end - records[r].begin)))
    {
      reject(place.batch, r, reasons_.encoding());
    }
  }
}

void CellParser::parse_column(std::size_t c, Place const& place)
{
  ParsedBatch::Column& cells = place.batch.columns[c];
  if (cells.any_missing)
  {
    cells.valid.fill(1);
    cells.any_missing = false;
  }
  if (codes_[c])
  {
    parse_codes(c, place);
  }
  else
  {
    parse_numbers(c, place);
  }
}

void CellParser::parse_codes(std::size_t c, Place const& place)
{
  SourceColumn const& column = source_.columns[c];
  ParsedBatch& batch = place.batch;
  ParsedBatch::Column& cells = batch.columns[c];
  std::size_t const records = batch.records();
  if (place.is_constant(c))
  {
    std::fill_n(code_.begin(), records, codes_[c]->code_of_constant());
  }
  else
  {
    codes_[c]->codes_of(place.fields_of(c), code_.data());
  }
  std::uint32_t most = 0;
  for (std::size_t r = 0; r < records; ++r)
  {
    cells.value[r] = code_[r];
    most = std::max(most, code_[r]);
  }
  if (most < CodeColumn::not_listed)
  {
    return;
  }
  for (std::size_t r = 0; r < records; ++r)
  {
    if (code_[r] >= CodeColumn::not_listed)
    {
      cells.value[r] = 0;
      set_missing(cells, r);
      if (code_[r] == CodeColumn::not_listed || column.mandatory)
      {
        reject(batch, r, code_[r] == CodeColumn::missing ? reasons_.missing(c) : reasons_.unknown_code(c));
      }
    }
  }
}

/// Plain numbers at once, the others one by one.
void CellParser::parse_numbers(std::size_t c, Place const& place)
{
  ParsedBatch& batch = place.batch;
  ParsedBatch::Column& cells = batch.columns[c];
  std::size_t const records = batch.records();
  auto const put = [&](std::size_t r, Cell const& cell)
  {
    cells.value[r] = cell.value;
    if (c == value_column_)
    {
      batch.residual[r] = cell.residual;
    }
    if (!cell.valid)
    {
      set_missing(cells, r);
    }
    if (cell.why != Reasons::kept)
    {
      reject(batch, r, cell.why);
    }
  };
  if (place.is_constant(c))
  {
    Cell const cell = parse_cell(c, source_.columns[c].constant, Encoding::utf8);
    for (std::size_t r = 0; r < records; ++r)
    {
      put(r, cell);
    }
    return;
  }
  FieldColumn const fields = place.fields_of(c);
  std::size_t plain = 0;
  if (dates_[c].empty() && plain_is_final_[c] != 0)
  {
    plain = parse_plain_numbers(fields, plain_[c], cells.value, is_plain_);
  }
  else
  {
    std::fill_n(is_plain_.begin(), records, std::uint8_t{0});
  }
  std::string_view before;  // dates come in long rows of equal ones
  Cell cell;
  for (std::size_t r = 0; plain < records && r < records; ++r)
  {
    if (is_plain_[r] == 0)
    {
      std::string_view const raw = fields[r];
      if (before.data() == nullptr || raw != before)
      {
        cell = parse_cell(c, raw, source_.encoding);
        before = raw;
      }
      put(r, cell);
    }
  }
}

CellParser::Cell CellParser::parse_cell(std::size_t c, std::string_view raw, Encoding encoding)
{
  SourceColumn const& column = source_.columns[c];
  char const quote = source_.dialect.quote;
  bool const quoted = quote != 0 && !raw.empty() && raw.front() == quote;
  std::string_view text = quoted ? unquoted(raw, quote, scratch_) : raw;
  Cell cell;
  bool const worded = !column.missing.empty() || !column.map.empty();
  bool missing = text.empty() || (worded && is_missing_mark(column, quoted, encoding, text));
  ParseResult result = ParseResult::ok;
  if (!missing)
  {
    result = parse_number(c, text, cell);
    missing = result == ParseResult::malformed && trimmed(text).empty();
  }
  if (missing)
  {
    cell.valid = false;
    cell.why = column.mandatory ? reasons_.missing(c) : Reasons::kept;
  }
  else if (result == ParseResult::malformed || result == ParseResult::out_of_range)
  {
    // An unreadable cell has no value: it must not count into the money read.
    cell.valid = false;
    cell.why = result == ParseResult::malformed ? reasons_.malformed(c) : reasons_.out_of_range(c);
  }
  else if (cell.value < column.least.value_or(INT64_MIN) || cell.value > column.most.value_or(INT64_MAX))
  {
    cell.why = reasons_.out_of_range(c);
  }
  return cell;
}

ParseResult CellParser::parse_number(std::size_t c, std::string_view text, Cell& cell) const
{
  SourceColumn const& column = source_.columns[c];
  switch (column.schema.kind)
  {
    case ColumnKind::decimal:
      return parse_decimal(text, column.number, cell.value, cell.residual);
    case ColumnKind::hs:
      return parse_hs(text, column.schema.digits, column.restore_zero, cell.value);
    case ColumnKind::date:
    {
      ParseResult result = ParseResult::malformed;
      std::int32_t days = 0;
      for (std::size_t i = 0; i < dates_[c].size() && result == ParseResult::malformed; ++i)
      {
        result = dates_[c][i].parse(text, days);
      }
      cell.value = days;
      return result;
    }
    default:
      return parse_integer(text, column.number.thousands_mark, cell.value);
  }
}

/// Maps `text` and says whether what came out is a mark of a missing value.
bool CellParser::is_missing_mark(SourceColumn const& column, bool quoted, Encoding encoding,
                                 std::string_view& text) const
{
  text = trimmed(text);
  std::string decoded;
  if (encoding == Encoding::latin1)
  {
    append_latin1_as_utf8(text, decoded);
  }
  std::string_view word = encoding == Encoding::latin1 ? decoded : text;
  auto const mapped = std::find_if(column.map.begin(), column.map.end(),
                                   [word](auto const& entry) { return entry.first == word; });
  if (mapped != column.map.end())
  {
    text = word = mapped->second;
  }
  if (word.empty())
  {
    return true;
  }
  bool const may_be_mark = source_.missing_when_quoted || !quoted;
  return may_be_mark && std::find(column.missing.begin(), column.missing.end(), word) != column.missing.end();
}

void CellParser::check_rules(Place const& place)
{
  ParsedBatch& batch = place.batch;
  check_validity(batch);
  check_order(batch);
  apply_filters(place);
  check_partition(batch);
}

/// Every kept record names a folder of the archive.
void CellParser::check_partition(ParsedBatch& batch)
{
  if (partition_column_ == no_column)
  {
    return;
  }
  ParsedBatch::Column const& cells = batch.columns[partition_column_];
  bool const by_period = source_.partition_by == Source::PartitionBy::year_of_period;
  bool const by_code =
      source_.partition_by == Source::PartitionBy::value && codes_[partition_column_] != nullptr;
  if (!cells.any_missing && !by_period && !by_code)
  {
    return;
  }
  for (std::size_t r = 0; r < batch.records(); ++r)
  {
    if (cells.valid[r] == 0)
    {
      reject(batch, r, reasons_.missing(partition_column_));
    }
    else if (by_period && !is_year_or_month(cells.value[r]))
    {
      reject(batch, r, reasons_.out_of_range(partition_column_));
    }
    else if (by_code && !is_folder_name(static_cast<std::size_t>(cells.value[r])))
    {
      reject(batch, r, reasons_.malformed(partition_column_));
    }
  }
}

bool CellParser::is_year_or_month(std::int64_t period)
{
  std::int64_t const month = period > 9999 ? period % 100 : 1;
  return period >= 0 && period <= 999'912 && month >= 1 && month <= 12;
}

bool CellParser::is_folder_name(std::size_t code)
{
  for (std::vector<std::string> const& texts = codes_[partition_column_]->texts();
       folder_names_.size() <= code && folder_names_.size() < texts.size();)
  {
    folder_names_.push_back(static_cast<char>(is_plain_name(texts[folder_names_.size()])));
  }
  return folder_names_[code] != 0;
}

/// Codes must be valid on the date of their record.
void CellParser::check_validity(ParsedBatch& batch) const
{
  for (std::size_t c = 0; c < source_.columns.size(); ++c)
  {
    SourceColumn const& column = source_.columns[c];
    if (!codes_[c] || column.codes.empty() || column.valid_on.empty())
    {
      continue;
    }
    ParsedBatch::Column const& cells = batch.columns[c];
    ParsedBatch::Column const& dates = batch.columns[source_.column(column.valid_on)];
    for (std::size_t r = 0; r < batch.records(); ++r)
    {
      if (cells.valid[r] != 0 && dates.valid[r] != 0
          && !codes_[c]->is_valid_on(static_cast<std::uint32_t>(cells.value[r]), dates.value[r]))
      {
        reject(batch, r, reasons_.expired_code(c));
      }
    }
  }
}

void CellParser::check_order(ParsedBatch& batch) const
{
  for (std::size_t rule = 0; rule < source_.order_rules.size(); ++rule)
  {
    ParsedBatch::Column const& left = batch.columns[source_.column(source_.order_rules[rule].left)];
    ParsedBatch::Column const& right = batch.columns[source_.column(source_.order_rules[rule].right)];
    for (std::size_t r = 0; r < batch.records(); ++r)
    {
      if (left.valid[r] != 0 && right.valid[r] != 0 && left.value[r] > right.value[r])
      {
        reject(batch, r, reasons_.order(rule));
      }
    }
  }
}

void CellParser::apply_filters(Place const& place)
{
  ParsedBatch& batch = place.batch;
  for (FilterRule const& filter : source_.filters)
  {
    std::size_t const c = source_.column(filter.column);
    ParsedBatch::Column const& cells = batch.columns[c];
    for (std::size_t r = 0; r < batch.records(); ++r)
    {
      std::string_view word;
      if (cells.valid[r] != 0 && codes_[c])
      {
        word = codes_[c]->texts()[static_cast<std::size_t>(cells.value[r])];
      }
      else if (cells.valid[r] != 0)
      {
        std::string_view const raw =
            place.is_constant(c) ? source_.columns[c].constant : place.fields_of(c)[r];
        word = trimmed(unquoted(raw, source_.dialect.quote, scratch_));
      }
      bool const kept =
          cells.valid[r] != 0 && std::find(filter.keep.begin(), filter.keep.end(), word) != filter.keep.end();
      // A cell that cannot be read says nothing about the record: that one is rejected, and kept whole.
      bool const unreadable = cells.valid[r] == 0 && batch.why[r] != Reasons::kept;
      if (!kept && !unreadable)
      {
        batch.filtered[r] = 1;
        batch.all_kept = false;
      }
    }
  }
}

}  // namespace tarifa
