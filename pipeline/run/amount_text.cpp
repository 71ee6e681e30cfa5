#include "pipeline/run/amount_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "pipeline/run/decimal_text.hpp"

namespace tarifa
{
namespace
{

/// 3.11, 31.1 or 311 of the largest unit that leaves at least 1.
std::string scaled(double value, double step, char const* const* units)
{
  // 999.6 would be shown as 1000.
  while (value >= step - 0.5 && units[1] != nullptr)
  {
    value /= step;
    ++units;
  }
  int const decimals = value >= 99.95 || value == std::floor(value) ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, *units);
}

std::int64_t rounded_up(double value, std::int64_t to)
{
  return static_cast<std::int64_t>(std::ceil(value / static_cast<double>(to))) * to;
}

}  // namespace

std::string count_text(std::int64_t count)
{
  constexpr std::int64_t least_scaled = 1'000'000;
  static constexpr std::array<char const*, 4> units = {"M", "G", "T", nullptr};
  return count < least_scaled ? decimal_text(count, 0, Grouping::commas)
                              : scaled(static_cast<double>(count) / 1e6, 1000, units.data());
}

std::string volume_text(std::int64_t bytes)
{
  static constexpr std::array<char const*, 6> units = {"bytes", "kB", "MB", "GB", "TB", nullptr};
  return scaled(static_cast<double>(bytes), 1000, units.data());
}

std::string memory_text(std::int64_t bytes)
{
  static constexpr std::array<char const*, 6> units = {"bytes", "KiB", "MiB", "GiB", "TiB", nullptr};
  return scaled(static_cast<double>(bytes), 1024, units.data());
}

std::string duration_text(double seconds)
{
  constexpr double most_seconds = 599.5;
  if (seconds < most_seconds)
  {
    return fmt::format("{:.{}f} s", seconds, seconds < 9.95 ? 1 : 0);
  }
  auto const minutes = static_cast<std::int64_t>(std::llround(seconds / 60));
  return minutes < 120 ? fmt::format("{} min", minutes)
                       : fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string slurm_memory(std::int64_t bytes)
{
  constexpr double mebi = 1024.0 * 1024.0;
  double const mebibytes = static_cast<double>(bytes) / mebi;
  constexpr double small = 4096;
  return mebibytes <= small ? fmt::format("{}M", std::max<std::int64_t>(rounded_up(mebibytes, 256), 256))
                            : fmt::format("{}G", rounded_up(mebibytes, 1024) / 1024);
}

double slurm_seconds(double seconds)
{
  // Five minutes, then quarters of an hour, then hours: nobody knows better.
  std::int64_t const step = seconds <= 3600 ? 5 : seconds <= 6 * 3600 ? 15 : 60;
  return 60.0 * static_cast<double>(std::max<std::int64_t>(rounded_up(seconds / 60, step), step));
}

std::string slurm_time(double seconds)
{
  auto const minutes = static_cast<std::int64_t>(slurm_seconds(seconds) / 60);
  std::int64_t const days = minutes / (std::int64_t{24} * 60);
  std::string const clock = fmt::format("{:02}:{:02}:00", minutes / 60 % 24, minutes % 60);
  return days > 0 ? fmt::format("{}-{}", days, clock) : clock;
}

std::string counted(std::int64_t count, char const* what)
{
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace tarifa
