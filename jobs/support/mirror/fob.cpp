#include "jobs/support/mirror/fob.hpp"

#include <optional>

#include <fmt/format.h>

#include "jobs/support/mirror/fob_by_baci.hpp"
#include "jobs/support/mirror/fob_by_freight_model.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::ImportBasis;
using kernels::MirrorCells;

FobFigures at_flat_ratio(std::vector<MirrorCells> const& cells, double flat_ratio, int threads)
{
  FobFigures figures(cells);
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
std::vector<ImportBasis> bases(FobSettings const& settings, TradeFlows const& flows)
{
  std::vector<ImportBasis> basis(flows.countries().size(), ImportBasis::cif);
  auto const mark = [&](std::vector<std::string> const& codes, ImportBasis as, std::string_view option)
  {
    for (std::string const& code : codes)
    {
      std::optional<std::size_t> const country = flows.find_country(code);
      require(country.has_value(), Fault::usage,
              [&] { return fmt::format("{}: no flow is of country '{}'", option, code); });
      basis[*country] = as;
    }
  };
  mark(settings.fob_importers, ImportBasis::fob, "fob-importers");
  mark(settings.fas_importers, ImportBasis::fas, "fas-importers");
  return basis;
}

}  // namespace

void FobSettings::declare(Options& options)
{
  options.choice(
      "fob", method,
      {{"flat", FobMethod::flat},
       {"baci-1", FobMethod::baci_1},
       {"baci-2", FobMethod::baci_2},
       {"baci-3", FobMethod::baci_3},
       {"baci-4", FobMethod::baci_4},
       {"freight", FobMethod::freight}},
      "how import values come to FOB: one flat ratio; a regression model of BACI; a model learnt from "
      "importers that report CIF and FOB values, with intervals");
  options.add("cif-fob-ratio", flat_ratio, {0.5, 2.0},
              "flat CIF/FOB ratio [1]; with a model, of flows it knows too little about");
  options.add("fob-importers", fob_importers, "countries whose import values are FOB already; not for flat");
  options.add("fas-importers", fas_importers,
              "countries whose import values are FAS: divided only where that narrows the gap; not for flat");
}

FobFigures bring_to_fob(Run const& run, FobSettings const& settings, int hs_digits, TradeFlows const& flows,
                        CellBlocks const& blocks, std::vector<kernels::MirrorCells> const& cells,
                        kernels::CountryPairs const& pairs)
{
  if (settings.method == FobMethod::flat)
  {
    return at_flat_ratio(cells, settings.flat_ratio, run.settings.threads);
  }
  std::vector<ImportBasis> const basis =
      run.comm.all_or_none("import basis", [&] { return bases(settings, flows); });
  if (settings.method == FobMethod::freight)
  {
    return by_freight_model(run, basis, hs_digits, flows, blocks, cells, pairs);
  }
  int const model = static_cast<int>(settings.method) - static_cast<int>(FobMethod::baci_1) + 1;
  return by_baci(run, model, settings.flat_ratio, basis, blocks, cells, pairs);
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
      result_column<std::int32_t>(
          "term", "1", "term of the freight model; years are intercepts, countries shrunk effects"),
      result_column<double>(
          "estimate", "1",
          "coefficient: of BACI's models on ln(CIF/FOB), of the freight model on ln(CIF/FOB - 1)"),
      result_column<double>("standard_error", "1", "of the estimate; NaN: the term is not in the model")};
  columns[0].labels = "freight_term";
  columns[0].add(std::span<std::int32_t const>(term));
  columns[1].add(std::span<double const>(estimate));
  columns[2].add(std::span<double const>(error));
  result.add_table("freight", "Freight model: what brings import values to FOB", columns);
  result.note("freight_observations", std::to_string(figures.observations));
  result.note("freight_fallback_cells", std::to_string(figures.fallback_cells));
  result.note("freight_imputed_flows", std::to_string(figures.imputed));
  result.note("freight_reported_cells", std::to_string(figures.reported_cells));
}

}  // namespace tarifa::jobs
