#include "kernels/mirror/partner/fao_accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool has_both_weights(FlowBlock const& block, std::size_t flow, std::int32_t period)
{
  return block.period[flow] == period && !std::isnan(block.exported_kg[flow])
         && !std::isnan(block.imported_kg[flow]);
}

std::size_t pair_of(FlowBlock const& block, std::size_t flow, std::size_t countries)
{
  return static_cast<std::size_t>(block.exporter[flow]) * countries
         + static_cast<std::size_t>(block.importer[flow]);
}

/// Numbers the ranked countries through in groups whose sizes differ by at most one.
void assign_groups(std::vector<std::size_t> const& ranked, int groups, std::vector<std::int32_t>& group)
{
  std::size_t const count = ranked.size(), parts = static_cast<std::size_t>(groups);
  std::size_t const larger = count % parts, size = count / parts;
  for (std::size_t place = 0; place < count; ++place)
  {
    std::size_t const in_larger = larger * (size + 1);
    std::size_t const part = place < in_larger
                                 ? place / (size + 1)
                                 : larger + (place - in_larger) / std::max<std::size_t>(size, 1);
    group[ranked[place]] = static_cast<std::int32_t>(part) + 1;
  }
}

}  // namespace

FaoPairMeans::FaoPairMeans(std::size_t countries, std::int32_t period)
    : countries_(countries)
    , period_(period)
    , products_(countries * countries)
    , exported_(countries * countries)
    , imported_(countries * countries)
    , seen_(countries)
{
}

void FaoPairMeans::add(FlowBlock const& block)
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    if (block.period[flow] == period_)
    {
      ++seen_[static_cast<std::size_t>(block.exporter[flow])];
      ++seen_[static_cast<std::size_t>(block.importer[flow])];
    }
    if (has_both_weights(block, flow, period_))
    {
      std::size_t const pair = pair_of(block, flow, countries_);
      ++products_[pair];
      exported_[pair].add(block.exported_kg[flow]);
      imported_[pair].add(block.imported_kg[flow]);
    }
  }
}

void FaoPairMeans::add(FaoPairMeans const& other)
{
  if (other.countries_ != countries_ || other.period_ != period_)
  {
    throw std::invalid_argument("means of different countries or periods cannot be added");
  }
  add_each(products_, other.products_);
  add_each(exported_, other.exported_);
  add_each(imported_, other.imported_);
  add_each(seen_, other.seen_);
}

std::vector<std::int64_t> FaoPairMeans::to_digits() const
{
  std::vector<std::int64_t> digits = products_;
  digits.insert(digits.end(), seen_.begin(), seen_.end());
  append_digits(digits, exported_);
  append_digits(digits, imported_);
  return digits;
}

void FaoPairMeans::set_digits(std::span<std::int64_t const> digits)
{
  digits = take_digits(take_digits(digits, products_), seen_);
  take_digits(take_digits(digits, exported_), imported_);
}

std::vector<double> FaoPairMeans::means(std::vector<ExactSum> const& sums) const
{
  std::vector<double> means(sums.size(), nan);
  for (std::size_t pair = 0; pair < sums.size(); ++pair)
  {
    if (products_[pair] > 0)
    {
      means[pair] = sums[pair].value() / static_cast<double>(products_[pair]);
    }
  }
  return means;
}

FaoPairProducts::FaoPairProducts(FaoPairMeans const& means)
    : countries_(means.countries())
    , period_(means.period())
    , exported_mean_(means.exported_means())
    , imported_mean_(means.imported_means())
    , exported_(exported_mean_.size())
    , imported_(exported_mean_.size())
    , both_(exported_mean_.size())
{
}

void FaoPairProducts::add(FlowBlock const& block)
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    if (has_both_weights(block, flow, period_))
    {
      std::size_t const pair = pair_of(block, flow, countries_);
      double const exported = block.exported_kg[flow] - exported_mean_[pair];
      double const imported = block.imported_kg[flow] - imported_mean_[pair];
      exported_[pair].add(exported * exported);
      imported_[pair].add(imported * imported);
      both_[pair].add(exported * imported);
    }
  }
}

void FaoPairProducts::add(FaoPairProducts const& other)
{
  add_each(exported_, other.exported_);
  add_each(imported_, other.imported_);
  add_each(both_, other.both_);
}

std::vector<std::int64_t> FaoPairProducts::to_digits() const
{
  std::vector<std::int64_t> digits;
  append_digits(digits, exported_);
  append_digits(digits, imported_);
  append_digits(digits, both_);
  return digits;
}

void FaoPairProducts::set_digits(std::span<std::int64_t const> digits)
{
  take_digits(take_digits(take_digits(digits, exported_), imported_), both_);
}

std::vector<double> FaoPairProducts::correlations() const
{
  std::vector<double> result(both_.size(), nan);
  for (std::size_t pair = 0; pair < both_.size(); ++pair)
  {
    double const exported = exported_[pair].value(), imported = imported_[pair].value();
    if (exported > 0 && imported > 0)
    {
      result[pair] = std::clamp(both_[pair].value() / (std::sqrt(exported) * std::sqrt(imported)), -1.0, 1.0);
    }
  }
  return result;
}

FaoAccuracy fao_accuracy(FaoPairMeans const& means, FaoPairProducts const& products,
                         FaoAccuracySettings const& settings)
{
  std::size_t const n = means.countries();
  std::vector<double> const correlation = products.correlations();
  FaoAccuracy accuracy{std::vector<double>(n), std::vector<std::int32_t>(n)};
  std::vector<double> ranking(n);
  std::vector<std::size_t> ranked, not_scored;
  double lowest = std::numeric_limits<double>::infinity();
  for (double const one : correlation)
  {
    lowest = one < lowest ? one : lowest;
  }
  for (std::size_t country = 0; country < n; ++country)
  {
    double sum = 0;
    std::int64_t total = 0;
    bool scored = false;
    for (std::size_t other = 0; other < n; ++other)
    {
      for (std::size_t const pair : {country * n + other, other * n + country})
      {
        std::int64_t const count = means.products(pair);
        total += count;
        scored |= count > 1;
        sum += std::isnan(correlation[pair]) ? 0 : correlation[pair] * static_cast<double>(count);
      }
    }
    accuracy.score[country] = scored ? sum / static_cast<double>(total) : 0;
    ranking[country] = scored ? accuracy.score[country] : lowest;
    if (!scored && means.is_seen(country))
    {
      not_scored.push_back(country);
    }
    if (scored || (settings.published_ranking && means.is_seen(country)))
    {
      ranked.push_back(country);
    }
  }
  // Equal scores stay in the order of the countries.
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&ranking](std::size_t a, std::size_t b) { return ranking[a] > ranking[b]; });
  assign_groups(ranked, settings.groups, accuracy.group);
  for (std::size_t const country : not_scored)
  {
    accuracy.group[country] = settings.groups + 1;
  }
  return accuracy;
}

}  // namespace tarifa::kernels
