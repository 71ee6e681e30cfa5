#include "kernels/mirror/freight/freight_truth.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double lowest_bin = 0.979, bin_width = 0.002;
constexpr std::size_t bins = 1012;  // to 3.003
constexpr double imputed_share = 0.3, disbelieved_share = 0.5;
constexpr std::int64_t least_flows = 20;

std::size_t bin_of(double ratio)
{
  double const place = (ratio - lowest_bin) / bin_width;
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)));
}

double log_or_missing(double x)
{
  return x > 0 && std::isfinite(x) ? portable_log(x) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void FreightTruth::add(FlowBlock const& flows, std::span<double const> imported_fob,
                       CountryPairs const& pairs, FreightSettings const& settings)
{
  for (std::size_t flow = 0; flow < flows.size(); ++flow)
  {
    double const cif = flows.imported[flow], fob = imported_fob[flow];
    if (!(cif > 0) || !(fob > 0) || !(cif / fob > settings.lowest_ratio)
        || !(cif / fob < settings.highest_ratio))
    {
      continue;
    }
    std::int32_t const from = flows.exporter[flow], to = flows.importer[flow];
    exporter.push_back(from);
    importer.push_back(to);
    product.push_back(flows.product[flow]);
    year.push_back(year_of(flows.period[flow]));
    log_value.push_back(portable_log(cif));
    value_weight.push_back(portable_exp(settings.value_power * log_value.back()));
    log_unit_value.push_back(log_or_missing(cif / flows.imported_kg[flow]));
    log_distance.push_back(log_or_missing(pairs.distance(from, to)));
    contiguous.push_back(pairs.contiguous(from, to) ? 1 : 0);
    ratio.push_back(cif / fob);
    imputed.push_back(0);
  }
}

FreightFlow FreightTruth::flow(std::size_t row) const
{
  return {exporter[row],  importer[row],       product[row],      year[row],
          log_value[row], log_unit_value[row], log_distance[row], contiguous[row] != 0};
}

ImputedRatios::ImputedRatios(FreightSettings const& settings)
    : countries_(settings.countries)
    , years_(settings.years)
    , first_year_(settings.first_year)
    , counts_(countries_ * years_ * bins)
{
}

std::size_t ImputedRatios::row_of(FreightTruth const& truth, std::size_t flow) const
{
  // Years outside the range count with the nearest one.
  std::int32_t const year =
      std::clamp(truth.year[flow] - first_year_, 0, static_cast<std::int32_t>(years_) - 1);
  return static_cast<std::size_t>(truth.importer[flow]) * years_ + static_cast<std::size_t>(year);
}

void ImputedRatios::add(FreightTruth const& truth, std::size_t begin, std::size_t end)
{
  for (std::size_t flow = begin; flow < end; ++flow)
  {
    ++counts_[row_of(truth, flow) * bins + bin_of(truth.ratio[flow])];
  }
}

void ImputedRatios::add(ImputedRatios const& other)
{
  for (std::size_t i = 0; i < counts_.size(); ++i)
  {
    counts_[i] += other.counts_[i];
  }
}

std::vector<std::uint8_t> ImputedRatios::verdict(std::span<std::int64_t const> counts) const
{
  std::vector<std::uint8_t> imputed(bins);
  std::int64_t flows = 0, filled_in = 0;
  for (std::int64_t const count : counts)
  {
    flows += count;
  }
  if (flows < least_flows)
  {
    return imputed;
  }
  auto const some = static_cast<double>(flows);
  for (std::size_t bin = 0; bin + 1 < bins; ++bin)
  {
    if (static_cast<double>(counts[bin] + counts[bin + 1]) >= imputed_share * some)
    {
      imputed[bin] = imputed[bin + 1] = 1;
    }
  }
  for (std::size_t bin = 0; bin < bins; ++bin)
  {
    filled_in += imputed[bin] != 0 ? counts[bin] : 0;
  }
  if (static_cast<double>(filled_in) > disbelieved_share * some)
  {
    std::ranges::fill(imputed, std::uint8_t{1});
  }
  return imputed;
}

std::size_t ImputedRatios::mark(FreightTruth& truth) const
{
  std::vector<std::vector<std::uint8_t>> of_year(countries_ * years_), of_importer(countries_);
  for (std::size_t importer = 0; importer < countries_; ++importer)
  {
    std::vector<std::int64_t> all(bins);
    for (std::size_t row = importer * years_; row < (importer + 1) * years_; ++row)
    {
      std::span<std::int64_t const> const counts = std::span(counts_).subspan(row * bins, bins);
      of_year[row] = verdict(counts);
      for (std::size_t bin = 0; bin < bins; ++bin)
      {
        all[bin] += counts[bin];
      }
    }
    of_importer[importer] = verdict(all);
  }
  std::size_t marked = 0;
  for (std::size_t flow = 0; flow < truth.size(); ++flow)
  {
    std::size_t const bin = bin_of(truth.ratio[flow]);
    truth.imputed[flow] = static_cast<std::uint8_t>(
        of_year[row_of(truth, flow)][bin] | of_importer[static_cast<std::size_t>(truth.importer[flow])][bin]);
    marked += truth.imputed[flow];
  }
  return marked;
}

}  // namespace tarifa::kernels
