#pragma once

#include <cstdint>
#include <vector>

#include "kernels/synth/product_set.hpp"
#include "kernels/synth/routes.hpp"
#include "kernels/synth/trade_settings.hpp"

namespace tarifa::kernels
{

/// Share of 2^-32 of all draws.
constexpr std::uint64_t share_32(double share) noexcept
{
  return static_cast<std::uint64_t>(share * 4294967296.0);
}
constexpr bool happens(std::uint64_t bits, std::uint64_t share) noexcept
{
  return (bits >> 32) < share;
}

/// An administration and a country it buys from.
struct PairOf
{
  std::uint32_t reporter;  ///< index of the administration, 0 .. reporter_count - 1
  std::uint32_t exporter;  ///< country
  std::uint32_t index() const noexcept { return reporter * country_count + exporter; }
};

/// What really went from one country to another in one year, of one product. Money in 0.001 USD.
struct TrueFlow
{
  std::uint32_t product = 0;
  std::int64_t fob = 0, kg = 0;
  std::uint32_t shipments = 1;
  std::int64_t freight_share = 0;  ///< freight and insurance of FOB [2^-20]
  std::int64_t hours = 0;          ///< median time under way
  bool through_hub = false;
  std::int64_t hub_margin = 0;  ///< what the hub adds to FOB [2^-20]
  bool in_own_currency = false;
  std::uint64_t split = 0;  ///< stream of the shipments
};

/// One shipment. Days count from 1 January of the year of export, years have 365; whatever is under way
/// arrives in the next year at the latest.
struct Shipment
{
  std::uint32_t number = 0;
  std::int64_t fob = 0, kg = 0;
  int exported = 0, arrived = 0;
  int hub_in = 0, hub_out = 0;  ///< at the hub, when it goes through one
};

inline constexpr int days_a_year = 365;
inline constexpr std::uint32_t most_shipments = 12;

/// True trade between administrations and the countries they buy from. A flow is a function of (seed, pair,
/// product, year).
class TrueFlows
{
 public:
  TrueFlows(World const& world, TradeSettings const& settings);

  /// The first `count` distinct products of the catalogue of a pair in a year.
  ProductSet products(PairOf pair, int year, std::uint32_t count) const;

  TrueFlow flow(PairOf pair, int year, std::uint32_t product) const;

  /// Whether some flows of a pair go through the hub that serves the importer.
  bool uses_hub(PairOf pair) const;
  std::uint32_t hub(std::uint32_t reporter) const noexcept { return hubs_[reporter]; }

  /// Calls visit(Shipment) for each shipment of a flow; their values and masses add up to those of the flow.
  template <class Visit>
  void for_each_shipment(PairOf pair, TrueFlow const& flow, Visit const& visit) const
  {
    std::uint64_t weights[most_shipments];
    std::uint64_t total = 0;
    for (std::uint32_t i = 0; i < flow.shipments; ++i)
    {
      total += weights[i] = weight(flow, i);
    }
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i < flow.shipments; ++i)
    {
      Shipment shipment = times(pair, flow, i);
      shipment.fob = part(flow.fob, before, before + weights[i], total);
      shipment.kg = part(flow.kg, before, before + weights[i], total);
      before += weights[i];
      visit(shipment);
    }
  }

 private:
  static std::int64_t part(std::int64_t whole, std::uint64_t from, std::uint64_t to,
                           std::uint64_t total) noexcept
  {
    auto const value = static_cast<std::uint64_t>(whole);
    return static_cast<std::int64_t>(value * to / total - value * from / total);
  }
  std::uint64_t weight(TrueFlow const& flow, std::uint32_t shipment) const;
  Shipment times(PairOf pair, TrueFlow const& flow, std::uint32_t shipment) const;

  World const& world_;
  std::uint64_t exchange_, hub_pairs_, hub_flows_;  ///< shares
  Fixed freight_scale_, lag_scale_;
  std::vector<std::uint32_t> hubs_;  ///< [reporters]
  std::vector<Fixed> log2_size_;     ///< [pairs] how much larger the flows of a pair are than the median's
};

}  // namespace tarifa::kernels
