#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarifa::kernels
{

/// Fixed-point number with 24 fractional bits. Logarithms are to base 2, so 1.0 is a doubling.
using Fixed = std::int64_t;
inline constexpr int fixed_bits = 24;
constexpr Fixed fixed(double x) noexcept
{
  return static_cast<Fixed>(x * (1 << fixed_bits));
}
constexpr Fixed scaled(Fixed a, Fixed b) noexcept
{
  return (a * b) >> fixed_bits;
}

/// Logarithm and power from + - * / alone: the same bits on every IEEE 754 processor, which a library's
/// variants for different processors do not promise. For building tables, not for loops over records.
double portable_log2(double x);
double portable_exp2(double x);

/// Weights 1, 2^-s, 3^-s ... of n ranks, not normalised.
std::vector<double> zipf_weights(std::size_t n, double exponent);

/// Draws an index with given probabilities in constant time: the alias method (Walker 1977,
/// doi:10.1145/355744.355749; set up after Vose 1991, doi:10.1109/32.92917). Probabilities are rounded to
/// 2^-32 of a slot.
class AliasTable
{
 public:
  explicit AliasTable(std::span<double const> weights);

  std::uint32_t pick(std::uint64_t bits) const noexcept
  {
    Slot const& slot = slots_[static_cast<std::size_t>(((bits >> 32) * slots_.size()) >> 32)];
    return static_cast<std::uint32_t>(bits) < slot.threshold ? slot.own : slot.alias;
  }
  std::size_t size() const noexcept { return slots_.size(); }

 private:
  struct Slot
  {
    std::uint32_t threshold, own, alias;
  };
  std::vector<Slot> slots_;
};

/// Standard normal deviate from 64 random bits: 4,096 exact quantiles with straight lines between them. The
/// two outer cells end at +-4, which keeps the mean of the tail beyond 3.49 (3.74) right.
class NormalTable
{
 public:
  NormalTable();

  Fixed at(std::uint64_t bits) const noexcept
  {
    auto const cell = static_cast<std::size_t>(bits >> 52);
    auto const along = static_cast<Fixed>((bits >> 28) & 0xffffff);
    return quantile_[cell] + scaled(quantile_[cell + 1] - quantile_[cell], along);
  }

 private:
  std::vector<Fixed> quantile_;
};

/// 2^x as a whole number, rounded, for x in [0, 40]; x outside is taken as the nearer end.
class Exp2Table
{
 public:
  Exp2Table();

  std::int64_t at(Fixed x) const noexcept
  {
    x = x < 0 ? 0 : (x > top ? top : x);
    auto const cell = static_cast<std::size_t>((x >> 12) & 0xfff);
    Fixed const along = x & 0xfff;
    std::int64_t const mantissa = power_[cell] + (((power_[cell + 1] - power_[cell]) * along) >> 12);
    int const shift = 41 - static_cast<int>(x >> fixed_bits);
    return (mantissa + (std::int64_t{1} << (shift - 1))) >> shift;
  }

 private:
  static constexpr Fixed top = Fixed{40} << fixed_bits;
  std::vector<std::int64_t> power_;  ///< 2^(i/4096) in units of 2^-41
};

}  // namespace tarifa::kernels
