#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/synth/dirty_layout.hpp"

namespace tarifa::kernels
{

/// What is wrong with a record of a dirty delivery.
enum class DirtyFault : std::uint8_t
{
  missing_field,      ///< the terms of delivery and their separator are not there
  extra_field,        ///< a separator in a description without quotes
  bare_quote,         ///< an inch mark inside quotes, not doubled
  open_quote,         ///< the closing quote was lost
  nul_byte,           ///< NUL in the number of the importer
  wrong_encoding,     ///< Latin-1 in a UTF-8 file
  letters_in_number,  ///< a letter O for a zero, or at the end, in the customs value
  foreign_marks,      ///< decimal comma for point, or the reverse, in the customs value
  impossible_date,    ///< 30 February
  letters_in_code,    ///< letters in the HS code
  empty_field,        ///< no reporter
  net_over_gross,     ///< net mass above gross mass
  cut_off,            ///< the file ends within its last record
};
inline constexpr std::size_t dirty_fault_count = 13;
std::string_view name_of(DirtyFault fault);

/// Reason for which `tarifa ingest` has to reject the record, by configs/sources/synth-dirty-*.ini.
enum class DirtyReason : std::uint8_t
{
  field_count,
  bad_quote,
  unclosed_quote,
  nul_byte,
  encoding,
  value_malformed,
  date_out_of_range,
  hs_malformed,
  reporter_missing,
  net_over_gross,
};
inline constexpr std::size_t dirty_reason_count = 10;
std::string_view name_of(DirtyReason reason);
DirtyReason reason_of(DirtyFault fault);

/// Uniform bits -> a fault that a record of the layout may have; never cut_off.
DirtyFault draw_dirty_fault(std::uint64_t bits, DirtyLayout const& layout);

/// Appends the record with the fault in it. `clean` is its row of declarations-YYYY.csv.
void append_broken(DirtyLayout const& layout, DirtyFields fields, std::string_view clean, DirtyFault fault,
                   std::string& out);

}  // namespace tarifa::kernels
