/// Seizures: seizures-YYYY.csv, and the traffic behind them in truth-seizures-YYYY.h5.
#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "jobs/support/synth_seizure_truth.hpp"
#include "kernels/synth/seizures.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& options, SynthSettings& settings)
{
  options.add("seizures", settings.seizures, {0, 999'999'999}, "seizure cases, about, all years");
  options.section("seizures");
  options.add("traffic-growth", settings.traffic.growth, {-0.9, 9.0},
              "growth of what is smuggled, from year to year [share]");
  options.add("detection-growth", settings.enforcement.detection_growth, {-0.9, 9.0},
              "growth of the chance that it is found, from year to year [share]");
  options.add("joining-share", settings.enforcement.joining_share, {0.0, 1.0},
              "share of the administrations that report from some later month on");
  options.add("leaving-share", settings.enforcement.leaving_share, {0.0, 1.0},
              "share of the administrations that report up to some month only");
  options.add("silent-share", settings.enforcement.silent_share, {0.0, 1.0},
              "share of the months of an administration that are never reported");
  options.add("operations", settings.enforcement.operations, {0, 100}, "joint operations in a year");
}

void check(SynthSettings const& /*settings*/)
{
}

std::string text_of(int year)
{
  return fmt::format("seizures-{}.csv", year);
}

std::string truth_of(int year)
{
  return fmt::format("truth-seizures-{}.h5", year);
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = {text_of(year)};
  if (settings.truth)
  {
    names.push_back(truth_of(year));
  }
  return names;
}

kernels::SeizureSettings of_world(SynthSettings const& settings)
{
  kernels::SeizureSettings seizures{settings.seizures, settings.traffic, settings.enforcement};
  seizures.traffic.first_year = seizures.enforcement.first_year = settings.first_year;
  seizures.traffic.years = seizures.enforcement.years = settings.years;
  return seizures;
}

std::int64_t write(SynthRun const& synth, int calendar_year)
{
  SynthSettings const& settings = synth.settings;
  kernels::SeizurePlan const plan(synth.world, of_world(settings));
  kernels::SeizureYear const year(plan, calendar_year - settings.first_year);
  std::int64_t const at_once = kernels::consignments_per_block;
  std::int64_t const blocks = (year.consignments() + at_once - 1) / at_once;
  std::mutex counting;
  kernels::SeizureTally tally;
  synth.files.write({text_of(calendar_year)}, {std::string(kernels::seizures_header())}, blocks,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      std::int64_t const first = block * at_once;
                      kernels::SeizureTally of_block;
                      year.append(first, std::min(at_once, year.consignments() - first), texts[0], of_block);
                      std::scoped_lock const lock(counting);
                      tally += of_block;
                    });
  if (settings.truth)
  {
    write_seizure_truth(synth.truths.open(truth_of(calendar_year)), synth.run.comm, plan,
                        calendar_year - settings.first_year, tally);
  }
  return synth.run.comm.sum(tally.reported_cases());
}

}  // namespace

SynthOutput synth_seizures()
{
  return {"seizures", "cases", declare, check, files, write};
}

}  // namespace tarifa::jobs
