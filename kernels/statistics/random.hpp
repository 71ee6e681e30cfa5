#pragma once

#include <cstdint>

namespace tarifa::kernels
{

/// Finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014, doi:10.1145/2660193.2660195): a bijection of 64
/// bits.
constexpr std::uint64_t mix64(std::uint64_t x) noexcept
{
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// Key of one stream: a table, a year, a pair of countries. Streams with different keys are unrelated.
constexpr std::uint64_t stream_key(std::uint64_t seed, std::uint64_t table, std::uint64_t part = 0) noexcept
{
  return mix64(mix64(seed + 0x9e3779b97f4a7c15U * (table + 1)) + 0xd1342543de82ef95U * (part + 1));
}

/// The random bits of one record: a pure function of (stream, record, purpose), so that any rank and any
/// thread draws the same bits for the same record, in any order.
class Draws
{
 public:
  constexpr Draws(std::uint64_t stream, std::uint64_t record) noexcept
      : base_(mix64(stream + 0x9e3779b97f4a7c15U * (record + 1)))
  {
  }

  constexpr std::uint64_t bits(std::uint64_t purpose) const noexcept
  {
    return mix64(base_ + 0xd1342543de82ef95U * (purpose + 1));
  }

  /// Uniform on 0 .. n-1. The bias is below n / 2^32.
  constexpr std::uint32_t below(std::uint64_t purpose, std::uint32_t n) const noexcept
  {
    return static_cast<std::uint32_t>(((bits(purpose) >> 32) * n) >> 32);
  }

 private:
  std::uint64_t base_;
};

/// True for `share` (0 .. 1) of all bits.
constexpr bool is_drawn(std::uint64_t bits, double share) noexcept
{
  return (bits >> 32) < static_cast<std::uint64_t>(share * 4294967296.0);
}

}  // namespace tarifa::kernels
