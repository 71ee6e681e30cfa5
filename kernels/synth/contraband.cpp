#include "kernels/synth/contraband.hpp"

#include <algorithm>
#include <numeric>

namespace tarifa::kernels
{
namespace
{

// Streams of the true traffic.
enum Stream : std::uint64_t
{
  corridor_stream = 120,
  season_stream = 121,
};

enum Purpose : std::uint64_t
{
  destination_purpose,
  departure_purpose,
  has_transit_purpose,
  transit_purpose,
  conveyance_purpose,
  fate_purpose,
  turn_purpose,
  carries_purpose,
};

constexpr std::array<Contraband, contraband_count> kinds = {{
    {"drugs", "cocaine", "KGM", 11.3, 1000, 21.6, 5},
    {"drugs", "cannabis", "KGM", 12.6, 1000, 18.5, 9},
    {"drugs", "methamphetamine", "KGM", 11.0, 1000, 20.6, 4},
    {"drugs", "khat", "KGM", 14.3, 1000, 13.3, 3},
    {"tobacco", "cigarettes", "C62", 23.3, 1, 5.0, 9},
    {"tobacco", "hand-rolling tobacco", "KGM", 15.6, 1000, 14.3, 3},
    {"alcohol", "spirits", "LTR", 16.6, 1000, 11.3, 2},
    {"alcohol", "beer", "LTR", 18.0, 1000, 8.3, 2},
    {"ipr", "clothing", "C62", 15.0, 0, 11.6, 7},
    {"ipr", "footwear", "NPR", 14.3, 0, 12.6, 3},
    {"ipr", "watches", "C62", 13.0, 0, 15.3, 2},
    {"medicines", "tablets", "C62", 19.3, 0, 7.6, 4},
    {"environment", "live reptiles", "C62", 12.3, 0, 14.3, 2},
    {"environment", "timber", "KGM", 21.3, 1000, 8.0, 2},
    {"weapons", "handguns", "C62", 10.6, 0, 16.6, 1},
    {"weapons", "ammunition", "C62", 15.6, 0, 6.6, 2},
    {"currency", "banknotes", "USD", 23.3, 0, 6.643856, 3},
    {"cultural", "coins", "C62", 13.6, 0, 13.3, 1},
}};

/// By land where the two touch, by sea where both have a coast and the way is long, else by air; one way in
/// eight is the mail.
Conveyance main_conveyance(World const& world, std::uint32_t from, std::uint32_t to, std::uint32_t draw)
{
  if (draw == 0)
  {
    return Conveyance::mail;
  }
  if (world.geography().are_contiguous(from, to))
  {
    return draw < 6 ? Conveyance::vehicle : (draw == 6 ? Conveyance::rail : Conveyance::pedestrian);
  }
  bool const by_sea =
      country_facts(from).access == Access::coast && country_facts(to).access == Access::coast;
  return by_sea && draw < 4 ? Conveyance::vessel : Conveyance::air;
}

Corridor make_corridor(World const& world, std::uint32_t rank, double weight, std::int32_t months)
{
  Draws const draws(stream_key(world.seed(), corridor_stream), rank);
  Corridor c;
  c.weight = weight;
  c.destination = world.draw_reporter(draws.bits(destination_purpose));
  // Contraband follows trade.
  c.departure = world.draw_origin(c.destination, draws.bits(departure_purpose));
  if (draws.below(has_transit_purpose, 10) < 4)
  {
    std::uint32_t const passed = world.draw_country(draws.bits(transit_purpose));
    bool const elsewhere = passed != c.departure && passed != reporter_country(c.destination);
    c.transit = elsewhere ? passed : no_country;
  }
  std::uint32_t const before = c.transit == no_country ? c.departure : c.transit;
  c.conveyance =
      main_conveyance(world, before, reporter_country(c.destination), draws.below(conveyance_purpose, 8));
  // One in eight opens, one in eight closes within the period; smugglers look for other ways.
  std::uint32_t const fate = draws.below(fate_purpose, 8);
  auto const turn = static_cast<std::int32_t>(draws.below(turn_purpose, static_cast<std::uint32_t>(months)));
  c.first_month = fate == 0 ? turn : 0;
  c.last_month = fate == 1 ? turn : months - 1;
  for (std::uint32_t goods = 0; goods < contraband_count; ++goods)
  {
    c.carries.at(goods) = draws.below(carries_purpose + goods, 3) == 0;
  }
  c.carries.at(draws.below(carries_purpose + contraband_count, contraband_count)) = true;
  return c;
}

}  // namespace

Contraband const& contraband(std::uint32_t goods) noexcept
{
  return kinds[goods];
}

std::string_view name_of(Conveyance conveyance)
{
  constexpr std::array<std::string_view, conveyance_count> names = {"air",  "vessel", "vehicle",
                                                                    "rail", "mail",   "pedestrian"};
  return names[static_cast<std::size_t>(conveyance)];
}

Traffic::Traffic(World const& world, TrafficSettings const& settings)
    : settings_(settings)
    , seed_(world.seed())
{
  // A few ways carry most of it.
  std::vector<double> const weights = zipf_weights(corridor_count, 0.7);
  for (std::uint32_t rank = 0; rank < corridor_count; ++rank)
  {
    corridors_.push_back(make_corridor(world, rank, weights[rank], months()));
  }
}

double Traffic::corridor_weight(std::uint32_t corridor, std::int32_t month) const
{
  Corridor const& c = corridors_[corridor];
  if (month < c.first_month || month > c.last_month)
  {
    return 0;
  }
  // Each way has its season: up to 40 per cent more in a month of its own, less half a year from it.
  constexpr std::array<double, 12> wave = {1.0,  0.866,  0.5,  0.0, -0.5, -0.866,
                                           -1.0, -0.866, -0.5, 0.0, 0.5,  0.866};
  Draws const season(stream_key(seed_, season_stream), corridor);
  double const strength = 0.01 * season.below(0, 41);
  auto const peak = static_cast<std::int32_t>(season.below(1, 12));
  double const years = month / 12.0;
  double const growth = portable_exp2(portable_log2(1 + settings_.growth) * years);
  return c.weight * growth * (1 + strength * wave.at(static_cast<std::size_t>((month - peak + 12) % 12)));
}

double Traffic::month_weight(std::int32_t month) const
{
  double sum = 0;
  for (std::uint32_t corridor = 0; corridor < corridor_count; ++corridor)
  {
    sum += corridor_weight(corridor, month);
  }
  return sum;
}

std::vector<double> Traffic::cell_weights(std::int32_t month) const
{
  std::vector<double> weights;
  weights.reserve(std::size_t{corridor_count} * contraband_count);
  for (std::uint32_t corridor = 0; corridor < corridor_count; ++corridor)
  {
    auto const& carries = corridors_[corridor].carries;
    double all = 0;
    for (std::uint32_t goods = 0; goods < contraband_count; ++goods)
    {
      all += carries.at(goods) ? contraband(goods).weight : 0;
    }
    double const per_weight = corridor_weight(corridor, month) / all;
    for (std::uint32_t goods = 0; goods < contraband_count; ++goods)
    {
      weights.push_back(carries.at(goods) ? contraband(goods).weight * per_weight : 0);
    }
  }
  return weights;
}

}  // namespace tarifa::kernels
