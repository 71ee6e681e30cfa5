#include "kernels/synth/journeys.hpp"

#include <algorithm>

#include "kernels/synth/date_text.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  place_stream = 310,
  consignment_stream,
  carrier_stream,
  factory_stream,
  way_stream,
};

enum Purpose : std::uint64_t
{
  reporter_purpose,
  origin_purpose,
  factory_purpose,
  mode_purpose,
  port_purpose,
  other_port_purpose,
  depot_purpose,
  carrier_purpose,  // and one more for each leg
  invents_purpose = 12,
  wait_purpose,  // and one more for each leg
  noise_purpose = 20,
  event_purpose,
  size_purpose,
  side_purpose,
  via_purpose,
};

constexpr std::uint32_t carriers = 120, depots = 3;

/// How goods move: on ways so much longer than the great circle, at a speed, with a time at both ends, and
/// with a spread of the whole.
struct Carriage
{
  double detour, km_per_hour, hours_at_ends, spread;
  double dwell_hours;  ///< median wait before it departs
};
// A ship of 15 knots; a goods train and a lorry with their stops; an aeroplane.
constexpr std::array<Carriage, carriage_modes> carriages = {{{1.25, 27.8, 12, 0.20, 60},
                                                             {1.25, 35, 6, 0.30, 24},
                                                             {1.30, 45, 1.5, 0.30, 8},
                                                             {1.05, 750, 4, 0.12, 14}}};

Carriage const& carriage(CarriageMode mode)
{
  return carriages[static_cast<std::size_t>(mode)];
}

double unit(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) / 9007199254740992.0;
}

std::vector<std::uint32_t> counts_of_factories()
{
  std::vector<std::uint32_t> counts;
  for (double const weight : zipf_weights(country_count, 0.74))
  {
    counts.push_back(std::max(3U, static_cast<std::uint32_t>(200 * weight)));
  }
  return counts;
}

std::uint32_t seaports_of(std::uint32_t country)
{
  return country_facts(country).access == Access::landlocked ? 0
                                                             : (country < 20 ? 3 : (country < 80 ? 2 : 1));
}

std::int64_t minutes(double hours)
{
  return static_cast<std::int64_t>(hours * 60);
}

constexpr std::uint32_t carriers_of_one_bad = 25, factories_of_one_bad = 30;

}  // namespace

