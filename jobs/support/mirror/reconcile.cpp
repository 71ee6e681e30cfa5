#include "jobs/support/mirror/reconcile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "kernels/mirror/baci/baci_reconciliation.hpp"
#include "kernels/mirror/partner/consistency.hpp"
#include "kernels/mirror/reliability/reliability.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::FlowBlock;
using kernels::Measure;
using kernels::ReconciledFlow;
using kernels::ReliabilityModel;
using kernels::ReliabilitySums;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// What every method works on.
struct Work
{
  Run const& run;
  ReconcileSettings const& settings;
  std::size_t countries;
  double money, kilogram;  ///< stored units of one
  CellBlocks const& blocks;
  FobFigures const& figures;

  /// Ratios of the cells a block holds.
  std::span<double const> ratios(CellBlocks::Place place, std::size_t flows) const
  {
    return std::span(figures.of_range[place.range].cif_fob_ratio).subspan(place.first, flows);
  }

  /// Sums over the blocks of this rank: add(summary, block, ratios).
  template <class Summary, class Add>
  Summary sum(Summary const& empty, Add const& add) const
  {
    std::vector<Summary> sums(static_cast<std::size_t>(run.settings.threads), empty);
    blocks.each([&](FlowBlock const& block, CellBlocks::Place place, int thread)
                { add(sums[static_cast<std::size_t>(thread)], block, ratios(place, block.size())); });
    for (std::size_t thread = 1; thread < sums.size(); ++thread)
    {
      sums.front().add(sums[thread]);
    }
    return std::move(sums.front());
  }
};

std::vector<ReconciledCells> sized_like(FobFigures const& figures)
{
  std::vector<ReconciledCells> cells(figures.of_range.size());
  for (std::size_t range = 0; range < cells.size(); ++range)
  {
    cells[range].value.resize(figures.of_range[range].size());
    cells[range].weight.resize(figures.of_range[range].size());
    cells[range].exporter_weight.resize(figures.of_range[range].size());
  }
  return cells;
}

std::int64_t stored(double value, double unit)
{
  constexpr double most = 9.0e18;
  return std::isnan(value) ? 0 : std::llround(std::min(value * unit, most));
}

/// What a kernel says when it has too little to go by.
template <class Fit>
auto fitted(Comm const& comm, Fit const& fit)
{
  return comm.all_or_none(
      "reconciling",
      [&]
      {
        try
        {
          return fit();
        }
        catch (std::domain_error const& error)
        {
          throw Error(Fault::data, fmt::format("{}: use another --mirror.reconcile, or none", error.what()));
        }
      });
}

ReliabilityModel fit_likelihood(Work const& work, Measure measure)
{
  // A change of 1 % of a variance is far below its standard error.
  constexpr int most_passes = 50;
  constexpr double small_change = 0.01;
  ReliabilityModel model(work.countries);
  for (int pass = 0; pass < most_passes && model.change > small_change; ++pass)
  {
    ReliabilitySums sums = work.sum(
        ReliabilitySums(work.countries),
        [&](ReliabilitySums& some, FlowBlock const& block, std::span<double const> ratios)
        { some.add(block, measure == Measure::value ? ratios : std::span<double const>(), measure, model); });
    std::vector<std::int64_t> const all = work.run.comm.sum(sums.numbers());
    std::copy(all.begin(), all.end(), sums.numbers().begin());
    model = fitted(work.run.comm, [&] { return kernels::fit_reliability(sums, model, {}); });
  }
  return model;
}

Reconciliation by_likelihood(Work const& work)
{
  Reconciliation result{sized_like(work.figures),
                        "standard deviation of the error of a report, on the log scale; "
                        "shrunk towards that of all countries where flows are few",
                        fmt::format("{:.3g} % interval from the error variances of both reporters",
                                    100 * work.settings.interval),
                        {},
                        true};
  std::vector<ReliabilityModel> models;
  for (Measure const measure : {Measure::value, Measure::net_weight})
  {
    ReliabilityModel const& model = models.emplace_back(fit_likelihood(work, measure));
    for (bool const is_importer : {false, true})
    {
      for (std::int32_t country = 0; country < static_cast<std::int32_t>(work.countries); ++country)
      {
        auto const at = static_cast<std::size_t>(country);
        result.reporters.push_back(
            {measure, is_importer, country, is_importer ? model.importer_flows[at] : model.exporter_flows[at],
             is_importer ? model.importer_sigma(country) : model.exporter_sigma(country),
             is_importer ? model.importer_sigma_error(country) : model.exporter_sigma_error(country)});
      }
    }
  }
  for (ReconciledCells& cells : result.of_range)
  {
    for (auto* const column : {&cells.value_low, &cells.value_high, &cells.weight_low, &cells.weight_high})
    {
      column->resize(cells.value.size());
    }
  }
  kernels::Reconciler const values(models[0], work.settings.interval),
      weights(models[1], work.settings.interval);
  work.blocks.each(
      [&](FlowBlock const& block, CellBlocks::Place place, int)
      {
        ReconciledCells& cells = result.of_range[place.range];
        auto const ratio = work.ratios(place, block.size());
        for (std::size_t flow = 0; flow < block.size(); ++flow)
        {
          std::size_t const cell = place.first + flow;
          ReconciledFlow const value =
              values.reconcile(block.exporter[flow], block.importer[flow], block.exported[flow],
                               block.imported[flow] / ratio[flow]);
          ReconciledFlow const kg = weights.reconcile(block.exporter[flow], block.importer[flow],
                                                      block.exported_kg[flow], block.imported_kg[flow]);
          cells.value[cell] = stored(value.value, work.money);
          cells.value_low[cell] = stored(value.low, work.money);
          cells.value_high[cell] = stored(value.high, work.money);
          cells.weight[cell] = stored(kg.value, work.kilogram);
          cells.weight_low[cell] = stored(kg.low, work.kilogram);
          cells.weight_high[cell] = stored(kg.high, work.kilogram);
          cells.exporter_weight[cell] = value.exporter_weight;
        }
      });
  return result;
}

