/// Who takes part in declarations: importers-YYYY.csv and offices.csv as administrations know them, and
/// what importers really are: truth-actors-YYYY.h5.
#include <cmath>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "jobs/support/synth_truth_table.hpp"
#include "kernels/synth/registers.hpp"

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

std::string truth_of(int year)
{
  return fmt::format("truth-actors-{}.h5", year);
}

/// Offices stay what they are, so they belong to the first year.
std::vector<std::string> texts_of(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = {fmt::format("importers-{}.csv", year)};
  if (year == settings.first_year)
  {
    names.emplace_back("offices.csv");
  }
  return names;
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = texts_of(settings, year);
  if (settings.truth)
  {
    names.push_back(truth_of(year));
  }
  return names;
}

/// [all] In the order of importers-YYYY.csv.
void write_truth(SynthRun const& synth, kernels::Actors const& actors, int year)
{
  kernels::Day const from = kernels::day_of_year_start(year), end = kernels::day_of_year_start(year + 1);
  TruthTable importers;
  importers.column("importer", "1", "number in the files")
      .column("administration", "1", "country of the register", "country")
      .column("seat", "1", "place in the order of size, over all administrations")
      .column("occupant", "1", "which of those who have held the seat")
      .column("person", "1", "occupant this one really is: an earlier one when it has returned")
      .column("evader", "1", "1 = evades by habit")
      .column("risk_january", "1", "times the usual risk of fraud on 1 January", "", 6)
      .column("risk_july", "1", "times the usual risk of fraud on 1 July", "", 6);
  for (std::uint32_t reporter = 0; synth.run.comm.is_root() && reporter < actors.settings().reporters;
       ++reporter)
  {
    for (kernels::Importer const& importer : kernels::importers_between(actors, reporter, from, end))
    {
      auto const risk = [&](kernels::Day day)
      { return std::llround(actors.weight(actors.risk(importer, day)) * 1e6); };
      importers.row({importer.number, kernels::reporter_country(reporter), importer.seat, importer.occupant,
                     importer.person, importer.is_evader ? 1 : 0, risk(from), risk(from + 181)});
    }
  }
  ResultFile& file = synth.truths.open(truth_of(year));
  file.add_labels("country", country_labels());
  importers.write(file, "importers", "what importers really are", synth.run.comm);
}

std::int64_t write(SynthRun const& synth, int year)
{
  kernels::Actors const actors(synth.world, actor_settings(synth.settings));
  kernels::Day const from = kernels::day_of_year_start(year), end = kernels::day_of_year_start(year + 1);
  std::vector<std::string> const names = texts_of(synth.settings, year);
  std::vector<std::string> headers = {std::string(kernels::importers_header()),
                                      std::string(kernels::offices_header())};
  headers.resize(names.size());
  synth.files.write(
      names, headers, actors.settings().reporters,
      [&](std::int64_t block, std::span<std::string> texts)
      {
        auto const reporter = static_cast<std::uint32_t>(block);
        for (kernels::Importer const& importer : kernels::importers_between(actors, reporter, from, end))
        {
          kernels::append_importer(actors, synth.world, importer, end, texts[0]);
        }
        if (texts.size() > 1)
        {
          kernels::append_offices(actors, reporter, texts[1]);
        }
      });
  if (synth.settings.truth)
  {
    write_truth(synth, actors, year);
  }
  return static_cast<std::int64_t>(names.size());
}

}  // namespace

SynthOutput synth_actors()
{
  return {"actors", "tables", declare, check, files, write};
}

}  // namespace tarifa::jobs
