#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/tariff.hpp"

namespace tarifa::kernels
{

// What administrations publish of the tariff of a calendar year, as CSV. Rates in per cent, amounts in US
// dollars for 100 of a unit, days as ISO 8601. docs/methods/synthetic-declarations.md has the columns.

std::string_view tariff_header();
/// Lines of one reporter by code: one for the year, or one for each half where duty changes on 1 July.
void append_tariff(Tariff const& tariff, World const& world, std::uint32_t reporter, std::string& out);

std::string_view preferences_header();
/// Countries whose goods have a preference with one reporter, by country.
void append_preferences(Tariff const& tariff, std::uint32_t reporter, std::string& out);

std::string_view preference_rates_header();
/// What each agreement leaves of the duty of a code; codes that no agreement favours have no line.
std::string preference_rates(Tariff const& tariff, World const& world);

std::string_view reliefs_header();
/// Value up to which consignments of the first `reporters` by air or mail owe nothing.
std::string reliefs(Tariff const& tariff, std::uint32_t reporters);

}  // namespace tarifa::kernels