std::string_view name_of(PlaceKind kind)
{
  constexpr std::array<std::string_view, place_kinds> names = {"factory", "seaport", "airport", "terminal",
                                                               "depot"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(CarriageMode mode)
{
  constexpr std::array<std::string_view, carriage_modes> names = {"sea", "rail", "road", "air"};
  return names[static_cast<std::size_t>(mode)];
}

std::string_view name_of(LegEvent event)
{
  constexpr std::array<std::string_view, leg_events> names = {"none", "delay", "clock-slip", "diversion",
                                                              "fictitious"};
  return names[static_cast<std::size_t>(event)];
}

Journeys::Journeys(World const& world, JourneySettings const& settings, int year)
    : world_(world)
    , settings_(settings)
    , year_(year)
    , first_(day_of_year_start(year) * minutes_per_day)
    , minutes_((day_of_year_start(year + 1) - day_of_year_start(year)) * minutes_per_day)
    , stream_(stream_key(world.seed(), consignment_stream, static_cast<std::uint64_t>(year)))
    , factories_(counts_of_factories())
    , carriers_(zipf_weights(carriers, 0.6))
{
}

/// Within so many degrees of the capital, crowded around it.
Place Journeys::place(PlaceKind kind, std::uint32_t country, std::uint32_t number) const noexcept
{
  constexpr std::array<std::uint32_t, place_kinds> reach = {30'000, 30'000, 5'000, 10'000, 15'000};
  Draws const draws(
      stream_key(world_.seed(), place_stream, country * place_kinds + static_cast<std::uint32_t>(kind)),
      number);
  auto const away = [&](std::uint64_t purpose)
  {
    std::int64_t const size = std::int64_t{draws.below(purpose, reach.at(static_cast<std::size_t>(kind)))}
                              * draws.below(purpose + 1, 1000) / 1000;
    return (draws.bits(purpose + 2) & 1) != 0 ? size : -size;
  };
  Country const& facts = country_facts(country);
  constexpr std::int64_t half_turn = 1'800'000;
  std::int64_t const north = facts.latitude * std::int64_t{10'000} + away(0);
  std::int64_t const east = facts.longitude * std::int64_t{10'000} + away(3);
  return {kind, country, number, std::clamp<std::int64_t>(north, -half_turn / 2, half_turn / 2),
          east >= half_turn ? east - 2 * half_turn : (east < -half_turn ? east + 2 * half_turn : east)};
}

std::uint32_t Journeys::factory_number(Place const& factory) const noexcept
{
  return opaque_number(world_.seed(), factory_numbers, std::uint64_t{factory.country} * 1000 + factory.number,
                       seven_digits);
}

std::vector<Place> Journeys::factories() const
{
  std::vector<Place> found;
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    for (std::uint32_t number = 0; number < factories_of(country); ++number)
    {
      found.push_back(place(PlaceKind::factory, country, number));
    }
  }
  return found;
}

std::vector<Place> Journeys::ports() const
{
  std::vector<Place> found;
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    for (std::uint32_t number = 0; number < seaports_of(country); ++number)
    {
      found.push_back(place(PlaceKind::seaport, country, number));
    }
    found.push_back(place(PlaceKind::airport, country, 0));
    found.push_back(place(PlaceKind::terminal, country, 0));
    bool const is_destination = country % 2 == 0 && country / 2 < settings_.administrations;
    for (std::uint32_t number = 0; is_destination && number < depots; ++number)
    {
      found.push_back(place(PlaceKind::depot, country, number));
    }
  }
  return found;
}

/// One of each 25, neither the largest nor the smallest.
bool Journeys::diverts(std::uint32_t carrier) const noexcept
{
  return carrier % carriers_of_one_bad
         == 5 + Draws(stream_key(world_.seed(), carrier_stream), 0).below(0, 10);
}

bool Journeys::invents(Place const& factory) const noexcept
{
  Draws const draws(stream_key(world_.seed(), factory_stream, factory.country), factory.number);
  return draws.below(0, factories_of_one_bad) == 0;
}

/// By land between neighbours and over short ways, by sea or air else; by rail where there is no sea.
CarriageMode Journeys::main_mode(std::uint32_t origin, std::uint32_t destination,
                                 Draws const& draws) const noexcept
{
  std::uint32_t const draw = draws.below(mode_purpose, 100);
  bool const by_sea = seaports_of(origin) > 0 && seaports_of(destination) > 0;
  Geography const& geography = world_.geography();
  constexpr std::int32_t by_land_km = 2500;
  bool const near = geography.are_contiguous(origin, destination)
                    || (!by_sea && geography.distance_km(origin, destination) < by_land_km);
  if (near)
  {
    return draw < 60 ? CarriageMode::road : (draw < 80 ? CarriageMode::rail : CarriageMode::air);
  }
  return draw < 30 ? CarriageMode::air
                   : (by_sea ? CarriageMode::sea : (draw < 65 ? CarriageMode::rail : CarriageMode::air));
}

Place Journeys::terminal(CarriageMode mode, std::uint32_t country, std::uint64_t bits) const noexcept
{
  switch (mode)
  {
    case CarriageMode::sea:
      return place(PlaceKind::seaport, country, static_cast<std::uint32_t>(bits % seaports_of(country)));
    case CarriageMode::air:
      return place(PlaceKind::airport, country, 0);
    default:
      return place(PlaceKind::terminal, country, 0);
  }
}

double Journeys::noise(double spread, std::uint64_t bits) const noexcept
{
  Fixed const around = scaled(fixed(spread), world_.normal(bits)) + (Fixed{20} << fixed_bits);
  return static_cast<double>(world_.exp2(around)) / 1'048'576.0;
}

/// Ways have detours of their own: a strait, a pass, a service that calls elsewhere first.
std::int64_t Journeys::usual_minutes(Place const& from, Place const& to, CarriageMode mode) const noexcept
{
  Carriage const& how = carriage(mode);
  auto const degrees = [](std::int64_t units) { return static_cast<double>(units) / 10'000; };
  double const km = great_circle_km(degrees(from.latitude), degrees(from.longitude), degrees(to.latitude),
                                    degrees(to.longitude));
  auto const key = [](Place const& place) { return std::uint64_t{place.country} * 1000 + place.number; };
  std::uint64_t const ends = std::min(key(from), key(to)) * 1'000'000 + std::max(key(from), key(to));
  double const own = mode == CarriageMode::air
                         ? 1
                         : 1 + 0.4 * unit(Draws(stream_key(world_.seed(), way_stream), ends).bits(0));
  return minutes(km * how.detour * own / how.km_per_hour + how.hours_at_ends);
}

/// From its departure on. What is written differs from what happened where something was wrong.
void Journeys::travel(Leg& leg, Draws const& draws) const noexcept
{
  leg.usual_minutes = usual_minutes(leg.from, leg.to, leg.mode);
  auto const usual = static_cast<double>(leg.usual_minutes);
  double hours = usual * noise(carriage(leg.mode).spread, draws.bits(noise_purpose)) / 60;
  double const size = unit(draws.bits(size_purpose));
  double const draw = unit(draws.bits(event_purpose));
  constexpr double delays = 0.04, slips = 0.005;
  if (leg.event == LegEvent::fictitious)
  {
    // Who invents times looks at the clock, not at the map.
    leg.arrived = leg.departed + minutes(usual / 60 * (0.05 + 0.4 * size));
    return;
  }
  if (leg.event == LegEvent::diversion)
  {
    hours *= 1.5 + 1.5 * size;
    leg.via = world_.draw_country(draws.bits(via_purpose));
  }
  else if (draw < delays)
  {
    leg.event = LegEvent::delay;
    hours *= 1.3 + 2.2 * size;
  }
  leg.true_minutes = minutes(hours);
  leg.arrived = leg.departed + leg.true_minutes;
  if (leg.event == LegEvent::none && draw < delays + slips)
  {
    leg.event = LegEvent::clock_slip;
    bool const a_day = draws.below(side_purpose, 4) == 0;
    std::int64_t const slip = a_day ? minutes_per_day : 60 * (1 + static_cast<std::int64_t>(size * 12));
    leg.arrived += (draws.bits(side_purpose) & 1) != 0 ? slip : -std::min(slip, leg.true_minutes * 9 / 10);
  }
}

Journey Journeys::journey(std::int64_t number) const noexcept
{
  Draws const draws(stream_, static_cast<std::uint64_t>(number));
  std::uint32_t const reporter =
      world_.draw_reporter(draws.bits(reporter_purpose)) % settings_.administrations;
  std::uint32_t const destination = reporter_country(reporter);
  std::uint32_t const origin = world_.draw_origin(reporter, draws.bits(origin_purpose));
  CarriageMode const mode = main_mode(origin, destination, draws);
  Journey journey;
  journey[0].from = place(PlaceKind::factory, origin, draws.below(factory_purpose, factories_of(origin)));
  journey[0].to = journey[1].from = terminal(mode, origin, draws.bits(port_purpose) >> 32);
  journey[1].to = journey[2].from = terminal(mode, destination, draws.bits(other_port_purpose) >> 32);
  journey[1].mode = mode;
  journey[2].to = place(PlaceKind::depot, destination, draws.below(depot_purpose, depots));
  bool const invented = invents(journey[0].from)
                        && unit(draws.bits(invents_purpose)) < settings_.fictitious * factories_of_one_bad;
  // Spread over the year, and over the hours of the day.
  Minute now = first_
               + static_cast<Minute>(static_cast<double>(minutes_) * static_cast<double>(number)
                                     / static_cast<double>(settings_.consignments));
  for (std::size_t i = 0; i < journey.size(); ++i)
  {
    Leg& leg = journey.at(i);
    Draws const of_leg(stream_key(stream_, carrier_stream, i), static_cast<std::uint64_t>(number));
    std::uint32_t const carrier = carriers_.pick(draws.bits(carrier_purpose + i));
    leg.carrier = opaque_number(world_.seed(), carrier_numbers, carrier, seven_digits);
    bool const diverted = i > 0 && diverts(carrier)
                          && unit(of_leg.bits(carrier_purpose)) < settings_.diversions * carriers_of_one_bad;
    leg.event = invented && i < 2 ? LegEvent::fictitious : (diverted ? LegEvent::diversion : LegEvent::none);
    if (i > 0)
    {
      now += minutes(carriage(leg.mode).dwell_hours * noise(0.9, draws.bits(wait_purpose + i)));
    }
    leg.departed = now;
    travel(leg, of_leg);
    now = std::max(leg.departed + leg.true_minutes, leg.arrived);
  }
  return journey;
}

void Journeys::append_place(Place const& place, std::string& out) const
{
  std::array<char, 16> buffer;
  RowText row(buffer.data());
  if (place.kind == PlaceKind::factory)
  {
    row.mark('Q').digits(factory_number(place), 7);
  }
  else
  {
    constexpr std::array<char, place_kinds> letters = {'Q', 'S', 'A', 'R', 'D'};
    row.mark(letters.at(static_cast<std::size_t>(place.kind)))
        .text(country_code(place.country))
        .number(place.number + 1);
  }
  out.append(row.view());
}

void Journeys::append(std::int64_t number, Journey const& journey, std::string& out) const
{
  for (std::size_t i = 0; i < journey.size(); ++i)
  {
    Leg const& leg = journey.at(i);
    std::array<char, 96> buffer;
    RowText front(buffer.data());
    front.digits(static_cast<std::uint64_t>(year_), 2).digits(static_cast<std::uint64_t>(number), 9);
    front.mark(',').number(static_cast<std::int64_t>(i) + 1).mark(',').text(name_of(leg.mode)).mark(',');
    out.append(front.view());
    append_place(leg.from, out);
    out.push_back(',');
    append_place(leg.to, out);
    RowText back(buffer.data());
    back.text(",V").digits(leg.carrier, 7).mark(',');
    append_minute(back, leg.departed).mark(',');
    append_minute(back, leg.arrived).mark(',').number(year_).mark('\n');
    out.append(back.view());
  }
}

std::string places_text(Journeys const& journeys, PlaceKind kind)
{
  std::string out(kind == PlaceKind::factory ? "factory,country,latitude,longitude\n"
                                             : "port,kind,country,latitude,longitude\n");
  auto const degrees = [](RowText& row, std::int64_t value)
  {
    if (value < 0)
    {
      row.mark('-');
    }
    row.decimal<4>(std::abs(value));
  };
  std::vector<Place> places = kind == PlaceKind::factory ? journeys.factories() : journeys.ports();
  if (kind == PlaceKind::factory)
  {
    std::ranges::sort(places, {}, [&](Place const& place) { return journeys.factory_number(place); });
  }
  for (Place const& place : places)
  {
    journeys.append_place(place, out);
    std::array<char, 64> buffer;
    RowText row(buffer.data());
    if (place.kind != PlaceKind::factory)
    {
      row.mark(',').text(name_of(place.kind));
    }
    row.mark(',').text(country_code(place.country)).mark(',');
    degrees(row, place.latitude);
    row.mark(',');
    degrees(row, place.longitude);
    row.mark('\n');
    out.append(row.view());
  }
  return out;
}

std::string_view legs_header()
{
  return "consignment,leg,mode,departure,arrival,carrier,departed,arrived,year\n";
}

}  // namespace tarifa::kernels
