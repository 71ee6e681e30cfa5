#include <cmath>
#include <limits>
#include <stdexcept>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "kernels/mirror/baci/reporting_distance.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

constexpr Eigen::Index at(std::size_t place) noexcept
{
  return static_cast<Eigen::Index>(place);
}

/// Takes the last level of each of the sets as minus the sum of the others, in the columns of a matrix.
Eigen::MatrixXd summed_to_zero(Eigen::MatrixXd const& all, std::span<std::size_t const> sizes)
{
  Eigen::MatrixXd result(all.rows(), all.cols() - at(sizes.size()));
  Eigen::Index from = 0, to = 0;
  for (std::size_t const size : sizes)
  {
    Eigen::Index const free = at(size) - 1;
    for (Eigen::Index level = 0; level < free; ++level)
    {
      result.col(to + level) = all.col(from + level) - all.col(from + free);
    }
    from += free + 1;
    to += free;
  }
  return result;
}

/// Effects of exporters, importers and years with their covariance; of the intercept its variance and
/// covariances. All per variance of an observation.
struct Solution
{
  Eigen::VectorXd effect, level;  ///< [reporters], [products] with the intercept
  Eigen::MatrixXd covariance;     ///< [reporters, reporters]
  Eigen::VectorXd with_intercept;
  double of_intercept = 0;
  double explained = 0;  ///< squares, beyond those of the products
};

ReporterDistances distances(Solution const& solution, ReportingDistanceFit const& fit, std::size_t first,
                            std::span<std::int32_t const> place, std::span<std::int64_t const> observations)
{
  std::size_t const countries = place.size();
  ReporterDistances result = {
      std::vector<double>(countries, not_known), std::vector<double>(countries, not_known),
      std::vector<double>(countries, not_known), std::vector<std::int64_t>(countries)};
  for (std::size_t country = 0; country < countries; ++country)
  {
    if (place[country] < 0)
    {
      continue;
    }
    std::size_t const kept = first + static_cast<std::size_t>(place[country]);
    double const of_effect = solution.covariance(at(kept), at(kept));
    double const of_mean = of_effect + 2 * solution.with_intercept(at(kept)) + solution.of_intercept;
    result.mean[country] = fit.intercept + solution.effect(at(kept));
    result.error_of_effect[country] = std::sqrt(fit.variance * of_effect);
    result.error_of_mean[country] = std::sqrt(fit.variance * of_mean);
    result.observations[country] = observations[kept];
  }
  return result;
}

/// Values of the kept levels at the places of all, NaN for those that are out.
std::vector<double> spread(Eigen::VectorXd const& kept, std::span<std::int32_t const> place)
{
  std::vector<double> result;
  result.reserve(place.size());
  for (std::int32_t const one : place)
  {
    result.push_back(one < 0 ? not_known : kept(one));
  }
  return result;
}

}  // namespace

/// Normal equations: C among exporters, importers and years, B between them and products, D of products.
struct ReportingDistanceSums::Equations
{
  Eigen::MatrixXd among;                 ///< [reporters, reporters] C
  Eigen::MatrixXd with_products;         ///< [reporters, products] B
  Eigen::VectorXd of_products;           ///< [products] D
  Eigen::VectorXd right, right_product;  ///< [reporters], [products]

  /// Products are eliminated: C - B D^-1 B' remains. The intercept is the mean of what is left of the
  /// products.
  Solution solve(std::span<std::size_t const> sizes) const;
};

