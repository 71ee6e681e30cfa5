#include "kernels/mirror/reliability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/student.hpp"

namespace tarifa::kernels
{
namespace
{

// Sums are in units of 2^-24: 1e9 flows of a pair fit at the largest gap that counts.
constexpr double unit = 0x1p-24;
constexpr double largest_gap = 16;  ///< |ln X - ln F|: a factor of nine million; larger ones count as this

/// Counts and weighted sums of one pair of countries.
enum PairSum : std::uint8_t
{
  flow_count,
  weights,
  gaps,
  squares,
  pair_sums
};

// Squared standardised gaps are counted by their logarithm, from which the likelihood of any degrees of
// freedom follows.
constexpr double lowest_log = -16, bins_per_unit = 8;
constexpr std::size_t bins = 240;

constexpr double least_freedom = 2.05, most_freedom = 200;

std::int64_t to_units(double x)
{
  return static_cast<std::int64_t>(x / unit + (x < 0 ? -0.5 : 0.5));
}

double of(std::int64_t units)
{
  return static_cast<double>(units) * unit;
}

std::size_t bin_of(double squared)
{
  double const place = squared > 0 ? (portable_log(squared) - lowest_log) * bins_per_unit : 0;
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)));
}

double log_likelihood_of_tails(std::span<std::int64_t const> counts, double freedom)
{
  double const at_zero = log_gamma((freedom + 1) / 2) - log_gamma(freedom / 2) - portable_log(freedom) / 2;
  double sum = 0;
  for (std::size_t bin = 0; bin < bins; ++bin)
  {
    if (counts[bin] != 0)
    {
      double const squared = portable_exp(lowest_log + (static_cast<double>(bin) + 0.5) / bins_per_unit);
      sum += static_cast<double>(counts[bin])
             * (at_zero - (freedom + 1) / 2 * portable_log(1 + squared / freedom));
    }
  }
  return sum;
}

/// Maximum over ln(degrees of freedom), by golden section.
double most_likely_freedom(std::span<std::int64_t const> counts)
{
  constexpr double golden = 0.61803398874989484820;
  double low = portable_log(least_freedom), high = portable_log(most_freedom);
  auto const at = [&](double x) { return log_likelihood_of_tails(counts, portable_exp(x)); };
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = at(left), at_right = at(right);
  for (int step = 0; step < 40; ++step)
  {
    if (at_left < at_right)
    {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = at(right);
    }
    else
    {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = at(left);
    }
  }
  return portable_exp((low + high) / 2);
}

/// A pair with flows: n of them, whose squares about the bias sum to s.
struct Pair
{
  std::size_t exporter, importer;  ///< parameters
  double n, s;
};

/// Symmetric positive definite matrix, lower triangle row by row.
class Information
{
 public:
  explicit Information(std::size_t size) : size_(size), at_(size * (size + 1) / 2) {}

  double& at(std::size_t row, std::size_t column) { return at_[row * (row + 1) / 2 + column]; }

  void factorise()
  {
    for (std::size_t row = 0; row < size_; ++row)
    {
      for (std::size_t column = 0; column <= row; ++column)
      {
        double const* const left = &at_[row * (row + 1) / 2];
        double const* const right = &at_[column * (column + 1) / 2];
        double sum = left[column];
        for (std::size_t k = 0; k < column; ++k)
        {
          sum -= left[k] * right[k];
        }
        at(row, column) = column < row ? sum / right[column] : std::sqrt(sum);
      }
    }
  }

  /// After factorise().
  void solve(std::vector<double>& x)
  {
    for (std::size_t row = 0; row < size_; ++row)
    {
      for (std::size_t k = 0; k < row; ++k)
      {
        x[row] -= at(row, k) * x[k];
      }
      x[row] /= at(row, row);
    }
    for (std::size_t row = size_; row-- > 0;)
    {
      x[row] /= at(row, row);
      for (std::size_t k = 0; k < row; ++k)
      {
        x[k] -= at(row, k) * x[row];
      }
    }
  }

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

/// ln s^2 of the roles that have flows.
class VarianceFit
{
 public:
  VarianceFit(std::vector<Pair> pairs, std::vector<double> start, double prior_mean, double prior_variance)
      : pairs_(std::move(pairs))
      , x_(std::move(start))
      , prior_mean_(prior_mean)
      , prior_variance_(prior_variance)
  {
  }

