#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/tables.hpp"

namespace tarifa::kernels
{

inline constexpr std::uint32_t country_count = 200;

/// World Bank income groups, coarsely as of 2023.
enum class Income : std::uint8_t
{
  low,
  lower_middle,
  upper_middle,
  high,
};

enum class Access : std::uint8_t
{
  coast,
  landlocked,
};

/// Facts about one country that shape trade.
struct Country
{
  std::string_view iso3;             ///< ISO 3166-1 alpha-3
  std::int16_t latitude, longitude;  ///< capital [whole degrees, north and east positive]
  Access access;
  Income income;
  std::string_view currency;  ///< ISO 4217; USD also where exporters invoice in dollars as a rule
};

/// By rank: the order is roughly that of world trade.
Country const& country_facts(std::uint32_t country) noexcept;
inline std::string_view country_code(std::uint32_t country) noexcept
{
  return country_facts(country).iso3;
}
/// Position of an ISO code, country_count when it is none of the 200.
std::uint32_t find_country(std::string_view iso3) noexcept;
std::string_view name_of(Income income) noexcept;

/// [km] Great circle between two points on a sphere of 6,371 km (haversine), the same on every machine.
/// Latitudes and longitudes in degrees, north and east positive.
double great_circle_km(double latitude, double longitude, double other_latitude, double other_longitude);

/// Distances and land borders of all pairs of countries.
class Geography
{
 public:
  Geography();

  /// [km] Great-circle distance of the capitals on a sphere of 6,371 km (haversine), at least 60: capitals
  /// stand on whole degrees, so it is good to about 100 km.
  std::int32_t distance_km(std::uint32_t a, std::uint32_t b) const noexcept
  {
    return distance_[a * country_count + b];
  }
  /// log2 of the distance in units of 5,000 km.
  Fixed log2_of_5000_km(std::uint32_t a, std::uint32_t b) const noexcept
  {
    return log2_distance_[a * country_count + b];
  }
  /// Whether the two share a land border (or a bridge that carries their trade).
  bool are_contiguous(std::uint32_t a, std::uint32_t b) const noexcept
  {
    return contiguous_[a * country_count + b] != 0;
  }

 private:
  std::vector<std::int32_t> distance_;
  std::vector<Fixed> log2_distance_;
  std::vector<std::uint8_t> contiguous_;
};

/// countries.csv: one line per country. With header.
std::string countries_text();
/// distances.csv: one line per pair, the first code before the second in the order of rank. With header.
std::string distances_text(Geography const& geography);

}  // namespace tarifa::kernels
