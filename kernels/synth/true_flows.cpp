#include "kernels/synth/true_flows.hpp"

#include <algorithm>
#include <cmath>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  pair_stream = 11,
  cell_stream = 12,  // what a flow is like in all years
  flow_stream = 13,  // one flow of one year
  hub_stream = 14,
  shipment_stream = 15,
  product_stream = 26,
};

enum Purpose : std::uint64_t
{
  size_purpose,
  change_purpose,
  price_purpose,
  count_purpose,
  share_purpose,
  hub_purpose,
  margin_purpose,
  currency_purpose,
};

enum ShipmentPurpose : std::uint64_t
{
  weight_purpose,
  day_purpose,
  way_purpose,
  hub_way_purpose,
  dwell_purpose,
};

constexpr double size_spread = 4.0;     // doublings between flows
constexpr double product_spread = 1.5;  // doublings between the flows of different products
// Of the logarithm of the weight of the pair: large pairs trade more of each product.
constexpr double size_from_pair = 0.2;
constexpr double share_from_size = 0.05;  // large flows travel cheaper
constexpr double hub_pairs_of_flows = 3;  // a third of the flows of a pair that uses a hub go through it

/// Above 2^36 thousandths of a dollar, 69 million dollars, sizes grow half as fast: the largest flows of
/// a year are some hundred million dollars and not any number.
Fixed with_bounded_tail(Fixed log2_value)
{
  constexpr Fixed knee = fixed(36);
  return log2_value <= knee ? log2_value : knee + (log2_value - knee) / 2;
}

}  // namespace

TrueFlows::TrueFlows(World const& world, TradeSettings const& settings)
    : world_(world)
    , exchange_(share_32(settings.exchange))
    , hub_pairs_(share_32(std::min(1.0, hub_pairs_of_flows * settings.re_exports)))
    , hub_flows_(
          share_32(settings.re_exports / std::min(1.0, hub_pairs_of_flows * settings.re_exports + 1e-12)))
    , freight_scale_(settings.freight > 0 ? fixed(portable_log2(settings.freight)) : fixed(-60))
    , lag_scale_(settings.lag > 0 ? fixed(portable_log2(settings.lag)) : fixed(-60))
    , log2_size_(pair_count)
{
  std::vector<double> ordered = world.pair_weights();
  std::nth_element(ordered.begin(), ordered.begin() + pair_count / 2, ordered.end());
  double const median = portable_log2(ordered[pair_count / 2]);
  for (std::uint32_t pair = 0; pair < pair_count; ++pair)
  {
    double const weight = world.pair_weights()[pair];
    log2_size_[pair] = weight > 0 ? fixed(size_from_pair * (portable_log2(weight) - median)) : 0;
  }
  for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    hubs_.push_back(hub_of(world.geography(), reporter_country(reporter)));
  }
}

ProductSet TrueFlows::products(PairOf pair, int year, std::uint32_t count) const
{
  ProductSet traded;
  for (std::uint64_t k = 0; count > 0; ++k)
  {
    std::uint32_t const product = world_.catalogue(pair.index(), year, k);
    count -= traded.contains(product) ? 0 : 1;
    traded.insert(product);
  }
  return traded;
}

bool TrueFlows::uses_hub(PairOf pair) const
{
  std::uint32_t const importer = reporter_country(pair.reporter);
  return happens(Draws(stream_key(world_.seed(), hub_stream), pair.index()).bits(0), hub_pairs_)
         && pair.exporter != hubs_[pair.reporter] && pair.exporter != importer
         && !world_.geography().are_contiguous(pair.exporter, importer);
}

