#include "kernels/mirror/baci/baci_cif.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/mirror/measure.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

/// Near the means of any trade: 4,000 km, 3 a kg. Only the last digits depend on it.
std::vector<double> origin()
{
  constexpr double log_distance = 8.25;
  return {log_distance, log_distance * log_distance, 1, 0, 0, 0, 0};
}

}  // namespace

BaciCifSettings baci_cif_model(int model, std::int32_t first_year, std::int32_t years)
{
  if (model < 1 || model > 4)
  {
    throw std::invalid_argument("models of BACI are 1 to 4");
  }
  BaciCifSettings settings;
  settings.ratio = model <= 2 ? CifRatio::of_unit_values : CifRatio::of_values;
  settings.weight = model % 2 == 0 ? CifWeight::quantity_agreement : CifWeight::equal;
  settings.first_year = first_year;
  settings.years = years;
  return settings;
}

BaciCifDesign::BaciCifDesign(BaciCifSettings const& settings, CountryPairs const& pairs,
                             std::span<double const> world_unit_value)
    : settings_(settings)
    , pairs_(&pairs)
{
  log_unit_value_.reserve(world_unit_value.size());
  for (double const unit_value : world_unit_value)
  {
    log_unit_value_.push_back(unit_value > 0 ? portable_log(unit_value) : not_known);
  }
}

std::optional<BaciCifDesign::Observation> BaciCifDesign::terms(FlowBlock const& block, std::size_t row) const
{
  std::int32_t const from = block.exporter[row], to = block.importer[row];
  std::int32_t const year = year_of(block.period[row]) - settings_.first_year;
  double const distance = pairs_->distance(from, to);
  double const log_unit_value = log_unit_value_[static_cast<std::size_t>(block.product[row])];
  if (year < 0 || year >= settings_.years || !(distance > 0) || std::isnan(log_unit_value))
  {
    return std::nullopt;
  }
  double const log_distance = portable_log(distance);
  Observation seen;
  seen.year = static_cast<std::size_t>(year);
  seen.x = {log_distance,
            log_distance * log_distance,
            log_unit_value,
            pairs_->contiguous(from, to) ? 1.0 : 0.0,
            pairs_->landlocked(to) ? 1.0 : 0.0,
            pairs_->landlocked(from) ? 1.0 : 0.0};
  return seen;
}

std::optional<BaciCifDesign::Observation> BaciCifDesign::observation(FlowBlock const& block,
                                                                     std::size_t row) const
{
  double const exported = block.exported[row], imported = block.imported[row];
  double const exported_kg = block.exported_kg[row], imported_kg = block.imported_kg[row];
  // Written so that NaN is outside.
  if (!(exported > settings_.least_value && imported > settings_.least_value
        && exported_kg > settings_.least_kg && imported_kg > settings_.least_kg))
  {
    return std::nullopt;
  }
  std::optional<Observation> seen = terms(block, row);
  if (seen)
  {
    double const ratio = settings_.ratio == CifRatio::of_values
                             ? imported / exported
                             : (imported / imported_kg) / (exported / exported_kg);
    seen->log_ratio = portable_log(ratio);
    if (settings_.weight == CifWeight::quantity_agreement)
    {
      seen->weight = std::min(exported_kg, imported_kg) / std::max(exported_kg, imported_kg);
    }
  }
  return seen;
}

bool is_inlier(BaciCifDesign::Observation const& seen, GroupedFit const& fit, CifOutlierRules const& rules)
{
  auto const n = static_cast<double>(fit.observations);
  auto const p = static_cast<double>(fit.considered), rank = static_cast<double>(fit.parameters);
  double const leverage = fit.leverage(seen.x, seen.year, seen.weight), free = 1 - leverage;
  double const residual = seen.log_ratio - fit.predict(seen.x, seen.year);
  double const square = seen.weight * residual * residual;
  double const variance_without = (fit.residual_sum - square / free) / (n - rank - 1);
  double const studentised = std::sqrt(square / (variance_without * free));
  double const cook = square * leverage / (fit.variance * free * free * rank);
  // An observation that alone decides a parameter has none of these figures and is outside.
  return studentised <= rules.most_studentised && cook * (n - p - 1) <= rules.most_cook
         && leverage * n <= rules.most_leverage * p;
}

BaciCifSums::BaciCifSums(BaciCifSettings const& settings)
    : sums_(origin(), static_cast<std::size_t>(settings.years))
{
}

void BaciCifSums::add(BaciCifDesign const& design, FlowBlock const& block, std::span<GroupedFit const> before)
{
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const seen = design.observation(block, row);
    if (!seen)
    {
      continue;
    }
    bool const counts =
        std::all_of(before.begin(), before.end(),
                    [&](GroupedFit const& fit) { return is_inlier(*seen, fit, design.settings().outliers); });
    if (counts)
    {
      sums_.add(seen->x, seen->log_ratio, seen->weight, seen->year);
    }
  }
}

void fill_cif_ratio(BaciCifDesign const& design, GroupedFit const& fit, FlowBlock const& block,
                    std::span<double> ratio)
{
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const seen = design.terms(block, row);
    ratio[row] = seen ? portable_exp(fit.predict(seen->x, seen->year)) : not_known;
  }
}

double applied_cif_ratio(double fitted, ImportBasis basis, double exported, double imported,
                         FobRules const& rules)
{
  double const ratio = std::isnan(fitted) ? fitted : std::max(fitted, rules.least_ratio);
  if (basis == ImportBasis::fob)
  {
    return 1;
  }
  if (basis == ImportBasis::fas)
  {
    bool const narrows =
        std::abs(portable_log(imported / ratio / exported)) < std::abs(portable_log(imported / exported));
    return narrows ? ratio : 1;
  }
  return ratio;
}

}  // namespace tarifa::kernels
