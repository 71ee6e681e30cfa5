/// Trade statistics as both partners report them: trade-exports-YYYY.csv and trade-imports-YYYY.csv.
#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/trade.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& options, SynthSettings& settings)
{
  options.add("trade", settings.trade, {0, most_synth_rows},
              "trade flows [cells], all years; two reports each");
}

void check(SynthSettings const& settings)
{
  std::int64_t const most = kernels::TradePlan::most_flows(1);
  require(settings.of_year(settings.trade, settings.first_year + settings.years - 1) <= most, Fault::usage,
          fmt::format("synth.trade: {} flows do not fit: {} years have at most {} cells with trade",
                      settings.trade, settings.years, most * settings.years));
}

std::vector<std::string> files(SynthSettings const& /*settings*/, int year)
{
  return {fmt::format("trade-exports-{}.csv", year), fmt::format("trade-imports-{}.csv", year)};
}

SynthMade write(SynthRun const& synth, int year)
{
  std::int64_t const flows = synth.settings.of_year(synth.settings.trade, year);
  kernels::TradePlan const plan(synth.world, {year, 1, flows});
  std::string const header(kernels::trade_header());
  auto const bytes = synth.files.write(files(synth.settings, year), {header, header}, plan.blocks(),
                                       [&](std::int64_t block, std::span<std::string> texts)
                                       { plan.append(block, texts[0], texts[1]); });
  return {flows, bytes[0] + bytes[1]};
}

}  // namespace

SynthOutput synth_trade()
{
  return {"trade", "flows", declare, check, files, write};
}

}  // namespace tarifa::jobs
