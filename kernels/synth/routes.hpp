#pragma once

#include <cstdint>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

enum class Carriage : std::uint8_t
{
  sea,
  land,
  air,
};

/// How goods of one product travel between two countries: about the same in all years.
struct Route
{
  Carriage carriage = Carriage::sea;
  Fixed log2_share = 0;    ///< log2 of (freight + insurance) / FOB value
  std::int64_t hours = 0;  ///< median time from export to import declaration
};

/// Draws of the pair are those of (exporter, importer), draws of the cell those of (exporter, importer,
/// product).
Route route_of(World const& world, std::uint32_t exporter, std::uint32_t importer, Product const& product,
               Draws const& pair, Draws const& cell);

/// [hours] Median time by sea from one country to another.
std::int64_t hours_at_sea(Geography const& geography, std::uint32_t from, std::uint32_t to);

/// The hub that serves a country best, never itself: the nearest of HKG, SGP, ARE, NLD and BEL.
std::uint32_t hub_of(Geography const& geography, std::uint32_t country);

}  // namespace tarifa::kernels
