/// Air passengers: flights-YYYY.csv and passengers-YYYY.csv, and who among them offends and who helps:
/// truth-travel-YYYY.h5.
#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "jobs/support/synth_truth_table.hpp"
#include "kernels/synth/calendar.hpp"
#include "kernels/synth/travel.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::TravelGroup;
using kernels::TravelTally;

void declare(Options& options, SynthSettings& settings)
{
  options.add("travellers", settings.travellers, {0, 999'999'999}, "arrivals by air, about, all years");
}

void check(SynthSettings const& /*settings*/)
{
}

std::string truth_of(int year)
{
  return fmt::format("truth-travel-{}.h5", year);
}

std::vector<std::string> texts_of(int year)
{
  return {fmt::format("flights-{}.csv", year), fmt::format("passengers-{}.csv", year)};
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

/// `counts` of all ranks.
TruthTable suspects(kernels::Travel const& travel, std::vector<std::int64_t> const& counts)
{
  TruthTable table;
  table.column("passenger", "1", "number in the files, after the P")
      .column("administration", "1", "country whose border the group crosses", "country")
      .column("group", "1", "number of the group at the administration; its members travel together")
      .column("role", "1", "part in the group", "role")
      .column("trips", "1", "arrivals in the year")
      .column("together", "1", "of them, on a flight of the offender; of an offender, of a helper")
      .column("carried", "1", "of them, with goods")
      .column("found", "1", "of them, with goods that were found");
  std::int64_t const* facts = counts.data();
  for (TravelGroup const& group : travel.suspects())
  {
    for (std::uint32_t member = 0; member < kernels::most_members; ++member, facts += TravelTally::facts)
    {
      if (member < group.size)
      {
        table.row({travel.passenger_number(group, member), kernels::reporter_country(group.administration),
                   group.number, static_cast<std::int64_t>(group.roles.at(member)), facts[TravelTally::trips],
                   facts[TravelTally::together], facts[TravelTally::carried], facts[TravelTally::found]});
      }
    }
  }
  return table;
}

TruthTable population(kernels::Travel const& travel)
{
  TruthTable table;
  table.column("administration", "1", "country whose border the groups cross", "country")
      .column("kind", "1", "what kind of group", "group_kind")
      .column("groups", "1", "groups")
      .column("persons", "1", "persons in them");
  for (std::uint32_t administration = 0; administration < travel.settings().administrations; ++administration)
  {
    std::array<std::int64_t, kernels::group_kinds> groups{}, persons{};
    for (std::uint32_t number = 0; number < travel.groups(); ++number)
    {
      TravelGroup const group = travel.group(administration, number);
      groups.at(static_cast<std::size_t>(group.kind)) += 1;
      persons.at(static_cast<std::size_t>(group.kind)) += group.size;
    }
    for (std::size_t kind = 0; kind < groups.size(); ++kind)
    {
      table.row({kernels::reporter_country(administration), static_cast<std::int64_t>(kind), groups.at(kind),
                 persons.at(kind)});
    }
  }
  return table;
}

void write_truth(ResultFile& file, Comm const& comm, kernels::Travel const& travel, TravelTally const& tally)
{
  std::vector<std::string> roles, kinds;
  for (std::size_t i = 0; i < kernels::travel_roles; ++i)
  {
    roles.emplace_back(name_of(static_cast<kernels::TravelRole>(i)));
  }
  for (std::size_t i = 0; i < kernels::group_kinds; ++i)
  {
    kinds.emplace_back(name_of(static_cast<kernels::GroupKind>(i)));
  }
  file.add_labels("country", country_labels());
  file.add_labels("role", roles);
  file.add_labels("group_kind", kinds);
  suspects(travel, comm.sum(tally.counts)).write(file, "suspects", "who offends and who helps", comm);
  population(travel).write(file, "population", "who there is", comm);
}

std::int64_t write(SynthRun const& synth, int year)
{
  SynthSettings const& settings = synth.settings;
  auto const administrations = static_cast<std::uint32_t>(settings.administrations);
  kernels::Travel const travel(synth.world, {settings.travellers / settings.years, administrations});
  kernels::Calendar const calendar(year);
  TravelTally tally = travel.empty_tally();
  synth.files.write(texts_of(year),
                    {std::string(kernels::flights_header()), std::string(kernels::passengers_header())},
                    calendar.days() * administrations,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      travel.append_day(static_cast<std::uint32_t>(block % administrations), year,
                                        block / administrations, {&texts[0], &texts[1]}, tally);
                    });
  if (settings.truth)
  {
    write_truth(synth.truths.open(truth_of(year)), synth.run.comm, travel, tally);
  }
  return static_cast<std::int64_t>(texts_of(year).size());
}

}  // namespace

SynthOutput synth_travel()
{
  return {"travel", "tables", declare, check, files, write};
}

}  // namespace tarifa::jobs
