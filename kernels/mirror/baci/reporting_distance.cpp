#include "kernels/mirror/baci/reporting_distance.hpp"

#include <cmath>
#include <optional>
#include <stdexcept>

#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

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
  std::int64_t const weight = std::llround(portable_log(exported + imported) * reporting_weight_units);
  return Observation{static_cast<std::size_t>(block.exporter[row]),
                     static_cast<std::size_t>(block.importer[row]),
                     static_cast<std::size_t>(block.product[row]),
                     static_cast<std::size_t>(year),
                     weight,
                     std::abs(portable_log(imported / exported))};
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
    double const moment = static_cast<double>(seen->weight) / reporting_weight_units * seen->distance;
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
  add_each(between_, other.between_);
  add_each(by_product_, other.by_product_);
  add_each(observations_, other.observations_);
  add_each(moment_, other.moment_);
}

std::vector<std::int64_t> ReportingDistanceSums::to_digits() const
{
  std::vector<std::int64_t> digits = between_;
  digits.insert(digits.end(), by_product_.begin(), by_product_.end());
  digits.insert(digits.end(), observations_.begin(), observations_.end());
  append_digits(digits, moment_);
  return digits;
}

void ReportingDistanceSums::set_digits(std::span<std::int64_t const> digits)
{
  digits = take_digits(digits, between_);
  digits = take_digits(digits, by_product_);
  digits = take_digits(digits, observations_);
  take_digits(digits, moment_);
}

}  // namespace tarifa::kernels
