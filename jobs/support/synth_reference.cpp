/// What a world's tables refer to: countries, distances, exchange rates, nomenclature and its revision.
#include "jobs/support/synth_output.hpp"
#include "kernels/synth/exchange_rates.hpp"
#include "kernels/synth/nomenclature.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& /*options*/, SynthSettings& /*settings*/)
{
}

void check(SynthSettings const& /*settings*/)
{
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  return year == settings.first_year
             ? std::vector<std::string>{"countries.csv", "distances.csv", "exchange-rates.csv",
                                        "nomenclature.csv", "nomenclature-changes.csv"}
             : std::vector<std::string>{};
}

std::int64_t write(SynthRun const& synth, int year)
{
  if (year != synth.settings.first_year)
  {
    return 0;
  }
  kernels::World const& world = synth.world;
  kernels::ExchangeRates const rates(world.seed(), synth.settings.first_year, synth.settings.years,
                                     world.normal_table(), world.exp2_table());
  std::vector<std::string> const names = files(synth.settings, year);
  synth.files.write(names,
                    {kernels::countries_text(), kernels::distances_text(world.geography()), rates.text(),
                     kernels::nomenclature_text(world), kernels::nomenclature_changes_text(world)},
                    0, {});
  return static_cast<std::int64_t>(names.size());
}

}  // namespace

SynthOutput synth_reference()
{
  return {"reference", "tables", declare, check, files, write};
}

}  // namespace tarifa::jobs
