#include "kernels/synth/travel.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "kernels/synth/calendar.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  group_stream = 280,
  route_stream,
  flight_stream,
  board_stream,
  trip_stream,
  person_stream,
  booking_stream,
};

constexpr std::uint32_t routes_of_administration = 12;
constexpr std::uint32_t least_load = 60, seats_of_flight = 180;
constexpr std::int64_t mean_load = 120;

constexpr std::array<std::string_view, 3> payments = {"card", "account", "cash"};
enum Payment : std::uint8_t
{
  card,
  account,
  cash,
};

/// [%] How readily a group of a kind goes on a journey.
constexpr std::array<std::uint32_t, group_kinds> activity = {40, 25, 80, 100, 100};

/// About 1.2 trips of 1.9 persons a year for each group.
std::uint32_t groups_for(TravelSettings const& settings)
{
  constexpr std::int64_t least = 100, most = 100'000;
  std::int64_t const wanted = settings.travellers * 10 / (settings.administrations * std::int64_t{23});
  return static_cast<std::uint32_t>(std::clamp(wanted, least, most));
}

bool carries_along(TravelRole role)
{
  return role == TravelRole::courier || role == TravelRole::offender;
}

}  // namespace

std::string_view name_of(GroupKind kind)
{
  constexpr std::array<std::string_view, group_kinds> names = {"alone", "family", "colleagues", "ring",
                                                               "smuggler"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(TravelRole role)
{
  constexpr std::array<std::string_view, travel_roles> names = {"", "offender", "courier", "lookout"};
  return names[static_cast<std::size_t>(role)];
}

struct Travel::Flight
{
  std::uint32_t administration = 0, route = 0, of_day = 0;  ///< number among those of the day
  int year = 0;
  std::int64_t day = 0;
  std::uint64_t key = 0;  ///< stream of what happens on board
  std::uint32_t load = 0;
};

struct Travel::Arrival
{
  std::uint32_t passenger = 0;
  TravelGroup group;
  std::uint32_t member = 0;
  std::uint64_t booking = 0;
  std::uint32_t days_before = 0, bags = 0;
  Payment payment = card;
  bool carries = false, is_checked = false, is_found = false;
};

Travel::Travel(World const& world, TravelSettings const& settings)
    : world_(world)
    , settings_(settings)
    , ranks_(zipf_weights(groups_for(settings), 0.3))
    , routes_(zipf_weights(routes_of_administration, 0.8))
{
  for (std::uint32_t administration = 0; administration < settings.administrations; ++administration)
  {
    for (std::uint32_t number = 0; number < groups(); ++number)
    {
      TravelGroup const group = this->group(administration, number);
      if (group.roles[0] != TravelRole::none)
      {
        suspects_.push_back(group);
      }
    }
  }
}

TravelGroup Travel::group(std::uint32_t administration, std::uint32_t number) const noexcept
{
  Draws const draws(stream_key(world_.seed(), group_stream, administration), number);
  TravelGroup group;
  group.administration = administration;
  group.number = number;
  std::uint32_t const kind = draws.below(0, 1000);
  if (kind < 425)
  {
    group.kind = GroupKind::alone;
  }
  else if (kind < 755)
  {
    group.kind = GroupKind::family;
    group.size = 2 + draws.below(1, 4);
  }
  else if (kind < 977)
  {
    group.kind = GroupKind::colleagues;
    group.size = 2 + draws.below(1, 3);
  }
  else if (kind < 990)
  {
    group.kind = GroupKind::ring;
    group.size = 2 + draws.below(1, 3);
    group.roles[0] = TravelRole::offender;
    for (std::uint32_t member = 1; member < group.size; ++member)
    {
      group.roles.at(member) = draws.below(1 + member, 3) == 0 ? TravelRole::lookout : TravelRole::courier;
    }
  }
  else
  {
    group.kind = GroupKind::smuggler;
    group.roles[0] = TravelRole::offender;
  }
  return group;
}

std::uint32_t Travel::passenger_number(TravelGroup const& group, std::uint32_t member) const noexcept
{
  std::uint64_t const at = std::uint64_t{group.administration} * groups() + group.number;
  return opaque_number(world_.seed(), passenger_numbers, at * most_members + member, eight_digits);
}

TravelTally Travel::empty_tally() const
{
  return {std::vector<std::int64_t>(suspects_.size() * most_members * TravelTally::facts)};
}

std::uint32_t Travel::route_country(std::uint32_t administration, std::uint32_t route) const noexcept
{
  return world_.draw_origin(
      administration, stream_key(world_.seed(), route_stream, std::uint64_t{administration} * 100 + route));
}

/// Most know one route, many two, some three; rings use three.
bool Travel::takes(TravelGroup const& group, std::uint32_t route) const noexcept
{
  Draws const draws(stream_key(world_.seed(), route_stream, 10'000 + group.administration), group.number);
  std::uint32_t const known =
      group.kind == GroupKind::ring ? 3 : 1 + draws.below(0, 6) / 3 + draws.below(1, 4) / 3;
  for (std::uint32_t i = 0; i < known; ++i)
  {
    if (routes_.pick(draws.bits(2 + i)) == route)
    {
      return true;
    }
  }
  return false;
}

/// Flights are spread evenly over the year; a route may be flown more than once a day.
std::vector<Travel::Flight> Travel::flights_of_day(std::uint32_t administration, int year,
                                                   std::int64_t day) const
{
  std::int64_t const days = Calendar(year).days();
  std::int64_t const all = settings_.travellers;
  std::int64_t const of_administration = all * (administration + 1) / settings_.administrations
                                         - all * administration / settings_.administrations;
  std::int64_t const flights = (of_administration + mean_load - 1) / mean_load;
  std::uint64_t const stream =
      stream_key(stream_key(world_.seed(), flight_stream, administration), static_cast<std::uint64_t>(year));
  std::vector<Flight> found;
  for (std::int64_t i = (flights * day + days - 1) / days; i < (flights * (day + 1) + days - 1) / days; ++i)
  {
    Draws const draws(stream, static_cast<std::uint64_t>(i));
    Flight flight;
    flight.administration = administration;
    flight.route = routes_.pick(draws.bits(0));
    flight.of_day = static_cast<std::uint32_t>(found.size());
    flight.year = year;
    flight.day = day;
    flight.key = stream_key(draws.bits(1), board_stream);
    flight.load = least_load + draws.below(2, seats_of_flight - least_load + 1);
    found.push_back(flight);
  }
  return found;
}

/// Nobody arrives twice on a day: `travelling` has the groups that are under way.
std::vector<Travel::Arrival> Travel::board(Flight const& flight, std::vector<std::uint32_t>& travelling) const
{
  std::vector<Arrival> arrivals;
  Draws const draws(flight.key, 0);
  // A small world has not people enough for every seat.
  std::uint64_t const tries = std::uint64_t{flight.load} * 40;
  for (std::uint64_t at = 0; at < tries && arrivals.size() < flight.load; ++at)
  {
    std::uint32_t const number = ranks_.pick(draws.bits(at));
    TravelGroup const group = this->group(flight.administration, number);
    bool const goes = mix64(draws.bits(at)) % 100 < activity.at(static_cast<std::size_t>(group.kind));
    if (goes && takes(group, flight.route) && std::ranges::find(travelling, number) == travelling.end()
        && arrivals.size() + group.size <= flight.load)
    {
      travelling.push_back(number);
      board(group, flight, arrivals);
    }
  }
  std::ranges::sort(arrivals, {}, &Arrival::passenger);
  return arrivals;
}

void Travel::board(TravelGroup const& group, Flight const& flight, std::vector<Arrival>& arrivals) const
{
  Draws const trip(stream_key(flight.key, trip_stream), group.number);
  bool const is_ring = group.kind == GroupKind::ring, is_family = group.kind == GroupKind::family;
  // A ring is not always at work: then one of them travels, whoever it is.
  bool const at_work = trip.below(0, 4) != 0;
  std::uint32_t const alone = trip.below(1, group.size);
  std::uint32_t const joins_percent = is_family ? 90 : (is_ring ? 80 : 60);
  bool const one_booking = is_family || (group.kind == GroupKind::colleagues && trip.below(2, 10) < 3);
  bool const dishonest = group.roles[0] != TravelRole::none;
  bool const on_business =
      group.kind == GroupKind::colleagues || (group.kind == GroupKind::alone && trip.below(3, 3) == 0);
  for (std::uint32_t member = 0; member < group.size; ++member)
  {
    Draws const draws(stream_key(flight.key, person_stream, group.number), member);
    bool const leads = is_ring ? member == 0 : member == alone;
    bool const joins = is_ring && !at_work ? member == alone : leads || draws.below(0, 100) < joins_percent;
    if (!joins)
    {
      continue;
    }
    Arrival arrival;
    arrival.passenger = passenger_number(group, member);
    arrival.group = group;
    arrival.member = member;
    arrival.booking =
        stream_key(flight.key, booking_stream, group.number * std::uint64_t{8} + (one_booking ? 0 : member));
    // Rings decide late, and so does business; families plan.
    Draws const& books = one_booking ? trip : draws;
    std::uint32_t const horizon = dishonest ? 12 : (on_business ? 20 : 150);
    arrival.days_before = books.below(10, horizon) * (1 + books.below(11, 100)) / 100;
    std::uint32_t const pays = books.below(12, 100);
    arrival.payment = dishonest     ? (pays < 22 ? cash : (pays < 45 ? account : card))
                      : on_business ? (pays < 4 ? cash : (pays < 65 ? account : card))
                                    : (pays < 8 ? cash : card);
    arrival.bags =
        is_family ? draws.below(13, 3) : (on_business || dishonest ? draws.below(13, 2) : draws.below(13, 3));
    TravelRole const role = group.roles.at(member);
    std::uint32_t const carries_percent = role == TravelRole::courier ? 60 : (is_ring ? 25 : 40);
    arrival.carries = carries_along(role) && (!is_ring || at_work) && draws.below(14, 100) < carries_percent;
    // One in a hundred is stopped at random; who paid cash or booked late, more often.
    std::uint32_t const per_mille = 10 + (arrival.payment == cash ? 40 : 0)
                                    + (arrival.days_before < 3 ? 20 : 0) + (arrival.carries ? 30 : 0);
    arrival.is_checked = draws.below(15, 1000) < per_mille;
    arrival.is_found = arrival.is_checked && arrival.carries && draws.below(16, 10) < 8;
    arrivals.push_back(arrival);
  }
}

void Travel::count(std::vector<Arrival> const& arrivals, TravelTally& tally) const
{
  for (Arrival const& arrival : arrivals)
  {
    TravelGroup const& group = arrival.group;
    if (group.roles[0] == TravelRole::none)
    {
      continue;
    }
    auto const place = [](TravelGroup const& one) { return std::pair(one.administration, one.number); };
    auto const at = std::ranges::lower_bound(suspects_, place(group), {}, place) - suspects_.begin();
    std::int64_t* const facts =
        tally.counts.data()
        + (static_cast<std::size_t>(at) * most_members + arrival.member) * TravelTally::facts;
    bool const with_other = std::ranges::any_of(
        arrivals, [&](Arrival const& other)
        { return other.group.number == group.number && (other.member == 0) != (arrival.member == 0); });
    auto const add = [&](TravelTally::Fact fact, bool is_so)
    { std::atomic_ref(facts[fact]).fetch_add(is_so ? 1 : 0, std::memory_order_relaxed); };
    add(TravelTally::trips, true);
    add(TravelTally::together, with_other);
    add(TravelTally::carried, arrival.carries);
    add(TravelTally::found, arrival.is_found);
  }
}

namespace
{

/// Two letters of the line and three digits: "KD314".
void append_flight_number(RowText& row, std::uint64_t seed, std::uint32_t administration, std::uint32_t route,
                          std::uint32_t of_day)
{
  Draws const draws(stream_key(seed, route_stream, 20'000 + administration), route);
  row.mark(static_cast<char>('A' + draws.below(0, 26))).mark(static_cast<char>('A' + draws.below(1, 26)));
  row.digits(10 + administration, 2).digits(route, 2).digits(of_day, 2);
}

}  // namespace

void Travel::append_day(std::uint32_t administration, int year, std::int64_t day,
                        std::array<std::string*, 2> texts, TravelTally& tally) const
{
  std::vector<std::uint32_t> travelling;
  Calendar const calendar(year), before(year - 1);
  std::string_view const reporter = country_code(reporter_country(administration));
  for (Flight const& flight : flights_of_day(administration, year, day))
  {
    std::vector<Arrival> const arrivals = board(flight, travelling);
    count(arrivals, tally);
    std::array<char, 64> front_buffer;
    RowText front(front_buffer.data());
    append_flight_number(front, world_.seed(), administration, flight.route, flight.of_day);
    front.mark(',').text(calendar.date(day)).mark(',').text(reporter);
    std::array<char, 160> buffer;
    RowText line(buffer.data());
    line.text(front.view()).mark(',').text(country_code(route_country(administration, flight.route)));
    line.mark(',').number(seats_of_flight).mark(',').number(static_cast<std::int64_t>(arrivals.size()));
    line.mark(',').number(year).mark('\n');
    texts[0]->append(line.view());
    for (Arrival const& arrival : arrivals)
    {
      Draws const person(stream_key(world_.seed(), person_stream, arrival.passenger), 0);
      Draws const family(stream_key(world_.seed(), person_stream, administration), arrival.group.number);
      RowText row(buffer.data());
      row.text(front.view()).text(",P").digits(arrival.passenger, 8).mark(',');
      for (std::uint64_t i = 0, bits = arrival.booking; i < 6; ++i, bits >>= 5)
      {
        constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        row.mark(letters[bits & 31]);
      }
      std::int64_t const booked = day - arrival.days_before;
      row.mark(',').text(booked < 0 ? before.date(before.days() + booked) : calendar.date(booked));
      row.mark(',').text(payments.at(arrival.payment)).mark(',').number(arrival.bags).mark(',');
      // Half come from where the flight does or live where it goes, families from one country.
      Draws const& origin = arrival.group.kind == GroupKind::family ? family : person;
      row.text(country_code(origin.below(1, 2) == 0 ? reporter_country(administration)
                                                    : world_.draw_country(origin.bits(2))));
      bool const is_child = arrival.group.kind == GroupKind::family && arrival.member >= 2;
      row.mark(',').number(is_child ? 2005 + person.below(3, 12) : 1950 + person.below(3, 50)).mark(',');
      row.text(arrival.is_found ? "goods" : (arrival.is_checked ? "nothing" : ""))
          .mark(',')
          .number(year)
          .mark('\n');
      texts[1]->append(row.view());
    }
  }
}

std::string_view flights_header()
{
  return "flight,date,reporter,departure,seats,passengers,year\n";
}

std::string_view passengers_header()
{
  return "flight,date,reporter,passenger,booking,booked,payment,bags,nationality,birth_year,check,year\n";
}

}  // namespace tarifa::kernels
