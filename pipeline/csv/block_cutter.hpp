#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pipeline/csv/quote_mask.hpp"
#include "pipeline/csv/record_reader.hpp"
#include "pipeline/csv/record_scanner.hpp"

namespace tarifa
{

/// One call of RecordScanner::scan.
struct CutTask
{
  std::string_view text;
  std::size_t stop;
  TextEnd text_end;
  std::size_t most;
  Dialect const& dialect;
  std::size_t fields;
  MarkFinder find_marks;
};

/// Cuts records out of the marks of 64-byte blocks, with well-formed quoting, and hands what it does not
/// understand to read_record. Always inlined, so that each instruction set gets its own copy of the loop.
template <bool fast_bit_counts>
class BlockCutter
{
 public:
  BlockCutter(CutTask const& task, std::size_t from, RecordBatch& batch)
      : task_(task)
      , batch_(batch)
      , begin_(from)
      , line_(batch.lines)
      , quotes_(task.text, task.dialect)
      , kept_(batch.records.size() * task.fields)
      , written_(kept_)
  {
  }

  /// Offset of the first byte not consumed. Needs begin < stop and most > 0.
  [[gnu::always_inline]] inline std::size_t run()
  {
    while (!done_)
    {
      run_window();
    }
    batch_.lines = line_;
    return begin_;
  }

 private:
  static constexpr std::size_t block_bytes = 64;
  static constexpr std::size_t window_blocks = 64;  // 2 KiB of marks: they stay in the first-level cache

  [[gnu::always_inline]] inline void run_window()
  {
    BlockMarks marks[window_blocks];
    std::size_t const start = next_block_;
    std::size_t const bytes = std::min(window_blocks * block_bytes, task_.text.size() - start);
    task_.find_marks(task_.text.data() + start, bytes, task_.dialect.delimiter, task_.dialect.quote, marks);
    std::size_t const window_end = start + bytes;
    while (next_block_ >= start && next_block_ < window_end && !done_)
    {
      std::size_t const base = next_block_;
      next_block_ = base + block_bytes;
      if (!cut_block(base, marks[(base - start) / block_bytes]) && !done_)
      {
        read_one();
        // Blocks stay on the grid of this window as long as the next record begins in it. It may also begin
        // before it: a rejected line ends where the record in hand, begun windows ago, had its first line
        // end.
        next_block_ =
            begin_ >= start && begin_ < window_end ? begin_ - (begin_ - start) % block_bytes : begin_;
      }
    }
    if (!done_ && next_block_ >= task_.text.size())
    {
      finish_text();
    }
  }

  /// False when the record in hand is not for this class.
  [[gnu::always_inline]] inline bool cut_block(std::size_t base, BlockMarks const& marks)
  {
    if (base > begin_ + task_.dialect.record_limit_bytes)
    {
      return false;
    }
    std::uint64_t const live = begin_ > base ? ~std::uint64_t{0} << (begin_ - base) : ~std::uint64_t{0};
    std::uint64_t separators = marks.separators & live;
    std::uint64_t line_feeds = marks.line_feeds & live;
    std::uint64_t trouble = 0;
    if (((marks.quotes | marks.nuls) & live) != 0 || quotes_.open())
    {
      trouble = quotes_.mask({base, begin_, marks.quotes & live, marks.nuls & live}, separators);
      if (trouble != 0)
      {
        separators &= trouble - 1;
        line_feeds &= trouble - 1;
      }
    }
    else
    {
      quotes_.pass(separators);
    }
    write_ends(base, separators);
    return cut_lines(base, separators, line_feeds) && trouble == 0;
  }

  [[gnu::always_inline]] inline void write_ends(std::size_t base, std::uint64_t separators)
  {
    if (written_ + 2 * block_bytes > batch_.field_end.size())
    {
      grow();
    }
    std::uint32_t* out = batch_.field_end.data() + written_;
    auto const offset = static_cast<std::uint32_t>(base);
    if constexpr (fast_bit_counts)
    {
      // Eight are written at a time, wanted or not: one branch that nearly always goes the same way.
      written_ += static_cast<std::size_t>(std::popcount(separators));
      while (separators != 0)
      {
        for (int k = 0; k < 8; ++k)
        {
          out[k] = offset + static_cast<std::uint32_t>(std::countr_zero(separators));
          separators &= separators - 1;
        }
        out += 8;
      }
    }
    else
    {
      for (; separators != 0; separators &= separators - 1, ++written_)
      {
        *out++ = offset + static_cast<std::uint32_t>(std::countr_zero(separators));
      }
    }
  }

  [[gnu::noinline]] void grow() { batch_.field_end.resize(written_ + (16 << 10)); }

