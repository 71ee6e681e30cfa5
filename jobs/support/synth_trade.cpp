/// Trade statistics as both partners report them: trade-exports-YYYY.csv, trade-imports-YYYY.csv and
/// trade-re-exports-YYYY.csv; and what is true of each cell: truth-trade-YYYY.h5.
#include <numeric>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "jobs/support/synth_trade_truth.hpp"
#include "kernels/synth/trade.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& options, SynthSettings& settings)
{
  options.add("trade", settings.trade, {0, most_synth_rows}, "true trade flows [cells], all years");
  kernels::TradeSettings& flows = settings.flows;
  options.section("trade");
  options.add("freight", flows.freight, {0.0, 10.0}, "times the usual freight and insurance; 0 = CIF is FOB");
  options.add("lag", flows.lag, {0.0, 10.0},
              "times the usual days under way; 0 = goods arrive when they leave");
  options.add("re-exports", flows.re_exports, {0.0, 1.0}, "share of the flows that go through a hub");
  options.add("exchange", flows.exchange, {0.0, 1.0},
              "share of the flows invoiced in the exporter's currency");
  options.add("misinvoicing", flows.misinvoicing, {0.0, 1.0},
              "share of the flows declared at a false value, about; more where duty is high");
  options.add("evasion-by-code", flows.evasion_by_code, {0.0, 1.0},
              "share of the dutiable flows declared under a cheaper code, about");
  options.add("classification", flows.classification, {0.0, 1.0},
              "share of the flows that the two sides put under different codes in good faith");
  options.add("error", flows.error, {0.0, 10.0}, "times the usual reporting errors of the countries");
  options.add("slips", flows.slips, {0.0, 1.0}, "share of the reports with a gross error");
  options.add("missing-reporters", flows.missing_reporters, {0.0, 10.0},
              "times the usual share of countries without statistics");
  options.add("threshold", flows.threshold, {0.0, 1000.0},
              "times the usual value below which nothing is reported");
  options.add("confidential-reporters", flows.confidential_reporters, {0.0, 1.0},
              "share of the countries that hide partners");
  options.add("confidential", flows.confidential, {0.0, 1.0}, "share of the headings for which they do");
  options.add("unit-changes", flows.unit_changes, {0.0, 1.0},
              "share of the countries whose unit of quantity changes in some year");
}

void check(SynthSettings const& settings)
{
  std::int64_t const most = kernels::TradePlan::most_flows();
  require(settings.of_year(settings.trade, settings.first_year + settings.years - 1) <= most, Fault::usage,
          fmt::format("synth.trade: {} flows do not fit: {} years have at most {} cells with trade",
                      settings.trade, settings.years, most * settings.years));
}

std::vector<std::string> texts_of(int year)
{
  return {fmt::format("trade-exports-{}.csv", year), fmt::format("trade-imports-{}.csv", year),
          fmt::format("trade-re-exports-{}.csv", year)};
}

std::string truth_of(int year)
{
  return fmt::format("truth-trade-{}.h5", year);
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = texts_of(year);
  if (settings.truth)
  {
    names.push_back(truth_of(year));
  }
  return names;
}

/// [all] The cells once more, now that it is known where those of a block begin: making them twice is cheaper
/// than keeping them.
void write_truth(SynthRun const& synth, kernels::TradePlan const& plan, int year,
                 std::vector<std::int64_t> const& cells_of_block)
{
  std::vector<std::int64_t> first(cells_of_block.size() + 1);
  std::partial_sum(cells_of_block.begin(), cells_of_block.end(), first.begin() + 1);
  BlockTable const table = TradeTruth::lay_out(synth.truths.open(truth_of(year)), first.back());
  synth.files.write({}, {}, plan.blocks(),
                    [&](std::int64_t block, std::span<std::string> /*texts*/)
                    {
                      TradeTruth truth(synth.world, year);
                      plan.for_each_cell(block, [&](kernels::KeyedCell const& cell) { truth.add(cell); });
                      truth.write(table, first[static_cast<std::size_t>(block)]);
                    });
}

std::int64_t write(SynthRun const& synth, int year)
{
  std::int64_t const flows = synth.settings.of_year(synth.settings.trade, year);
  kernels::TradePlan const plan(synth.world, synth.settings.flows,
                                {year, flows, synth.settings.of_year(synth.settings.trade, year - 1)});
  std::string const header(kernels::trade_header());
  std::vector<std::int64_t> cells(static_cast<std::size_t>(plan.blocks()));
  synth.files.write(texts_of(year), {header, header, header}, plan.blocks(),
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      kernels::TradeTexts const lines{texts[0], texts[1], texts[2]};
                      std::int64_t count = 0;
                      plan.for_each_cell(block,
                                         [&](kernels::KeyedCell const& cell)
                                         {
                                           plan.append(cell, lines);
                                           ++count;
                                         });
                      cells[static_cast<std::size_t>(block)] = count;
                    });
  if (synth.settings.truth)
  {
    write_truth(synth, plan, year, synth.run.comm.sum(cells));
  }
  return flows;
}

}  // namespace

SynthOutput synth_trade()
{
  return {"trade", "flows", declare, check, files, write};
}

}  // namespace tarifa::jobs
