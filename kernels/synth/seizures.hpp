#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// Seizure cases of one calendar year in the order of their dates, spread evenly over it.
struct SeizureYear
{
  int year = 2021;
  std::int64_t cases_before = 0;  ///< of the years before: what the numbers of the cases go on from
  std::int64_t cases = 0;
};

/// Cases that are made at once.
inline constexpr std::int64_t seizure_cases_per_block = 16384;

/// Names of the columns, with the line feed: docs/methods/synthetic.md.
std::string_view seizures_header();

/// Appends cases first .. first + count - 1 of the year: one line for each kind of goods of a case, 1 to 3
/// lines. A case depends on (seed, year, its number) and nothing else.
void append_seizures(World const& world, SeizureYear const& year, std::int64_t first, std::int64_t count,
                     std::string& out);

}  // namespace tarifa::kernels
