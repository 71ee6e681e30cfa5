#include "jobs/support/mirror_reconcile.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace tarifa::jobs
{
namespace
{

using kernels::FlowBlock;
using kernels::Measure;
using kernels::ReconciledFlow;
using kernels::ReliabilityModel;
using kernels::ReliabilitySums;

/// Ratios of the cells a block holds.
std::span<double const> ratios_of(FobFigures const& figures, CellBlocks::Place place, std::size_t flows)
{
  return std::span(figures.of_range[place.range].cif_fob_ratio).subspan(place.first, flows);
}

ReliabilityModel fit(Run const& run, Measure measure, std::size_t countries, CellBlocks const& blocks,
                     FobFigures const& figures)
{
  // A change of 1 % of a variance is far below its standard error.
  constexpr int most_passes = 50;
  constexpr double small_change = 0.01;
  ReliabilityModel model(countries);
  for (int pass = 0; pass < most_passes && model.change > small_change; ++pass)
  {
    std::vector<ReliabilitySums> sums(static_cast<std::size_t>(run.settings.threads),
                                      ReliabilitySums(countries));
    blocks.each(
        [&](FlowBlock const& block, CellBlocks::Place place, int thread)
        {
          sums[static_cast<std::size_t>(thread)].add(
              block,
              measure == Measure::value ? ratios_of(figures, place, block.size()) : std::span<double const>(),
              measure, model);
        });
    for (std::size_t thread = 1; thread < sums.size(); ++thread)
    {
      sums.front().add(sums[thread]);
    }
    std::vector<std::int64_t> const all = run.comm.sum(sums.front().numbers());
    std::copy(all.begin(), all.end(), sums.front().numbers().begin());
    model = run.comm.all_or_none("reliability",
                                 [&] { return kernels::fit_reliability(sums.front(), model, {}); });
  }
  return model;
}

std::int64_t stored(double value, double unit)
{
  constexpr double most = 9.0e18;
  return std::isnan(value) ? 0 : std::llround(std::min(value * unit, most));
}

double unit_of(ColumnSchema const& schema)
{
  return std::pow(10.0, schema.scale);
}

}  // namespace

void ReconcileSettings::declare(Options& options)
{
  options.choice(
      "reconcile", method, {{"none", ReconcileMethod::none}, {"likelihood", ReconcileMethod::likelihood}},
      "how the two reports become one figure: not at all, or weighted by how well each side reports");
  options.add("interval", interval, {0.5, 0.999}, "share of the intervals of reconciled figures [1]");
}

Reconciliation reconcile(Run const& run, ReconcileSettings const& settings, TradeFlows const& flows,
                         CellBlocks const& blocks, FobFigures const& figures)
{
  Reconciliation result;
  if (settings.method == ReconcileMethod::none)
  {
    return result;
  }
  std::size_t const countries = flows.countries().size();
  for (Measure const measure : {Measure::value, Measure::quantity})
  {
    result.of.push_back(fit(run, measure, countries, blocks, figures));
  }
  double const money = unit_of(flows.value_schema()), weight = unit_of(flows.weight_schema());
  kernels::Reconciler const values(result.of[0], settings.interval), weights(result.of[1], settings.interval);
  result.of_range.resize(figures.of_range.size());
  for (std::size_t range = 0; range < result.of_range.size(); ++range)
  {
    ReconciledCells& cells = result.of_range[range];
    for (auto* const column : {&cells.value, &cells.value_low, &cells.value_high, &cells.weight,
                               &cells.weight_low, &cells.weight_high})
    {
      column->resize(figures.of_range[range].size());
    }
    cells.exporter_weight.resize(figures.of_range[range].size());
  }
  blocks.each(
      [&](FlowBlock const& block, CellBlocks::Place place, int)
      {
        ReconciledCells& cells = result.of_range[place.range];
        auto const ratio = ratios_of(figures, place, block.size());
        for (std::size_t flow = 0; flow < block.size(); ++flow)
        {
          std::size_t const cell = place.first + flow;
          ReconciledFlow const value =
              values.reconcile(block.exporter[flow], block.importer[flow], block.exported[flow],
                               block.imported[flow] / ratio[flow]);
          ReconciledFlow const kg = weights.reconcile(block.exporter[flow], block.importer[flow],
                                                      block.exported_kg[flow], block.imported_kg[flow]);
          cells.value[cell] = stored(value.value, money);
          cells.value_low[cell] = stored(value.low, money);
          cells.value_high[cell] = stored(value.high, money);
          cells.weight[cell] = stored(kg.value, weight);
          cells.weight_low[cell] = stored(kg.low, weight);
          cells.weight_high[cell] = stored(kg.high, weight);
          cells.exporter_weight[cell] = value.exporter_weight;
        }
      });
  return result;
}

void write_reliability(Run const& run, ResultFile& result, TradeFlows const& flows,
                       Reconciliation const& reconciliation)
{
  if (reconciliation.of.empty())
  {
    return;
  }
  result.add_labels("measure", {"value", "quantity"});
  result.add_labels("role", {"exporter", "importer"});
  std::vector<std::int8_t> measure, role;
  std::vector<std::int32_t> country;
  std::vector<std::int64_t> count;
  std::vector<double> sigma, error;
  auto const size = static_cast<std::int32_t>(run.comm.is_root() ? flows.countries().size() : 0);
  for (std::size_t of = 0; of < reconciliation.of.size(); ++of)
  {
    ReliabilityModel const& model = reconciliation.of[of];
    for (std::int8_t const side : {std::int8_t{0}, std::int8_t{1}})
    {
      for (std::int32_t one = 0; one < size; ++one)
      {
        measure.push_back(static_cast<std::int8_t>(of));
        role.push_back(side);
        country.push_back(one);
        auto const at = static_cast<std::size_t>(one);
        count.push_back(side == 0 ? model.exporter_flows[at] : model.importer_flows[at]);
        sigma.push_back(side == 0 ? model.exporter_sigma(one) : model.importer_sigma(one));
        error.push_back(side == 0 ? model.exporter_sigma_error(one) : model.importer_sigma_error(one));
      }
    }
  }
  std::vector<ResultColumn> columns{
      result_column<std::int8_t>("measure", "1", "what is compared"),
      result_column<std::int8_t>("role", "1", "as what the country reports"),
      result_column<std::int32_t>("country", "1", "country that reports"),
      result_column<std::int64_t>("flows", "1", "flows with both reports, of this country in this role"),
      result_column<double>(
          "sigma", "1",
          "standard deviation of the error of a report, on the scale of the logarithm; shrunk "
          "towards that of all countries where flows are few"),
      result_column<double>("standard_error", "1", "of sigma")};
  columns[0].labels = "measure";
  columns[1].labels = "role";
  columns[2].labels = "country";
  columns[0].add(std::span<std::int8_t const>(measure));
  columns[1].add(std::span<std::int8_t const>(role));
  columns[2].add(std::span<std::int32_t const>(country));
  columns[3].add(std::span<std::int64_t const>(count));
  columns[4].add(std::span<double const>(sigma));
  columns[5].add(std::span<double const>(error));
  result.add_table("reliability", "How well each country reports, by maximum likelihood", columns);
}

}  // namespace tarifa::jobs
