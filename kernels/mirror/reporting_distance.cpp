#include "kernels/mirror/reporting_distance.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
constexpr double weight_units = 4294967296.0;

struct Observation
{
  std::size_t exporter, importer, product, year;
  std::int64_t weight;  ///< of 2^-32
  double distance;
};

std::optional<Observation> observe(ReportingDistanceSettings const& settings, FlowBlock const& block,
                                   std::span<double const> cif_ratio, std::size_t row)
{
  auto const [exported, imported] = compared_reports(settings.measure, block, cif_ratio, row);
  std::int32_t const year = year_of(block.period[row]) - settings.first_year;
  bool const both = exported > 0 && imported > 0;
  if (!both || year < 0 || year >= settings.years || !(exported + imported > 1))
  {
    return std::nullopt;
  }
  auto const weight = static_cast<std::int64_t>(portable_log(exported + imported) * weight_units + 0.5);
  return Observation{static_cast<std::size_t>(block.exporter[row]),
                     static_cast<std::size_t>(block.importer[row]),
                     static_cast<std::size_t>(block.product[row]),
                     static_cast<std::size_t>(year),
                     weight,
                     std::abs(portable_log(imported / exported))};
}

/// Takes the last level of each of the three sets as minus the sum of the others.
Eigen::MatrixXd summed_to_zero(Eigen::MatrixXd const& all, std::span<std::size_t const> sizes)
{
  Eigen::MatrixXd result(all.rows(), all.cols() - static_cast<Eigen::Index>(sizes.size()));
  Eigen::Index from = 0, to = 0;
  for (std::size_t const size : sizes)
  {
    auto const free = static_cast<Eigen::Index>(size) - 1;
    for (Eigen::Index level = 0; level < free; ++level)
    {
      result.col(to + level) = all.col(from + level) - all.col(from + free);
    }
    from += free + 1;
    to += free;
  }
  return result;
}

}  // namespace

ReportingDistanceLevels::ReportingDistanceLevels(ReportingDistanceSettings const& settings,
                                                 std::size_t countries, std::size_t products)
    : settings_(settings)
    , countries_(countries)
    , products_(products)
    , counts_(2 * countries + products + static_cast<std::size_t>(settings.years))
    , out_(2 * countries + products)
{
}

bool ReportingDistanceLevels::is_kept(std::size_t exporter, std::size_t importer,
                                      std::size_t product) const noexcept
{
  return (out_[exporter] | out_[countries_ + importer] | out_[2 * countries_ + product]) == 0;
}

void ReportingDistanceLevels::count(FlowBlock const& block, std::span<double const> cif_ratio)
{
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const seen = observe(settings_, block, cif_ratio, row);
    if (seen && is_kept(seen->exporter, seen->importer, seen->product))
    {
      ++counts_[seen->exporter];
      ++counts_[countries_ + seen->importer];
      ++counts_[2 * countries_ + seen->product];
      ++counts_[2 * countries_ + products_ + seen->year];
    }
  }
}

bool ReportingDistanceLevels::restrict()
{
  bool went = false;
  for (std::size_t level = 0; level < out_.size(); ++level)
  {
    bool const too_few = counts_[level] < settings_.least_observations || counts_[level] == 0;
    // Levels that were out, or never there, take nothing with them.
    went |= too_few && out_[level] == 0 && counts_[level] > 0;
    out_[level] = too_few ? 1 : 0;
  }
  if (went)
  {
    counts_.assign(counts_.size(), 0);
  }
  return went;
}

ReportingDistanceSums::ReportingDistanceSums(ReportingDistanceLevels const& levels)
    : levels_(levels)
    , place_(levels.counts_.size(), -1)
{
  std::size_t const countries = levels.countries_, products = levels.products_;
  for (std::size_t level = 0; level < place_.size(); ++level)
  {
    if (levels.counts_[level] > 0)
    {
      std::size_t& kept = level < countries                  ? exporters_
                          : level < 2 * countries            ? importers_
                          : level < 2 * countries + products ? products_
                                                             : years_;
      place_[level] = static_cast<std::int32_t>(kept++);
    }
  }
  between_.resize(reporters() * reporters());
  by_product_.resize(products_ * reporters());
  observations_.resize(exporters_ + importers_);
  moment_.resize(reporters() + products_ + 1);
}

