#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/csv/structural_index.hpp"

namespace tarifa
{

/// How the text is cut into records and fields.
struct Dialect
{
  char delimiter = ',';                       ///< neither line end, NUL nor the quote
  char quote = '"';                           ///< 0 = the file knows no quoting
  std::size_t record_limit_bytes = 64 << 10;  ///< longest record, and how far an open quote is followed
};

/// Why a span of bytes is not a record.
enum class RecordFault : std::uint8_t
{
  field_count,     ///< well-formed, but not the number of fields of the header
  bad_quote,       ///< a closing quote is followed by neither delimiter nor line end
  unclosed_quote,  ///< a quote is still open after the record limit, or at the end of the file
  too_long,        ///< no record end within the record limit
  nul_byte,        ///< a NUL byte in a well-formed record
  rest_of_line,    ///< more bytes of the line that the fault before began; counts as bytes, not as another
                   ///< record
};

/// Records of one stretch of text. Offsets are bytes from the start of the text handed to scan().
struct RecordBatch
{
  struct Record
  {
    std::uint32_t begin;  ///< first byte
    std::uint32_t end;    ///< one past the last byte, without the line end (LF or CR LF)
    std::uint32_t line;   ///< physical lines between the start of the scan and this record
  };
  struct Fault
  {
    std::uint32_t begin, end, line;  ///< as in Record
    RecordFault why;
  };

  std::vector<Record> records;
  /// [records x fields] one past the last byte of each field (a CR before the line end is not in the last
  /// field); field f of record r begins one byte after the end of field f-1, the first at records[r].begin.
  /// Quotes are still on. May be longer: the room beyond is used again.
  std::vector<std::uint32_t> field_end;
  std::vector<Fault> faults;
  std::uint32_t blank_lines = 0;  ///< empty lines passed over
  std::uint64_t blank_bytes = 0;  ///< their line ends
  std::uint64_t lines = 0;        ///< physical lines consumed since the start of the scan
  /// In and out: the byte at which the scan begins (ended) is inside a line that was rejected. Whoever scans
  /// the next block with another or a cleared batch hands it on: `next.open_line = before.open_line`.
  bool open_line = false;
  /// As new, but keeps the memory.
  void clear();
};

/// Cuts delimited text (RFC 4180, embedded line ends, LF or CRLF) into records of a known number of fields.
///
/// What the bytes from a record start on are depends on nothing but themselves and the record limit L, so
/// that blocks may be cut anywhere:
/// - A quote opens a quoted field only as the first byte of the field; elsewhere in an unquoted field it is
/// an
///   ordinary byte. A CR counts as part of the line end only directly before LF; elsewhere it is data. The
///   last line of the file needs no line end. Empty lines are counted and passed over.
/// - A record whose LF (or the end of the file) comes at most L bytes after its first byte, and whose quotes
/// are
///   right, is well-formed. With a NUL byte or a wrong number of fields it is rejected whole, over several
///   lines too.
/// - Anything else (bad_quote, unclosed_quote, too_long; whichever shows first within L bytes) rejects only
/// the
///   physical line it began on, so that the rows after it survive.
/// - A rejected line may be longer than the text at hand: then its span runs to the end of the text,
///   `RecordBatch::open_line` is set, and the next scan first passes over the rest of that line and reports
///   it as rest_of_line. All spans of a line together are the same bytes for any cut, and only the first is a
///   new fault.
class RecordScanner
{
 public:
  /// Error(usage) when the marks of the dialect exclude each other or `fields` is 0. `lanes` is for tests.
  RecordScanner(Dialect dialect, std::size_t fields, Lanes lanes = Lanes::automatic);

  /// Appends to `batch` the records that begin in [from, stop) of `text`, at most `most` of them, and returns
  /// the offset of the first byte not consumed: where the next record begins. A record may end after `stop`,
  /// so `text` reaches beyond it: at most record_limit_bytes have to be at hand, or the end of the file,
  /// which `at_end` tells. With less, what cannot be judged, be it a record or a rejected line, is left for a
  /// call with more text. text.size() < 2^32. `batch.lines` is carried on, so a second call continues the
  /// count.
  std::size_t scan(std::string_view text, std::size_t from, std::size_t stop, bool at_end, std::size_t most,
                   RecordBatch& batch) const;

  /// Guess, for a block that starts somewhere in a file, of the offset of the first record that begins at or
  /// after `from`: the first line start from which the next three records are well-formed. Line starts inside
  /// a quoted field fail that test, save in files of very few columns. `from` itself is tried when the byte
  /// before it is in the text and is LF. text.size() when no line starts. The guess is checked by the caller
  /// against where the block before really ended.
  std::size_t guess_start(std::string_view text, std::size_t from) const;

 private:
  bool looks_like_records(std::string_view text, std::size_t begin) const;

  Dialect dialect_;
  std::size_t fields_;
  Lanes lanes_;
};

/// Folds the doubled quotes of the inside of a quoted field into `scratch`.
std::string_view fold_quotes(std::string_view inside, char quote, std::string& scratch);

/// Field without its quotes. `scratch` is used when doubled quotes have to be folded.
inline std::string_view unquoted(std::string_view field, char quote, std::string& scratch)
{
  if (field.size() < 2 || field.front() != quote || quote == 0 || field.back() != quote)
  {
    return field;
  }
  std::string_view const inside = field.substr(1, field.size() - 2);
  return inside.find(quote) == std::string_view::npos ? inside : fold_quotes(inside, quote, scratch);
}

}  // namespace tarifa
