#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/faults.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// Import declarations of one year. One row is one item; a declaration has 1 to 8 items.
struct DeclarationYear
{
  int year = 2021;
  std::int64_t rows = 0;
  double broken_share = 0;  ///< 0 .. 1 of the rows, written with a planted fault
};

/// Rows are made in blocks that start at multiples of this. No declaration crosses the border of a block.
inline constexpr std::int64_t rows_per_block = 65536;

/// Names of the 27 columns, with the line feed. Columns, units and rules: docs/methods/synthetic.md.
std::string_view declarations_header();

/// Position of columns the planted faults touch.
struct DeclarationColumn
{
  static constexpr int date = 2, reporter = 3, hs6 = 10, gross = 15, net = 16, customs_value = 22;
  static constexpr int count = 27;
};

/// Appends rows first .. first + count - 1 of the year to `out`. A row depends on (seed, year, rows, its
/// number) and nothing else. `first` must be a multiple of rows_per_block.
RowFaultCounts append_declarations(World const& world, DeclarationYear const& year, std::int64_t first,
                                   std::int64_t count, std::string& out);

}  // namespace tarifa::kernels
