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

SynthMade write(SynthRun const& synth, int year)
{
  SynthMade made;
  if (year != synth.settings.first_year)
  {
    return made;
  }
  kernels::World const& world = synth.world;
  kernels::ExchangeRates const rates(world.seed(), synth.settings.first_year, synth.settings.years,
                                     world.normal_table(), world.exp2_table());
  auto const bytes =
      synth.files.write(files(synth.settings, year),
                        {kernels::countries_text(), kernels::distances_text(world.geography()), rates.text(),
                         kernels::nomenclature_text(world), kernels::nomenclature_changes_text(world)},
                        0, {});
  for (std::int64_t const size : bytes)
  {
    ++made.records;
    made.bytes += size;
  }
  return made;
}

}  // namespace

SynthOutput synth_reference()
{
  return {"reference", "tables", declare, check, files, write};
}

}  // namespace tarifa::jobs
