#pragma once

#include <array>
#include <cstdint>

#include "kernels/synth/turnover.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

Day day_of_year_start(int year) noexcept;

inline constexpr std::uint32_t offices_per_reporter = 30;
inline constexpr std::uint32_t sector_count = 10;

/// A seat is a place in the order of size of a reporter's importers: reporter * seats + rank. Occupants come
/// and go; who has left may come back as the next occupant under another name.
struct Importer
{
  std::uint32_t number = 0;  ///< what declarations print; tells nothing
  std::uint32_t seat = 0, reporter = 0, rank = 0;
  std::uint32_t occupant = 0;  ///< which of the seat
  std::uint32_t person = 0;    ///< occupant this one really is: smaller than `occupant` when returned
  Day entry = 0, exit = 0;     ///< first day, and first day it is gone
  bool is_evader = false;

  bool has_returned() const noexcept { return person != occupant; }
};

/// Who moves goods for an importer, and what goods. The same for a person under all names, but for the
/// broker, whom one in five who return change.
struct SupplyChain
{
  std::array<std::uint8_t, 2> sectors{};                   ///< groups of chapters
  std::uint32_t broker = 0, forwarder = 0, warehouse = 0;  ///< places within the reporter
  std::uint32_t home = 0;  ///< picks the usual office of each mode of transport
};

struct Office
{
  std::uint32_t capacity_per_mille = 0;  ///< of the declarations it can look at, on an ordinary day
  std::uint32_t skill_per_cent = 0;      ///< of what can be found, how much it finds
  std::uint32_t random_per_myriad = 0;   ///< declarations taken at random, of 10,000
};

/// Who works for the importers of an administration.
enum class AgentKind : std::uint8_t
{
  broker,  ///< lodges declarations
  forwarder,
  warehouse,
};
inline constexpr std::size_t agent_kinds = 3;

/// Whether what importers are like lasts.
enum class Persistence : std::uint8_t
{
  on,
  off,  ///< every declaration is judged as if a stranger had lodged it
};

struct ActorSettings
{
  std::uint32_t seats = 5000;    ///< importers of a reporter at one time; exporters follow from it
  std::uint32_t reporters = 40;  ///< administrations that deliver declarations: the first of the world
  Persistence persistence = Persistence::on;
};

/// Everybody who has a part in declarations, as functions of (seed, settings, number): nothing is kept.
class Actors
{
 public:
  Actors(World const& world, ActorSettings const& settings);

  ActorSettings const& settings() const noexcept { return settings_; }
  std::uint32_t draw_reporter(std::uint64_t bits) const noexcept { return reporters_.pick(bits); }
  std::uint32_t draw_rank(std::uint64_t bits) const noexcept { return ranks_.pick(bits); }

  /// Occupant of a seat on a day; between two occupants the one who comes next, with `entry` after the day.
  Importer importer(std::uint32_t reporter, std::uint32_t rank, Day day) const noexcept;
  Importer occupant(std::uint32_t reporter, std::uint32_t rank, std::uint32_t number) const noexcept;
  /// Occupant of the seat on a day, as a number for occupant().
  std::uint32_t occupant_on(std::uint32_t seat, Day day) const noexcept;

  SupplyChain supply_chain(Importer const& importer) const noexcept;
  /// Places of a kind with one administration.
  std::uint32_t agents(AgentKind kind) const noexcept;
  /// Who holds such a place on a day.
  Tenure agent_on(AgentKind kind, std::uint32_t reporter, std::uint32_t place, Day day) const noexcept;
  Tenure agent(AgentKind kind, std::uint32_t reporter, std::uint32_t place,
               std::uint32_t occupant) const noexcept;
  std::uint32_t agent_number(AgentKind kind, std::uint32_t reporter, std::uint32_t place,
                             std::uint32_t occupant) const noexcept;

  /// How many times the usual share of the invoices of an importer shell companies of its own send: 0 for the
  /// many who keep none.
  double shell_factor(Importer const& importer) const noexcept
  {
    return keeps_shells(importer) ? shell_factor_ : 0;
  }
  /// Two evaders in three and one in twenty of the other importers below the largest twentieth.
  bool keeps_shells(Importer const& importer) const noexcept;
  /// Under the last name the same person has had without a break, which may be this one.
  Importer last_name(Importer const& importer) const noexcept;

  /// log2 of how many times the usual risk an importer carries on a day, before it is brought to a mean of 1.
  Fixed risk(Importer const& importer, Day day) const noexcept;
  /// How many times the usual risk: the mean over declarations is about 1.
  double weight(Fixed risk) const noexcept;
  /// [0.5, 2] How many times the usual rate of honest errors a broker has.
  double carelessness(std::uint32_t reporter, std::uint32_t broker) const noexcept;

  Office office(std::uint32_t reporter, std::uint32_t office) const noexcept;

 private:
  std::uint32_t person_of(std::uint32_t seat, std::uint32_t rank, std::uint32_t occupant) const noexcept;
  bool evades(std::uint32_t seat, std::uint32_t rank, std::uint32_t person) const noexcept;
  Turnover const& turnover(AgentKind kind) const noexcept { return agents_[static_cast<std::size_t>(kind)]; }

  World const& world_;
  ActorSettings settings_;
  Turnover seats_;
  std::array<Turnover, agent_kinds> agents_;
  AliasTable reporters_, ranks_;
  double mean_weight_ = 1, shell_factor_ = 0;
};

/// Group of chapters in which importers specialise, 0 .. 9.
std::uint8_t sector_of(std::uint32_t chapter) noexcept;

}  // namespace tarifa::kernels