/// Weight of the export of a flow that a method took `reconciled` from one side of.
double weight_of_choice(double exported, double reconciled)
{
  return exported == reconciled ? 1 : 0;
}

/// Writes what a method without interval made of one measure: apply(block, ratios, weight, reconciled).
template <class Apply>
void fill(Work const& work, Measure measure, std::vector<ReconciledCells>& of_range, Apply const& apply)
{
  work.blocks.each(
      [&](FlowBlock const& block, CellBlocks::Place place, int)
      {
        std::vector<double> weight(block.size()), reconciled(block.size());
        apply(block, work.ratios(place, block.size()), std::span(weight), std::span(reconciled));
        ReconciledCells& cells = of_range[place.range];
        for (std::size_t flow = 0; flow < block.size(); ++flow)
        {
          std::size_t const cell = place.first + flow;
          if (measure == Measure::value)
          {
            cells.value[cell] = stored(reconciled[flow], work.money);
            cells.exporter_weight[cell] = weight[flow];
          }
          else
          {
            cells.weight[cell] = stored(reconciled[flow], work.kilogram);
          }
        }
      });
}

kernels::ReportingDistanceFit fit_distances(Work const& work, Measure measure)
{
  kernels::ReportingDistanceSettings const settings{measure, work.blocks.first_year(), work.blocks.years(),
                                                    work.settings.least_observations};
  kernels::ReportingDistanceLevels levels(settings, work.countries, work.blocks.products().size());
  do
  {
    std::vector<kernels::ReportingDistanceLevels> counts(static_cast<std::size_t>(work.run.settings.threads),
                                                         levels);
    work.blocks.each(
        [&](FlowBlock const& block, CellBlocks::Place place, int thread)
        { counts[static_cast<std::size_t>(thread)].count(block, work.ratios(place, block.size())); });
    std::vector<std::int64_t> mine(levels.counts().size());
    for (kernels::ReportingDistanceLevels& of_thread : counts)
    {
      auto const more = of_thread.counts();
      std::transform(mine.begin(), mine.end(), more.begin(), mine.begin(), std::plus<>());
    }
    std::vector<std::int64_t> const all = work.run.comm.sum(std::span<std::int64_t const>(mine));
    std::copy(all.begin(), all.end(), levels.counts().begin());
  } while (levels.restrict());
  kernels::ReportingDistanceSums const mine = work.sum(
      kernels::ReportingDistanceSums(levels),
      [](kernels::ReportingDistanceSums& some, FlowBlock const& block, std::span<double const> ratios)
      { some.add(block, ratios); });
  kernels::ReportingDistanceSums const all = over_ranks(work.run.comm, mine);
  return fitted(work.run.comm, [&] { return all.fit(); });
}

Reconciliation by_baci(Work const& work)
{
  Reconciliation result{
      sized_like(work.figures),
      "standard deviation of the error of a report by BACI, from its mean reporting distance; an "
      "estimate may be below 0; NaN: too few flows",
      "none: the method gives no interval",
      {},
      false};
  for (Measure const measure : {Measure::value, Measure::net_weight})
  {
    kernels::ReportingDistanceFit const fit = fit_distances(work, measure);
    kernels::BaciReliability const reliability = kernels::baci_reliability(fit, {});
    for (bool const is_importer : {false, true})
    {
      kernels::ReporterDistances const& of = is_importer ? fit.importers : fit.exporters;
      for (std::size_t country = 0; country < work.countries; ++country)
      {
        result.reporters.push_back(
            {measure, is_importer, static_cast<std::int32_t>(country), of.observations[country],
             is_importer ? reliability.importer_sigma[country] : reliability.exporter_sigma[country],
             of.error_of_effect[country]});
      }
    }
    fill(work, measure, result.of_range,
         [&](FlowBlock const& block, std::span<double const> ratios, std::span<double> weight,
             std::span<double> values)
         { kernels::reconcile_baci(reliability, measure, block, ratios, weight, values); });
  }
  return result;
}

