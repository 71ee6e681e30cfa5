#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/csv/record_scanner.hpp"

namespace tarifa
{

/// What a whole text is cut into, with offsets from its first byte.
struct CutText
{
  struct Piece
  {
    std::size_t begin, end, line;
    int fault;                      ///< -1 for a record, else the RecordFault
    std::vector<std::size_t> ends;  ///< field ends of a record
    friend bool operator==(Piece const&, Piece const&) = default;
  };
  std::vector<Piece> records, faults;
  std::size_t blank_lines = 0, lines = 0;
  friend bool operator==(CutText const&, CutText const&) = default;
};

/// The rules of record_scanner.hpp, one byte at a time over a whole file: the oracle of the fast scanner.
class ReferenceScanner
{
 public:
  ReferenceScanner(Dialect dialect, std::size_t fields) : dialect_(dialect), fields_(fields) {}

  CutText cut(std::string_view text) const
  {
    CutText result;
    std::size_t at = 0;
    while (at < text.size())
    {
      std::size_t const line_feed = text.find('\n', at);
      std::size_t const line_stop = line_feed == std::string_view::npos ? text.size() : line_feed;
      std::string_view const line = text.substr(at, line_stop - at);
      if (line_feed != std::string_view::npos && (line.empty() || line == "\r"))
      {
        ++result.blank_lines;
        ++result.lines;
        at = line_feed + 1;
        continue;
      }
      at = one(text, at, line_stop, result);
    }
    return result;
  }

 private:
  enum class State
  {
    field_start,
    plain,
    quoted,
    after_quote,
  };

  std::size_t one(std::string_view text, std::size_t begin, std::size_t line_stop, CutText& result) const
  {
    State state = State::field_start;
    CutText::Piece piece{begin, 0, result.lines, -1, {}};
    bool nul = false;
    std::size_t lines = 0;
    for (std::size_t at = begin;; ++at)
    {
      if (at == text.size() && at - begin <= dialect_.record_limit_bytes)
      {
        if (state == State::quoted)
        {
          return reject(text, piece, line_stop, RecordFault::unclosed_quote, result);
        }
        piece.end = at;
        piece.ends.push_back(at);
        result.lines += lines + 1;
        return keep(piece, nul, at, result);
      }
      if (at == text.size() || at - begin > dialect_.record_limit_bytes)
      {
        return reject(text, piece, line_stop,
                      state == State::quoted ? RecordFault::unclosed_quote : RecordFault::too_long, result);
      }
      char const byte = text[at];
      nul |= byte == 0;
      if (state == State::quoted)
      {
        state = byte == dialect_.quote ? State::after_quote : State::quoted;
        lines += byte == '\n' ? 1 : 0;
        continue;
      }
      if (byte == dialect_.delimiter)
      {
        piece.ends.push_back(at);
        state = State::field_start;
      }
      else if (byte == '\n')
      {
        piece.end = at - (at > begin && text[at - 1] == '\r' ? 1 : 0);
        piece.ends.push_back(piece.end);
        result.lines += lines + 1;
        return keep(piece, nul, at + 1, result);
      }
      else if (byte == dialect_.quote && dialect_.quote != 0 && state != State::plain)
      {
        state = State::quoted;
      }
      else if (state == State::after_quote)
      {
        // CR LF within the limit is a line end; CR as the last byte that may be seen leaves the limit to
        // decide.
        bool const cut_off = byte == '\r' && at - begin == dialect_.record_limit_bytes;
        bool const line_end = byte == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
        if (!line_end && !cut_off)
        {
          return reject(text, piece, line_stop, RecordFault::bad_quote, result);
        }
      }
      else
      {
        state = State::plain;
      }
    }
  }

  static std::size_t reject(std::string_view text, CutText::Piece piece, std::size_t line_stop,
                            RecordFault why, CutText& result)
  {
    bool const with_return =
        line_stop < text.size() && line_stop > piece.begin && text[line_stop - 1] == '\r';
    piece.end = line_stop - (with_return ? 1 : 0);
    piece.fault = static_cast<int>(why);
    piece.ends.clear();
    result.faults.push_back(piece);
    ++result.lines;
    return line_stop < text.size() ? line_stop + 1 : line_stop;
  }

  std::size_t keep(CutText::Piece piece, bool nul, std::size_t next, CutText& result) const
  {
    if (nul || piece.ends.size() != fields_)
    {
      piece.fault = static_cast<int>(nul ? RecordFault::nul_byte : RecordFault::field_count);
      piece.ends.clear();
      result.faults.push_back(piece);
      return next;
    }
    result.records.push_back(piece);
    return next;
  }

  Dialect dialect_;
  std::size_t fields_;
};

/// Adds one batch, whose text began at `offset` of the file. The rest of a rejected line is joined to its
/// fault.
inline void append(RecordBatch const& batch, std::size_t offset, std::size_t lines_before, std::size_t fields,
                   CutText& to)
{
  for (std::size_t r = 0; r < batch.records.size(); ++r)
  {
    auto const& record = batch.records[r];
    CutText::Piece piece{record.begin + offset, record.end + offset, record.line + lines_before, -1, {}};
    for (std::size_t f = 0; f < fields; ++f)
    {
      piece.ends.push_back(batch.field_end[r * fields + f] + offset);
    }
    to.records.push_back(piece);
  }
  for (auto const& fault : batch.faults)
  {
    if (fault.why == RecordFault::rest_of_line)
    {
      // A rest that does not continue the fault before it stays visible as a difference.
      bool const continues = !to.faults.empty() && to.faults.back().end == fault.begin + offset;
      if (continues)
      {
        to.faults.back().end = fault.end + offset;
        continue;
      }
    }
    to.faults.push_back({fault.begin + offset,
                         fault.end + offset,
                         fault.line + lines_before,
                         static_cast<int>(fault.why),
                         {}});
  }
  to.blank_lines += batch.blank_lines;
  to.lines += batch.lines;
}

/// Scans `file` as blocks of the given size with their own batch each, at most `most` records per call. At
/// first the text reaches a few bytes beyond the block, and twice as far whenever that is too little.
inline CutText scan_in_blocks(RecordScanner const& scanner, std::string_view file, std::size_t block,
                              std::size_t most, Dialect const& dialect, std::size_t fields)
{
  CutText result;
  RecordBatch batch;
  std::size_t begin = 0;
  std::size_t tail = 3;
  while (begin < file.size())
  {
    std::size_t const stop = std::min(file.size(), begin / block * block + block);
    std::size_t const far = std::min(file.size(), stop + dialect.record_limit_bytes);
    std::size_t const reach = std::min(far, stop + tail);
    // A copy of its own, so that a sanitizer sees every byte read outside the block.
    std::vector<char> const copy(file.begin() + static_cast<std::ptrdiff_t>(begin),
                                 file.begin() + static_cast<std::ptrdiff_t>(reach));
    bool const open_line = batch.open_line;
    batch.clear();
    batch.open_line = open_line;
    std::size_t const used =
        scanner.scan({copy.data(), copy.size()}, 0, stop - begin, reach == file.size(), most, batch);
    append(batch, begin, result.lines, fields, result);
    if (used == 0 && reach == far)
    {
      break;
    }
    tail = used == 0 ? 2 * tail : 3;
    begin += used;
  }
  return result;
}

}  // namespace tarifa
