#include "kernels/mirror/reliability/variance_fit.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/statistics/cholesky.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{

/// Symmetric positive definite matrix, lower triangle row by row.
class VarianceInformation
{
 public:
  explicit VarianceInformation(std::size_t size) : size_(size), at_(triangle(size, 0)) {}

  double& at(std::size_t row, std::size_t column) { return at_[triangle(row, column)]; }

  void factorise()
  {
    kernels::factorise(at_, size_, [](std::size_t /*row*/, double pivot) { return std::sqrt(pivot); });
  }
  /// After factorise().
  void solve(std::vector<double>& x) const { solve_factorised(at_, x); }

  /// After factorise(): diagonal of the inverse.
  std::vector<double> variances()
  {
    std::vector<double> variances(size_);
    std::vector<double> column(size_);
    for (std::size_t unit_row = 0; unit_row < size_; ++unit_row)
    {
      for (std::size_t row = unit_row; row < size_; ++row)
      {
        double sum = row == unit_row ? 1 : 0;
        for (std::size_t k = unit_row; k < row; ++k)
        {
          sum -= at(row, k) * column[k];
        }
        column[row] = sum / at(row, row);
        variances[unit_row] += column[row] * column[row];
      }
    }
    return variances;
  }

 private:
  std::size_t size_;
  std::vector<double> at_;
};

namespace
{

std::vector<double> variances_of(std::vector<double> const& x)
{
  std::vector<double> variances(x.size());
  std::transform(x.begin(), x.end(), variances.begin(), portable_exp);
  return variances;
}

}  // namespace

VarianceFit::VarianceFit(std::vector<VariancePair> pairs, std::vector<double> start, double prior_mean,
                         double prior_variance)
    : pairs_(std::move(pairs))
    , x_(std::move(start))
    , prior_mean_(prior_mean)
    , prior_variance_(prior_variance)
{
}

void VarianceFit::run(double most_spread, int most_rounds)
{
  for (int round = 0; round < most_rounds; ++round)
  {
    double const step = score();
    double const moved = update_prior(most_spread);
    if (std::max(step, moved) < 1e-7)
    {
      break;
    }
  }
}

std::vector<double> VarianceFit::errors(double of_normal) const
{
  std::vector<double> gradient(x_.size());
  VarianceInformation information = information_at(gradient, of_normal);
  information.factorise();
  std::vector<double> result = information.variances();
  for (double& each : result)
  {
    each = std::sqrt(each);
  }
  return result;
}

double VarianceFit::objective(std::vector<double> const& x) const
{
  std::vector<double> const of_role = variances_of(x);
  double sum = 0;
  for (VariancePair const& pair : pairs_)
  {
    double const variance = of_role[pair.exporter] + of_role[pair.importer];
    sum += (pair.n * portable_log(variance) + pair.s / variance) / 2;
  }
  for (double const each : x)
  {
    sum += (each - prior_mean_) * (each - prior_mean_) / (2 * prior_variance_);
  }
  return sum;
}

VarianceInformation VarianceFit::information_at(std::vector<double>& gradient, double of_normal) const
{
  VarianceInformation information(x_.size());
  for (std::size_t i = 0; i < x_.size(); ++i)
  {
    gradient[i] = (x_[i] - prior_mean_) / prior_variance_;
    information.at(i, i) = 1 / prior_variance_;
  }
  std::vector<double> const of_role = variances_of(x_);
  for (VariancePair const& pair : pairs_)
  {
    double const a = of_role[pair.exporter], b = of_role[pair.importer], v = a + b;
    double const slope = (pair.n - pair.s / v) / (2 * v), n = of_normal * pair.n / (2 * v * v);
    gradient[pair.exporter] += slope * a;
    gradient[pair.importer] += slope * b;
    information.at(pair.exporter, pair.exporter) += n * a * a;
    information.at(pair.importer, pair.importer) += n * b * b;
    // Importers are numbered after exporters.
    information.at(pair.importer, pair.exporter) += n * a * b;
  }
  return information;
}

/// One step of Fisher scoring, halved until it does not go up; its largest part.
double VarianceFit::score()
{
  std::vector<double> step(x_.size());
  VarianceInformation information = information_at(step, 1);
  information.factorise();
  variances_ = information.variances();
  information.solve(step);
  double largest = 0;
  for (double const each : step)
  {
    largest = std::max(largest, std::abs(each));
  }
  double share = largest > 2 ? 2 / largest : 1;
  double const before = objective(x_);
  std::vector<double> next(x_.size());
  for (int halving = 0; halving < 20; ++halving, share /= 2)
  {
    for (std::size_t i = 0; i < x_.size(); ++i)
    {
      next[i] = x_[i] - share * step[i];
    }
    if (objective(next) <= before)
    {
      x_ = next;
      return share * largest;
    }
  }
  return 0;
}

double VarianceFit::update_prior(double most_spread)
{
  double mean = 0, variance = 0;
  for (double const each : x_)
  {
    mean += each;
  }
  mean /= static_cast<double>(x_.size());
  for (std::size_t i = 0; i < x_.size(); ++i)
  {
    variance += (x_[i] - mean) * (x_[i] - mean) + variances_[i];
  }
  // Countries that are all alike leave w^2 at 0, where the likelihood has no place to go.
  variance = std::clamp(variance / static_cast<double>(x_.size()), 1e-3, most_spread * most_spread);
  double const moved = std::abs(mean - prior_mean_) + std::abs(variance - prior_variance_) / variance;
  prior_mean_ = mean;
  prior_variance_ = variance;
  return moved;
}

}  // namespace tarifa::kernels
