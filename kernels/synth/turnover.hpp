#pragma once

#include <cstdint>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{

/// Days since 1970-01-01.
using Day = std::int32_t;

/// Who holds a place, from when to when.
struct Tenure
{
  std::uint32_t occupant = 0;
  Day entry = 0, exit = 0;  ///< first day, and first day it is gone
};

/// How places of one kind change hands, from 1892 to 2186: once in each window of time, on a day of its own,
/// so that a tenure lasts one window on average and at most two. A function of (stream, place): nothing is
/// kept.
class Turnover
{
 public:
  /// `stream` is a stream_key(); windows are at least a hundred days.
  constexpr Turnover(std::uint64_t stream, Day window_days) noexcept : stream_(stream), window_(window_days)
  {
  }

  /// Occupants of a place have the numbers 0 .. most() - 1.
  constexpr std::uint32_t most() const noexcept { return windows() + 1; }
  std::uint32_t occupant_on(std::uint32_t place, Day day) const noexcept;
  /// The day an occupant gives way to the next one.
  Day change_after(std::uint32_t place, std::uint32_t occupant) const noexcept;
  /// Without a gap: entry is the day the one before gives way.
  Tenure tenure(std::uint32_t place, std::uint32_t occupant) const noexcept;

 private:
  static constexpr Day days_before_1970 = 28'496, days_in_all = 107'408;
  constexpr Day windows_before_1970() const noexcept { return (days_before_1970 + window_ - 1) / window_; }
  constexpr std::uint32_t windows() const noexcept
  {
    return static_cast<std::uint32_t>((days_in_all + window_ - 1) / window_);
  }
  Day shift(Draws const& draws) const noexcept
  {
    return static_cast<Day>(draws.below(0, static_cast<std::uint32_t>(window_)));
  }

  std::uint64_t stream_;
  Day window_;
};

// Primes that numbers of so many digits are made with.
inline constexpr std::uint64_t seven_digits = 9'999'991, eight_digits = 99'999'989, nine_digits = 999'999'937;

/// A number that tells nothing about what it stands for: x -> (a x + b) mod prime is one to one below the
/// prime.
constexpr std::uint32_t opaque_number(std::uint64_t seed, std::uint64_t kind, std::uint64_t x,
                                      std::uint64_t prime) noexcept
{
  std::uint64_t const a = 1 + mix64(seed ^ (kind * 0x9e3779b97f4a7c15U)) % (prime - 1);
  std::uint64_t const b = mix64(seed + kind) % prime;
  return static_cast<std::uint32_t>((a * x + b) % prime);
}

/// Kinds of numbers that are made so.
enum NumberKind : std::uint64_t
{
  importer_numbers = 1,
  exporter_numbers,
  broker_numbers,
  forwarder_numbers,
  warehouse_numbers,
  address_numbers,
  passenger_numbers,
  factory_numbers,
  carrier_numbers,
};

}  // namespace tarifa::kernels