  /// Ends the records whose line feed is in the block; false when the scan is done or the record is not for
  /// us.
  [[gnu::always_inline]] inline bool cut_lines(std::size_t base, std::uint64_t separators,
                                               std::uint64_t line_feeds)
  {
    for (; line_feeds != 0; line_feeds &= line_feeds - 1)
    {
      std::uint64_t const bit = lowest_bit(line_feeds);
      if ((separators & bit) == 0)
      {
        ++embedded_;
        continue;
      }
      std::size_t const line_feed = base + static_cast<std::size_t>(std::countr_zero(bit));
      if (line_feed - begin_ > task_.dialect.record_limit_bytes)
      {
        return false;
      }
      if (!keep_record(line_feed))
      {
        written_ = kept_;
        write_ends(base, separators & ~(bit | (bit - 1)));
      }
      begin_ = line_feed + 1;
      line_ += 1 + embedded_;
      embedded_ = 0;
      done_ = begin_ >= task_.stop || task_.most == 0;
      if (done_)
      {
        return false;
      }
    }
    return true;
  }

  /// False when the line is blank or its number of fields wrong; both are noted.
  [[gnu::always_inline]] inline bool keep_record(std::size_t line_feed)
  {
    std::uint32_t* const ends = batch_.field_end.data();
    std::size_t const last = kept_ + task_.fields - 1;
    bool const with_return = line_feed > begin_ && task_.text[line_feed - 1] == '\r';
    std::size_t const end = line_feed - (with_return ? 1 : 0);
    auto const begin = static_cast<std::uint32_t>(begin_);
    auto const line = static_cast<std::uint32_t>(line_);
    if (last >= written_ || ends[last] != line_feed || end == begin_)
    {
      note_odd_line(begin, static_cast<std::uint32_t>(end), line);
      return false;
    }
    ends[last] = static_cast<std::uint32_t>(end);
    batch_.records.push_back({begin, static_cast<std::uint32_t>(end), line});
    kept_ += task_.fields;
    --task_.most;
    return true;
  }

  [[gnu::noinline]] void note_odd_line(std::uint32_t begin, std::uint32_t end, std::uint32_t line)
  {
    if (begin == end)
    {
      ++batch_.blank_lines;
      batch_.blank_bytes += task_.text[begin] == '\r' ? 2 : 1;
      return;
    }
    batch_.faults.push_back({begin, end, line, RecordFault::field_count});
  }

  /// The record in hand byte by byte.
  [[gnu::noinline]] void read_one()
  {
    odd_ends_.clear();
    RecordReading const reading =
        read_record(task_.text, begin_, task_.text_end, task_.dialect, task_.fields, odd_ends_);
    done_ = true;
    if (!reading.judged)
    {
      return;
    }
    auto const begin = static_cast<std::uint32_t>(begin_);
    auto const end = static_cast<std::uint32_t>(reading.end);
    auto const line = static_cast<std::uint32_t>(line_);
    if (reading.fault)
    {
      batch_.faults.push_back({begin, end, line, *reading.fault});
      batch_.open_line = reading.open_line;
    }
    else
    {
      keep_odd_record({begin, end, line});
    }
    written_ = kept_;
    quotes_.reset();
    embedded_ = 0;
    begin_ = reading.next;
    line_ += reading.line_ends;
    done_ = begin_ >= task_.stop || task_.most == 0 || reading.open_line;
  }

  void keep_odd_record(RecordBatch::Record record)
  {
    if (kept_ + task_.fields > batch_.field_end.size())
    {
      batch_.field_end.resize(kept_ + task_.fields);
    }
    std::copy(odd_ends_.begin(), odd_ends_.end(), batch_.field_end.data() + kept_);
    batch_.records.push_back(record);
    kept_ += task_.fields;
    --task_.most;
  }

  /// The last record has no line end, or is malformed; after a malformed line blocks may follow again.
  [[gnu::noinline]] void finish_text()
  {
    done_ = begin_ >= task_.text.size();
    if (!done_)
    {
      read_one();
      next_block_ = begin_;
      done_ = done_ || begin_ >= task_.text.size();
    }
  }

  CutTask task_;
  RecordBatch& batch_;
  std::size_t begin_;         ///< first byte of the record in hand
  std::size_t line_;          ///< physical lines before it
  std::size_t embedded_ = 0;  ///< line ends inside its quotes so far
  QuoteMask quotes_;
  std::size_t kept_, written_;       ///< field ends of whole records, and with those of the record in hand
  std::size_t next_block_ = begin_;  ///< where the next block begins
  bool done_ = false;
  std::vector<std::uint32_t> odd_ends_;  ///< field ends of a record read byte by byte
};

}  // namespace tarifa
