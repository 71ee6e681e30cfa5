#include "kernels/synth/tables.hpp"

#include <cmath>

namespace tarifa::kernels
{
namespace
{

constexpr double ln2 = 0.69314718055994530942;
constexpr std::size_t cells = 4096;

/// Phi(x) - 1/2 for 0 <= x <= 4: phi(x) (x + x^3/3 + x^5/15 + ...), Marsaglia 2004,
/// doi:10.18637/jss.v011.i04.
double normal_above_median(double x)
{
  double term = x;
  double sum = x;
  for (int odd = 3; term > 1e-17 * sum; odd += 2)
  {
    term = term * x * x / odd;
    sum += term;
  }
  constexpr double one_over_root_two_pi = 0.39894228040143267794;
  return one_over_root_two_pi * portable_exp2(-0.5 * x * x / ln2) * sum;
}

}  // namespace

double portable_log2(double x)
{
  int exponent = 0;
  double const m = std::frexp(x, &exponent);  // exact, so the same everywhere
  double const t = (m - 1) / (m + 1);
  double power = t;
  double sum = 0;
  for (int odd = 1; odd < 81; odd += 2)
  {
    sum += power / odd;
    power = power * t * t;
  }
  return exponent + 2 * sum / ln2;
}

double portable_exp2(double x)
{
  double const whole = std::floor(x);
  double const y = (x - whole) * ln2;
  double term = 1;
  double sum = 1;
  for (int k = 1; k < 25; ++k)
  {
    term = term * y / k;
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(whole));
}

std::vector<double> zipf_weights(std::size_t n, double exponent)
{
  std::vector<double> weights(n);
  for (std::size_t i = 0; i < n; ++i)
  {
    weights[i] = portable_exp2(-exponent * portable_log2(static_cast<double>(i + 1)));
  }
  return weights;
}

AliasTable::AliasTable(std::span<double const> weights) : slots_(weights.size())
{
  double total = 0;
  for (double const w : weights)
  {
    total += w;
  }
  std::vector<double> level(weights.size());
  std::vector<std::uint32_t> low, high;
  for (std::uint32_t i = 0; i < weights.size(); ++i)
  {
    level[i] = weights[i] * static_cast<double>(weights.size()) / total;
    slots_[i] = {UINT32_MAX, i, i};
    (level[i] < 1 ? low : high).push_back(i);
  }
  while (!low.empty() && !high.empty())
  {
    std::uint32_t const small = low.back();
    std::uint32_t const large = high.back();
    low.pop_back();
    slots_[small] = {static_cast<std::uint32_t>(level[small] * 4294967295.0), small, large};
    level[large] -= 1 - level[small];
    if (level[large] < 1)
    {
      high.pop_back();
      low.push_back(large);
    }
  }
}

NormalTable::NormalTable() : quantile_(cells + 1)
{
  constexpr std::size_t middle = cells / 2;
  double least = 0;
  for (std::size_t i = 0; i < middle; ++i)
  {
    double const wanted = static_cast<double>(i) / cells;
    double most = 4;
    for (int step = 0; step < 45 && i > 0; ++step)
    {
      double const centre = (least + most) / 2;
      (normal_above_median(centre) < wanted ? least : most) = centre;
    }
    quantile_[middle + i] = fixed(least);
    quantile_[middle - i] = -fixed(least);
  }
  quantile_[cells] = fixed(4);
  quantile_[0] = -fixed(4);
}

Exp2Table::Exp2Table() : power_(cells + 1)
{
  for (std::size_t i = 0; i <= cells; ++i)
  {
    power_[i] = static_cast<std::int64_t>(portable_exp2(41 + static_cast<double>(i) / cells));
  }
}

}  // namespace tarifa::kernels
