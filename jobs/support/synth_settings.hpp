#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/synth/actors.hpp"
#include "kernels/synth/amendments.hpp"
#include "kernels/synth/dirty_settings.hpp"
#include "kernels/synth/enforcement.hpp"
#include "kernels/synth/fraud.hpp"
#include "kernels/synth/inspections.hpp"
#include "kernels/synth/invoices.hpp"
#include "kernels/synth/journeys.hpp"
#include "kernels/synth/refunds.hpp"
#include "kernels/synth/releases.hpp"
#include "kernels/synth/trade_settings.hpp"

namespace tarifa::jobs
{

/// What a synthetic world is asked to be: the options of `tarifa synth`. Rows of all years. The defaults are
/// the preset `teaching`.
struct SynthSettings
{
  std::string preset = "teaching";
  std::string folder = "synth";
  std::vector<std::string> only;  ///< names of outputs; empty = all
  int year = 0;                   ///< the one calendar year to write; 0 = all
  int first_year = 2019;
  int years = 3;
  std::int64_t declarations = 10000;
  double broken_share = 0;  ///< 0 .. 1 of the declarations
  int administrations = 2;  ///< that deliver declarations
  int traders = 0;          ///< importers of an administration at one time; 0 = by `declarations`
  bool companions = true;   ///< tables that go with the declarations
  bool truth = true;        ///< truth files
  kernels::FraudSettings fraud;
  kernels::InspectionSettings inspection;
  kernels::ReleaseSettings release;
  kernels::AmendmentSettings amendment;
  bool persistence = true;      ///< of what importers are like
  bool dirty_delivery = false;  ///< write the declarations as administrations send them too
  kernels::DirtySettings dirty;
  std::int64_t exports = 5000;  ///< with a claim for refund
  kernels::RefundSettings refund;
  std::int64_t invoices = 10000;
  kernels::InvoiceSettings invoice;
  std::int64_t trade = 20000;
  kernels::TradeSettings flows;
  std::int64_t seizures = 1000;              ///< about: what is smuggled is found by chance
  std::int64_t travellers = 60000;           ///< arrivals by air, about
  std::int64_t consignments = 10000;         ///< whose way is written
  kernels::JourneySettings journeys;         ///< its consignments and administrations are those of the world
  kernels::TrafficSettings traffic;          ///< its years are those of the world
  kernels::EnforcementSettings enforcement;  ///< its years are those of the world

  /// Part of `total` that falls into the years before a calendar year.
  std::int64_t before_year(std::int64_t total, int calendar_year) const noexcept
  {
    return total * (calendar_year - first_year) / years;
  }
  /// Part of `total` that falls into a calendar year; the last years take what does not divide evenly.
  std::int64_t of_year(std::int64_t total, int calendar_year) const noexcept
  {
    return before_year(total, calendar_year + 1) - before_year(total, calendar_year);
  }
};

/// Who takes part in declarations: about 20 of them for an importer, and never so few importers that nobody
/// is met twice.
inline kernels::ActorSettings actor_settings(SynthSettings const& settings)
{
  std::int64_t const wanted = settings.traders > 0
                                  ? settings.traders
                                  : settings.declarations / (std::int64_t{20} * settings.administrations);
  std::int64_t const least = settings.traders > 0 ? 1 : 50;
  return {static_cast<std::uint32_t>(std::clamp<std::int64_t>(wanted, least, 5000)),
          static_cast<std::uint32_t>(settings.administrations),
          settings.persistence ? kernels::Persistence::on : kernels::Persistence::off};
}

/// Most rows of one kind that a world may be asked for.
inline constexpr std::int64_t most_synth_rows = 40'000'000'000;

}  // namespace tarifa::jobs
