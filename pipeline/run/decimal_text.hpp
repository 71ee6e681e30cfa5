#pragma once

#include <cstdint>
#include <string>

#include "pipeline/run/int128.hpp"

namespace tarifa
{

enum class Grouping : std::uint8_t
{
  none,
  commas,
};
/// `value` / 10^scale with `scale` decimal places.
std::string decimal_text(Int128 value, int scale, Grouping grouping);

}  // namespace tarifa
