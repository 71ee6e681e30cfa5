#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

#include "pipeline/run/int128.hpp"

namespace tarifa::bench
{

inline double cpu_seconds()
{
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// What a task took.
struct Spent
{
  double seconds = 0, cpu_seconds = 0;
};

template <class Work>
Spent timed(Work&& work)
{
  double const cpu = cpu_seconds();
  auto const start = std::chrono::steady_clock::now();
  work();
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {seconds, cpu_seconds() - cpu};
}

/// Value in stored units as a number of dollars or kg.
inline double unscaled(Int128 value, int scale)
{
  auto number = static_cast<double>(value);
  for (int i = 0; i < scale; ++i)
  {
    number /= 10;
  }
  return number;
}

}  // namespace tarifa::bench
