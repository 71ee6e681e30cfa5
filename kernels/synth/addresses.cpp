#include "kernels/synth/addresses.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  district_stream = 270,
  building_stream,
  home_stream,
  established_stream,
  occasional_stream,
  shell_stream,
  agent_stream,
};

constexpr std::uint32_t buildings_per_district = 64;
constexpr std::uint32_t actors_per_district = 16;  // of each kind

std::uint32_t any_building(Draws const& draws)
{
  return draws.below(10, 4) == 0 ? 0 : 1 + draws.below(11, buildings_per_district - 1);
}

/// [0.0001 degrees] Crowded around the middle: the product of two even draws, half of which lie within a
/// fifth of the reach.
std::int64_t away(Draws const& draws, std::uint64_t purpose, std::uint32_t reach)
{
  std::int64_t const size = std::int64_t{draws.below(purpose, reach)} * draws.below(purpose + 1, 1000) / 1000;
  return (draws.bits(purpose + 2) & 1) != 0 ? size : -size;
}

std::vector<std::uint32_t> first_districts(ActorSettings const& settings, Exporters const& exporters)
{
  std::vector<std::uint32_t> first = {0};
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    bool const reports = country % 2 == 0 && country / 2 < settings.reporters;
    std::uint32_t const actors = exporters.places(country) + (reports ? settings.seats : 0);
    first.push_back(first.back() + 4 + actors / actors_per_district);
  }
  return first;
}

}  // namespace

Addresses::Addresses(World const& world, ActorSettings const& settings, Exporters const& exporters)
    : world_(world)
    , exporters_(exporters)
    , first_(first_districts(settings, exporters))
{
}

std::uint32_t Addresses::district(std::uint32_t country, Draws const& draws) const noexcept
{
  return draws.below(20, first_[country + 1] - first_[country]) * (1 + draws.below(21, 1000)) / 1000;
}

Address Addresses::of(Importer const& importer) const noexcept
{
  std::uint64_t const stream = stream_key(world_.seed(), home_stream, importer.seat);
  Draws const name(stream, importer.occupant), person(stream, importer.person);
  bool const moves_away = importer.has_returned() && name.below(0, 5) == 0;
  std::uint32_t const country = reporter_country(importer.reporter);
  // Another name has another door: the business centre is the one that may stay.
  return {country, district(country, moves_away ? name : person), any_building(name)};
}

Address Addresses::of(Exporter const& exporter) const noexcept
{
  std::uint32_t const country = exporter.country, place = exporter.place;
  switch (exporter.kind)
  {
    case ExporterKind::established:
    {
      std::uint32_t const at = exporters_.has_sister(place) ? place & ~1U : place;
      Draws const draws(stream_key(world_.seed(), established_stream), at);
      return {country, district(country, draws), any_building(draws)};
    }
    case ExporterKind::occasional:
    {
      Draws const draws(stream_key(world_.seed(), occasional_stream, place), exporter.tenure.occupant);
      return {country, district(country, draws), any_building(draws)};
    }
    case ExporterKind::shell:
      break;
  }
  // Half of the keepers rent a desk in a business centre; one shell in four sits somewhere else.
  std::uint64_t const stream = stream_key(world_.seed(), shell_stream, exporter.keeper.seat);
  Draws const keeper(stream, exporter.keeper.person);
  Draws const own(stream_key(stream, shell_stream, place), exporter.tenure.occupant);
  Draws const draws = own.below(0, 4) == 0 ? own : keeper;
  std::uint32_t const desk = draws.below(1, 2) == 0 ? 0 : 1 + draws.below(11, buildings_per_district - 1);
  return {country, district(country, draws), desk};
}

Address Addresses::of(AgentKind kind, std::uint32_t reporter, std::uint32_t place,
                      std::uint32_t occupant) const noexcept
{
  std::uint64_t const stream = stream_key(world_.seed(), agent_stream, static_cast<std::uint64_t>(kind));
  Draws const draws(stream_key(stream, reporter, place), occupant);
  std::uint32_t const country = reporter_country(reporter);
  return {country, district(country, draws), any_building(draws)};
}

std::uint32_t Addresses::number(Address const& address) const noexcept
{
  std::uint64_t const district = first_[address.country] + address.district;
  return opaque_number(world_.seed(), address_numbers, district * buildings_per_district + address.building,
                       seven_digits);
}

Coordinates Addresses::coordinates(Address const& address) const noexcept
{
  constexpr std::uint32_t reach = 20'000;       // two degrees
  constexpr std::uint32_t neighbourhood = 150;  // some 1.6 km
  constexpr std::int64_t half_turn = 1'800'000;
  std::uint64_t const at = first_[address.country] + address.district;
  Draws const district(stream_key(world_.seed(), district_stream), at);
  Draws const building(stream_key(world_.seed(), building_stream, at), address.building);
  Country const& facts = country_facts(address.country);
  std::int64_t const north =
      facts.latitude * std::int64_t{10'000} + away(district, 0, reach) + away(building, 0, neighbourhood);
  std::int64_t const east =
      facts.longitude * std::int64_t{10'000} + away(district, 3, reach) + away(building, 3, neighbourhood);
  return {std::clamp<std::int64_t>(north, -half_turn / 2, half_turn / 2),
          east >= half_turn ? east - 2 * half_turn : (east < -half_turn ? east + 2 * half_turn : east)};
}

}  // namespace tarifa::kernels
