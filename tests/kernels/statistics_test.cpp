#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/statistics/exact_sum.hpp"
#include "kernels/statistics/least_squares.hpp"
#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

double uniform(std::uint64_t record, std::uint64_t purpose)
{
  return static_cast<double>(Draws(stream_key(7, 1), record).bits(purpose) >> 11) * 0x1p-53;
}

double units_of_last_place(double value, double reference)
{
  if (value == reference)
  {
    return 0;
  }
  double const unit = std::abs(std::nextafter(reference, 1e308) - reference);
  return std::abs(value - reference) / unit;
}

TEST(PortableMath, logarithm_and_exponential_are_within_two_units_of_the_last_place)
{
  double worst_log = 0, worst_exp = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i)
  {
    double const x = std::ldexp(1 + uniform(i, 0), static_cast<int>(uniform(i, 1) * 80) - 40);
    worst_log = std::max(worst_log, units_of_last_place(portable_log(x), std::log(x)));
    double const near = 1 + (uniform(i, 2) - 0.5) * 0.01;
    worst_log = std::max(worst_log, units_of_last_place(portable_log(near), std::log(near)));
    double const power = (uniform(i, 3) - 0.5) * 200;
    worst_exp = std::max(worst_exp, units_of_last_place(portable_exp(power), std::exp(power)));
  }
  EXPECT_LE(worst_log, 2);
  EXPECT_LE(worst_exp, 2);
}

TEST(PortableMath, ends_of_the_range)
{
  EXPECT_EQ(portable_log(1), 0);
  EXPECT_EQ(portable_exp(0), 1);
  EXPECT_EQ(portable_log(0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(portable_log(-1)));
  EXPECT_TRUE(std::isnan(portable_exp(std::nan(""))));
  EXPECT_NEAR(portable_log(5e-324), std::log(5e-324), 1e-12);
  EXPECT_EQ(portable_exp(-800), 0);
  EXPECT_TRUE(std::isinf(portable_exp(800)));
}

TEST(PortableMath, normal_quantiles_and_shares_belong_together)
{
  EXPECT_NEAR(normal_quantile(0.95), 1.6448536269514722, 1e-14);
  EXPECT_NEAR(normal_quantile(0.975), 1.9599639845400545, 1e-14);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(1e-300), -37.0471, 1e-4);
  for (double x = -8; x <= 8; x += 0.125)
  {
    EXPECT_NEAR(normal_share(x), std::erfc(-x / std::sqrt(2)) / 2, 1e-14) << x;
    if (x < 5)
    {
      EXPECT_NEAR(normal_quantile(normal_share(x)), x, 1e-9) << x;
    }
  }
}

TEST(ExactSum, does_not_depend_on_order_or_sharing)
{
  std::vector<double> terms;
  for (std::uint64_t i = 0; i < 1000; ++i)
  {
    double const size = std::ldexp(1 + uniform(i, 0), static_cast<int>(uniform(i, 1) * 200) - 100);
    terms.push_back(uniform(i, 2) < 0.5 ? -size : size);
  }
  ExactSum forward, backward, halves[2];
  for (std::size_t i = 0; i < terms.size(); ++i)
  {
    forward.add(terms[i]);
    backward.add(terms[terms.size() - 1 - i]);
    halves[i % 2].add(terms[i]);
  }
  EXPECT_EQ(forward, backward);
  std::vector<std::int64_t> digits(ExactSum::digits);
  for (ExactSum const& half : halves)
  {
    auto const some = half.to_digits();
    std::transform(digits.begin(), digits.end(), some.begin(), digits.begin(), std::plus<>());
  }
  EXPECT_EQ(ExactSum::from_digits(std::span<std::int64_t const>(digits).first<ExactSum::digits>()), forward);
  ExactSum nothing = forward;
  for (double const term : terms)
  {
    nothing.add(-term);
  }
  EXPECT_EQ(nothing.value(), 0);
}

TEST(ExactSum, is_rounded_once)
{
  ExactSum sum;
  for (double const term : {1e16, 1.0, -1e16, 0x1p-60, -0x1p-60})
  {
    sum.add(term);
  }
  EXPECT_EQ(sum.value(), 1);
  ExactSum tie;
  tie.add(0x1p53);
  tie.add(1);
  EXPECT_EQ(tie.value(), 0x1p53);
  tie.add(0x1p-128);
  EXPECT_EQ(tie.value(), 0x1p53 + 2);
  ExactSum small;
  small.add(-0.1);
  EXPECT_EQ(small.value(), -0.1);
  small.add(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(small.value()));
}

/// y = 2 + 3 a - b / 2, and a term that is the sum of the two others.
TEST(LeastSquares, finds_planted_coefficients_and_leaves_out_what_adds_nothing)
{
  LeastSquares whole({0.5, 0.5, 1, 2}), part({0.5, 0.5, 1, 2});
  for (std::uint64_t i = 0; i < 400; ++i)
  {
    double const a = uniform(i, 0), b = uniform(i, 1);
    std::vector<double> const x{a, b, a + b};
    (i % 3 == 0 ? part : whole).add(x, 2 + 3 * a - b / 2, 1 + uniform(i, 2));
  }
  whole.add(part);
  LinearFit const fit = whole.fit();
  EXPECT_NEAR(fit.intercept, 2, 1e-13);
  EXPECT_NEAR(fit.coefficients[0], 3, 1e-13);
  EXPECT_NEAR(fit.coefficients[1], -0.5, 1e-13);
  EXPECT_FALSE(fit.kept[2]);
  EXPECT_EQ(fit.parameters, 3);
  EXPECT_NEAR(fit.residual_sum, 0, 1e-12);
  EXPECT_TRUE(std::isnan(fit.standard_error(2)));
}

/// One term with equal weights has closed formulas.
TEST(LeastSquares, standard_errors_and_leverages_follow_the_formulas_of_a_straight_line)
{
  LeastSquares sums({3, 0});
  std::vector<double> x, y;
  for (std::uint64_t i = 0; i < 50; ++i)
  {
    x.push_back(static_cast<double>(i) / 7);
    y.push_back(1 + x.back() + uniform(i, 5));
    sums.add({&x.back(), 1}, y.back(), 1);
  }
  LinearFit const fit = sums.fit();
  double mean = 0, spread = 0, residuals = 0;
  for (double const one : x)
  {
    mean += one / 50;
  }
  for (std::size_t i = 0; i < 50; ++i)
  {
    spread += (x[i] - mean) * (x[i] - mean);
    double const residual = y[i] - fit.predict({&x[i], 1});
    residuals += residual * residual;
  }
  EXPECT_NEAR(fit.residual_sum, residuals, 1e-12);
  double const variance = residuals / 48;
  EXPECT_NEAR(fit.standard_error(0), std::sqrt(variance / spread), 1e-13);
  EXPECT_NEAR(fit.standard_error_of_intercept(), std::sqrt(variance * (1.0 / 50 + mean * mean / spread)),
              1e-13);
  double leverages = 0;
  for (double const& one : x)
  {
    leverages += fit.leverage({&one, 1}, 1);
  }
  EXPECT_NEAR(leverages, 2, 1e-12);
}

TEST(LeastSquares, refuses_too_few_observations)
{
  LeastSquares sums({0, 0});
  EXPECT_THROW(sums.fit(), std::domain_error);
  double const one = 1;
  sums.add({&one, 1}, 1, 1);
  EXPECT_EQ(sums.fit().parameters, 1);
}

}  // namespace
}  // namespace tarifa::kernels
