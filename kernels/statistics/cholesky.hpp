#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace tarifa::kernels
{

/// Place of an element of a lower triangle that is kept row by row; triangle(n, 0) is the size of one of n
/// rows.
constexpr std::size_t triangle(std::size_t row, std::size_t column) noexcept
{
  return row * (row + 1) / 2 + column;
}

/// Cholesky factor of a symmetric positive definite matrix, given as lower triangle of `size` rows, in place
/// and in one order of operations. diagonal(row, pivot) gives the diagonal element of the factor: the root of
/// the pivot, or infinity for a row that is to be left out, whose column is then 0.
template <class Diagonal>
void factorise(std::span<double> lower, std::size_t size, Diagonal const& diagonal)
{
  for (std::size_t row = 0; row < size; ++row)
  {
    double* const left = &lower[triangle(row, 0)];
    for (std::size_t column = 0; column <= row; ++column)
    {
      double const* const right = &lower[triangle(column, 0)];
      double sum = left[column];
      for (std::size_t k = 0; k < column; ++k)
      {
        sum -= left[k] * right[k];
      }
      left[column] = column < row ? sum / right[column] : diagonal(row, sum);
    }
  }
}

/// Solves L x = b for a factor L; b comes in x.
inline void solve_lower(std::span<double const> lower, std::span<double> x)
{
  for (std::size_t row = 0; row < x.size(); ++row)
  {
    for (std::size_t k = 0; k < row; ++k)
    {
      x[row] -= lower[triangle(row, k)] * x[k];
    }
    x[row] /= lower[triangle(row, row)];
  }
}

/// Solves L L' x = b for a factor L; b comes in x.
inline void solve_factorised(std::span<double const> lower, std::span<double> x)
{
  solve_lower(lower, x);
  for (std::size_t row = x.size(); row-- > 0;)
  {
    x[row] /= lower[triangle(row, row)];
    for (std::size_t k = 0; k < row; ++k)
    {
      x[k] -= lower[triangle(row, k)] * x[row];
    }
  }
}

}  // namespace tarifa::kernels
