/// Ways of goods: factories.csv, ports.csv, legs-YYYY.csv, and what is behind the time of each leg:
/// truth-journeys-YYYY.h5.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/journeys.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::legs_per_consignment;
using kernels::PlaceKind;

constexpr std::int64_t consignments_per_block = 8192;

void declare(Options& options, SynthSettings& settings)
{
  options.add("consignments", settings.consignments, {0, 9'999'999'999},
              "consignments whose way is written, three legs each, all years");
  options.section("journeys");
  options.add("diversions", settings.journeys.diversions, {0.0, 0.04},
              "share of the main and last legs that go by way of a place no paper names, about");
  options.add("fictitious", settings.journeys.fictitious, {0.0, 0.03},
              "share of the consignments that never travelled, about");
}

void check(SynthSettings const& settings)
{
  require(settings.of_year(settings.consignments, settings.first_year + settings.years - 1) <= 999'999'999,
          Fault::usage, "synth.consignments: more than 999,999,999 in a year; add years");
}

std::string legs_of(int year)
{
  return fmt::format("legs-{}.csv", year);
}

std::string truth_of(int year)
{
  return fmt::format("truth-journeys-{}.h5", year);
}

/// Places stay where they are, so they belong to the first year.
std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = {legs_of(year)};
  if (year == settings.first_year)
  {
    names.insert(names.end(), {"factories.csv", "ports.csv"});
  }
  if (settings.truth)
  {
    names.push_back(truth_of(year));
  }
  return names;
}

std::vector<ResultColumn> columns()
{
  ResultColumn event = result_column<std::int8_t>("event", "1", "what is behind the times of the leg");
  event.labels = "event";
  ResultColumn via = result_column<std::int16_t>("via", "1", "of a diversion: country it went through");
  via.labels = "country";
  return {result_column<std::int64_t>("consignment", "1", "number in the file"),
          result_column<std::int8_t>("leg", "1", "leg of the consignment"),
          std::move(event),
          std::move(via),
          result_column<std::int64_t>("true_minutes", "min", "time it took; 0 = nothing travelled"),
          result_column<std::int64_t>("usual_minutes", "min", "median of the way by this mode")};
}

/// Rows of a block, column by column.
struct TrueLegs
{
  std::vector<std::int64_t> consignment, true_minutes, usual_minutes;
  std::vector<std::int8_t> leg, event;
  std::vector<std::int16_t> via;

  void add(std::int64_t number, std::size_t which, kernels::Leg const& one)
  {
    consignment.push_back(number);
    leg.push_back(static_cast<std::int8_t>(which + 1));
    event.push_back(static_cast<std::int8_t>(one.event));
    via.push_back(static_cast<std::int16_t>(one.via));
    true_minutes.push_back(one.true_minutes);
    usual_minutes.push_back(one.usual_minutes);
  }

  void write(BlockTable const& table, std::int64_t first) const
  {
    auto const bytes = [](auto const& cells) { return std::as_bytes(std::span(cells)); };
    std::array const cells = {bytes(consignment), bytes(leg),          bytes(event),
                              bytes(via),         bytes(true_minutes), bytes(usual_minutes)};
    table.write(first, cells);
  }
};

BlockTable lay_out(ResultFile& file, std::int64_t consignments)
{
  std::vector<std::string> events, countries = country_labels();
  countries.emplace_back("");  // none
  for (std::size_t i = 0; i < kernels::leg_events; ++i)
  {
    events.emplace_back(name_of(static_cast<kernels::LegEvent>(i)));
  }
  file.add_labels("event", events);
  file.add_labels("country", countries);
  return file.lay_out_table("legs", "what is true of each row of the legs of a year", columns(),
                            consignments * legs_per_consignment);
}

std::int64_t write(SynthRun const& synth, int year)
{
  SynthSettings const& settings = synth.settings;
  kernels::JourneySettings journey_settings = settings.journeys;
  journey_settings.consignments = settings.of_year(settings.consignments, year);
  journey_settings.administrations = static_cast<std::uint32_t>(settings.administrations);
  kernels::Journeys const journeys(synth.world, journey_settings, year);
  BlockTable truth;
  if (settings.truth)
  {
    truth = lay_out(synth.truths.open(truth_of(year)), journey_settings.consignments);
  }
  std::int64_t const all = journey_settings.consignments;
  synth.files.write({legs_of(year)}, {std::string(kernels::legs_header())},
                    (all + consignments_per_block - 1) / consignments_per_block,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      std::int64_t const first = block * consignments_per_block;
                      TrueLegs true_legs;
                      for (std::int64_t i = first; i < std::min(first + consignments_per_block, all); ++i)
                      {
                        kernels::Journey const journey = journeys.journey(i);
                        journeys.append(i, journey, texts[0]);
                        for (std::size_t leg = 0; settings.truth && leg < journey.size(); ++leg)
                        {
                          true_legs.add(kernels::consignment_number(year, i), leg, journey.at(leg));
                        }
                      }
                      if (settings.truth)
                      {
                        true_legs.write(truth, first * legs_per_consignment);
                      }
                    });
  if (year == settings.first_year)
  {
    synth.files.write({"factories.csv", "ports.csv"},
                      {places_text(journeys, PlaceKind::factory), places_text(journeys, PlaceKind::seaport)},
                      0, {});
  }
  return all * legs_per_consignment;
}

}  // namespace

SynthOutput synth_journeys()
{
  return {"journeys", "legs", declare, check, files, write};
}

}  // namespace tarifa::jobs