Solution ReportingDistanceSums::Equations::solve(std::span<std::size_t const> sizes) const
{
  Eigen::MatrixXd const shares = with_products * of_products.cwiseInverse().asDiagonal();
  Eigen::MatrixXd remaining = among;
  remaining.noalias() -= shares * with_products.transpose();
  Eigen::MatrixXd const coding = summed_to_zero(Eigen::MatrixXd::Identity(among.rows(), among.cols()), sizes);
  Eigen::MatrixXd const half = summed_to_zero(remaining, sizes);
  Eigen::MatrixXd const normal = summed_to_zero(half.transpose(), sizes);
  Eigen::LLT<Eigen::MatrixXd> const factor(normal);
  constexpr double least_pivot = 1e-6;  // root of 1e-12: about what rounding leaves of a zero
  if (factor.info() != Eigen::Success
      || factor.matrixLLT().diagonal().minCoeff() < least_pivot * std::sqrt(normal.diagonal().maxCoeff()))
  {
    throw std::domain_error("reporting distances: some levels have no flow in common with the others");
  }
  Eigen::VectorXd const free_right = coding.transpose() * (right - shares * right_product);
  Eigen::VectorXd const free_effect = factor.solve(free_right);
  Solution solution;
  solution.effect = coding * free_effect;
  solution.level = (right_product - with_products.transpose() * solution.effect).cwiseQuotient(of_products);
  solution.explained = free_effect.dot(free_right);
  solution.covariance = coding * factor.solve(coding.transpose());
  Eigen::VectorXd const mean_share = shares.rowwise().mean();
  solution.with_intercept = -solution.covariance * mean_share;
  solution.of_intercept = of_products.cwiseInverse().mean() / static_cast<double>(of_products.size())
                          - mean_share.dot(solution.with_intercept);
  return solution;
}

ReportingDistanceSums::Equations ReportingDistanceSums::equations() const
{
  std::size_t const size = reporters();
  auto const weight = [](std::int64_t units) { return static_cast<double>(units) / reporting_weight_units; };
  Equations made{Eigen::MatrixXd::Zero(at(size), at(size)), Eigen::MatrixXd(at(size), at(products_)),
                 Eigen::VectorXd::Zero(at(products_)), Eigen::VectorXd(at(size)),
                 Eigen::VectorXd(at(products_))};
  for (std::size_t product = 0; product < products_; ++product)
  {
    for (std::size_t level = 0; level < size; ++level)
    {
      double const one = weight(by_product_[product * size + level]);
      made.with_products(at(level), at(product)) = one;
      made.among(at(level), at(level)) += one;
      // Every flow has one exporter.
      made.of_products(at(product)) += level < exporters_ ? one : 0;
    }
    made.right_product(at(product)) = moment_[size + product].value();
  }
  for (std::size_t row = 0; row < size; ++row)
  {
    made.right(at(row)) = moment_[row].value();
    for (std::size_t column = row + 1; column < size; ++column)
    {
      made.among(at(row), at(column)) = weight(between_[row * size + column]);
      made.among(at(column), at(row)) = made.among(at(row), at(column));
    }
  }
  return made;
}

ReportingDistanceFit ReportingDistanceSums::fit() const
{
  ReportingDistanceFit fit;
  for (std::size_t exporter = 0; exporter < exporters_; ++exporter)
  {
    fit.observations += observations_[exporter];
  }
  fit.parameters = static_cast<int>(reporters() + products_) - 3;
  if (products_ == 0 || fit.observations <= fit.parameters)
  {
    throw std::domain_error("reporting distances: fewer flows than exporters, importers, years and products");
  }
  Equations const normal = equations();
  std::size_t const sizes[] = {exporters_, importers_, years_};
  Solution const solution = normal.solve(sizes);
  fit.intercept = solution.level.mean();
  double const residual_sum = moment_.back().value()
                              - normal.right_product.cwiseAbs2().cwiseQuotient(normal.of_products).sum()
                              - solution.explained;
  fit.variance = residual_sum / static_cast<double>(fit.observations - fit.parameters);
  std::span<std::int32_t const> const place(place_);
  std::size_t const countries = levels_.countries_, products = levels_.products_;
  fit.exporters = distances(solution, fit, 0, place.first(countries), observations_);
  fit.importers = distances(solution, fit, exporters_, place.subspan(countries, countries), observations_);
  fit.product_effect = spread(solution.level.array() - fit.intercept, place.subspan(2 * countries, products));
  fit.year_effect = spread(solution.effect.tail(at(years_)), place.subspan(2 * countries + products));
  return fit;
}

}  // namespace tarifa::kernels
