#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/contraband.hpp"

namespace tarifa::kernels
{

/// What administrations do against smuggling, and what they tell of it.
struct EnforcementSettings
{
  int first_year = 2019;
  int years = 3;
  double detection_growth = 0;  ///< of every chance of detection, from year to year
  double joining_share = 0.3;   ///< of the administrations report from some later month on
  double leaving_share = 0.1;   ///< of the administrations report up to some month only
  double silent_share = 0.08;   ///< of the months of an administration are never reported
  int operations = 4;           ///< joint operations in a year
};

/// A joint operation: for some weeks, some administrations look harder for one category.
struct Operation
{
  std::int32_t first_day = 0;  ///< of its year, 0 = 1 January
  std::int32_t last_day = 0;   ///< of its year, included
  std::string_view category;
  std::string name;                   ///< OP-YYYY-N
  std::uint64_t administrations = 0;  ///< bit r: administration r takes part
};

/// Detection and reporting of the 40 administrations. Everything depends on (seed, settings, what is asked).
class Enforcement
{
 public:
  Enforcement(World const& world, EnforcementSettings const& settings);

  /// log2 of the chance that an administration finds a consignment of middling size and concealment that is
  /// brought in by air.
  Fixed skill(std::uint32_t administration, std::int32_t month) const noexcept;
  std::int32_t first_month(std::uint32_t administration) const noexcept { return first_[administration]; }
  std::int32_t last_month(std::uint32_t administration) const noexcept { return last_[administration]; }
  /// Whether cases of the month are in what the administration sends.
  bool reports(std::uint32_t administration, std::int32_t month) const noexcept;
  /// Sends half a year at once, instead of each case within some weeks.
  bool reports_in_bursts(std::uint32_t administration) const noexcept;

  std::vector<Operation> const& operations() const noexcept { return operations_; }
  /// Position of the first operation that an administration is in on a day for a category, -1 for none.
  std::int32_t operation(std::uint32_t administration, std::int32_t year, std::int32_t day,
                         std::string_view category) const noexcept;

 private:
  void make_operation(std::int32_t year, std::int32_t number, AliasTable const& kinds);

  EnforcementSettings settings_;
  std::uint64_t seed_;
  Fixed growth_;  ///< log2 of the growth of detection in a month
  std::vector<Fixed> skill_;
  std::vector<std::int32_t> first_, last_;
  std::vector<Operation> operations_;
};

}  // namespace tarifa::kernels
