#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/csv/record_scanner.hpp"

namespace tarifa
{

/// What the end of the text at hand is.
enum class TextEnd : std::uint8_t
{
  file,  ///< the end of the file
  far,   ///< as far as anybody looks: a rejected line that goes on is cut here
  near,  ///< nearer than that, and more can be had
};

/// What begins at one offset of the text, read byte by byte.
struct RecordReading
{
  bool judged = true;                ///< false: the text is too short to tell, nothing else is set
  std::optional<RecordFault> fault;  ///< none for a record
  std::size_t end = 0;               ///< one past the last byte, without the line end
  std::size_t next = 0;              ///< first byte not consumed
  std::size_t line_ends = 0;         ///< physical lines consumed
  bool open_line = false;            ///< a rejected line goes on beyond the text
};

/// Reads what begins at `begin` < text.size() (not a blank line) and appends the field ends to `field_end`;
/// on a fault what it appended is left for the caller to drop. For the records that the block scanner does
/// not understand: quotes inside unquoted fields, NUL bytes, malformed quoting, overlong lines, the end of
/// the file.
RecordReading read_record(std::string_view text, std::size_t begin, TextEnd text_end, Dialect const& dialect,
                          std::size_t fields, std::vector<std::uint32_t>& field_end);

/// Passes over the line in which `begin` stands.
RecordReading reject_line(std::string_view text, std::size_t begin, TextEnd text_end, RecordFault why);

}  // namespace tarifa
