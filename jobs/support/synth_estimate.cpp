#include "jobs/support/synth_estimate.hpp"

#include <algorithm>

#include "kernels/synth/declarations.hpp"

namespace tarifa::jobs
{
namespace
{

/// Of one output of one year.
struct Piece
{
  std::int64_t rows = 0;
  std::int64_t fixed = 0;                            ///< [bytes] of tables that do not grow
  std::int64_t text = 0, companions = 0, truth = 0;  ///< [bytes] on disk of a row
  double nanoseconds = 0;                            ///< of a core for a row
};

Piece piece_of(SynthSettings const& settings, std::string_view output, int year)
{
  if (output == "declarations")
  {
    return {settings.of_year(settings.declarations, year), 0, 162, 140, 149, 3500};
  }
  if (output == "dirty")
  {
    return {settings.dirty_delivery ? settings.of_year(settings.declarations, year) : 0, 0, 226, 0, 4, 8600};
  }
  if (output == "refunds")
  {
    return {settings.of_year(settings.exports, year), 0, 123, 0, 47, 1800};
  }
  if (output == "invoices")
  {
    return {settings.of_year(settings.invoices, year), 0, 88, 0, 31, 1400};
  }
  if (output == "journeys")
  {
    constexpr std::int64_t legs = 3;
    return {legs * settings.of_year(settings.consignments, year), 0, 72, 0, 28, 820};
  }
  if (output == "travel")
  {
    constexpr std::int64_t text = 76, truth = 2;  // its rows do not count among those of the run
    return {0, settings.of_year(settings.travellers, year) * (text + (settings.truth ? truth : 0))};
  }
  if (output == "trade")
  {
    return {settings.of_year(settings.trade, year), 0, 71, 0, 344, settings.truth ? 5700.0 : 2000.0};
  }
  if (output == "seizures")
  {
    return {settings.of_year(settings.seizures, year), 0, 130, 0, 320, 12'000};
  }
  if (output == "actors")
  {
    kernels::ActorSettings const actors = actor_settings(settings);
    return {std::int64_t{actors.seats} * actors.reporters, 0, 640, 0, 113, 10'000};
  }
  if (output == "tariff")
  {
    return {0, 1'650'000};
  }
  return {0, output == "reference" && year == settings.first_year ? 1'420'000 : 0};
}

}  // namespace

void estimate_synth(SynthSettings const& settings, std::string_view output, int year, Estimate& estimate)
{
  Piece const piece = piece_of(settings, output, year);
  std::int64_t const of_row =
      piece.text + (settings.companions ? piece.companions : 0) + (settings.truth ? piece.truth : 0);
  for (std::int64_t first = 0; first < piece.rows; first += kernels::rows_per_block)
  {
    std::int64_t const count = std::min(kernels::rows_per_block, piece.rows - first);
    estimate.units.push_back({count, count * of_row});
  }
  // Rows of different tables do not cost the same: the rate is their mean.
  auto const before = static_cast<double>(estimate.rows);
  auto const more = static_cast<double>(piece.rows);
  double& rate = estimate.rates.nanoseconds;
  rate = before + more > 0 ? (rate * before + piece.nanoseconds * more) / (before + more) : 0;
  estimate.rates.thread_bytes = 25 << 20;
  estimate.rows += piece.rows;
  estimate.result_bytes += piece.fixed + piece.rows * of_row;
}

}  // namespace tarifa::jobs
