#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/synth/contraband.hpp"
#include "kernels/synth/enforcement.hpp"

namespace tarifa::kernels
{

inline constexpr std::uint32_t most_lines = 3;

struct SmuggledLine
{
  std::uint32_t goods = 0;
  std::int64_t quantity = 0;  ///< [0.001 units]
};

enum class Direction : std::uint8_t
{
  exported,
  transit,
  imported,
  internal,
};
std::string_view name_of(Direction direction);

/// One attempt to smuggle and what becomes of it.
struct SmugglingAttempt
{
  std::uint32_t corridor = 0;
  Conveyance conveyance{};
  std::string_view concealment;
  std::uint32_t line_count = 0;
  std::array<SmuggledLine, most_lines> lines;
  std::int64_t chance = 0;       ///< of being seized anywhere on its way, in units of 2^-32
  std::int64_t told_chance = 0;  ///< of being seized by somebody who reports the month, in units of 2^-32
  bool is_seized = false;
  bool is_reported = false;
  std::uint32_t administration = 0;  ///< that seized it
  Direction direction{};
  std::int32_t operation = -1;  ///< position in Enforcement::operations(), -1 = none
};

/// When an attempt is made.
struct AttemptTime
{
  std::int32_t month = 0;  ///< counts from January of the first year
  std::int32_t year = 0;   ///< counts from the first one
  std::int32_t day = 0;    ///< of the year, 0 = 1 January
};

/// `cell` is corridor * contraband_count + goods.
SmugglingAttempt draw_attempt(World const& world, Traffic const& traffic, Enforcement const& enforcement,
                              Draws const& draws, std::uint32_t cell, AttemptTime const& time);

}  // namespace tarifa::kernels
