#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/addresses.hpp"

namespace tarifa::kernels
{

/// Importers of one reporter who are in business on some day of [from, end), by the number they are known
/// by, so that their order tells nothing about who they are.
std::vector<Importer> importers_between(Actors const& actors, std::uint32_t reporter, Day from, Day end);

/// One who works for importers.
struct Agent
{
  AgentKind kind{};
  std::uint32_t reporter = 0, place = 0, number = 0;
  Tenure tenure;
};
/// By number, as importers_between().
std::vector<Agent> agents_between(Actors const& actors, AgentKind kind, std::uint32_t reporter, Day from,
                                  Day end);

/// What the registers of one year hold: everybody who was there on a day of it, as known at its end. Built
/// once for a year and read by all threads; shells are kept, everybody else is made when asked for.
class YearOfActors
{
 public:
  YearOfActors(World const& world, Actors const& actors, int year);
  YearOfActors(YearOfActors const&) = delete;  // addresses refer to exporters
  YearOfActors& operator=(YearOfActors const&) = delete;

  int year() const noexcept { return year_; }
  Day from() const noexcept { return from_; }
  Day end() const noexcept { return end_; }
  World const& world() const noexcept { return world_; }
  Actors const& actors() const noexcept { return actors_; }
  Addresses const& addresses() const noexcept { return addresses_; }

  /// Administration of a country, reporter_count when it delivers no declarations.
  std::uint32_t reporter_of(std::uint32_t country) const noexcept
  {
    bool const reports = country % 2 == 0 && country / 2 < actors_.settings().reporters;
    return reports ? country / 2 : reporter_count;
  }
  std::vector<Importer> importers(std::uint32_t reporter) const
  {
    return importers_between(actors_, reporter, from_, end_);
  }
  std::vector<Agent> agents(AgentKind kind, std::uint32_t reporter) const
  {
    return agents_between(actors_, kind, reporter, from_, end_);
  }
  /// Of one country, by number.
  std::vector<Exporter> exporters(std::uint32_t country) const;

 private:
  World const& world_;
  Actors const& actors_;
  Exporters exporters_;
  Addresses addresses_;
  int year_;
  Day from_, end_;
  std::vector<std::vector<Exporter>> shells_;  ///< [countries]
};

// The registers, as CSV. docs/methods/synthetic-declarations.md has the columns. Who leaves after the year
// has no exit yet.

std::string_view importers_header();
void append_importer(YearOfActors const& year, Importer const& importer, std::string& out);
std::string_view exporters_header();
void append_exporters(YearOfActors const& year, std::uint32_t country, std::string& out);
std::string agents_header(AgentKind kind);
void append_agents(YearOfActors const& year, AgentKind kind, std::uint32_t reporter, std::string& out);
/// Every building of a country where somebody of the registers of the year sits, once, by number.
std::string_view addresses_header();
void append_addresses(YearOfActors const& year, std::uint32_t country, std::string& out);

std::string_view name_of(AgentKind kind);

std::string_view offices_header();
/// Lines of all offices of a reporter.
void append_offices(Actors const& actors, std::uint32_t reporter, std::string& out);

}  // namespace tarifa::kernels