void ReportingDistanceSums::add(FlowBlock const& block, std::span<double const> cif_ratio)
{
  std::size_t const countries = levels_.countries_, size = reporters();
  auto const place = [&](std::size_t level) { return static_cast<std::size_t>(place_[level]); };
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const seen = observe(levels_.settings_, block, cif_ratio, row);
    if (!seen || !levels_.is_kept(seen->exporter, seen->importer, seen->product))
    {
      continue;
    }
    std::size_t const i = place(seen->exporter), j = exporters_ + place(countries + seen->importer);
    std::size_t const t = exporters_ + importers_ + place(2 * countries + levels_.products_ + seen->year);
    std::size_t const k = place(2 * countries + seen->product);
    between_[i * size + j] += seen->weight;
    between_[i * size + t] += seen->weight;
    between_[j * size + t] += seen->weight;
    double const moment = static_cast<double>(seen->weight) / weight_units * seen->distance;
    for (std::size_t const level : {i, j, t})
    {
      by_product_[k * size + level] += seen->weight;
      moment_[level].add(moment);
    }
    moment_[size + k].add(moment);
    moment_.back().add(moment * seen->distance);
    ++observations_[i];
    ++observations_[j];
  }
}

void ReportingDistanceSums::add(ReportingDistanceSums const& other)
{
  if (other.place_ != place_)
  {
    throw std::invalid_argument("sums of reporting distances over different levels cannot be added");
  }
  auto const add_all = [](std::vector<std::int64_t>& to, std::vector<std::int64_t> const& from)
  {
    for (std::size_t i = 0; i < to.size(); ++i)
    {
      to[i] += from[i];
    }
  };
  add_all(between_, other.between_);
  add_all(by_product_, other.by_product_);
  add_all(observations_, other.observations_);
  for (std::size_t i = 0; i < moment_.size(); ++i)
  {
    moment_[i].add(other.moment_[i]);
  }
}

std::vector<std::int64_t> ReportingDistanceSums::to_digits() const
{
  std::vector<std::int64_t> digits = between_;
  digits.insert(digits.end(), by_product_.begin(), by_product_.end());
  digits.insert(digits.end(), observations_.begin(), observations_.end());
  for (ExactSum const& sum : moment_)
  {
    auto const some = sum.to_digits();
    digits.insert(digits.end(), some.begin(), some.end());
  }
  return digits;
}

void ReportingDistanceSums::set_digits(std::span<std::int64_t const> digits)
{
  auto const take = [&](std::vector<std::int64_t>& to)
  {
    to.assign(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(to.size()));
    digits = digits.subspan(to.size());
  };
  take(between_);
  take(by_product_);
  take(observations_);
  for (ExactSum& sum : moment_)
  {
    sum = ExactSum::from_digits(digits.first<ExactSum::digits>());
    digits = digits.subspan(ExactSum::digits);
  }
}

