#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

enum class Direction : std::uint8_t
{
  imports,
  exports,
};

/// Which countries reported in which periods: counts of flows by country, year, direction and month.
/// Additive; a country without a flow of its own in a direction is a non-reporter of it (first rule of the
/// FAO's faoswsTrade).
class ReporterPresence
{
 public:
  /// Years first_year .. first_year + years - 1. Annual periods (YYYY) count for all months.
  ReporterPresence(std::size_t countries, std::int32_t first_year, std::size_t years);

  /// Flows outside of the years are left out.
  void add(FlowBlock const& block);
  void add(ReporterPresence const& other);
  /// [countries x years x 2 directions x 13] counts, the last for annual periods: for adding over ranks.
  std::span<std::int64_t const> counts() const noexcept { return counts_; }
  std::span<std::int64_t> counts() noexcept { return counts_; }

  std::int64_t flows(std::int32_t country, std::int32_t year, Direction direction) const noexcept;
  /// Months of the year with a report, 0 to 12.
  int months(std::int32_t country, std::int32_t year, Direction direction) const noexcept;
  /// No report in the period (YYYY: in no month of it; YYYYMM: in that month), though years outside of those
  /// counted are not known and not absent.
  bool is_absent(std::int32_t country, std::int32_t period, Direction direction) const noexcept;

 private:
  static constexpr std::size_t slots = 13;
  std::int64_t const* at(std::int32_t country, std::int32_t year, Direction direction) const noexcept;

  std::size_t countries_;
  std::int32_t first_year_;
  std::size_t years_;
  std::vector<std::int64_t> counts_;
};

/// Whose report a figure is.
enum class Estimated : std::int8_t
{
  none = 0,     ///< as reported, or not reported by a country that reports others
  exports = 1,  ///< from the importer, since the exporter reports nothing in this period
  imports = 2,  ///< from the exporter, since the importer reports nothing
};

/// Flows with estimates for non-reporters, as columns of the block's length.
struct CompletedFlows
{
  std::vector<double> exported, imported, exported_kg, imported_kg;
  std::vector<Estimated> estimated;
};

/// Fills the side of a non-reporter from its partner: imports = exports x ratio, exports = imports / ratio,
/// weights as they are. `cif_fob_ratio` [flows] is that of a freight model; FAO and IMF take one flat ratio
/// (1.12, 1.06). A country that reports in the period and is silent on a flow keeps its silence: that is a
/// statement. Estimates do not enter anything that compares both sides.
CompletedFlows complete_flows(FlowBlock const& block, ReporterPresence const& presence,
                              std::span<double const> cif_fob_ratio);

}  // namespace tarifa::kernels
