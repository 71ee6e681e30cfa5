#include "kernels/mirror/partner/consistency.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

/// Share of consistent trade over partners; the sums of all are taken once more without each partner.
double share(std::vector<ExactSum const*> const& whole, std::vector<ExactSum const*> const& consistent,
             WorstPartner worst)
{
  ExactSum all, agreed;
  int partners = 0;
  for (std::size_t partner = 0; partner < whole.size(); ++partner)
  {
    all.add(*whole[partner]);
    agreed.add(*consistent[partner]);
    partners += whole[partner]->value() > 0 ? 1 : 0;
  }
  double best = agreed.value() / all.value();  // NaN without any trade
  for (std::size_t partner = 0; worst == WorstPartner::excluded && partners > 1 && partner < whole.size();
       ++partner)
  {
    double const rest = all.value() - whole[partner]->value();
    double const without = (agreed.value() - consistent[partner]->value()) / rest;
    best = rest > 0 && without > best ? without : best;
  }
  return best;
}

}  // namespace

ConsistencySums::ConsistencySums(ConsistencySettings const& settings, std::size_t countries)
    : settings_(settings)
    , countries_(countries)
    , total_(countries * countries * totals)
{
}

void ConsistencySums::add(FlowBlock const& block, std::span<double const> cif_ratio)
{
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const [exported, imported] = compared_reports(settings_.measure, block, cif_ratio, row);
    if (!(exported > 0 && imported > 0))
    {
      continue;
    }
    ExactSum* const sums = total_.data()
                           + (static_cast<std::size_t>(block.exporter[row]) * countries_
                              + static_cast<std::size_t>(block.importer[row]))
                                 * totals;
    sums[exports].add(exported);
    sums[imports].add(imported);
    if (std::abs(imported - exported) / imported <= settings_.most_difference_share)
    {
      sums[consistent_exports].add(exported);
      sums[consistent_imports].add(imported);
    }
  }
}

void ConsistencySums::add(ConsistencySums const& other)
{
  if (other.total_.size() != total_.size())
  {
    throw std::invalid_argument("sums of consistency over different countries cannot be added");
  }
  add_each(total_, other.total_);
}

std::vector<std::int64_t> ConsistencySums::to_digits() const
{
  std::vector<std::int64_t> digits;
  digits.reserve(total_.size() * ExactSum::digits);
  append_digits(digits, total_);
  return digits;
}

void ConsistencySums::set_digits(std::span<std::int64_t const> digits)
{
  take_digits(digits, total_);
}

ReporterConsistency ConsistencySums::consistency(WorstPartner worst) const
{
  ReporterConsistency result{std::vector<double>(countries_), std::vector<double>(countries_)};
  for (std::size_t country = 0; country < countries_; ++country)
  {
    std::vector<ExactSum const*> sold, sold_agreed, bought, bought_agreed;
    for (std::size_t partner = 0; partner < countries_; ++partner)
    {
      sold.push_back(&total(country, partner, exports));
      sold_agreed.push_back(&total(country, partner, consistent_exports));
      bought.push_back(&total(partner, country, imports));
      bought_agreed.push_back(&total(partner, country, consistent_imports));
    }
    result.exporters[country] = share(sold, sold_agreed, worst);
    result.importers[country] = share(bought, bought_agreed, worst);
  }
  return result;
}

void take_more_consistent(ReporterConsistency const& consistency, Measure measure, FlowBlock const& block,
                          std::span<double const> cif_ratio, std::span<double> reconciled)
{
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const [exported, imported] = compared_reports(measure, block, cif_ratio, row);
    double const exporter = consistency.exporters[static_cast<std::size_t>(block.exporter[row])];
    double const importer = consistency.importers[static_cast<std::size_t>(block.importer[row])];
    bool const exporter_is_better = exporter > importer || (std::isnan(importer) && !std::isnan(exporter));
    bool const take_export = std::isnan(imported) || (exporter_is_better && !std::isnan(exported));
    reconciled[row] = take_export ? exported : imported;
  }
}

}  // namespace tarifa::kernels
