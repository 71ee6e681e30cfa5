#include "kernels/synth/routes.hpp"

#include <array>

namespace tarifa::kernels
{
namespace
{

enum Purpose : std::uint64_t
{
  carriage_purpose = 900,
  share_purpose,
};

// Shares at 5,000 km and 4 dollars a kg, elasticities and spreads were set so that CIF/FOB ratios come near
// those of declarations that have both values: the table in docs/methods/synthetic-trade.md.
constexpr double distance_elasticity = 0.15;
constexpr double price_elasticity = -0.15;
constexpr double pair_spread = 0.6;
constexpr double cell_spread = 1.1;

struct CarriageFacts
{
  double log2_share;  ///< at 5,000 km
  std::int64_t first_days, km_a_day;

  std::int64_t hours(std::int64_t km) const { return 24 * first_days + 24 * km / km_a_day; }
};
constexpr std::array<CarriageFacts, 3> facts = {{
    {-3.5, 6, 350},  // sea: ports at both ends, and ships do not go straight
    {-3.6, 3, 400},  // land
    {-3.0, 3, 8000}  // air: clearance takes longer than the flight
}};

Carriage carriage_of(std::int32_t km, bool contiguous, Fixed log2_price, std::uint32_t draw)
{
  constexpr double log2_cents_per_dollar = 6.643856;
  // One kilogram in ten thousand of all trade flies, but a third of its value: what is dear and has far to
  // go.
  std::uint32_t by_air = 2;
  by_air += log2_price > fixed(4 + log2_cents_per_dollar) ? 20U : 0U;
  by_air += log2_price > fixed(6 + log2_cents_per_dollar) ? 30U : 0U;
  by_air += km > 3000 ? 10U : 0U;
  if (draw < by_air && km > 500)
  {
    return Carriage::air;
  }
  return contiguous || (km < 1500 && draw % 2 == 0) ? Carriage::land : Carriage::sea;
}

}  // namespace

Route route_of(World const& world, std::uint32_t exporter, std::uint32_t importer, Product const& product,
               Draws const& pair, Draws const& cell)
{
  std::int32_t const km = world.geography().distance_km(exporter, importer);
  bool const contiguous = world.geography().are_contiguous(exporter, importer);
  Route route;
  route.carriage = carriage_of(km, contiguous, product.log2_price, cell.below(carriage_purpose, 100));
  CarriageFacts const& by = facts[static_cast<std::size_t>(route.carriage)];
  constexpr Fixed log2_four_dollars = fixed(8.643856);
  route.log2_share =
      fixed(by.log2_share)
      + scaled(fixed(distance_elasticity), world.geography().log2_of_5000_km(exporter, importer))
      + scaled(fixed(price_elasticity), product.log2_price - log2_four_dollars)
      + scaled(fixed(pair_spread), world.normal(pair.bits(share_purpose)))
      + scaled(fixed(cell_spread), world.normal(cell.bits(share_purpose)));
  route.hours = by.hours(km);
  return route;
}

std::int64_t hours_at_sea(Geography const& geography, std::uint32_t from, std::uint32_t to)
{
  return facts[static_cast<std::size_t>(Carriage::sea)].hours(geography.distance_km(from, to));
}

std::uint32_t hub_of(Geography const& geography, std::uint32_t country)
{
  static std::array<std::uint32_t, 5> const hubs = {find_country("HKG"), find_country("SGP"),
                                                    find_country("ARE"), find_country("NLD"),
                                                    find_country("BEL")};
  std::uint32_t best = country_count;
  for (std::uint32_t const hub : hubs)
  {
    if (hub != country
        && (best == country_count
            || geography.distance_km(hub, country) < geography.distance_km(best, country)))
    {
      best = hub;
    }
  }
  return best;
}

}  // namespace tarifa::kernels
