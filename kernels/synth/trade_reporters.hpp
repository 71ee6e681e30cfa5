#pragma once

#include <cstdint>
#include <vector>

#include "kernels/synth/trade_settings.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

enum class TradeSide : std::uint8_t
{
  importer,
  exporter,
};

/// What the statistics of one country are like in one year, on one side.
struct ReporterTraits
{
  bool silent = false;         ///< delivers nothing
  std::int64_t threshold = 0;  ///< [0.001 USD] smaller totals are not reported
  Fixed error = 0;             ///< spread of the logarithm of reported over right values [doublings]
  bool hides_partners = false;
  bool counts_in_kg = false;  ///< gives every quantity in kilograms
};

/// Traits of all countries in one year.
class TradeReporters
{
 public:
  TradeReporters(World const& world, TradeSettings const& settings, int year);

  ReporterTraits const& traits(TradeSide side, std::uint32_t country) const noexcept
  {
    return traits_[static_cast<std::size_t>(side)][country];
  }
  /// Whether a country that hides partners does so for a product: all products of a heading, in all years.
  bool hides(TradeSide side, std::uint32_t country, std::uint32_t product) const;

 private:
  std::uint64_t seed_;
  std::uint64_t hidden_headings_;
  std::vector<ReporterTraits> traits_[2];  ///< [countries]
};

}  // namespace tarifa::kernels