  /// Alternates between the parameters (Fisher scoring) and their distribution.
  void run(double most_spread, int most_rounds)
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

  std::vector<double> const& estimates() const { return x_; }
  double prior_mean() const { return prior_mean_; }
  double prior_variance() const { return prior_variance_; }

  /// Information of a flow about ln variance, as a share of that of the normal distribution, `of_normal`.
  std::vector<double> errors(double of_normal)
  {
    std::vector<double> gradient(x_.size());
    Information information = information_at(gradient, of_normal);
    information.factorise();
    std::vector<double> result = information.variances();
    for (double& each : result)
    {
      each = std::sqrt(each);
    }
    return result;
  }

 private:
  static std::vector<double> variances_of(std::vector<double> const& x)
  {
    std::vector<double> variances(x.size());
    std::transform(x.begin(), x.end(), variances.begin(), portable_exp);
    return variances;
  }

  double objective(std::vector<double> const& x) const
  {
    std::vector<double> const of_role = variances_of(x);
    double sum = 0;
    for (Pair const& pair : pairs_)
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

  Information information_at(std::vector<double>& gradient, double of_normal) const
  {
    Information information(x_.size());
    for (std::size_t i = 0; i < x_.size(); ++i)
    {
      gradient[i] = (x_[i] - prior_mean_) / prior_variance_;
      information.at(i, i) = 1 / prior_variance_;
    }
    std::vector<double> const of_role = variances_of(x_);
    for (Pair const& pair : pairs_)
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
  double score()
  {
    std::vector<double> step(x_.size());
    Information information = information_at(step, 1);
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

  double update_prior(double most_spread)
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

  std::vector<Pair> pairs_;
  std::vector<double> x_, variances_;
  double prior_mean_, prior_variance_;
};

/// Which role of which country a parameter is: exporters with flows first, then importers.
struct Roles
{
  std::vector<std::size_t> exporters, importers;  ///< countries
  std::vector<std::size_t> exporter_place, importer_place;
};

Roles roles_of(ReliabilityModel const& model)
{
  std::size_t const countries = model.countries();
  Roles roles;
  roles.exporter_place.resize(countries);
  roles.importer_place.resize(countries);
  for (std::size_t country = 0; country < countries; ++country)
  {
    if (model.exporter_flows[country] > 0)
    {
      roles.exporter_place[country] = roles.exporters.size();
      roles.exporters.push_back(country);
    }
  }
  for (std::size_t country = 0; country < countries; ++country)
  {
    if (model.importer_flows[country] > 0)
    {
      roles.importer_place[country] = roles.exporters.size() + roles.importers.size();
      roles.importers.push_back(country);
    }
  }
  return roles;
}

double variance_of(ReliabilityModel const& model, std::size_t exporter, std::size_t importer)
{
  return portable_exp(model.exporter_log_variance[exporter])
         + portable_exp(model.importer_log_variance[importer]);
}

}  // namespace

ReliabilityModel::ReliabilityModel(std::size_t countries)
    : exporter_log_variance(countries)
    , importer_log_variance(countries)
    , exporter_error(countries, 1)
    , importer_error(countries, 1)
    , exporter_flows(countries)
    , importer_flows(countries)
{
}

double ReliabilityModel::exporter_sigma(std::int32_t country) const
{
  return portable_exp(exporter_log_variance[static_cast<std::size_t>(country)] / 2);
}

double ReliabilityModel::importer_sigma(std::int32_t country) const
{
  return portable_exp(importer_log_variance[static_cast<std::size_t>(country)] / 2);
}

double ReliabilityModel::exporter_sigma_error(std::int32_t country) const
{
  return exporter_sigma(country) * exporter_error[static_cast<std::size_t>(country)] / 2;
}

double ReliabilityModel::importer_sigma_error(std::int32_t country) const
{
  return importer_sigma(country) * importer_error[static_cast<std::size_t>(country)] / 2;
}

ReliabilitySums::ReliabilitySums(std::size_t countries)
    : countries_(countries)
    , sums_(countries * countries * pair_sums + bins)
{
}

void ReliabilitySums::add(FlowBlock const& flows, std::span<double const> cif_fob_ratio, Measure measure,
                          ReliabilityModel const& model)
{
  bool const values = measure == Measure::value;
  std::span<double const> const exported = values ? flows.exported : flows.exported_kg;
  std::span<double const> const imported = values ? flows.imported : flows.imported_kg;
  bool const normal = !std::isfinite(model.degrees_of_freedom);
  std::span<std::int64_t> const counts = std::span(sums_).last(bins);
  for (std::size_t flow = 0; flow < flows.size(); ++flow)
  {
    double const ratio = values && !cif_fob_ratio.empty() ? cif_fob_ratio[flow] : 1;
    double const x = exported[flow], f = imported[flow] / ratio;
    if (!(x > 0) || !(f > 0) || !std::isfinite(x) || !std::isfinite(f))
    {
      continue;
    }
    auto const i = static_cast<std::size_t>(flows.exporter[flow]);
    auto const j = static_cast<std::size_t>(flows.importer[flow]);
    double const gap = std::clamp(portable_log(x / f), -largest_gap, largest_gap);
    double const squared = (gap - model.bias) * (gap - model.bias) / variance_of(model, i, j);
    double const weight = normal ? 1 : (model.degrees_of_freedom + 1) / (model.degrees_of_freedom + squared);
    std::int64_t* const sum = &sums_[(i * countries_ + j) * pair_sums];
    ++sum[flow_count];
    sum[weights] += to_units(weight);
    sum[gaps] += to_units(weight * gap);
    sum[squares] += to_units(weight * gap * gap);
    ++counts[bin_of(squared)];
  }
}

void ReliabilitySums::add(ReliabilitySums const& other)
{
  for (std::size_t i = 0; i < sums_.size(); ++i)
  {
    sums_[i] += other.sums_[i];
  }
}

ReliabilityModel fit_reliability(ReliabilitySums const& sums, ReliabilityModel const& before,
                                 ReliabilitySettings const& settings)
{
  std::size_t const countries = sums.countries_;
  if (before.countries() != countries)
  {
    throw std::invalid_argument("sums and model are of different countries");
  }
  ReliabilityModel model(countries);
  double bias_weight = 0, bias_sum = 0;
  for (std::size_t i = 0; i < countries; ++i)
  {
    for (std::size_t j = 0; j < countries; ++j)
    {
      std::int64_t const* const sum = &sums.sums_[(i * countries + j) * pair_sums];
      if (sum[flow_count] > 0)
      {
        model.exporter_flows[i] += sum[flow_count];
        model.importer_flows[j] += sum[flow_count];
        model.flows += sum[flow_count];
        double const variance = variance_of(before, i, j);
        bias_weight += of(sum[weights]) / variance;
        bias_sum += of(sum[gaps]) / variance;
      }
    }
  }
  if (model.flows == 0)
  {
    model.change = 0;
    return model;
  }
  model.bias = bias_sum / bias_weight;
  Roles const roles = roles_of(model);
  std::vector<Pair> pairs;
  for (std::size_t const i : roles.exporters)
  {
    for (std::size_t const j : roles.importers)
    {
      std::int64_t const* const sum = &sums.sums_[(i * countries + j) * pair_sums];
      if (sum[flow_count] > 0)
      {
        double const about =
            of(sum[squares]) - 2 * model.bias * of(sum[gaps]) + model.bias * model.bias * of(sum[weights]);
        pairs.push_back({roles.exporter_place[i], roles.importer_place[j],
                         static_cast<double>(sum[flow_count]), std::max(about, 0.0)});
      }
    }
  }
  bool const first = before.flows == 0;
  std::vector<double> start;
  double whole = 0;
  for (Pair const& pair : pairs)
  {
    whole += pair.s;
  }
  // Half of the mean square for each side; gaps that are all the same would leave no variance at all.
  double const half = portable_log(std::max(whole / static_cast<double>(model.flows), 1e-12) / 2);
  for (std::size_t const i : roles.exporters)
  {
    start.push_back(first ? half : before.exporter_log_variance[i]);
  }
  for (std::size_t const j : roles.importers)
  {
    start.push_back(first ? half : before.importer_log_variance[j]);
  }
  VarianceFit fit(pairs, start, first ? half : before.prior_mean, before.prior_variance);
  // The weights of Student's tails are old after a few rounds: the next pass goes on from here with new ones.
  constexpr int rounds_to_the_end = 200, rounds_of_pass = 3;
  fit.run(settings.most_spread,
          settings.tails == Tails::normal || first ? rounds_to_the_end : rounds_of_pass);
  if (settings.tails == Tails::student)
  {
    // The first pass has weighted all alike, so that its gaps tell little about tails: a guess to go on from.
    constexpr double first_guess = 5;
    model.degrees_of_freedom = first ? first_guess : most_likely_freedom(std::span(sums.sums_).last(bins));
  }
  double const freedom = model.degrees_of_freedom;
  std::vector<double> const errors = fit.errors(std::isfinite(freedom) ? freedom / (freedom + 3) : 1);
  model.prior_mean = fit.prior_mean();
  model.prior_variance = fit.prior_variance();
  std::fill(model.exporter_log_variance.begin(), model.exporter_log_variance.end(), model.prior_mean);
  std::fill(model.importer_log_variance.begin(), model.importer_log_variance.end(), model.prior_mean);
  std::fill(model.exporter_error.begin(), model.exporter_error.end(), std::sqrt(model.prior_variance));
  std::fill(model.importer_error.begin(), model.importer_error.end(), std::sqrt(model.prior_variance));
  double change = 0;
  for (std::size_t k = 0; k < start.size(); ++k)
  {
    bool const exporter = k < roles.exporters.size();
    std::size_t const country = exporter ? roles.exporters[k] : roles.importers[k - roles.exporters.size()];
    (exporter ? model.exporter_log_variance : model.importer_log_variance)[country] = fit.estimates()[k];
    (exporter ? model.exporter_error : model.importer_error)[country] = errors[k];
    change = std::max(change, std::abs(fit.estimates()[k] - start[k]));
  }
  bool const only_pass = settings.tails == Tails::normal;
  model.change = first ? (only_pass ? 0 : std::numeric_limits<double>::infinity()) : change;
  return model;
}

Reconciler::Reconciler(ReliabilityModel const& model, double share)
    : bias_(model.bias)
    , degrees_of_freedom_(model.degrees_of_freedom)
    , quantile_one_side_(student_quantile((1 + share) / 2, model.degrees_of_freedom))
    , quantile_both_(student_quantile((1 + share) / 2, model.degrees_of_freedom + 1))
{
  for (std::size_t country = 0; country < model.countries(); ++country)
  {
    exporter_variance_.push_back(portable_exp(model.exporter_log_variance[country]));
    importer_variance_.push_back(portable_exp(model.importer_log_variance[country]));
  }
}

ReconciledFlow Reconciler::reconcile(std::int32_t exporter, std::int32_t importer, double exported,
                                     double imported_fob) const
{
  double const s = exporter_variance_[static_cast<std::size_t>(exporter)];
  double const t = importer_variance_[static_cast<std::size_t>(importer)];
  bool const has_x = exported > 0, has_f = imported_fob > 0;
  ReconciledFlow flow;
  if (!has_x && !has_f)
  {
    flow.value = flow.unbiased = flow.low = flow.high = flow.exporter_weight =
        std::numeric_limits<double>::quiet_NaN();
    return flow;
  }
  flow.exporter_weight = has_x && has_f ? t / (s + t) : (has_x ? 1 : 0);
  double variance = has_x ? s : t;
  double quantile = quantile_one_side_, log_factor = 0;
  double const from = has_x ? exported : imported_fob;
  if (has_x && has_f)
  {
    double const gap = portable_log(exported / imported_fob);
    variance = s * t / (s + t);
    log_factor = (flow.exporter_weight - 1) * gap;
    quantile = quantile_both_;
    if (std::isfinite(degrees_of_freedom_))
    {
      // The gap tells how far out in the tails this flow is: X and F are jointly Student's t about the truth.
      double const squared = (gap - bias_) * (gap - bias_) / (s + t);
      quantile *= std::sqrt((degrees_of_freedom_ + squared) / (degrees_of_freedom_ + 1));
    }
  }
  double const half_width = quantile * std::sqrt(variance);
  flow.value = from * portable_exp(log_factor);
  // The mean of a log-normal estimate lies half its variance above its median.
  flow.unbiased = flow.value * portable_exp(-variance / 2);
  flow.low = flow.value * portable_exp(-half_width);
  flow.high = flow.value * portable_exp(half_width);
  return flow;
}

}  // namespace tarifa::kernels
