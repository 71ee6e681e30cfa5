#include "kernels/mirror/lag/lag_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/statistics/cholesky.hpp"

namespace tarifa::kernels
{
namespace
{

/// Solves G b = c for the terms of `use` by Cholesky's method; the others are 0. A term that adds nothing to
/// those before it gets 0.
std::vector<double> solve(std::span<double const> gram, std::span<double const> cross,
                          std::vector<std::size_t> const& use)
{
  std::size_t const terms = cross.size(), size = use.size();
  constexpr double least_pivot = 1e-14;
  std::vector<double> lower(triangle(size, 0)), y(size);
  std::vector<double> result(terms);
  for (std::size_t row = 0; row < size; ++row)
  {
    y[row] = cross[use[row]];
    for (std::size_t column = 0; column <= row; ++column)
    {
      lower[triangle(row, column)] = gram[use[row] * terms + use[column]];
    }
  }
  factorise(lower, size,
            [&](std::size_t row, double pivot)
            {
              bool const adds = pivot > least_pivot * lower[triangle(row, row)];
              return adds ? std::sqrt(pivot) : std::numeric_limits<double>::infinity();
            });
  solve_lower(lower, y);
  for (std::size_t row = size; row-- > 0;)
  {
    double sum = y[row];
    for (std::size_t k = row + 1; k < size; ++k)
    {
      sum -= lower[triangle(k, row)] * result[use[k]];
    }
    result[use[row]] = sum / lower[triangle(row, row)];
  }
  return result;
}

/// Term that is not in use and whose growth would help most; the number of terms when none would.
std::size_t best_term(std::span<double const> gram, std::span<double const> cross,
                      std::vector<double> const& b, std::vector<std::size_t> const& use)
{
  std::size_t const terms = cross.size();
  double largest = 0;
  for (double const c : cross)
  {
    largest = std::max(largest, std::abs(c));
  }
  double best = 1e-12 * largest;
  std::size_t result = terms;
  for (std::size_t term = 0; term < terms; ++term)
  {
    double slope = cross[term];
    for (std::size_t other = 0; other < terms; ++other)
    {
      slope -= gram[term * terms + other] * b[other];
    }
    if (slope > best && std::find(use.begin(), use.end(), term) == use.end())
    {
      best = slope;
      result = term;
    }
  }
  return result;
}

}  // namespace

std::vector<double> non_negative_least_squares(std::span<double const> gram, std::span<double const> cross)
{
  std::size_t const terms = cross.size();
  std::vector<double> b(terms);
  std::vector<std::size_t> use;
  // Each round lowers the sum of squares, so none comes twice; the limit guards against rounding.
  for (std::size_t round = 0; round < 3 * terms; ++round)
  {
    std::size_t const term = best_term(gram, cross, b, use);
    if (term == terms)
    {
      break;
    }
    use.push_back(term);
    for (std::vector<double> next = solve(gram, cross, use);; next = solve(gram, cross, use))
    {
      // As far towards the free solution as no coefficient turns negative.
      double step = 1;
      std::size_t stops = terms;
      for (std::size_t const one : use)
      {
        if (next[one] < 0 && b[one] < step * (b[one] - next[one]))
        {
          step = b[one] / (b[one] - next[one]);
          stops = one;
        }
      }
      if (stops == terms)
      {
        b = next;
        break;
      }
      for (std::size_t const one : use)
      {
        b[one] = one == stops ? 0 : b[one] + step * (next[one] - b[one]);
      }
      std::erase(use, stops);
    }
  }
  return b;
}

LagFit fit_lags(std::span<ExactSum const> sums, std::span<ExactSum const> without, int first_lag)
{
  std::size_t lags = 0;
  while (triangle(lags + 2, 0) <= sums.size())
  {
    ++lags;
  }
  auto const at = [&](std::size_t row, std::size_t column)
  {
    std::size_t const place = triangle(row, column);
    return sums[place].value() - (without.empty() ? 0 : without[place].value());
  };
  std::vector<double> gram(lags * lags), cross(lags);
  for (std::size_t row = 0; row < lags; ++row)
  {
    cross[row] = at(lags, row);
    for (std::size_t column = 0; column <= row; ++column)
    {
      gram[row * lags + column] = gram[column * lags + row] = at(row, column);
    }
  }
  LagFit fit;
  fit.share = non_negative_least_squares(gram, cross);
  double total = 0, explained = 0;
  for (std::size_t row = 0; row < lags; ++row)
  {
    total += fit.share[row];
    // At the least squares b'Gb = c'b.
    explained += fit.share[row] * cross[row];
  }
  double const whole = at(lags, lags);
  if (!(total > 0))
  {
    auto const zero = static_cast<std::size_t>(std::max(-first_lag, 0));
    fit.share.assign(lags, 0);
    fit.share[zero < lags ? zero : 0] = total = 1;
  }
  fit.explained = whole > 0 ? explained / whole : 0;
  for (std::size_t row = 0; row < lags; ++row)
  {
    fit.share[row] /= total;
    fit.mean_lag += fit.share[row] * (first_lag + static_cast<int>(row));
  }
  return fit;
}

}  // namespace tarifa::kernels
