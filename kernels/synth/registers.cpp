#include "kernels/synth/registers.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  address_stream = 245,
};

/// ISO 8601.
RowText& append_date(RowText& row, Day day)
{
  std::chrono::year_month_day const date{std::chrono::sys_days{std::chrono::days{day}}};
  row.digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4).mark('-');
  row.digits(static_cast<unsigned>(date.month()), 2).mark('-');
  return row.digits(static_cast<unsigned>(date.day()), 2);
}

/// A coordinate in units of 0.0001 degrees.
void append_degrees(RowText& row, std::int64_t value)
{
  if (value < 0)
  {
    row.mark('-');
  }
  row.decimal<4>(std::abs(value));
}

/// Crowded around the capital: the product of two even draws, half of which lie within a fifth of the reach.
std::int64_t away(Draws const& draws, std::uint64_t purpose)
{
  constexpr std::uint32_t reach = 20'000;  // two degrees
  std::int64_t const size = std::int64_t{draws.below(purpose, reach)} * draws.below(purpose + 1, 1000) / 1000;
  return (draws.bits(purpose + 2) & 1) != 0 ? size : -size;
}

}  // namespace

std::vector<Importer> importers_between(Actors const& actors, std::uint32_t reporter, Day from, Day end)
{
  std::vector<Importer> found;
  for (std::uint32_t rank = 0; rank < actors.settings().seats; ++rank)
  {
    std::uint32_t const seat = reporter * actors.settings().seats + rank;
    std::uint32_t const last = actors.occupant_on(seat, end - 1);
    for (std::uint32_t number = actors.occupant_on(seat, from); number <= last; ++number)
    {
      Importer const importer = actors.occupant(reporter, rank, number);
      if (importer.entry < end && importer.exit > from && importer.entry < importer.exit)
      {
        found.push_back(importer);
      }
    }
  }
  std::ranges::sort(found, {}, &Importer::number);
  return found;
}

std::string_view importers_header()
{
  return "importer,reporter,entry,exit,sector_1,sector_2,declarant,forwarder,warehouse,latitude,longitude,"
         "year\n";
}

void append_importer(Actors const& actors, World const& world, Importer const& importer, Day end,
                     std::string& out)
{
  std::array<char, 256> buffer;
  RowText row(buffer.data());
  SupplyChain const chain = actors.supply_chain(importer);
  std::uint32_t const country = reporter_country(importer.reporter);
  row.mark('T').digits(importer.number, 7).mark(',').text(country_code(country)).mark(',');
  append_date(row, importer.entry).mark(',');
  if (importer.exit < end)
  {
    append_date(row, importer.exit);
  }
  row.mark(',').number(chain.sectors[0] + 1).mark(',').number(chain.sectors[1] + 1);
  row.text(",D").digits(actors.broker_number(importer.reporter, chain.broker), 7);
  row.text(",F").digits(chain.forwarder + 1, 4).text(",W").digits(chain.warehouse + 1, 4).mark(',');
  // An address goes with the name: who returns under another has moved.
  Draws const draws(stream_key(world.seed(), address_stream, importer.seat), importer.occupant);
  Country const& facts = country_facts(country);
  append_degrees(row, std::clamp<std::int64_t>(facts.latitude * std::int64_t{10'000} + away(draws, 0),
                                               -900'000, 900'000));
  row.mark(',');
  constexpr std::int64_t half_turn = 1'800'000;
  std::int64_t const east = facts.longitude * std::int64_t{10'000} + away(draws, 3);
  append_degrees(
      row, east >= half_turn ? east - 2 * half_turn : (east < -half_turn ? east + 2 * half_turn : east));
  std::chrono::year_month_day const date{std::chrono::sys_days{std::chrono::days{end - 1}}};
  row.mark(',').number(static_cast<int>(date.year())).mark('\n');
  out.append(row.view());
}

std::string_view offices_header()
{
  return "reporter,office,inspections_per_mille,random_per_myriad\n";
}

void append_offices(Actors const& actors, std::uint32_t reporter, std::string& out)
{
  std::string_view const code = country_code(reporter_country(reporter));
  for (std::uint32_t office = 0; office < offices_per_reporter; ++office)
  {
    std::array<char, 64> buffer;
    RowText row(buffer.data());
    Office const facts = actors.office(reporter, office);
    row.text(code).mark(',').text(code).digits(office + 1, 2).mark(',').number(facts.capacity_per_mille);
    row.mark(',').number(facts.random_per_myriad).mark('\n');
    out.append(row.view());
  }
}

}  // namespace tarifa::kernels
