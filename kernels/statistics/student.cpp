#include "kernels/statistics/student.hpp"

#include <cmath>
#include <numbers>

#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{

double log_gamma(double x)
{
  constexpr double half_log_2pi = 0.91893853320467274178;
  double product = 1;
  while (x < 10)
  {
    product *= x;
    x += 1;
  }
  double const inverse = 1 / x, square = inverse * inverse;
  // Bernoulli numbers B_2k / (2k (2k - 1)) of Stirling's series.
  double const series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680))));
  return (x - 0.5) * portable_log(x) - x + half_log_2pi + series - portable_log(product);
}

double student_quantile(double share, double degrees_of_freedom)
{
  double const n = degrees_of_freedom;
  if (!(n < 1e7))
  {
    return normal_quantile(share);
  }
  // The constants are Hill's; his P is the probability of both tails.
  double const tails = 2 * (share < 0.5 ? share : 1 - share);
  double const a = 1 / (n - 0.5), b = 48 / (a * a);
  double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
  double const d = ((94.5 / (b + c) - 3) / b + 1) * std::sqrt(a * std::numbers::pi / 2) * n;
  double y = portable_exp(2 / n * portable_log(d * tails));
  if (y > 0.05 + a)
  {
    double const x = tails < 1 ? normal_quantile(tails / 2) : 0;
    y = x * x;
    if (n < 5)
    {
      c += 0.3 * (n - 4.5) * (x + 0.6);
    }
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = a * y * y;
    y = y > 0.002 ? portable_exp(y) - 1 : 0.5 * y * y + y;
  }
  else
  {
    y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1)
            / (n + 2)
        + 1 / y;
  }
  double const size = std::sqrt(n * y);
  return share < 0.5 ? -size : size;
}

}  // namespace tarifa::kernels
