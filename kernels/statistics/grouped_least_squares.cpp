#include "kernels/statistics/grouped_least_squares.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/statistics/cholesky.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

/// Sweeps the pivots that are not combinations of earlier ones out of a symmetric matrix [size + 1, squared]
/// whose last row is y (Goodnight 1979, doi:10.1080/00031305.1979.10482685). Afterwards the block of the
/// kept terms is minus their inverse, the last row holds the coefficients and the last element the residual
/// sum. `whole` is the size of each term, from which the least pivot follows.
std::vector<bool> sweep(std::vector<double>& matrix, std::vector<double> const& whole)
{
  constexpr double least_pivot = 1e-14;
  std::size_t const size = whole.size(), width = size + 1;
  std::vector<bool> kept(size);
  for (std::size_t pivot = 0; pivot < size; ++pivot)
  {
    double const d = matrix[pivot * width + pivot];
    kept[pivot] = d > least_pivot * whole[pivot];
    if (!kept[pivot])
    {
      continue;
    }
    for (std::size_t row = 0; row < width; ++row)
    {
      for (std::size_t column = 0; row != pivot && column <= row; ++column)
      {
        if (column != pivot)
        {
          double& element = matrix[row * width + column];
          element -= matrix[row * width + pivot] * matrix[column * width + pivot] / d;
          matrix[column * width + row] = element;
        }
      }
    }
    for (std::size_t row = 0; row < width; ++row)
    {
      if (row != pivot)
      {
        matrix[row * width + pivot] /= d;
        matrix[pivot * width + row] = matrix[row * width + pivot];
      }
    }
    matrix[pivot * width + pivot] = -1 / d;
  }
  return kept;
}

double quadratic_form(std::vector<double> const& matrix, std::span<double const> x,
                      double const* centre) noexcept
{
  std::size_t const size = x.size();
  double sum = 0;
  for (std::size_t row = 0; row < size; ++row)
  {
    double inner = 0;
    for (std::size_t column = 0; column < size; ++column)
    {
      inner += matrix[row * size + column] * (x[column] - centre[column]);
    }
    sum += (x[row] - centre[row]) * inner;
  }
  return sum;
}

}  // namespace

double GroupedFit::predict(std::span<double const> x, std::size_t group) const noexcept
{
  double sum = std::isnan(intercepts[group]) ? mean_intercept : intercepts[group];
  for (std::size_t term = 0; term < coefficients.size(); ++term)
  {
    sum += coefficients[term] * x[term];
  }
  return sum;
}

double GroupedFit::standard_error(std::size_t term) const noexcept
{
  return kept[term] ? std::sqrt(variance * unscaled_covariance[term * kept.size() + term]) : not_known;
}

double GroupedFit::standard_error_of_intercept(std::size_t group) const noexcept
{
  std::vector<double> const zero(kept.size());
  return std::sqrt(variance * leverage(zero, group, 1));
}

double GroupedFit::leverage(std::span<double const> x, std::size_t group, double weight) const noexcept
{
  return weight
         * (1 / group_weight[group]
            + quadratic_form(unscaled_covariance, x, group_mean.data() + group * kept.size()));
}

GroupedLeastSquares::GroupedLeastSquares(std::vector<double> origin, std::size_t groups)
    : origin_(std::move(origin))
    , product_(groups * triangle(origin_.size() + 1, 0))
    , observations_(groups)
{
}

void GroupedLeastSquares::add(std::span<double const> x, double y, double weight, std::size_t group)
{
  std::size_t const size = origin_.size();
  ExactSum* const product = product_.data() + group * triangle(size + 1, 0);
  auto const about = [&](std::size_t i) { return i == 0 ? 1 : (i < size ? x[i - 1] : y) - origin_[i - 1]; };
  for (std::size_t row = 0; row <= size; ++row)
  {
    double const left = weight * about(row);
    for (std::size_t column = 0; left != 0 && column <= row; ++column)
    {
      product[triangle(row, column)].add(left * about(column));
    }
  }
  ++observations_[group];
}

