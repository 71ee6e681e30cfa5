#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/turnover.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// Who travels together.
enum class GroupKind : std::uint8_t
{
  alone,
  family,      ///< mostly all of them, on one booking
  colleagues,  ///< some of them, mostly each on a booking of its own
  ring,        ///< an offender with helpers, each on a booking of its own
  smuggler,    ///< an offender without helpers
};
inline constexpr std::size_t group_kinds = 5;
std::string_view name_of(GroupKind kind);

enum class TravelRole : std::uint8_t
{
  none,
  offender,  ///< runs the ring and carries at times
  courier,   ///< carries for the offender
  lookout,   ///< watches and carries nothing
};
inline constexpr std::size_t travel_roles = 4;
std::string_view name_of(TravelRole role);

struct TravelSettings
{
  std::int64_t travellers = 6667;     ///< arrivals in a year at all administrations, about
  std::uint32_t administrations = 2;  ///< the first of the world
};

inline constexpr std::uint32_t most_members = 5;

/// Those who may travel together: always the same persons.
struct TravelGroup
{
  std::uint32_t administration = 0, number = 0;  ///< whose borders they cross, and which of that
  GroupKind kind = GroupKind::alone;
  std::uint32_t size = 1;
  std::array<TravelRole, most_members> roles{};
};

/// Arrivals of the groups with an offender in one year. Threads may count in the same one; sums of parts of
/// the year can be added.
struct TravelTally
{
  enum Fact : std::size_t
  {
    trips,
    together,  ///< of the offender: with a helper; of a helper: with the offender
    carried,
    found,
    facts,
  };
  std::vector<std::int64_t> counts;  ///< [suspects x members x facts]
};

/// Air passengers of a world: who there is, and who arrives on a day. A function of (seed, settings, day).
/// docs/methods/synthetic-networks.md.
class Travel
{
 public:
  Travel(World const& world, TravelSettings const& settings);

  TravelSettings const& settings() const noexcept { return settings_; }
  std::uint32_t groups() const noexcept { return static_cast<std::uint32_t>(ranks_.size()); }
  TravelGroup group(std::uint32_t administration, std::uint32_t number) const noexcept;
  /// What passenger lists print; tells nothing.
  std::uint32_t passenger_number(TravelGroup const& group, std::uint32_t member) const noexcept;
  /// [suspects] Groups with an offender, in the order of administration and number.
  std::vector<TravelGroup> const& suspects() const noexcept { return suspects_; }
  TravelTally empty_tally() const;

  /// Appends the flights that arrive at an administration on a day of a year (from 0) and their passengers,
  /// and adds to the tally.
  void append_day(std::uint32_t administration, int year, std::int64_t day, std::array<std::string*, 2> texts,
                  TravelTally& tally) const;

 private:
  struct Flight;
  struct Arrival;

  std::uint32_t route_country(std::uint32_t administration, std::uint32_t route) const noexcept;
  bool takes(TravelGroup const& group, std::uint32_t route) const noexcept;
  std::vector<Flight> flights_of_day(std::uint32_t administration, int year, std::int64_t day) const;
  std::vector<Arrival> board(Flight const& flight, std::vector<std::uint32_t>& travelling) const;
  void board(TravelGroup const& group, Flight const& flight, std::vector<Arrival>& arrivals) const;
  void count(std::vector<Arrival> const& arrivals, TravelTally& tally) const;

  World const& world_;
  TravelSettings settings_;
  AliasTable ranks_, routes_;
  std::vector<TravelGroup> suspects_;
};

std::string_view flights_header();
std::string_view passengers_header();

}  // namespace tarifa::kernels