TrueFlow TrueFlows::flow(PairOf pair, int year, std::uint32_t product_index) const
{
  std::uint64_t const seed = world_.seed();
  std::uint64_t const record = std::uint64_t{pair.index()} * product_count + product_index;
  Draws const of_pair(stream_key(seed, pair_stream), pair.index());
  Draws const cell(stream_key(seed, cell_stream), record);
  Draws const draws(stream_key(seed, flow_stream, static_cast<std::uint64_t>(year)), record);
  Product const& product = world_.products()[product_index];
  Route const route =
      route_of(world_, pair.exporter, reporter_country(pair.reporter), product, of_pair, cell);

  constexpr Fixed log2_hundred = fixed(6.643856);
  constexpr Fixed log2_thousandths_per_cent = fixed(3.321928);
  constexpr Fixed lots = fixed(1.6);
  Fixed const size = scaled(fixed(size_spread), world_.normal(cell.bits(size_purpose)));
  Fixed const of_product =
      scaled(fixed(product_spread), world_.normal(stream_key(seed, product_stream, product_index)));
  Fixed const wanted = product.log2_net - log2_hundred + lots + size + of_product + log2_size_[pair.index()]
                       + scaled(fixed(0.4), world_.normal(draws.bits(change_purpose)));
  Fixed const price = product.log2_price + log2_thousandths_per_cent
                      + world_.origin_premium(product_index, pair.exporter)
                      + scaled(fixed(0.3), world_.normal(draws.bits(price_purpose)));
  Fixed const value = with_bounded_tail(wanted + price);
  TrueFlow flow;
  flow.product = product_index;
  flow.fob = world_.exp2(value);
  flow.kg = world_.exp2(value - price);
  // Large flows are many shipments: two at the median, twelve, one a month, at the most.
  flow.shipments = static_cast<std::uint32_t>(std::clamp<std::int64_t>(
      world_.exp2(fixed(1) + size / 4 + scaled(fixed(0.6), world_.normal(draws.bits(count_purpose)))), 1,
      most_shipments));
  constexpr Fixed twenty_bits = fixed(20);
  Fixed const share =
      std::min<Fixed>(0, freight_scale_ + route.log2_share - scaled(fixed(share_from_size), size)
                             + scaled(fixed(0.5), world_.normal(draws.bits(share_purpose))));
  flow.freight_share = share + twenty_bits > 0 ? world_.exp2(share + twenty_bits) : 0;
  flow.hours = route.hours;
  flow.through_hub = uses_hub(pair) && happens(cell.bits(hub_purpose), hub_flows_);
  // 5 to 25 per cent, the order of the re-export margins of Hong Kong (Feenstra & Hanson 2004,
  // doi:10.3386/w8088).
  flow.hub_margin = flow.through_hub ? (std::int64_t{5 + cell.below(margin_purpose, 21)} << 20) / 100 : 0;
  flow.in_own_currency = happens(cell.bits(currency_purpose), exchange_);
  flow.split = stream_key(draws.bits(weight_purpose + 100), shipment_stream);
  return flow;
}

std::uint64_t TrueFlows::weight(TrueFlow const& flow, std::uint32_t shipment) const
{
  Draws const draws(flow.split, shipment);
  return static_cast<std::uint64_t>(
      world_.exp2(fixed(8) + scaled(fixed(0.7), world_.normal(draws.bits(weight_purpose)))));
}

Shipment TrueFlows::times(PairOf pair, TrueFlow const& flow, std::uint32_t number) const
{
  Draws const draws(flow.split, number);
  auto const days = [&](std::int64_t hours, std::uint64_t purpose)
  {
    // Hours are below 2^11, so the product stays below 2^63 for any scale the options allow.
    Fixed const longer = lag_scale_ + scaled(fixed(0.4), world_.normal(draws.bits(purpose)));
    std::int64_t const times = longer > fixed(-19) ? world_.exp2(longer + fixed(20)) : 0;
    return static_cast<int>(std::min<std::int64_t>((hours * times >> 20) / 24, days_a_year - 1));
  };
  Shipment s;
  s.number = number;
  s.exported = static_cast<int>(draws.below(day_purpose, days_a_year));
  int under_way = days(flow.hours, way_purpose);
  if (flow.through_hub)
  {
    std::uint32_t const hub = hubs_[pair.reporter];
    std::int64_t const to_hub = hours_at_sea(world_.geography(), pair.exporter, hub);
    std::int64_t const from_hub = hours_at_sea(world_.geography(), hub, reporter_country(pair.reporter));
    constexpr std::int64_t hours_in_store = 360;
    s.hub_in = s.exported + days(to_hub, hub_way_purpose);
    s.hub_out = std::min(s.hub_in + days(hours_in_store, dwell_purpose), s.exported + days_a_year - 1);
    under_way = s.hub_out - s.exported + days(from_hub, way_purpose);
  }
  s.arrived = s.exported + std::min(under_way, days_a_year - 1);
  return s;
}

}  // namespace tarifa::kernels
