#include "kernels/statistics/apportion.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{
namespace
{

__extension__ using Wide = __int128;

/// Places of the largest of `remainders`, the first of equal ones first.
template <class T>
std::vector<std::size_t> largest(std::vector<T> const& remainders, std::size_t count)
{
  std::vector<std::size_t> place(remainders.size());
  std::iota(place.begin(), place.end(), std::size_t{0});
  auto const before = [&](std::size_t a, std::size_t b)
  { return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b; };
  std::partial_sort(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(count), place.end(), before);
  place.resize(count);
  return place;
}

}  // namespace

void apportion(std::int64_t total, std::span<std::int64_t const> weights, std::span<std::int64_t> parts)
{
  Wide const sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
  std::fill(parts.begin(), parts.end(), 0);
  if (sum <= 0)
  {
    return;
  }
  Wide const size = total < 0 ? -static_cast<Wide>(total) : static_cast<Wide>(total);
  auto const sign = static_cast<std::int64_t>(total < 0 ? -1 : 1);
  Wide left = size;
  std::vector<std::int64_t> remainders(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
  {
    Wide const product = size * weights[i];
    Wide const whole = product / sum;
    remainders[i] = static_cast<std::int64_t>(product - whole * sum);
    parts[i] = sign * static_cast<std::int64_t>(whole);
    left -= whole;
  }
  if (left > 0)
  {
    // Each rounding lost less than one unit, so fewer units are left than there are weights above 0.
    for (std::size_t const place : largest(remainders, static_cast<std::size_t>(left)))
    {
      parts[place] += sign;
    }
  }
}

std::vector<std::int64_t> whole_weights(std::span<double const> shares, std::int64_t units)
{
  ExactSum exact;
  for (double const share : shares)
  {
    exact.add(share);
  }
  double const sum = exact.value();
  std::vector<std::int64_t> weights(shares.size());
  if (!(sum > 0))
  {
    return weights;
  }
  std::vector<double> remainders(shares.size());
  std::int64_t left = units;
  for (std::size_t i = 0; i < shares.size(); ++i)
  {
    double const quota = shares[i] / sum * static_cast<double>(units);
    weights[i] = static_cast<std::int64_t>(quota);
    remainders[i] = shares[i] > 0 ? quota - static_cast<double>(weights[i]) : -1;
    left -= weights[i];
  }
  // Rounding of the quotas may leave one unit too many or too few, with one share as large as all.
  if (left < 0)
  {
    *std::max_element(weights.begin(), weights.end()) += left;
    left = 0;
  }
  while (left > 0)
  {
    auto const some = static_cast<std::size_t>(std::min<std::int64_t>(left, std::ssize(weights)));
    for (std::size_t const place : largest(remainders, some))
    {
      ++weights[place];
    }
    left -= static_cast<std::int64_t>(some);
  }
  return weights;
}

std::int64_t scaled(std::int64_t value, std::int64_t numerator, std::int64_t denominator)
{
  Wide const product = static_cast<Wide>(value) * numerator;
  bool const negative = product < 0;
  Wide const size = negative ? -product : product;
  Wide whole = size / denominator;
  Wide const twice = 2 * (size - whole * denominator);
  whole += static_cast<Wide>(twice > denominator || (twice == denominator && (whole & 1) != 0));
  return static_cast<std::int64_t>(negative ? -whole : whole);
}

}  // namespace tarifa::kernels
