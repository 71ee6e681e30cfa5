#include <cmath>
#include <stdexcept>

#include "kernels/mirror/growth_lab/growth_lab.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What the two sides reported of a product, and the value taken before scaling.
struct Choice
{
  bool reported = false;
  double exported = 0, imported = 0;  // FOB
  double value = 0;
};

double of_both(GrowthLabReconciled const& pairs, std::size_t row, Choice const& choice,
               GrowthLabForm product_weight)
{
  bool const exporter = pairs.exporter_flag[row] != 0, importer = pairs.importer_flag[row] != 0;
  if (exporter && importer)
  {
    double const weight = product_weight == GrowthLabForm::corrected ? pairs.weight[row] : 1;
    return weight == 1 ? choice.exported : weight * choice.exported + (1 - weight) * choice.imported;
  }
  if (exporter || importer)
  {
    return exporter ? choice.exported : choice.imported;
  }
  return 0.5 * (choice.exported + choice.imported);
}

Choice choose(FlowBlock const& block, std::size_t flow, GrowthLabReconciled const& pairs,
              GrowthLabSettings const& settings)
{
  Choice choice;
  double const exported = block.exported[flow], imported = block.imported[flow];
  choice.reported = block.exporter[flow] != block.importer[flow]
                    && (exported >= settings.least_value || imported >= settings.least_value);
  if (!choice.reported)
  {
    return choice;
  }
  std::int32_t const row = pairs.find(block.exporter[flow], block.importer[flow]);
  auto const at = static_cast<std::size_t>(row);
  choice.exported = exported >= settings.least_value ? exported : 0;
  // The rate of a pair that was not reconciled is not known, and its imports do not count.
  choice.imported =
      row >= 0 && imported >= settings.least_value ? imported * (1 - pairs.freight_rate[at]) : 0;
  if (choice.exported > 0 && choice.imported > 0)
  {
    choice.value = of_both(pairs, at, choice, settings.product_weight);
  }
  else
  {
    choice.value = choice.exported > 0 ? choice.exported : choice.imported;
  }
  return choice;
}

std::size_t pair_of(FlowBlock const& block, std::size_t flow, std::size_t countries)
{
  return static_cast<std::size_t>(block.exporter[flow]) * countries
         + static_cast<std::size_t>(block.importer[flow]);
}

/// A pair with much more value than its products: the difference is not spread over them.
bool is_inconsistent(double pair, double products)
{
  constexpr double least_ratio = 1.2, least_difference = 25e6, large_pair = 100e6, hardly_any = 0.1e6;
  bool const more = pair > least_ratio * products && pair - products > least_difference;
  return pair > large_pair && (more || products < hardly_any);
}

}  // namespace

GrowthLabProductTotals::GrowthLabProductTotals(std::size_t countries, std::int32_t period)
    : countries_(countries)
    , period_(period)
    , all_(countries * countries)
    , scaled_(countries * countries)
    , unspecified_(countries)
{
}

void GrowthLabProductTotals::add(FlowBlock const& block, GrowthLabReconciled const& pairs,
                                 GrowthLabSettings const& settings)
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    if (block.period[flow] != period_)
    {
      continue;
    }
    Choice const choice = choose(block, flow, pairs, settings);
    std::size_t const pair = pair_of(block, flow, countries_);
    all_[pair].add(choice.value);
    if (choice.value > settings.least_value)
    {
      scaled_[pair].add(choice.value);
      if (block.importer[flow] == settings.unspecified_country
          && settings.is_unspecified(block.product[flow]))
      {
        unspecified_[static_cast<std::size_t>(block.exporter[flow])].add(choice.value);
      }
    }
  }
}

void GrowthLabProductTotals::add(GrowthLabProductTotals const& other)
{
  if (other.countries_ != countries_ || other.period_ != period_)
  {
    throw std::invalid_argument("totals of different countries or periods cannot be added");
  }
  add_each(all_, other.all_);
  add_each(scaled_, other.scaled_);
  add_each(unspecified_, other.unspecified_);
}

std::vector<std::int64_t> GrowthLabProductTotals::to_digits() const
{
  std::vector<std::int64_t> digits;
  append_digits(digits, all_);
  append_digits(digits, scaled_);
  append_digits(digits, unspecified_);
  return digits;
}

void GrowthLabProductTotals::set_digits(std::span<std::int64_t const> digits)
{
  digits = take_digits(digits, all_);
  digits = take_digits(digits, scaled_);
  take_digits(digits, unspecified_);
}

GrowthLabProducts::GrowthLabProducts(GrowthLabReconciled const& pairs, GrowthLabProductTotals const& totals,
                                     GrowthLabSettings const& settings)
    : pairs_(&pairs)
    , settings_(settings)
    , period_(totals.period_)
    , total_(totals.all_.size())
    , scaled_(totals.all_.size())
    , left_out_(totals.countries_)
{
  std::size_t const n = totals.countries_;
  for (std::size_t from = 0; from < n; ++from)
  {
    ExactSum spread;
    for (std::size_t to = 0; to < n; ++to)
    {
      std::size_t const pair = from * n + to;
      std::int32_t const row = pairs.place[pair];
      double const known = row < 0 ? nan : pairs.value[static_cast<std::size_t>(row)];
      double const value = std::isnan(known) ? 0 : known;
      double const products = totals.all_[pair].value();
      bool const inconsistent = is_inconsistent(value, products);
      total_[pair] = inconsistent ? products : value;
      scaled_[pair] = totals.scaled_[pair].value();
      spread.add(scaled_[pair] > 0 ? total_[pair] : 0);
      if (inconsistent && value > products)
      {
        remainders_.push_back(
            {static_cast<std::int32_t>(from), static_cast<std::int32_t>(to), value - products});
        spread.add(value - products);
      }
    }
    if (settings.unspecified_exporters == GrowthLabForm::corrected && settings.unspecified_country >= 0)
    {
      std::size_t const nowhere = from * n + static_cast<std::size_t>(settings.unspecified_country);
      double const unspecified =
          scaled_[nowhere] > 0 ? totals.unspecified_[from].value() / scaled_[nowhere] * total_[nowhere] : 0;
      double const specified = spread.value() - unspecified;
      left_out_[from] = unspecified > settings.most_unspecified_products * specified ? 1 : 0;
    }
  }
  std::erase_if(remainders_, [this](Remainder const& remainder)
                { return left_out_[static_cast<std::size_t>(remainder.exporter)] != 0; });
}

void GrowthLabProducts::apply(FlowBlock const& block, std::span<Flow> flows) const
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    flows[flow] = Flow();
    if (block.period[flow] != period_ || left_out_[static_cast<std::size_t>(block.exporter[flow])] != 0)
    {
      continue;
    }
    Choice const choice = choose(block, flow, *pairs_, settings_);
    if (!choice.reported)
    {
      continue;
    }
    std::size_t const pair = pair_of(block, flow, pairs_->countries);
    double const value =
        choice.value > settings_.least_value ? choice.value / scaled_[pair] * total_[pair] : 0;
    flows[flow] = {value, choice.exported, choice.imported};
  }
}

}  // namespace tarifa::kernels
