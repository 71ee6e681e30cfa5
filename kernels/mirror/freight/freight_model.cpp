#include "kernels/mirror/freight/freight_model.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/statistics/cholesky.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

// Sums are in units of 2^-24; their terms stay below 1e5, so that 5e6 of the largest fit, and many more of
// the usual ones, which are below 100.
constexpr double unit = 0x1p-24;

enum KindOfEffect : std::uint8_t
{
  common,
  heading_effects,
  product_effects,
  exporter_effects,
  year_effects,
  importer_effects
};

constexpr int importer_passes = 3;
constexpr double most_deviations = 3;
// Ratios of the model stay between 1.001 and 3.2; a working residual counts up to three times the margin.
constexpr double lowest_log_margin = -7, highest_log_margin = 0.8, largest_residual = 3;

// Counts and sums of logarithms and of their squares; the logarithms about these, so that sums stay small.
constexpr std::array<double, 3> origin = {11, 1, 8};
constexpr std::size_t moments = 3;

std::int64_t to_units(double x)
{
  return static_cast<std::int64_t>(x / unit + (x < 0 ? -0.5 : 0.5));
}

double of(std::int64_t units)
{
  return static_cast<double>(units) * unit;
}

/// Solves (A + penalty) x = b for one level: lower triangle of A row by row, then b, in units.
void solve_ridge(std::span<std::int64_t const> sums, double penalty, std::span<double> x)
{
  constexpr std::size_t most = 11;
  std::array<double, triangle(most, 0)> lower{};
  std::size_t const terms = x.size(), size = triangle(terms, 0);
  for (std::size_t i = 0; i < size; ++i)
  {
    lower[i] = of(sums[i]);
  }
  for (std::size_t row = 0; row < terms; ++row)
  {
    lower[triangle(row, row)] += penalty;
    x[row] = of(sums[size + row]);
  }
  factorise(lower, terms,
            [&](std::size_t /*row*/, double pivot) { return std::sqrt(std::max(pivot, penalty * 1e-6)); });
  solve_factorised(lower, x);
}

