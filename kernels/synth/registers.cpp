#include "kernels/synth/registers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/synth/date_text.hpp"

namespace tarifa::kernels
{
namespace
{

/// A coordinate in units of 0.0001 degrees.
RowText& append_degrees(RowText& row, std::int64_t value)
{
  if (value < 0)
  {
    row.mark('-');
  }
  return row.decimal<4>(std::abs(value));
}

RowText& append_days(RowText& row, Day entry, Day exit, Day end)
{
  append_date(row, entry).mark(',');
  return exit < end ? append_date(row, exit) : row;
}

constexpr std::array<AgentKind, agent_kinds> all_agents = {AgentKind::broker, AgentKind::forwarder,
                                                           AgentKind::warehouse};
constexpr std::array<char, agent_kinds> agent_letters = {'D', 'F', 'W'};

void append_agent_number(YearOfActors const& year, AgentKind kind, Importer const& importer,
                         std::uint32_t place, RowText& row)
{
  // As it was at the end of the year, or when the importer left.
  Day const known = std::min(year.end(), importer.exit) - 1;
  Tenure const tenure = year.actors().agent_on(kind, importer.reporter, place, known);
  row.mark(',').mark(agent_letters[static_cast<std::size_t>(kind)]);
  row.digits(year.actors().agent_number(kind, importer.reporter, place, tenure.occupant), 7);
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

std::vector<Agent> agents_between(Actors const& actors, AgentKind kind, std::uint32_t reporter, Day from,
                                  Day end)
{
  std::vector<Agent> found;
  for (std::uint32_t place = 0; place < actors.agents(kind); ++place)
  {
    std::uint32_t const last = actors.agent_on(kind, reporter, place, end - 1).occupant;
    for (std::uint32_t o = actors.agent_on(kind, reporter, place, from).occupant; o <= last; ++o)
    {
      Tenure const tenure = actors.agent(kind, reporter, place, o);
      if (tenure.entry < tenure.exit)
      {
        found.push_back({kind, reporter, place, actors.agent_number(kind, reporter, place, o), tenure});
      }
    }
  }
  std::ranges::sort(found, {}, &Agent::number);
  return found;
}

YearOfActors::YearOfActors(World const& world, Actors const& actors, int year)
    : world_(world)
    , actors_(actors)
    , exporters_(world, actors)
    , addresses_(world, actors.settings(), exporters_)
    , year_(year)
    , from_(day_of_year_start(year))
    , end_(day_of_year_start(year + 1))
    , shells_(country_count)
{
  for (std::uint32_t reporter = 0; reporter < actors.settings().reporters; ++reporter)
  {
    for (Exporter const& shell : exporters_.shells_between(reporter, from_, end_))
    {
      shells_[shell.country].push_back(shell);
    }
  }
}

std::vector<Exporter> YearOfActors::exporters(std::uint32_t country) const
{
  std::vector<Exporter> all = exporters_.between(country, from_, end_);
  all.insert(all.end(), shells_[country].begin(), shells_[country].end());
  std::ranges::sort(all, {}, &Exporter::number);
  return all;
}

std::string_view importers_header()
{
  return "importer,reporter,entry,exit,sector_1,sector_2,declarant,forwarder,warehouse,address,year\n";
}

void append_importer(YearOfActors const& year, Importer const& importer, std::string& out)
{
  std::array<char, 256> buffer;
  RowText row(buffer.data());
  SupplyChain const chain = year.actors().supply_chain(importer);
  row.mark('T').digits(importer.number, 7).mark(',');
  row.text(country_code(reporter_country(importer.reporter))).mark(',');
  append_days(row, importer.entry, importer.exit, year.end());
  row.mark(',').number(chain.sectors[0] + 1).mark(',').number(chain.sectors[1] + 1);
  append_agent_number(year, AgentKind::broker, importer, chain.broker, row);
  append_agent_number(year, AgentKind::forwarder, importer, chain.forwarder, row);
  append_agent_number(year, AgentKind::warehouse, importer, chain.warehouse, row);
  row.text(",A").digits(year.addresses().number(year.addresses().of(importer)), 7);
  row.mark(',').number(year.year()).mark('\n');
  out.append(row.view());
}

std::string_view exporters_header()
{
  return "exporter,country,entry,exit,address,year\n";
}

void append_exporters(YearOfActors const& year, std::uint32_t country, std::string& out)
{
  for (Exporter const& exporter : year.exporters(country))
  {
    std::array<char, 96> buffer;
    RowText row(buffer.data());
    row.mark('X').digits(exporter.number, 9).mark(',').text(country_code(country)).mark(',');
    append_days(row, exporter.tenure.entry, exporter.tenure.exit, year.end());
    row.text(",A").digits(year.addresses().number(year.addresses().of(exporter)), 7);
    row.mark(',').number(year.year()).mark('\n');
    out.append(row.view());
  }
}

std::string_view name_of(AgentKind kind)
{
  constexpr std::array<std::string_view, agent_kinds> names = {"broker", "forwarder", "warehouse"};
  return names[static_cast<std::size_t>(kind)];
}

std::string agents_header(AgentKind kind)
{
  return std::string(name_of(kind)) + ",reporter,entry,exit,address,year\n";
}

void append_agents(YearOfActors const& year, AgentKind kind, std::uint32_t reporter, std::string& out)
{
  for (Agent const& agent : year.agents(kind, reporter))
  {
    std::array<char, 96> buffer;
    RowText row(buffer.data());
    row.mark(agent_letters[static_cast<std::size_t>(kind)]).digits(agent.number, 7).mark(',');
    row.text(country_code(reporter_country(reporter))).mark(',');
    append_days(row, agent.tenure.entry, agent.tenure.exit, year.end());
    Address const address = year.addresses().of(kind, reporter, agent.place, agent.tenure.occupant);
    row.text(",A").digits(year.addresses().number(address), 7);
    row.mark(',').number(year.year()).mark('\n');
    out.append(row.view());
  }
}

std::string_view addresses_header()
{
  return "address,country,latitude,longitude,year\n";
}

void append_addresses(YearOfActors const& year, std::uint32_t country, std::string& out)
{
  Addresses const& addresses = year.addresses();
  std::vector<Address> used;
  for (Exporter const& exporter : year.exporters(country))
  {
    used.push_back(addresses.of(exporter));
  }
  if (std::uint32_t const reporter = year.reporter_of(country); reporter < reporter_count)
  {
    for (Importer const& importer : year.importers(reporter))
    {
      used.push_back(addresses.of(importer));
    }
    for (AgentKind const kind : all_agents)
    {
      for (Agent const& agent : year.agents(kind, reporter))
      {
        used.push_back(addresses.of(kind, reporter, agent.place, agent.tenure.occupant));
      }
    }
  }
  std::vector<std::pair<std::uint32_t, Address>> by_number;
  for (Address const& address : used)
  {
    by_number.emplace_back(addresses.number(address), address);
  }
  std::ranges::sort(by_number);
  by_number.erase(std::unique(by_number.begin(), by_number.end()), by_number.end());
  for (auto const& [number, address] : by_number)
  {
    std::array<char, 96> buffer;
    RowText row(buffer.data());
    Coordinates const at = addresses.coordinates(address);
    row.mark('A').digits(number, 7).mark(',').text(country_code(country)).mark(',');
    append_degrees(row, at.latitude).mark(',');
    append_degrees(row, at.longitude).mark(',').number(year.year()).mark('\n');
    out.append(row.view());
  }
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
