#include "pipeline/csv/record_scanner.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "pipeline/csv/block_cutter.hpp"
#include "pipeline/csv/record_reader.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,popcnt"))) std::size_t cut_avx2(CutTask const& task, std::size_t from,
                                                                     RecordBatch& batch)
{
  return BlockCutter<true>(task, from, batch).run();
}
#endif

std::size_t cut_portable(CutTask const& task, std::size_t from, RecordBatch& batch)
{
  return BlockCutter<false>(task, from, batch).run();
}

std::size_t cut(CutTask const& task, std::size_t from, [[maybe_unused]] Lanes lanes, RecordBatch& batch)
{
#if defined(__x86_64__)
  if (lanes == Lanes::avx2)
  {
    return cut_avx2(task, from, batch);
  }
#endif
  return cut_portable(task, from, batch);
}

/// Passes over what is left of a rejected line; returns where the next record begins.
std::size_t pass_open_line(std::string_view text, std::size_t from, TextEnd text_end, RecordBatch& batch)
{
  RecordReading const rest = reject_line(text, from, text_end, RecordFault::rest_of_line);
  if (!rest.judged)
  {
    return from;
  }
  if (rest.end > from)
  {
    batch.faults.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(rest.end),
                            static_cast<std::uint32_t>(batch.lines), RecordFault::rest_of_line});
  }
  batch.lines += rest.line_ends;
  batch.open_line = rest.open_line;
  return rest.next;
}

bool is_line_mark(char byte)
{
  return byte == '\n' || byte == '\r' || byte == 0;
}

}  // namespace

void RecordBatch::clear()
{
  records.clear();
  faults.clear();
  blank_lines = 0;
  blank_bytes = 0;
  lines = 0;
  open_line = false;
}

RecordScanner::RecordScanner(Dialect dialect, std::size_t fields, Lanes lanes)
    : dialect_(dialect)
    , fields_(fields)
    , lanes_(lanes == Lanes::automatic ? best_lanes() : lanes)
{
  require(!is_line_mark(dialect.delimiter), Fault::usage,
          "the delimiter is a line end or NUL (choose , ; | or a tab)");
  require(dialect.quote != '\n' && dialect.quote != '\r', Fault::usage,
          "the quote is a line end (choose \")");
  require(dialect.delimiter != dialect.quote, Fault::usage,
          "delimiter and quote are the same character (the file can have only one meaning for it)");
  require(dialect.record_limit_bytes > 0 && dialect.record_limit_bytes <= (1U << 30), Fault::usage,
          "the record limit is outside 1 byte to 1 GiB");
  require(fields > 0, Fault::usage, "a record has no fields (the header is empty)");
}

std::size_t RecordScanner::scan(std::string_view text, std::size_t from, std::size_t stop, bool at_end,
                                std::size_t most, RecordBatch& batch) const
{
  require(text.size() <= std::numeric_limits<std::uint32_t>::max(), Fault::internal,
          "more than 4 GiB of text were handed to one scan");
  bool const far = text.size() >= stop + dialect_.record_limit_bytes;
  TextEnd const text_end = at_end ? TextEnd::file : far ? TextEnd::far : TextEnd::near;
  stop = std::min(stop, text.size());
  if (batch.open_line && from < stop && most > 0)
  {
    from = pass_open_line(text, from, text_end, batch);
    if (batch.open_line)
    {
      return from;
    }
  }
  if (from >= stop || most == 0)
  {
    return from;
  }
  return cut({text, stop, text_end, most, dialect_, fields_, mark_finder(lanes_)}, from, lanes_, batch);
}

std::size_t RecordScanner::guess_start(std::string_view text, std::size_t from) const
{
  // Far enough to leave a quoted field of the longest kind, not so far that a hopeless block is searched to
  // its end.
  std::size_t const last = std::min(text.size(), from + 2 * dialect_.record_limit_bytes);
  bool const at_line_start = from > 0 && from < text.size() && text[from - 1] == '\n';
  std::size_t candidate = at_line_start ? from : text.find('\n', from) + 1;
  if (candidate == 0)
  {
    return text.size();
  }
  std::size_t const first = candidate;
  while (candidate < last)
  {
    if (looks_like_records(text, candidate))
    {
      return candidate;
    }
    candidate = text.find('\n', candidate) + 1;
    if (candidate == 0)
    {
      break;
    }
  }
  return first;
}

bool RecordScanner::looks_like_records(std::string_view text, std::size_t begin) const
{
  constexpr int trial_records = 3;
  std::vector<std::uint32_t> field_end;
  int records = 0;
  while (records < trial_records && begin < text.size())
  {
    std::size_t const blank = text.substr(begin, 2) == "\r\n" ? 2 : text[begin] == '\n' ? 1 : 0;
    if (blank > 0)
    {
      begin += blank;
      continue;
    }
    field_end.clear();
    RecordReading const reading = read_record(text, begin, TextEnd::far, dialect_, fields_, field_end);
    if (!reading.judged || reading.fault)
    {
      return !reading.judged && records > 0;
    }
    begin = reading.next;
    ++records;
  }
  return records > 0;
}

std::string_view fold_quotes(std::string_view inside, char quote, std::string& scratch)
{
  scratch.clear();
  while (!inside.empty())
  {
    std::size_t const at = inside.find(quote);
    if (at == std::string_view::npos)
    {
      scratch.append(inside);
      break;
    }
    scratch.append(inside.substr(0, at + 1));
    inside.remove_prefix(at + 1);
    if (!inside.empty() && inside.front() == quote)
    {
      inside.remove_prefix(1);
    }
  }
  return scratch;
}

}  // namespace tarifa