void GroupedLeastSquares::add(GroupedLeastSquares const& other)
{
  if (other.origin_ != origin_ || other.groups() != groups())
  {
    throw std::invalid_argument("sums of least squares of two designs cannot be added");
  }
  add_each(product_, other.product_);
  add_each(observations_, other.observations_);
}

std::vector<std::int64_t> GroupedLeastSquares::to_digits() const
{
  std::vector<std::int64_t> digits = observations_;
  append_digits(digits, product_);
  return digits;
}

void GroupedLeastSquares::set_digits(std::span<std::int64_t const> digits)
{
  take_digits(take_digits(digits, observations_), product_);
}

GroupedFit GroupedLeastSquares::fit() const
{
  std::size_t const size = terms(), width = size + 1;
  GroupedFit fit;
  fit.intercepts.assign(groups(), not_known);
  fit.group_weight.resize(groups());
  fit.group_mean.resize(groups() * size);
  std::vector<double> matrix(width * width);  // about the means of the groups, y last
  std::vector<double> group_y(groups());
  std::vector<double> whole(size);  // about the origin
  double weight = 0, sum_y = 0, squares_y = 0;
  for (std::size_t group = 0; group < groups(); ++group)
  {
    fit.observations += observations_[group];
    ExactSum const* const product = product_.data() + group * triangle(width + 1, 0);
    fit.group_weight[group] = product[0].value();
    if (!(fit.group_weight[group] > 0))
    {
      continue;
    }
    ++fit.parameters;
    std::vector<double> mean(width);
    for (std::size_t row = 0; row < width; ++row)
    {
      double const sum = product[triangle(row + 1, 0)].value();
      mean[row] = sum / fit.group_weight[group];
      for (std::size_t column = 0; column <= row; ++column)
      {
        matrix[row * width + column] += product[triangle(row + 1, column + 1)].value() - sum * mean[column];
        matrix[column * width + row] = matrix[row * width + column];
      }
      if (row < size)
      {
        whole[row] += product[triangle(row + 1, row + 1)].value();
        fit.group_mean[group * size + row] = mean[row] + origin_[row];
      }
    }
    group_y[group] = mean[size] + origin_[size];
    weight += fit.group_weight[group];
    sum_y += product[triangle(width, 0)].value();
    squares_y += product[triangle(width, width)].value();
  }
  if (!(weight > 0) || !std::isfinite(squares_y))
  {
    throw std::domain_error("a linear model has no usable observations");
  }
  fit.total_sum = squares_y - sum_y * (sum_y / weight);
  fit.considered = fit.parameters + static_cast<int>(size);
  fit.kept = sweep(matrix, whole);
  fit.residual_sum = matrix.back();
  fit.coefficients.assign(size, 0);
  fit.unscaled_covariance.assign(size * size, 0);
  for (std::size_t row = 0; row < size; ++row)
  {
    if (!fit.kept[row])
    {
      continue;
    }
    ++fit.parameters;
    fit.coefficients[row] = matrix[size * width + row];
    for (std::size_t column = 0; column < size; ++column)
    {
      fit.unscaled_covariance[row * size + column] = fit.kept[column] ? -matrix[row * width + column] : 0;
    }
  }
  if (fit.observations < fit.parameters)
  {
    throw std::domain_error("a linear model has fewer observations than parameters");
  }
  for (std::size_t group = 0; group < groups(); ++group)
  {
    if (!(fit.group_weight[group] > 0))
    {
      continue;
    }
    fit.intercepts[group] = group_y[group];
    for (std::size_t term = 0; term < size; ++term)
    {
      fit.intercepts[group] -= fit.coefficients[term] * fit.group_mean[group * size + term];
    }
    fit.mean_intercept += fit.intercepts[group] * (fit.group_weight[group] / weight);
  }
  std::int64_t const freedom = fit.observations - fit.parameters;
  fit.variance = freedom > 0 ? fit.residual_sum / static_cast<double>(freedom) : not_known;
  return fit;
}

}  // namespace tarifa::kernels
