#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tarifa::kernels
{

/// Geography of trade: what is known of each country and of each ordered pair, by the dense country indices
/// of the caller.
class CountryPairs
{
 public:
  explicit CountryPairs(std::size_t countries)
      : countries_(countries)
      , landlocked_(countries)
      , distance_(countries * countries, std::numeric_limits<double>::quiet_NaN())
      , contiguous_(countries * countries)
  {
  }

  std::size_t countries() const noexcept { return countries_; }
  /// [km], between the people of both countries where known (population-weighted), else between their main
  /// cities; NaN: not known.
  double distance(std::int32_t from, std::int32_t to) const noexcept { return distance_[at(from, to)]; }
  bool contiguous(std::int32_t from, std::int32_t to) const noexcept
  {
    return contiguous_[at(from, to)] != 0;
  }
  bool landlocked(std::int32_t country) const noexcept
  {
    return landlocked_[static_cast<std::size_t>(country)] != 0;
  }

  void set(std::int32_t from, std::int32_t to, double distance_km, bool contiguous) noexcept
  {
    distance_[at(from, to)] = distance_km;
    contiguous_[at(from, to)] = contiguous ? 1 : 0;
  }
  void set_landlocked(std::int32_t country) noexcept { landlocked_[static_cast<std::size_t>(country)] = 1; }

 private:
  std::size_t at(std::int32_t from, std::int32_t to) const noexcept
  {
    return static_cast<std::size_t>(from) * countries_ + static_cast<std::size_t>(to);
  }

  std::size_t countries_;
  std::vector<std::uint8_t> landlocked_;
  std::vector<double> distance_;
  std::vector<std::uint8_t> contiguous_;
};

}  // namespace tarifa::kernels
