#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/actors.hpp"

namespace tarifa::kernels
{

/// Importers of one reporter who are in business on some day of [from, end), by the number they are known
/// by, so that their order tells nothing about who they are.
std::vector<Importer> importers_between(Actors const& actors, std::uint32_t reporter, Day from, Day end);

// The registers of administrations, as CSV. docs/methods/synthetic-declarations.md has the columns.

std::string_view importers_header();
/// A line for one importer as it is known on the day before `end`: who leaves later has no exit yet.
void append_importer(Actors const& actors, World const& world, Importer const& importer, Day end,
                     std::string& out);

std::string_view offices_header();
/// Lines of all offices of a reporter.
void append_offices(Actors const& actors, std::uint32_t reporter, std::string& out);

}  // namespace tarifa::kernels
