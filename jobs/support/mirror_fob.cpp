#include "jobs/support/mirror_fob.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "jobs/support/world_unit_values.hpp"
#include "kernels/mirror/baci_cif.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::BaciCifDesign;
using kernels::BaciCifSettings;
using kernels::BaciCifSums;
using kernels::CellFigures;
using kernels::FlowBlock;
using kernels::GroupedFit;
using kernels::ImportBasis;
using kernels::MirrorCells;

std::vector<CellFigures> sized_like(std::vector<MirrorCells> const& cells)
{
  std::vector<CellFigures> figures(cells.size());
  for (std::size_t range = 0; range < cells.size(); ++range)
  {
    figures[range].resize(cells[range].size());
  }
  return figures;
}

FobFigures at_flat_ratio(std::vector<MirrorCells> const& cells, double flat_ratio, int threads)
{
  FobFigures figures{sized_like(cells), {}, 0, 0};
  std::int64_t const ratio = kernels::in_trillionths(flat_ratio);
  ThreadTeam(threads).each(cells.size(),
                           [&](std::size_t range, int)
                           {
                             for (std::size_t cell = 0; cell < cells[range].size(); ++cell)
                             {
                               figures.of_range[range].set(cell, cells[range], ratio);
                             }
                           });
  return figures;
}

/// At which place each country values its imports.
std::vector<ImportBasis> bases(FobSettings const& settings, std::vector<std::string> const& countries)
{
  std::vector<ImportBasis> basis(countries.size(), ImportBasis::cif);
  auto const mark = [&](std::vector<std::string> const& codes, ImportBasis as, std::string_view option)
  {
    for (std::string const& code : codes)
    {
      auto const at = std::lower_bound(countries.begin(), countries.end(), code);
      require(at != countries.end() && *at == code, Fault::usage,
              [&] { return fmt::format("{}: no flow is of country '{}'", option, code); });
      basis[static_cast<std::size_t>(at - countries.begin())] = as;
    }
  };
  mark(settings.fob_importers, ImportBasis::fob, "fob-importers");
  mark(settings.fas_importers, ImportBasis::fas, "fas-importers");
  return basis;
}

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

FobFigures by_baci(Run const& run, int model, FobSettings const& settings, TradeFlows const& flows,
                   CellBlocks const& blocks, std::vector<MirrorCells> const& cells,
                   kernels::CountryPairs const& pairs)
{
  Comm const& comm = run.comm;
  std::vector<ImportBasis> const basis =
      comm.all_or_none("import basis", [&] { return bases(settings, flows.countries()); });
  if (blocks.years() <= 0)
  {
    return {sized_like(cells), {}, 0, 0};
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
  FobFigures figures{sized_like(cells), terms_of(fits.back(), blocks.first_year()), fits.back().observations,
                     0};
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
            ratio[flow] = settings.flat_ratio;
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

}  // namespace

void FobSettings::declare(Options& options)
{
  options.choice("fob", method,
                 {{"flat", FobMethod::flat},
                  {"baci-1", FobMethod::baci_1},
                  {"baci-2", FobMethod::baci_2},
                  {"baci-3", FobMethod::baci_3},
                  {"baci-4", FobMethod::baci_4}},
                 "how import values come to FOB: one flat ratio, or a regression model of BACI");
  options.add("cif-fob-ratio", flat_ratio, {0.5, 2.0},
              "flat CIF/FOB ratio [1]; with a model, of flows it knows too little about");
  options.add("fob-importers", fob_importers, "countries whose import values are FOB already; not for flat");
  options.add("fas-importers", fas_importers,
              "countries whose import values are FAS: divided only where that narrows the gap; not for flat");
}

FobFigures bring_to_fob(Run const& run, FobSettings const& settings, TradeFlows const& flows,
                        CellBlocks const& blocks, std::vector<MirrorCells> const& cells,
                        kernels::CountryPairs const& pairs)
{
  return settings.method == FobMethod::flat
             ? at_flat_ratio(cells, settings.flat_ratio, run.settings.threads)
             : by_baci(run, static_cast<int>(settings.method) - static_cast<int>(FobMethod::baci_1) + 1,
                       settings, flows, blocks, cells, pairs);
}

void write_freight(Run const& run, ResultFile& result, FobFigures const& figures)
{
  if (figures.model.empty())
  {
    return;
  }
  std::vector<std::string> names;
  for (FreightTerm const& term : figures.model)
  {
    names.push_back(term.name);
  }
  result.add_labels("freight_term", names);
  std::size_t const rows = run.comm.is_root() ? figures.model.size() : 0;
  std::vector<std::int32_t> term;
  std::vector<double> estimate, error;
  for (std::size_t i = 0; i < rows; ++i)
  {
    term.push_back(static_cast<std::int32_t>(i));
    estimate.push_back(figures.model[i].estimate);
    error.push_back(figures.model[i].standard_error);
  }
  std::vector<ResultColumn> columns{
      result_column<std::int32_t>("term", "1", "term of the freight model; years are intercepts"),
      result_column<double>("estimate", "1", "coefficient, on ln(CIF/FOB)"),
      result_column<double>("standard_error", "1", "of the estimate; NaN: the term is not in the model")};
  columns[0].labels = "freight_term";
  columns[0].add(std::span<std::int32_t const>(term));
  columns[1].add(std::span<double const>(estimate));
  columns[2].add(std::span<double const>(error));
  result.add_table("freight", "Freight model: what brings import values to FOB", columns);
  result.note("freight_observations", std::to_string(figures.observations));
  result.note("freight_fallback_cells", std::to_string(figures.fallback_cells));
}

}  // namespace tarifa::jobs
