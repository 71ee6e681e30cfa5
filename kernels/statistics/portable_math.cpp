#include "kernels/statistics/portable_math.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace tarifa::kernels
{
namespace
{

// ln 2 in two parts: the first has 32 significant bits, so that its product with an exponent is exact.
constexpr double ln2_high = 0x1.62e42fefp-1;
constexpr double ln2_low = 0x1.473de6af278edp-34;
constexpr double one_over_ln2 = 1.4426950408889634074;
constexpr double root_half = 0.70710678118654752440;
constexpr double one_over_root_2pi = 0.39894228040143267794;

constexpr int mantissa_bits = 52;
constexpr int exponent_bias = 1023;

double power_of_two(int exponent)
{
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + exponent_bias) << mantissa_bits);
}

}  // namespace

double portable_log(double x)
{
  if (!(x > 0))
  {
    return x == 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  if (x > std::numeric_limits<double>::max())
  {
    return x;
  }
  int exponent = 0;
  if (x < std::numeric_limits<double>::min())
  {
    x *= power_of_two(54);
    exponent = -54;
  }
  std::uint64_t const bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> mantissa_bits) - exponent_bias;
  double mantissa = std::bit_cast<double>((bits & ((std::uint64_t{1} << mantissa_bits) - 1))
                                          | (std::uint64_t{exponent_bias} << mantissa_bits));
  if (mantissa > 2 * root_half)
  {
    mantissa /= 2;
    ++exponent;
  }
  // ln m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.1716: twelve terms reach 2^-60. With f = m - 1 the
  // leading term 2 s is written f - s f, whose first part is exact.
  double const f = mantissa - 1;
  double const s = f / (mantissa + 1);
  double const square = s * s;
  double series = 0;
  for (int term = 25; term >= 3; term -= 2)
  {
    series = (series + 1.0 / term) * square;
  }
  double const small = 2 * s * series - s * f;
  return exponent * ln2_high + (f + (small + exponent * ln2_low));
}

double portable_exp(double x)
{
  constexpr double highest = 709.782712893383973096, lowest = -745.2;
  if (!(x <= highest))
  {
    return x > highest ? std::numeric_limits<double>::infinity() : x;
  }
  if (x < lowest)
  {
    return 0;
  }
  int const exponent = static_cast<int>(x * one_over_ln2 + (x < 0 ? -0.5 : 0.5));
  double const r = (x - exponent * ln2_high) - exponent * ln2_low;
  // |r| < 0.35: fourteen terms of the power series reach 2^-60.
  double series = 0;
  for (int term = 14; term >= 2; --term)
  {
    series = (series + 1) * (r / term);
  }
  double const value = 1 + (r + r * series);
  // In two steps, since 2^exponent alone may not be a normal number.
  int const half = exponent / 2;
  return value * power_of_two(half) * power_of_two(exponent - half);
}

double normal_share(double x)
{
  double const density = one_over_root_2pi * portable_exp(-x * x / 2);
  double const size = std::abs(x);
  if (size < 5)
  {
    // Phi(x) - 1/2 = density (x + x^3 / 3 + x^5 / (3 5) + ...); all terms have one sign.
    double term = size, sum = size;
    for (int k = 3; term > sum * 1e-17; k += 2)
    {
      term *= x * x / k;
      sum += term;
    }
    return x < 0 ? 0.5 - density * sum : 0.5 + density * sum;
  }
  // Continued fraction of the tail (Laplace), from the back.
  double fraction = size;
  for (int k = 60; k >= 1; --k)
  {
    fraction = size + k / fraction;
  }
  double const tail = density / fraction;
  return x < 0 ? tail : 1 - tail;
}

double normal_quantile(double share)
{
  if (!(share > 0 && share < 1))
  {
    throw std::invalid_argument("a quantile is asked for a share outside 0 to 1");
  }
  double const tail = share < 0.5 ? share : 1 - share;
  // Newton's method on the logarithm of the distribution function, which is close to a parabola in the tail.
  double x = tail < 0.5 ? -std::sqrt(-2 * portable_log(tail)) : 0;
  for (int step = 0; step < 60; ++step)
  {
    double const reached = normal_share(x), density = one_over_root_2pi * portable_exp(-x * x / 2);
    double const change = (portable_log(reached) - portable_log(tail)) * reached / density;
    x -= change;
    if (std::abs(change) < 1e-15 * (1 + std::abs(x)))
    {
      break;
    }
  }
  return share < 0.5 ? x : -x;
}

}  // namespace tarifa::kernels
