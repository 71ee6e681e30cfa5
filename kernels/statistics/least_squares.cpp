#include "kernels/statistics/least_squares.hpp"

#include <cmath>
#include <stdexcept>

#include "kernels/statistics/cholesky.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

/// Cholesky factor, in place; rows whose pivot is below 1e-14 of their diagonal are left out (1e-7 of their
/// length). Which are kept.
std::vector<bool> factorise_kept(std::vector<double>& lower, std::size_t size)
{
  constexpr double least_pivot = 1e-14;
  std::vector<bool> kept(size, true);
  factorise(lower, size,
            [&](std::size_t row, double pivot)
            {
              double const whole = lower[triangle(row, row)];
              kept[row] = whole > 0 && pivot > least_pivot * whole;
              return kept[row] ? std::sqrt(pivot) : std::numeric_limits<double>::infinity();
            });
  return kept;
}

/// Inverse of the matrix of (1, kept terms) from the factor L of the terms about their means: with J the
/// inverse of L, the block of the terms is J' J, and the intercept follows from the means.
std::vector<double> inverse_with_intercept(std::vector<double> const& lower, std::vector<bool> const& kept,
                                           std::vector<double> const& means, double weight)
{
  std::size_t const terms = kept.size();
  std::vector<double> inverse(triangle(terms, 0));
  std::vector<std::size_t> place;
  for (std::size_t column = 0; column < terms; ++column)
  {
    if (!kept[column])
    {
      continue;
    }
    place.push_back(column);
    for (std::size_t row = column; row < terms; ++row)
    {
      double sum = row == column ? 1 : 0;
      for (std::size_t k = column; k < row; ++k)
      {
        sum -= lower[triangle(row, k)] * inverse[triangle(k, column)];
      }
      inverse[triangle(row, column)] = kept[row] ? sum / lower[triangle(row, row)] : 0;
    }
  }
  std::size_t const size = place.size() + 1;
  std::vector<double> whole(size * size);
  whole[0] = 1 / weight;
  for (std::size_t i = 1; i < size; ++i)
  {
    for (std::size_t j = 1; j <= i; ++j)
    {
      double sum = 0;
      for (std::size_t k = place[i - 1]; k < terms; ++k)
      {
        sum += inverse[triangle(k, place[i - 1])] * inverse[triangle(k, place[j - 1])];
      }
      whole[i * size + j] = whole[j * size + i] = sum;
    }
  }
  for (std::size_t i = 1; i < size; ++i)
  {
    double sum = 0;
    for (std::size_t j = 1; j < size; ++j)
    {
      sum -= whole[i * size + j] * means[place[j - 1]];
    }
    whole[i * size] = whole[i] = sum;
    whole[0] -= sum * means[place[i - 1]];
  }
  return whole;
}

}  // namespace

double LinearFit::predict(std::span<double const> x) const noexcept
{
  double sum = intercept;
  for (std::size_t term = 0; term < coefficients.size(); ++term)
  {
    sum += coefficients[term] * x[term];
  }
  return sum;
}

std::size_t LinearFit::place(std::size_t term) const noexcept
{
  std::size_t place = 1;
  for (std::size_t before = 0; before < term; ++before)
  {
    place += kept[before] ? 1 : 0;
  }
  return place;
}

double LinearFit::standard_error(std::size_t term) const noexcept
{
  if (!kept[term])
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::size_t const at = place(term);
  return std::sqrt(variance * unscaled_covariance[at * static_cast<std::size_t>(parameters) + at]);
}

double LinearFit::standard_error_of_intercept() const noexcept
{
  return std::sqrt(variance * unscaled_covariance.front());
}

double LinearFit::leverage(std::span<double const> x, double weight) const noexcept
{
  auto const size = static_cast<std::size_t>(parameters);
  double sum = 0;
  std::size_t row = 0;
  for (std::size_t i = 0; i <= coefficients.size(); ++i)
  {
    if (i > 0 && !kept[i - 1])
    {
      continue;
    }
    double const left = i == 0 ? 1 : x[i - 1];
    std::size_t column = 0;
    for (std::size_t j = 0; j <= coefficients.size(); ++j)
    {
      if (j > 0 && !kept[j - 1])
      {
        continue;
      }
      sum += left * unscaled_covariance[row * size + column] * (j == 0 ? 1 : x[j - 1]);
      ++column;
    }
    ++row;
  }
  return weight * sum;
}

