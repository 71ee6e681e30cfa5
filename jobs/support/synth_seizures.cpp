/// Seizures: seizures-YYYY.csv.
#include <algorithm>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/seizures.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& options, SynthSettings& settings)
{
  options.add("seizures", settings.seizures, {0, 999'999'999}, "seizure cases, all years");
}

void check(SynthSettings const& /*settings*/)
{
}

std::vector<std::string> files(SynthSettings const& /*settings*/, int year)
{
  return {fmt::format("seizures-{}.csv", year)};
}

SynthMade write(SynthRun const& synth, int calendar_year)
{
  SynthSettings const& settings = synth.settings;
  kernels::SeizureYear const year{calendar_year, settings.before_year(settings.seizures, calendar_year),
                                  settings.of_year(settings.seizures, calendar_year)};
  std::int64_t const blocks =
      (year.cases + kernels::seizure_cases_per_block - 1) / kernels::seizure_cases_per_block;
  std::int64_t const bytes = synth.files.write(
      files(settings, calendar_year), {std::string(kernels::seizures_header())}, blocks,
      [&](std::int64_t block, std::span<std::string> texts)
      {
        std::int64_t const first = block * kernels::seizure_cases_per_block;
        append_seizures(synth.world, year, first,
                        std::min(kernels::seizure_cases_per_block, year.cases - first), texts[0]);
      })[0];
  return {year.cases, bytes};
}

}  // namespace

SynthOutput synth_seizures()
{
  return {"seizures", "cases", declare, check, files, write};
}

}  // namespace tarifa::jobs
