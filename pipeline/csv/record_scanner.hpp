#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// How the text is cut into records and fields.
struct Dialect
{
  char delimiter = ',';
  char quote = '"';                         ///< 0 = the file knows no quoting
  std::size_t record_limit_bytes = 64 << 10;  ///< longest record, and how far an open quote is followed
};

/// Why a span of bytes is not a record.
enum class RecordFault : std::uint8_t
{
  field_count,     ///< well-formed, but not the number of fields of the header
  bad_quote,       ///< a closing quote is followed by neither delimiter nor line end
  unclosed_quote,  ///< a quote is still open after the record limit, or at the end of the file
  too_long,        ///< no line end within the record limit
  nul_byte,        ///< a NUL byte in the record
};

/// Records of one stretch of text. Offsets are bytes from the start of the text handed to scan().
struct RecordBatch
{
  struct Record
  {
    std::uint32_t begin;  ///< first byte
    std::uint32_t end;    ///< one past the last byte, without the line end
    std::uint32_t line;   ///< physical lines between the start of the scan and this record
  };
  struct Fault
  {
    std::uint32_t begin, end, line;
    RecordFault why;
  };

  std::vector<Record> records;
  /// [records x fields] one past the last byte of each field (a CR before the line end is not in the last field);
  /// field f of record r begins one byte after the end of field f-1, the first at records[r].begin. Quotes are still on.
  std::vector<std::uint32_t> field_end;
  std::vector<Fault> faults;
  std::uint32_t blank_lines = 0;  ///< empty lines passed over
  std::uint64_t lines = 0;        ///< physical lines consumed since the start of the scan
  void clear();
};

/// Cuts delimited text (RFC 4180, embedded line ends, LF or CRLF) into records of a known number of fields.
///
/// A quote opens a quoted field only as the first byte of the field; elsewhere in an unquoted field it is an ordinary
/// byte. A malformed span is rejected up to the end of the physical line it began on, so that the rows after it
/// survive; a well-formed record with a wrong field count is rejected whole.
class RecordScanner
{
 public:
  RecordScanner(Dialect dialect, std::size_t fields);

  /// Appends to `batch` the records that begin in [from, stop) of `text`, at most `most` of them, and returns the
  /// offset of the first byte not consumed: where the next record begins. A record may end after `stop`, so `text`
  /// must reach record_limit_bytes beyond it unless `at_end` says the text ends where the file does.
  /// text.size() < 2^32. `batch.lines` is carried on, so a second call continues the count.
  std::size_t scan(std::string_view text, std::size_t from, std::size_t stop, bool at_end, std::size_t most,
                   RecordBatch& batch) const;

  /// Guess, for a block that starts somewhere in a file, of the offset of the first record that begins at or after
  /// `from`. The guess is checked by the caller against where the block before really ended.
  std::size_t guess_start(std::string_view text, std::size_t from) const;

 private:
  Dialect dialect_;
  std::size_t fields_;
};

/// Field without its quotes. `scratch` is used when doubled quotes have to be folded.
std::string_view unquoted(std::string_view field, char quote, std::string& scratch);

}  // namespace tarifa
