#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// One kind of goods that is smuggled: invented sizes, real kinds.
struct Contraband
{
  std::string_view category, product, unit;
  double log2_quantity;         ///< of the median line, in 0.001 units
  std::int64_t grams_per_unit;  ///< 0 = mass is not meaningful
  double log2_value;            ///< of the median US cents per unit
  double weight;                ///< how often it is carried, relative to the others
};

inline constexpr std::uint32_t contraband_count = 18;
Contraband const& contraband(std::uint32_t goods) noexcept;

enum class Conveyance : std::uint8_t
{
  air,
  vessel,
  vehicle,
  rail,
  mail,
  pedestrian,
};
inline constexpr std::uint32_t conveyance_count = 6;
std::string_view name_of(Conveyance conveyance);

inline constexpr std::uint32_t corridor_count = 96;
inline constexpr std::uint32_t no_country = country_count;

/// A way contraband takes, in all years.
struct Corridor
{
  std::uint32_t departure = 0;         ///< country
  std::uint32_t transit = no_country;  ///< country or no_country
  std::uint32_t destination = 0;       ///< administration, 0 .. 39
  Conveyance conveyance{};             ///< of seven consignments in ten
  double weight = 0;                   ///< of its consignments, while it is open
  std::int32_t first_month = 0;        ///< opens; months count from January of the first year
  std::int32_t last_month = 0;         ///< closes after it
  std::array<bool, contraband_count> carries{};
};

/// How much is really smuggled.
struct TrafficSettings
{
  int first_year = 2019;
  int years = 3;
  double growth = 0.03;  ///< of consignments from year to year
};

/// The true traffic: which corridors are open in a month and how much goes through each. A month depends on
/// (seed, settings, month) alone.
class Traffic
{
 public:
  Traffic(World const& world, TrafficSettings const& settings);

  std::int32_t months() const noexcept { return settings_.years * 12; }
  std::vector<Corridor> const& corridors() const noexcept { return corridors_; }
  /// Consignments of a month relative to other months; not normalised.
  double month_weight(std::int32_t month) const;
  /// [corridors x goods] Weights of a month; 0 where a corridor is closed or does not carry the goods.
  std::vector<double> cell_weights(std::int32_t month) const;

 private:
  double corridor_weight(std::uint32_t corridor, std::int32_t month) const;

  TrafficSettings settings_;
  std::uint64_t seed_;
  std::vector<Corridor> corridors_;
};

}  // namespace tarifa::kernels
