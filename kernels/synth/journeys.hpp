#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/offices.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// What a place on the way of goods is.
enum class PlaceKind : std::uint8_t
{
  factory,
  seaport,
  airport,
  terminal,  ///< of railways and lorries
  depot,     ///< where goods end
};
inline constexpr std::size_t place_kinds = 5;
std::string_view name_of(PlaceKind kind);

struct Place
{
  PlaceKind kind = PlaceKind::factory;
  std::uint32_t country = 0, number = 0;     ///< which of its kind in the country
  std::int64_t latitude = 0, longitude = 0;  ///< [0.0001 degrees]
};

enum class CarriageMode : std::uint8_t
{
  sea,
  rail,
  road,
  air,
};
inline constexpr std::size_t carriage_modes = 4;
std::string_view name_of(CarriageMode mode);

/// What is behind the time of a leg.
enum class LegEvent : std::uint8_t
{
  none,
  delay,       ///< storm, strike, breakdown: honest
  clock_slip,  ///< a time written in another zone or on another day: honest
  diversion,   ///< by way of a place that no paper names
  fictitious,  ///< nothing travelled: the times are invented, and too short
};
inline constexpr std::size_t leg_events = 5;
std::string_view name_of(LegEvent event);

struct JourneySettings
{
  std::int64_t consignments = 0;      ///< of the year
  std::uint32_t administrations = 2;  ///< countries of destination, the first of the world
  double diversions = 0.008;          ///< 0 .. 0.04 of the main and last legs
  double fictitious = 0.004;          ///< 0 .. 0.03 of the consignments
};

inline constexpr std::int64_t legs_per_consignment = 3;

struct Leg
{
  Place from, to;
  CarriageMode mode = CarriageMode::road;
  std::uint32_t carrier = 0;                         ///< what the table prints
  Minute departed = 0, arrived = 0;                  ///< as written
  std::int64_t true_minutes = 0, usual_minutes = 0;  ///< 0 = nothing travelled; median for this way and mode
  LegEvent event = LegEvent::none;
  std::uint32_t via = country_count;  ///< of a diversion: country it went through
};
using Journey = std::array<Leg, legs_per_consignment>;

/// Consignments on their way from a factory to a port, to another port, to a depot. A function of (seed,
/// settings, year, number). docs/methods/synthetic-networks.md.
class Journeys
{
 public:
  Journeys(World const& world, JourneySettings const& settings, int year);

  Journey journey(std::int64_t number) const noexcept;
  std::uint32_t factory_number(Place const& factory) const noexcept;

  /// All factories, or all other places, in the order of their countries.
  std::vector<Place> factories() const;
  std::vector<Place> ports() const;
  /// What legs print for a place: F0012345, SCHN1, ACHN1.
  void append_place(Place const& place, std::string& out) const;
  /// Three lines of the table.
  void append(std::int64_t number, Journey const& journey, std::string& out) const;

  // Most never do: those who do, in some of their legs and consignments.
  bool diverts(std::uint32_t carrier) const noexcept;
  bool invents(Place const& factory) const noexcept;

 private:
  std::uint32_t factories_of(std::uint32_t country) const noexcept { return factories_[country]; }
  Place place(PlaceKind kind, std::uint32_t country, std::uint32_t number) const noexcept;
  CarriageMode main_mode(std::uint32_t origin, std::uint32_t destination, Draws const& draws) const noexcept;
  Place terminal(CarriageMode mode, std::uint32_t country, std::uint64_t bits) const noexcept;
  void travel(Leg& leg, Draws const& draws) const noexcept;
  std::int64_t usual_minutes(Place const& from, Place const& to, CarriageMode mode) const noexcept;
  double noise(double spread, std::uint64_t bits) const noexcept;

  World const& world_;
  JourneySettings settings_;
  int year_;
  Minute first_, minutes_;  ///< begin and length of the year
  std::uint64_t stream_;
  std::vector<std::uint32_t> factories_;  ///< [countries]
  AliasTable carriers_;
};

/// What the table prints: two digits of the year, nine of the number.
constexpr std::int64_t consignment_number(int year, std::int64_t number) noexcept
{
  return year % 100 * std::int64_t{1'000'000'000} + number;
}

/// factories.csv, or ports.csv for every other kind. With header.
std::string places_text(Journeys const& journeys, PlaceKind kind);
std::string_view legs_header();

}  // namespace tarifa::kernels
