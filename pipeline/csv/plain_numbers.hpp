#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "pipeline/csv/field_column.hpp"
#include "pipeline/csv/structural_index.hpp"

namespace tarifa
{

/// The plain way to write a number: up to 16 characters, digits and at most one decimal mark. Nearly every
/// number of nearly every export is written so; the rest is for the functions of field_parser.hpp.
struct PlainForm
{
  char mark = 0;               ///< 0 = whole numbers
  int scale = 0;               ///< most digits after the mark, and the power of ten of the unit: 0 to 18
  std::size_t characters = 0;  ///< exactly so many; 0 = any number of them
  std::int64_t least = 0;      ///< allowed range, in stored units; a plain number is never negative
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// Reads the plain ones of a column. values[r] = number in units of 10^-scale where is_plain[r] is set to 1;
/// both hold anything for the others, whose is_plain is 0: those of another form, with digits beyond the
/// scale, outside the range, or so large that 18 digits do not hold them. Returns how many are plain. Every
/// number read so is what parse_decimal (with a mark) or parse_integer reads.
std::size_t parse_plain_numbers(FieldColumn const& fields, PlainForm const& form,
                                std::span<std::int64_t> values, std::span<std::uint8_t> is_plain,
                                Lanes lanes = Lanes::automatic);

}  // namespace tarifa
