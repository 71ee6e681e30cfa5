#include "jobs/support/mirror/fob_by_baci.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "jobs/support/mirror/world_unit_values.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::BaciCifDesign;
using kernels::BaciCifSettings;
using kernels::BaciCifSums;
using kernels::FlowBlock;
using kernels::GroupedFit;
using kernels::ImportBasis;
using kernels::MirrorCells;

GroupedFit fitted(Comm const& comm, BaciCifSums const& sums)
{
  return comm.all_or_none(
      "freight model",
      [&]
      {
        try
        {
          return sums.fit();
        }
        catch (std::domain_error const& error)
        {
          throw Error(Fault::data,
                      fmt::format("{}: too few flows have both values and weights", error.what()));
        }
      });
}

std::vector<FreightTerm> terms_of(GroupedFit const& fit, std::int32_t first_year)
{
  static constexpr std::string_view names[] = {"log_distance", "log_distance_squared", "log_unit_value",
                                               "contiguous",   "landlocked_importer",  "landlocked_exporter"};
  std::vector<FreightTerm> terms;
  for (std::size_t term = 0; term < std::size(names); ++term)
  {
    terms.push_back({std::string(names[term]), fit.coefficients[term], fit.standard_error(term)});
  }
  for (std::size_t year = 0; year < fit.intercepts.size(); ++year)
  {
    terms.push_back({fmt::format("year_{}", first_year + static_cast<std::int32_t>(year)),
                     fit.intercepts[year],
                     std::isnan(fit.intercepts[year]) ? std::numeric_limits<double>::quiet_NaN()
                                                      : fit.standard_error_of_intercept(year)});
  }
  return terms;
}

}  // namespace

FobFigures by_baci(Run const& run, int model, double flat_ratio, std::vector<ImportBasis> const& basis,
                   CellBlocks const& blocks, std::vector<MirrorCells> const& cells,
                   kernels::CountryPairs const& pairs)
{
  Comm const& comm = run.comm;
  if (blocks.years() <= 0)
  {
    return FobFigures(cells);
  }
  BaciCifSettings const baci = kernels::baci_cif_model(model, blocks.first_year(), blocks.years());
  std::vector<double> const unit_values =
      world_unit_values(comm, blocks, pairs, {baci.least_value, baci.least_kg});
  BaciCifDesign const design(baci, pairs, unit_values);
  std::vector<GroupedFit> fits;
  for (int step = 0; step < 2; ++step)
  {
    BaciCifSums const mine = blocks.sum(
        BaciCifSums(baci), [&](BaciCifSums& sums, FlowBlock const& block) { sums.add(design, block, fits); });
    fits.push_back(fitted(comm, over_ranks(comm, mine)));
  }
  FobFigures figures(cells);
  figures.model = terms_of(fits.back(), blocks.first_year());
  figures.observations = fits.back().observations;
  std::vector<std::int64_t> fallbacks(static_cast<std::size_t>(run.settings.threads));
  blocks.each(
      [&](FlowBlock const& block, CellBlocks::Place place, int thread)
      {
        std::vector<double> ratio(block.size());
        kernels::fill_cif_ratio(design, fits.back(), block, ratio);
        for (std::size_t flow = 0; flow < block.size(); ++flow)
        {
          bool const imported = !std::isnan(block.imported[flow]);
          if (std::isnan(ratio[flow]))
          {
            ratio[flow] = flat_ratio;
            fallbacks[static_cast<std::size_t>(thread)] += imported ? 1 : 0;
          }
          double const applied =
              kernels::applied_cif_ratio(ratio[flow], basis[static_cast<std::size_t>(block.importer[flow])],
                                         block.exported[flow], block.imported[flow], {});
          figures.of_range[place.range].set(place.first + flow, cells[place.range],
                                            kernels::in_trillionths(applied));
        }
      });
  for (std::int64_t const cells_of_thread : fallbacks)
  {
    figures.fallback_cells += cells_of_thread;
  }
  figures.fallback_cells = comm.sum(figures.fallback_cells);
  return figures;
}

}  // namespace tarifa::jobs
