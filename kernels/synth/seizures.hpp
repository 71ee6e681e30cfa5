#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// Seizure cases in the order of their dates, spread evenly over whole years.
struct SeizurePeriod
{
  int first_year = 2021;
  int years = 5;
  std::int64_t cases = 0;
};

/// Names of the columns, with the line feed: docs/methods/synth.md.
std::string_view seizures_header();

/// Appends cases first .. first + count - 1: one line for each kind of goods of a case, 1 to 3 lines. A case
/// depends on (seed, period, its number) and nothing else.
void append_seizures(World const& world, SeizurePeriod const& period, std::int64_t first, std::int64_t count,
                     std::string& out);

}  // namespace tarifa::kernels