ReportingDistanceFit ReportingDistanceSums::fit() const
{
  std::size_t const size = reporters();
  auto const rows = static_cast<Eigen::Index>(size), columns = static_cast<Eigen::Index>(products_);
  ReportingDistanceFit fit;
  for (std::size_t exporter = 0; exporter < exporters_; ++exporter)
  {
    fit.observations += observations_[exporter];
  }
  fit.parameters = static_cast<int>(size + products_) - 3;
  if (products_ == 0 || fit.observations <= fit.parameters)
  {
    throw std::domain_error("reporting distances: fewer flows than exporters, importers, years and products");
  }
  // Weights between reporters and products, and of each product: with C those among reporters, the normal
  // equations of reporters alone are C - B D^-1 B'.
  Eigen::MatrixXd weights(rows, columns);
  Eigen::VectorXd of_product(columns), moment(columns), right(rows);
  Eigen::MatrixXd among = Eigen::MatrixXd::Zero(rows, rows);
  for (Eigen::Index k = 0; k < columns; ++k)
  {
    double sum = 0;
    for (std::size_t level = 0; level < size; ++level)
    {
      double const weight =
          static_cast<double>(by_product_[static_cast<std::size_t>(k) * size + level]) / weight_units;
      auto const row = static_cast<Eigen::Index>(level);
      weights(row, k) = weight;
      among(row, row) += weight;
      sum += level < exporters_ ? weight : 0;
    }
    of_product(k) = sum;
    moment(k) = moment_[size + static_cast<std::size_t>(k)].value();
  }
  for (std::size_t row = 0; row < size; ++row)
  {
    right(static_cast<Eigen::Index>(row)) = moment_[row].value();
    for (std::size_t column = row + 1; column < size; ++column)
    {
      double const weight = static_cast<double>(between_[row * size + column]) / weight_units;
      among(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column)) = weight;
      among(static_cast<Eigen::Index>(column), static_cast<Eigen::Index>(row)) = weight;
    }
  }
  Eigen::MatrixXd const shares = weights * of_product.cwiseInverse().asDiagonal();
  among.noalias() -= shares * weights.transpose();
  right.noalias() -= shares * moment;
  std::size_t const sizes[] = {exporters_, importers_, years_};
  Eigen::MatrixXd const coding = summed_to_zero(Eigen::MatrixXd::Identity(rows, rows), sizes);
  Eigen::MatrixXd const half = summed_to_zero(among, sizes);
  Eigen::MatrixXd const normal = summed_to_zero(half.transpose(), sizes);
  Eigen::LLT<Eigen::MatrixXd> const factor(normal);
  constexpr double least_pivot = 1e-6;  // root of 1e-12: about what rounding leaves of a zero
  if (factor.info() != Eigen::Success
      || factor.matrixLLT().diagonal().minCoeff() < least_pivot * std::sqrt(normal.diagonal().maxCoeff()))
  {
    throw std::domain_error("reporting distances: some levels have no flow in common with the others");
  }
  Eigen::VectorXd const free_right = coding.transpose() * right;
  Eigen::VectorXd const free_effect = factor.solve(free_right);
  Eigen::VectorXd const effect = coding * free_effect;
  Eigen::VectorXd const level = (moment - weights.transpose() * effect).cwiseQuotient(of_product);
  fit.intercept = level.mean();
  double const residual_sum = moment_.back().value() - moment.cwiseAbs2().cwiseQuotient(of_product).sum()
                              - free_effect.dot(free_right);
  fit.variance = residual_sum / static_cast<double>(fit.observations - fit.parameters);
  // The intercept is the mean of what is left of the products, less its part through the reporters.
  Eigen::VectorXd const mean_share = shares.rowwise().mean();
  Eigen::MatrixXd const covariance = coding * factor.solve(coding.transpose());
  Eigen::VectorXd const with_intercept = -covariance * mean_share;
  double const of_intercept =
      of_product.cwiseInverse().mean() / static_cast<double>(products_) - mean_share.dot(with_intercept);
  auto const report = [&](ReporterDistances& reporters, std::size_t first_place, std::size_t first)
  {
    std::size_t const countries = levels_.countries_;
    reporters = {std::vector<double>(countries, not_known), std::vector<double>(countries, not_known),
                 std::vector<double>(countries, not_known), std::vector<std::int64_t>(countries)};
    for (std::size_t country = 0; country < countries; ++country)
    {
      if (place_[first_place + country] < 0)
      {
        continue;
      }
      std::size_t const at = first + static_cast<std::size_t>(place_[first_place + country]);
      auto const row = static_cast<Eigen::Index>(at);
      reporters.mean[country] = fit.intercept + effect(row);
      reporters.error_of_effect[country] = std::sqrt(fit.variance * covariance(row, row));
      reporters.error_of_mean[country] =
          std::sqrt(fit.variance * (covariance(row, row) + 2 * with_intercept(row) + of_intercept));
      reporters.observations[country] = observations_[at];
    }
  };
  report(fit.exporters, 0, 0);
  report(fit.importers, levels_.countries_, exporters_);
  std::size_t const first_product = 2 * levels_.countries_, first_year = first_product + levels_.products_;
  fit.product_effect.assign(levels_.products_, not_known);
  fit.year_effect.assign(place_.size() - first_year, not_known);
  for (std::size_t at = first_product; at < place_.size(); ++at)
  {
    if (place_[at] < 0)
    {
      continue;
    }
    auto const place = static_cast<Eigen::Index>(place_[at]);
    if (at < first_year)
    {
      fit.product_effect[at - first_product] = level(place) - fit.intercept;
    }
    else
    {
      fit.year_effect[at - first_year] = effect(static_cast<Eigen::Index>(exporters_ + importers_) + place);
    }
  }
  return fit;
}

}  // namespace tarifa::kernels
