#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/contraband.hpp"
#include "kernels/synth/enforcement.hpp"

namespace tarifa::kernels
{

struct SeizureSettings
{
  std::int64_t cases = 0;  ///< reported, of all years, about: each consignment is found or not by chance
  TrafficSettings traffic;
  EnforcementSettings enforcement;  ///< the same years as the traffic
};

/// What happened to the consignments of one year, counted: the truth behind the reported cases.
struct SeizureTally
{
  enum Line : std::uint8_t  ///< per month, corridor and goods; quantities in 0.001 units
  {
    lines,
    quantity,
    seized_lines,
    seized_quantity,
    reported_lines,
    reported_quantity,
    line_facts,
  };
  enum Way : std::uint8_t  ///< per month and corridor
  {
    consignments,
    seized,
    reported,
    chance,  ///< sum of the chances of being seized, in units of 2^-32
    way_facts,
  };
  enum Desk : std::uint8_t  ///< per month and administration
  {
    desk_seized,
    desk_reported,
    desk_facts,
  };

  std::vector<std::int64_t> by_line;  ///< [12 x corridors x goods x line_facts]
  std::vector<std::int64_t> by_way;   ///< [12 x corridors x way_facts]
  std::vector<std::int64_t> by_desk;  ///< [12 x administrations x desk_facts]

  SeizureTally();
  SeizureTally& operator+=(SeizureTally const& other);
  std::int64_t reported_cases() const;
};

/// How many consignments each month has so that about the cases asked for are reported.
class SeizurePlan
{
 public:
  SeizurePlan(World const& world, SeizureSettings const& settings);

  World const& world() const noexcept { return world_; }
  SeizureSettings const& settings() const noexcept { return settings_; }
  Traffic const& traffic() const noexcept { return traffic_; }
  Enforcement const& enforcement() const noexcept { return enforcement_; }
  /// Consignments of the months before `month`.
  std::int64_t before(std::int32_t month) const noexcept { return before_[static_cast<std::size_t>(month)]; }

 private:
  World const& world_;
  SeizureSettings settings_;
  Traffic traffic_;
  Enforcement enforcement_;
  std::vector<std::int64_t> before_;  ///< [months + 1]
};

/// Consignments that are made at once.
inline constexpr std::int64_t consignments_per_block = 65536;

/// The consignments of one year, in the order of their days.
class SeizureYear
{
 public:
  /// `year` counts from the first one. The plan must outlive this.
  SeizureYear(SeizurePlan const& plan, std::int32_t year);

  std::int64_t consignments() const noexcept { return last_ - first_; }
  /// Consignments first .. first + count - 1 of the year: appends 1 to 3 lines for each that was seized and
  /// reported, and counts all of them. A consignment depends on (seed, settings, its number) and nothing
  /// else.
  void append(std::int64_t first, std::int64_t count, std::string& out, SeizureTally& tally) const;

 private:
  SeizurePlan const& plan_;
  std::int32_t year_;
  std::int64_t first_, last_;
  std::vector<AliasTable> cells_;  ///< [12] corridor * contraband_count + goods
};

/// Names of the columns, with the line feed: docs/methods/synthetic-seizures.md.
std::string_view seizures_header();

}  // namespace tarifa::kernels
