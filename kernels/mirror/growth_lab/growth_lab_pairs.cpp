#include <cmath>
#include <stdexcept>

#include "kernels/mirror/growth_lab/growth_lab.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void GrowthLabTotals::Side::resize(std::size_t countries)
{
  value.resize(countries * countries);
  reports.resize(countries * countries);
  unspecified.resize(countries);
}

void GrowthLabTotals::Side::report(std::size_t pair, double reported)
{
  value[pair].add(reported);
  ++reports[pair];
}

std::vector<double> GrowthLabTotals::Side::values() const
{
  std::vector<double> result(value.size(), nan);
  for (std::size_t pair = 0; pair < value.size(); ++pair)
  {
    if (reports[pair] > 0)
    {
      result[pair] = value[pair].value();
    }
  }
  return result;
}

GrowthLabTotals::GrowthLabTotals(std::size_t countries, std::int32_t period)
    : countries_(countries)
    , period_(period)
{
  exported_.resize(countries);
  imported_.resize(countries);
}

void GrowthLabTotals::add(FlowBlock const& block, GrowthLabSettings const& settings)
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    if (block.period[flow] != period_)
    {
      continue;
    }
    auto const from = static_cast<std::size_t>(block.exporter[flow]);
    auto const to = static_cast<std::size_t>(block.importer[flow]);
    bool const unspecified = settings.is_unspecified(block.product[flow]);
    double const exported = block.exported[flow], imported = block.imported[flow];
    if (!std::isnan(exported))
    {
      exported_.report(from * countries_ + to, exported);
      if (unspecified && block.importer[flow] == settings.unspecified_country)
      {
        exported_.unspecified[from].add(exported);
      }
    }
    if (!std::isnan(imported))
    {
      imported_.report(from * countries_ + to, imported);
      if (unspecified && block.exporter[flow] == settings.unspecified_country)
      {
        imported_.unspecified[to].add(imported);
      }
    }
  }
}

void GrowthLabTotals::add(GrowthLabTotals const& other)
{
  if (other.countries_ != countries_ || other.period_ != period_)
  {
    throw std::invalid_argument("totals of different countries or periods cannot be added");
  }
  auto const add_side = [](Side& side, Side const& more)
  {
    add_each(side.value, more.value);
    add_each(side.unspecified, more.unspecified);
    add_each(side.reports, more.reports);
  };
  add_side(exported_, other.exported_);
  add_side(imported_, other.imported_);
}

std::vector<std::int64_t> GrowthLabTotals::to_digits() const
{
  std::vector<std::int64_t> digits;
  for (Side const* side : {&exported_, &imported_})
  {
    append_digits(digits, side->value);
    append_digits(digits, side->unspecified);
    digits.insert(digits.end(), side->reports.begin(), side->reports.end());
  }
  return digits;
}

void GrowthLabTotals::set_digits(std::span<std::int64_t const> digits)
{
  for (Side* side : {&exported_, &imported_})
  {
    digits = take_digits(digits, side->value);
    digits = take_digits(digits, side->unspecified);
    digits = take_digits(digits, side->reports);
  }
}

GrowthLabPairs GrowthLabTotals::pairs(GrowthLabSettings const& settings) const
{
  std::vector<double> exported = exported_.values(), imported = imported_.values();
  std::int32_t const nowhere = settings.unspecified_country;
  if (settings.unspecified_trade == GrowthLabForm::corrected && nowhere >= 0)
  {
    auto const unknown = static_cast<std::size_t>(nowhere);
    for (std::size_t country = 0; country < countries_; ++country)
    {
      ExactSum all_exports, all_imports;
      for (std::size_t other = 0; other < countries_; ++other)
      {
        all_exports.add(exported_.value[country * countries_ + other]);
        all_imports.add(imported_.value[other * countries_ + country]);
      }
      double const lost_exports = exported_.unspecified[country].value();
      double const lost_imports = imported_.unspecified[country].value();
      if (lost_exports > settings.most_unspecified * all_exports.value())
      {
        exported[country * countries_ + unknown] -= lost_exports;
      }
      if (lost_imports > settings.most_unspecified * all_imports.value())
      {
        imported[unknown * countries_ + country] -= lost_imports;
      }
    }
  }
  GrowthLabPairs pairs;
  pairs.countries = countries_;
  for (std::size_t from = 0; from < countries_; ++from)
  {
    for (std::size_t to = 0; to < countries_; ++to)
    {
      std::size_t const pair = from * countries_ + to, back = to * countries_ + from;
      bool const there = exported_.reports[pair] + imported_.reports[pair] + exported_.reports[back]
                             + imported_.reports[back]
                         > 0;
      double const most = std::fmax(exported[pair], imported[pair]);
      bool const small = settings.small_pairs == GrowthLabForm::corrected && !(most >= settings.least_value);
      // Zero on both sides is no trade, in the published program too.
      if (!there || small || (exported[pair] == 0 && imported[pair] == 0))
      {
        continue;
      }
      pairs.exporter.push_back(static_cast<std::int32_t>(from));
      pairs.importer.push_back(static_cast<std::int32_t>(to));
      pairs.exported.push_back(exported[pair]);
      pairs.imported.push_back(imported[pair]);
    }
  }
  return pairs;
}

}  // namespace tarifa::kernels
