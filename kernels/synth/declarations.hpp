#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/declaration_truth.hpp"
#include "kernels/synth/faults.hpp"

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

/// Names of the 27 columns, with the line feed. Columns, units and rules:
/// docs/methods/synthetic-declarations.md.
std::string_view declarations_header();
/// The same of what each item owes by its own declaration, tax by tax.
std::string_view item_taxes_header();

/// Position of columns the planted faults touch.
struct DeclarationColumn
{
  static constexpr int date = 2, reporter = 3, hs6 = 10, gross = 15, net = 16, customs_value = 22;
  static constexpr int count = 27;
};

class DeclarationMaker;
class Inspectorate;
class Clearance;
class Amender;

/// Where the tables about declarations go; nullptr = not wanted.
struct DeclarationSinks
{
  std::string* rows = nullptr;
  std::string* taxes = nullptr;
  DeclarationTruth* truth = nullptr;
  std::string* inspections = nullptr;
  Inspectorate const* inspectorate = nullptr;  ///< nullptr = nothing is inspected; of the same maker
  std::string* releases = nullptr;             ///< needs both of them
  Clearance const* clearance = nullptr;
  std::string* amendments = nullptr;
  Amender const* amender = nullptr;  ///< nullptr = nothing is amended; needs the inspectorate
};

/// Appends rows first .. first + count - 1 of the year, and what belongs to them. A row depends on (seed,
/// settings, year, rows, its number) and nothing else. `first` must be a multiple of rows_per_block.
RowFaultCounts append_declarations(DeclarationMaker const& maker, std::int64_t first, std::int64_t count,
                                   DeclarationSinks const& sinks);

}  // namespace tarifa::kernels