Reconciliation by_consistency(Work const& work)
{
  Reconciliation result{
      sized_like(work.figures),
      "share of the value of two-sided trade on which the partner agrees within 20 %; NaN: none",
      "none: the method gives no interval",
      {},
      false};
  for (Measure const measure : {Measure::value, Measure::net_weight})
  {
    kernels::ConsistencySums const mine =
        work.sum(kernels::ConsistencySums({.measure = measure}, work.countries),
                 [](kernels::ConsistencySums& some, FlowBlock const& block, std::span<double const> ratios)
                 { some.add(block, ratios); });
    kernels::ReporterConsistency const consistency =
        over_ranks(work.run.comm, mine)
            .consistency(work.settings.excludes_worst_partner ? kernels::WorstPartner::excluded
                                                              : kernels::WorstPartner::counted);
    for (bool const is_importer : {false, true})
    {
      for (std::size_t country = 0; country < work.countries; ++country)
      {
        double const share = is_importer ? consistency.importers[country] : consistency.exporters[country];
        result.reporters.push_back({measure, is_importer, static_cast<std::int32_t>(country),
                                    std::isnan(share) ? 0 : 1, share, unknown});
      }
    }
    fill(work, measure, result.of_range,
         [&](FlowBlock const& block, std::span<double const> ratios, std::span<double> weight,
             std::span<double> values)
         {
           kernels::take_more_consistent(consistency, measure, block, ratios, values);
           auto const exported = measure == Measure::value ? block.exported : block.exported_kg;
           for (std::size_t flow = 0; flow < block.size(); ++flow)
           {
             weight[flow] = weight_of_choice(exported[flow], values[flow]);
           }
         });
  }
  return result;
}

}  // namespace

void ReconcileSettings::declare(Options& options)
{
  options.choice(
      "reconcile", method,
      {{"none", ReconcileMethod::none},
       {"likelihood", ReconcileMethod::likelihood},
       {"baci", ReconcileMethod::baci},
       {"gehlhar", ReconcileMethod::gehlhar}},
      "how the two reports become one figure: not at all; weighted by how well each side reports, with "
      "intervals; weighted as BACI does; that of the side that agrees with its partners more often");
  options.add("interval", interval, {0.5, 0.999}, "share of the intervals of reconciled figures [1]");
  options.add("least-observations", least_observations, {1, 1000000},
              "baci: fewest flows of an exporter, an importer and a product to be judged [flows]");
  options.add("exclude-worst-partner", excludes_worst_partner,
              "gehlhar: leave out the partner a country agrees with least");
}

Reconciliation reconcile(Run const& run, ReconcileSettings const& settings, TradeFlows const& flows,
                         CellBlocks const& blocks, FobFigures const& figures)
{
  Work const work{run,
                  settings,
                  flows.countries().size(),
                  flows.value_schema().stored_per_unit(),
                  flows.weight_schema().stored_per_unit(),
                  blocks,
                  figures};
  if (settings.method == ReconcileMethod::none || blocks.years() <= 0)
  {
    return {};
  }
  switch (settings.method)
  {
    case ReconcileMethod::baci:
      return by_baci(work);
    case ReconcileMethod::gehlhar:
      return by_consistency(work);
    default:
      return by_likelihood(work);
  }
}

void write_reliability(Run const& run, ResultFile& result, Reconciliation const& reconciliation)
{
  if (reconciliation.interval.empty())
  {
    return;
  }
  result.add_labels("measure", {"value", "net_weight"});
  result.add_labels("role", {"exporter", "importer"});
  std::vector<std::int8_t> measure, role;
  std::vector<std::int32_t> country;
  std::vector<std::int64_t> flows;
  std::vector<double> score, error;
  for (ReporterScore const& reporter : reconciliation.reporters)
  {
    if (run.comm.is_root() && reporter.flows > 0)
    {
      measure.push_back(reporter.measure == Measure::value ? 0 : 1);
      role.push_back(reporter.is_importer ? 1 : 0);
      country.push_back(reporter.country);
      flows.push_back(reporter.flows);
      score.push_back(reporter.score);
      error.push_back(reporter.standard_error);
    }
  }
  std::vector<ResultColumn> columns{
      result_column<std::int8_t>("measure", "1", "what is compared"),
      result_column<std::int8_t>("role", "1", "as what the country reports"),
      result_column<std::int32_t>("country", "1", "country that reports"),
      result_column<std::int64_t>("flows", "1", "flows with both reports, of this country in this role"),
      result_column<double>("score", "1", reconciliation.score),
      result_column<double>("standard_error", "1", "of the score; NaN: the method gives none")};
  columns[0].labels = "measure";
  columns[1].labels = "role";
  columns[2].labels = "country";
  columns[0].add(std::span<std::int8_t const>(measure));
  columns[1].add(std::span<std::int8_t const>(role));
  columns[2].add(std::span<std::int32_t const>(country));
  columns[3].add(std::span<std::int64_t const>(flows));
  columns[4].add(std::span<double const>(score));
  columns[5].add(std::span<double const>(error));
  result.add_table("reliability", "How well each country reports", columns);
  result.note("interval", reconciliation.interval);
}

}  // namespace tarifa::jobs