double log_or_missing(double x)
{
  return x > 0 && std::isfinite(x) ? portable_log(x) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

FreightModel::FreightModel(FreightSettings settings, std::vector<std::int32_t> folds, std::int32_t left_out)
    : settings_(std::move(settings))
    , folds_(std::move(folds))
    , left_out_(left_out)
    , start_(portable_log(flat_ratio - 1))
{
  if (left_out_ >= 0 && folds_.size() != settings_.countries)
  {
    throw std::invalid_argument("the freight model needs a fold for every country");
  }
  // Terms: 0 one, 1 distance, 2 its square, 3 contiguity, 4 unit value, 5 value, 6 its square, 7 square of
  // the unit value, 8 to 10 products of value, unit value and distance.
  std::vector<std::size_t> const all = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  std::vector<std::size_t> const slopes = {0, 1, 3, 4, 5};
  kind_[common] = {all, 1, settings_.common_penalty, {}};
  kind_[heading_effects] = {slopes, settings_.headings, settings_.common_penalty, {}};
  kind_[product_effects] = {slopes, settings_.product_heading.size(), settings_.level_penalty, {}};
  kind_[exporter_effects] = {{0, 4, 5}, settings_.countries, settings_.level_penalty, {}};
  kind_[year_effects] = {{0, 1, 4, 5}, settings_.years, settings_.level_penalty, {}};
  kind_[importer_effects] = {{0}, settings_.countries, settings_.importer_penalty, {}};
  for (Kind& kind : kind_)
  {
    kind.effects.assign(kind.levels * kind.terms.size(), 0);
  }
}

bool FreightModel::finished() const noexcept
{
  return pass_ > static_cast<int>(importer_effects) * settings_.sweeps + importer_passes;
}

bool FreightModel::learns_from(std::int32_t importer) const noexcept
{
  return left_out_ < 0 || folds_[static_cast<std::size_t>(importer)] != left_out_;
}

std::size_t FreightModel::kind_of_pass() const noexcept
{
  // The pass before the first one takes means and has no kind; it is given the first.
  int const of_others = static_cast<int>(importer_effects) * settings_.sweeps, pass = std::max(pass_, 1);
  return pass <= of_others ? static_cast<std::size_t>((pass - 1) % static_cast<int>(importer_effects))
                           : static_cast<std::size_t>(importer_effects);
}

std::size_t FreightModel::level(std::size_t kind, FreightFlow const& flow) const
{
  std::int64_t level = 0;
  switch (kind)
  {
    case heading_effects:
      level = settings_.product_heading[static_cast<std::size_t>(flow.product)];
      break;
    case product_effects:
      level = flow.product;
      break;
    case exporter_effects:
      level = flow.exporter;
      break;
    case year_effects:
      level = std::int64_t{flow.year} - settings_.first_year;
      break;
    case importer_effects:
      level = flow.importer;
      break;
    default:
      break;
  }
  return level >= 0 ? static_cast<std::size_t>(level) : kind_[kind].levels;
}

double FreightModel::standard_value(double log_value) const
{
  return (log_value - mean_[0]) / deviation_[0];
}

FreightModel::Terms FreightModel::terms_of(FreightFlow const& flow) const
{
  auto const standard = [&](double x, std::size_t of_what)
  {
    double const z = (x - mean_[of_what]) / deviation_[of_what];
    return std::isnan(z) ? 0 : std::clamp(z, -most_deviations, most_deviations);
  };
  double const v = standard(flow.log_value, 0), u = standard(flow.log_unit_value, 1);
  double const d = standard(flow.log_distance, 2), c = flow.contiguous ? 1 : 0;
  return {1, d, d * d, c, u, v, v * v, u * u, v * u, d * u, d * v};
}

double FreightModel::effect(std::size_t kind, FreightFlow const& flow, Terms const& terms) const
{
  std::size_t const at = level(kind, flow);
  std::vector<std::size_t> const& used = kind_[kind].terms;
  if (at >= kind_[kind].levels)
  {
    return 0;
  }
  double sum = 0;
  for (std::size_t k = 0; k < used.size(); ++k)
  {
    sum += kind_[kind].effects[at * used.size() + k] * terms[used[k]];
  }
  return sum;
}

double FreightModel::log_margin(FreightFlow const& flow, Terms const& terms) const
{
  double sum = start_;
  for (std::size_t kind = 0; kind < kinds; ++kind)
  {
    sum += effect(kind, flow, terms);
  }
  return std::clamp(sum, lowest_log_margin, highest_log_margin);
}

double FreightModel::ratio(FreightFlow const& flow) const
{
  return 1 + portable_exp(log_margin(flow, terms_of(flow)));
}

void FreightModel::ratios(FlowBlock const& flows, CountryPairs const& pairs, std::span<double> result) const
{
  for (std::size_t flow = 0; flow < flows.size(); ++flow)
  {
    std::int32_t const from = flows.exporter[flow], to = flows.importer[flow];
    double const value = flows.imported[flow];
    result[flow] = std::numeric_limits<double>::quiet_NaN();
    if (value > 0)
    {
      result[flow] = ratio({from, to, flows.product[flow], year_of(flows.period[flow]), log_or_missing(value),
                            log_or_missing(value / flows.imported_kg[flow]),
                            log_or_missing(pairs.distance(from, to)), pairs.contiguous(from, to)});
    }
  }
}

double FreightModel::exporter_effect(std::int32_t country) const
{
  Kind const& kind = kind_[exporter_effects];
  return kind.effects[static_cast<std::size_t>(country) * kind.terms.size()];
}

double FreightModel::importer_effect(std::int32_t country) const
{
  return kind_[importer_effects].effects[static_cast<std::size_t>(country)];
}

double FreightModel::product_effect(std::int32_t product) const
{
  Kind const& kind = kind_[product_effects];
  return kind.effects[static_cast<std::size_t>(product) * kind.terms.size()];
}

void FreightModel::advance(FreightSums const& sums)
{
  if (pass_ == 0)
  {
    take_moments(sums.numbers());
  }
  else
  {
    take_effects(sums.numbers());
  }
  ++pass_;
}

void FreightModel::take_moments(std::span<std::int64_t const> sums)
{
  flows_ = sums[0];
  for (std::size_t i = 0; i < standardised; ++i)
  {
    auto const count = static_cast<double>(sums[i * moments]);
    if (count > 1)
    {
      double const mean = of(sums[i * moments + 1]) / count;
      double const variance = of(sums[i * moments + 2]) / count - mean * mean;
      mean_[i] = origin[i] + mean;
      // Flows all alike tell nothing of a slope.
      deviation_[i] = variance > 1e-6 ? std::sqrt(variance) : 1;
    }
  }
}

void FreightModel::take_effects(std::span<std::int64_t const> sums)
{
  Kind& kind = kind_[kind_of_pass()];
  std::size_t const terms = kind.terms.size(), stride = triangle(terms, 0) + terms;
  for (std::size_t level = 0; level < kind.levels; ++level)
  {
    solve_ridge(sums.subspan(level * stride, stride), kind.penalty,
                std::span(kind.effects).subspan(level * terms, terms));
  }
}

FreightSums::FreightSums(FreightModel const& model)
{
  std::size_t size = FreightModel::standardised * moments;
  if (model.pass_ > 0)
  {
    FreightModel::Kind const& kind = model.kind_[model.kind_of_pass()];
    size = kind.levels * (triangle(kind.terms.size(), 0) + kind.terms.size());
  }
  sums_.resize(size);
}

void FreightSums::add(FreightTruth const& truth, std::size_t begin, std::size_t end,
                      FreightModel const& model)
{
  std::size_t const kind = model.kind_of_pass();
  std::vector<std::size_t> const& used = model.kind_[kind].terms;
  std::size_t const terms = used.size(), stride = triangle(terms, 0) + terms;
  // A flow of the mean size weighs 1, in any currency.
  double const scale = portable_exp(-model.settings_.value_power * model.mean_[0]);
  for (std::size_t row = begin; row < end; ++row)
  {
    if (truth.imputed[row] != 0 || !model.learns_from(truth.importer[row]))
    {
      continue;
    }
    FreightFlow const flow = truth.flow(row);
    if (model.pass_ == 0)
    {
      std::array<double, moments> const x = {flow.log_value, flow.log_unit_value, flow.log_distance};
      for (std::size_t i = 0; i < x.size(); ++i)
      {
        double const about = x[i] - origin[i];
        if (!std::isnan(about))
        {
          ++sums_[i * moments];
          sums_[i * moments + 1] += to_units(about);
          sums_[i * moments + 2] += to_units(about * about);
        }
      }
      continue;
    }
    FreightModel::Terms const z = model.terms_of(flow);
    std::size_t const level = model.level(kind, flow);
    if (level >= model.kind_[kind].levels)
    {
      continue;
    }
    // Gauss and Newton on r = 1 + exp(x), with weights that make squares absolute errors.
    double const margin = portable_exp(model.log_margin(flow, z));
    double const off = truth.ratio[row] - 1 - margin;
    double weight = truth.value_weight[row] * scale * margin * margin
                    / std::max(std::abs(off), model.settings_.small_error);
    double residual = off / margin;
    if (std::abs(residual) > largest_residual)
    {
      weight *= std::abs(residual) / largest_residual;
      residual = residual > 0 ? largest_residual : -largest_residual;
    }
    residual += model.effect(kind, flow, z);
    std::int64_t* sum = &sums_[level * stride];
    for (std::size_t k = 0; k < terms; ++k)
    {
      double const weighted = weight * z[used[k]];
      sums_[level * stride + triangle(terms, 0) + k] += to_units(weighted * residual);
      for (std::size_t l = 0; l <= k; ++l)
      {
        *sum++ += to_units(weighted * z[used[l]]);
      }
    }
  }
}

void FreightSums::add(FreightSums const& other)
{
  for (std::size_t i = 0; i < sums_.size(); ++i)
  {
    sums_[i] += other.sums_[i];
  }
}

}  // namespace tarifa::kernels