LeastSquares::LeastSquares(std::vector<double> origin)
    : origin_(std::move(origin))
    , product_(triangle(origin_.size() + 1, 0))
{
}

void LeastSquares::add(std::span<double const> x, double y, double weight)
{
  std::size_t const size = origin_.size();
  auto const about = [&](std::size_t i) { return i == 0 ? 1 : (i < size ? x[i - 1] : y) - origin_[i - 1]; };
  for (std::size_t row = 0; row <= size; ++row)
  {
    double const left = weight * about(row);
    if (left == 0)
    {
      continue;
    }
    for (std::size_t column = 0; column <= row; ++column)
    {
      product_[triangle(row, column)].add(left * about(column));
    }
  }
  ++observations_;
}

void LeastSquares::add(LeastSquares const& other)
{
  if (other.origin_ != origin_)
  {
    throw std::invalid_argument("sums of least squares about two origins cannot be added");
  }
  add_each(product_, other.product_);
  observations_ += other.observations_;
}

std::vector<std::int64_t> LeastSquares::to_digits() const
{
  std::vector<std::int64_t> digits{observations_};
  append_digits(digits, product_);
  return digits;
}

void LeastSquares::set_digits(std::span<std::int64_t const> digits)
{
  observations_ = digits.front();
  take_digits(digits.subspan(1), product_);
}

LinearFit LeastSquares::fit() const
{
  std::size_t const size = terms();
  double const weight = product_[0].value();
  std::vector<double> mean(size + 1);
  std::vector<double> lower(triangle(size + 1, 0));
  for (std::size_t row = 0; row <= size; ++row)
  {
    mean[row] = product_[triangle(row + 1, 0)].value() / weight;
    for (std::size_t column = 0; column <= row; ++column)
    {
      lower[triangle(row, column)] =
          product_[triangle(row + 1, column + 1)].value() - mean[row] * (weight * mean[column]);
    }
  }
  LinearFit fit;
  fit.observations = observations_;
  fit.total_sum = lower[triangle(size, size)];
  // The last row is y: its factor holds the projections on the terms, its pivot what is left.
  std::vector<double> const with_y = lower;
  lower.resize(triangle(size, 0));
  std::vector<bool> const kept = factorise_kept(lower, size);
  std::vector<double> projection(size);
  fit.residual_sum = fit.total_sum;
  for (std::size_t row = 0; row < size; ++row)
  {
    double sum = with_y[triangle(size, row)];
    for (std::size_t k = 0; k < row; ++k)
    {
      sum -= lower[triangle(row, k)] * projection[k];
    }
    projection[row] = kept[row] ? sum / lower[triangle(row, row)] : 0;
    fit.residual_sum -= projection[row] * projection[row];
  }
  fit.kept = kept;
  fit.parameters = 1;
  fit.coefficients.assign(size, 0);
  for (std::size_t row = size; row-- > 0;)
  {
    double sum = projection[row];
    for (std::size_t k = row + 1; k < size; ++k)
    {
      sum -= lower[triangle(k, row)] * fit.coefficients[k];
    }
    fit.coefficients[row] = kept[row] ? sum / lower[triangle(row, row)] : 0;
    fit.parameters += kept[row] ? 1 : 0;
  }
  if (!(weight > 0) || observations_ < fit.parameters || !std::isfinite(fit.total_sum))
  {
    throw std::domain_error("a linear model has fewer usable observations than parameters");
  }
  for (std::size_t i = 0; i <= size; ++i)
  {
    mean[i] += origin_[i];
  }
  fit.intercept = mean[size];
  for (std::size_t term = 0; term < size; ++term)
  {
    fit.intercept -= fit.coefficients[term] * mean[term];
  }
  std::int64_t const freedom = observations_ - fit.parameters;
  fit.variance = freedom > 0 ? fit.residual_sum / static_cast<double>(freedom)
                             : std::numeric_limits<double>::quiet_NaN();
  fit.unscaled_covariance = inverse_with_intercept(lower, kept, mean, weight);
  return fit;
}

}  // namespace tarifa::kernels
