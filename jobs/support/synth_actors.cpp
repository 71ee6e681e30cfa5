/// Who takes part in declarations: the registers of importers, exporters, brokers, forwarders, warehouses and
/// addresses of a year and the offices, as administrations know them, and what importers and exporters really
/// are: truth-actors-YYYY.h5.
#include <array>

#include <fmt/format.h>

#include "jobs/support/synth_actor_truth.hpp"
#include "jobs/support/synth_output.hpp"
#include "kernels/synth/registers.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::AgentKind;

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

/// In the order of append_country(). Offices stay what they are, so they belong to the first year.
std::vector<std::string> texts_of(SynthSettings const& settings, int year)
{
  std::vector<std::string> names;
  for (char const* const table :
       {"importers", "brokers", "forwarders", "warehouses", "exporters", "addresses"})
  {
    names.push_back(fmt::format("{}-{}.csv", table, year));
  }
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

void append_country(kernels::YearOfActors const& year, std::uint32_t country, std::span<std::string> texts)
{
  if (std::uint32_t const reporter = year.reporter_of(country); reporter < kernels::reporter_count)
  {
    for (kernels::Importer const& importer : year.importers(reporter))
    {
      append_importer(year, importer, texts[0]);
    }
    append_agents(year, AgentKind::broker, reporter, texts[1]);
    append_agents(year, AgentKind::forwarder, reporter, texts[2]);
    append_agents(year, AgentKind::warehouse, reporter, texts[3]);
    if (texts.size() > 6)
    {
      append_offices(year.actors(), reporter, texts[6]);
    }
  }
  append_exporters(year, country, texts[4]);
  append_addresses(year, country, texts[5]);
}

std::int64_t write(SynthRun const& synth, int calendar_year)
{
  kernels::Actors const actors(synth.world, actor_settings(synth.settings));
  kernels::YearOfActors const year(synth.world, actors, calendar_year);
  std::vector<std::string> const names = texts_of(synth.settings, calendar_year);
  std::vector<std::string> headers = {
      std::string(kernels::importers_header()), agents_header(AgentKind::broker),
      agents_header(AgentKind::forwarder),      agents_header(AgentKind::warehouse),
      std::string(kernels::exporters_header()), std::string(kernels::addresses_header()),
      std::string(kernels::offices_header())};
  headers.resize(names.size());
  synth.files.write(names, headers, kernels::country_count,
                    [&](std::int64_t block, std::span<std::string> texts)
                    { append_country(year, static_cast<std::uint32_t>(block), texts); });
  if (synth.settings.truth)
  {
    write_actor_truth(synth.truths.open(truth_of(calendar_year)), synth.run.comm, year);
  }
  return static_cast<std::int64_t>(names.size());
}

}  // namespace

SynthOutput synth_actors()
{
  return {"actors", "tables", declare, check, files, write};
}

}  // namespace tarifa::jobs
