#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarifa::kernels
{

/// Ways in which a row of an export is broken on purpose.
enum class RowFault : std::uint8_t
{
  missing_field,   ///< one field fewer
  extra_field,     ///< one field more
  bad_number,      ///< letters in the customs value
  bad_date,        ///< 30 February
  bad_hs,          ///< letters in the HS code
  empty_field,     ///< no reporter
  net_over_gross,  ///< net mass above gross mass
  duplicate,       ///< the row before once more, byte for byte
  open_quote,      ///< a quote that is never closed: takes following rows with it
};
inline constexpr std::size_t row_fault_count = 9;

std::string_view name_of(RowFault fault);

/// Rows broken, by RowFault.
using RowFaultCounts = std::array<std::int64_t, row_fault_count>;

/// Uniform bits -> a fault. An open quote is one in 64, the others are about equally frequent.
RowFault draw_fault(std::uint64_t bits);

/// The row of declarations with the fault planted. Rows end with a line feed. `before` is the row above, only
/// read for `duplicate`.
std::string broken_row(std::string_view row, std::string_view before, RowFault fault);

}  // namespace tarifa::kernels
