#include "kernels/synth/turnover.hpp"

#include <algorithm>

namespace tarifa::kernels
{

Day Turnover::change_after(std::uint32_t place, std::uint32_t occupant) const noexcept
{
  Draws const draws(stream_, place);
  auto const within =
      static_cast<Day>(draws.below(1 + std::uint64_t{occupant}, static_cast<std::uint32_t>(window_)));
  return (static_cast<Day>(occupant) - windows_before_1970()) * window_ + shift(draws) + within;
}

std::uint32_t Turnover::occupant_on(std::uint32_t place, Day day) const noexcept
{
  Day const since = day - shift(Draws(stream_, place)) + windows_before_1970() * window_;
  auto const window =
      static_cast<std::uint32_t>(std::clamp(since / window_, 0, static_cast<Day>(windows() - 1)));
  return day >= change_after(place, window) ? window + 1 : window;
}

Tenure Turnover::tenure(std::uint32_t place, std::uint32_t occupant) const noexcept
{
  Day const exit = change_after(place, occupant);
  return {occupant, occupant == 0 ? exit - window_ : change_after(place, occupant - 1), exit};
}

}  // namespace tarifa::kernels
