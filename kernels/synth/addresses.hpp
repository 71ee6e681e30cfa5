#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "kernels/synth/exporters.hpp"

namespace tarifa::kernels
{

/// A building: a place on the map that actors share.
struct Address
{
  std::uint32_t country = 0;
  std::uint32_t district = 0;  ///< of the country
  std::uint32_t building = 0;  ///< of the district; 0 is the business centre

  friend auto operator<=>(Address const&, Address const&) = default;
};

/// [0.0001 degrees]
struct Coordinates
{
  std::int64_t latitude = 0, longitude = 0;
};

/// Where everybody is: districts around the capital of a country, the first ones crowded, with 64 buildings
/// each. A quarter of all actors sit in the business centre of their district.
class Addresses
{
 public:
  Addresses(World const& world, ActorSettings const& settings, Exporters const& exporters);

  /// Who returns under another name mostly stays in the district, never at the address.
  Address of(Importer const& importer) const noexcept;
  /// Sister companies share theirs; the shells of one importer mostly do.
  Address of(Exporter const& exporter) const noexcept;
  Address of(AgentKind kind, std::uint32_t reporter, std::uint32_t place,
             std::uint32_t occupant) const noexcept;

  std::uint32_t number(Address const& address) const noexcept;
  Coordinates coordinates(Address const& address) const noexcept;

 private:
  std::uint32_t district(std::uint32_t country, Draws const& draws) const noexcept;

  World const& world_;
  Exporters const& exporters_;
  std::vector<std::uint32_t> first_;  ///< [countries + 1] first district of each country
};

}  // namespace tarifa::kernels
