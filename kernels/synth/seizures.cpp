#include "kernels/synth/seizures.hpp"

#include <algorithm>
#include <functional>

#include "kernels/synth/calendar.hpp"
#include "kernels/synth/smuggling.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t attempt_stream = 20;
constexpr std::uint64_t pilot_stream = 21;
constexpr std::uint64_t burst_stream = 22;

// What the bits of an attempt are drawn for, beyond its fate.
enum Purpose : std::uint64_t
{
  cell_purpose = 200,
  detection_purpose,
  known_purpose,
  delay_purpose,
  missing_purpose = 210,  // and one more for each line
  value_purpose = 220,    // and one more for each line
};

constexpr std::array<std::string_view, conveyance_count> places = {"airport", "seaport", "land",
                                                                   "land",    "mail",    "land"};
constexpr std::array<std::string_view, 4> detections = {"risk profile", "routine control", "dog",
                                                        "information"};

/// Number -> number of 40 bits, one to one, so that the numbers of the cases do not tell how many
/// consignments lie between them. An odd factor and a shift by half the width can both be undone.
std::int64_t case_number(std::int64_t consignment)
{
  constexpr std::uint64_t mask = (std::uint64_t{1} << 40) - 1;
  std::uint64_t x = static_cast<std::uint64_t>(consignment) & mask;
  x = (x * 0x9e3779b97f4a7c15U) & mask;
  x ^= x >> 20;
  x = (x * 0xbf58476d1ce4e5b9U) & mask;
  x ^= x >> 20;
  return static_cast<std::int64_t>(x) + 1;
}

void append_line(World const& world, SmugglingAttempt const& attempt, std::uint32_t line, Draws const& draws,
                 std::string_view front, std::string_view back, std::string& out)
{
  SmuggledLine const& smuggled = attempt.lines.at(line);
  Contraband const& goods = contraband(smuggled.goods);
  std::int64_t const quantity = smuggled.quantity;
  std::uint32_t const missing = draws.below(missing_purpose + line, 100);
  std::array<char, 320> buffer;
  RowText row(buffer.data());
  row.text(front).mark(',').number(line + 1).mark(',').text(goods.category).mark(',');
  row.text(goods.product).mark(',');
  if (missing >= 3)
  {
    row.decimal<3>(quantity);
  }
  row.mark(',').text(goods.unit).mark(',');
  if (missing >= 3 && goods.grams_per_unit > 0)
  {
    row.decimal<3>(quantity / 1000 * goods.grams_per_unit + quantity % 1000 * goods.grams_per_unit / 1000);
  }
  row.mark(',');
  if (missing < 60)
  {
    // A dollar is worth a dollar; other goods are estimated.
    double const spread = goods.unit == "USD" ? 0 : 0.4;
    Fixed const price =
        fixed(goods.log2_value) + scaled(fixed(spread), world.normal(draws.bits(value_purpose + line)));
    // In 64ths of a cent; 2^35 cigarettes and 2^30 for a kilogram of cocaine both leave room.
    std::int64_t const per_unit = world.exp2(price + fixed(6));
    row.decimal<2>(per_unit * quantity / (std::int64_t{64} * 1000));
  }
  row.text(back).mark('\n');
  out.append(row.view());
}

/// Days of the year of the seizures and of the next one, for dates of reports.
struct Calendars
{
  Calendar year, next;

  std::string_view date(std::int64_t day) const
  {
    return day < year.days() ? year.date(day) : next.date(std::min(day - year.days(), next.days() - 1));
  }
};

/// Some weeks after the seizure, or with all others of a half-year.
std::int64_t day_of_report(SeizurePlan const& plan, SmugglingAttempt const& attempt, Draws const& draws,
                           AttemptTime const& time, std::int64_t days_of_year)
{
  if (!plan.enforcement().reports_in_bursts(attempt.administration))
  {
    return std::int64_t{time.day} + 3 + draws.below(delay_purpose, 38);
  }
  std::int32_t const half = time.month / 6;
  Draws const burst(stream_key(plan.world().seed(), burst_stream, attempt.administration),
                    static_cast<std::uint64_t>(half));
  return (time.month % 12 < 6 ? days_of_year / 2 : days_of_year) + burst.below(0, 21);
}

void append_case(SeizurePlan const& plan, Calendars const& calendars, SmugglingAttempt const& attempt,
                 Draws const& draws, std::int64_t number, AttemptTime const& time, std::string& out)
{
  Corridor const& corridor = plan.traffic().corridors()[attempt.corridor];
  auto const& operations = plan.enforcement().operations();
  std::string_view const operation =
      attempt.operation < 0 ? std::string_view("")
                            : std::string_view(operations[static_cast<std::size_t>(attempt.operation)].name);
  std::array<char, 160> front_buffer;
  RowText front(front_buffer.data());
  front.number(case_number(number)).mark(',').text(calendars.date(time.day)).mark(',');
  front.text(calendars.date(day_of_report(plan, attempt, draws, time, calendars.year.days()))).mark(',');
  front.text(country_code(reporter_country(attempt.administration))).mark(',');
  front.text(attempt.direction == Direction::internal
                 ? "inland"
                 : places.at(static_cast<std::size_t>(attempt.conveyance)));
  front.mark(',').text(name_of(attempt.direction)).mark(',').text(operation);

  std::array<char, 128> back_buffer;
  RowText back(back_buffer.data());
  back.mark(',').text(name_of(attempt.conveyance)).mark(',').text(attempt.concealment).mark(',');
  back.text(detections.at(draws.below(detection_purpose, detections.size()))).mark(',');
  std::uint32_t const known = draws.below(known_purpose, 100);
  back.text(known >= 12 ? country_code(corridor.departure) : "").mark(',');
  bool const tells_transit = corridor.transit != no_country && known % 5 < 3;
  back.text(tells_transit ? country_code(corridor.transit) : "").mark(',');
  back.text(country_code(reporter_country(corridor.destination)));

  for (std::uint32_t line = 0; line < attempt.line_count; ++line)
  {
    append_line(plan.world(), attempt, line, draws, front.view(), back.view(), out);
  }
}

void count(SmugglingAttempt const& attempt, std::int32_t month_of_year, SeizureTally& tally)
{
  auto const way = static_cast<std::size_t>(month_of_year) * corridor_count + attempt.corridor;
  std::int64_t const seized = attempt.is_seized ? 1 : 0;
  std::int64_t const reported = attempt.is_reported ? 1 : 0;
  for (std::uint32_t line = 0; line < attempt.line_count; ++line)
  {
    SmuggledLine const& smuggled = attempt.lines.at(line);
    std::int64_t* const facts =
        tally.by_line.data() + (way * contraband_count + smuggled.goods) * SeizureTally::line_facts;
    facts[SeizureTally::lines] += 1;
    facts[SeizureTally::quantity] += smuggled.quantity;
    facts[SeizureTally::seized_lines] += seized;
    facts[SeizureTally::seized_quantity] += seized * smuggled.quantity;
    facts[SeizureTally::reported_lines] += reported;
    facts[SeizureTally::reported_quantity] += reported * smuggled.quantity;
  }
  std::int64_t* const facts = tally.by_way.data() + way * SeizureTally::way_facts;
  facts[SeizureTally::consignments] += 1;
  facts[SeizureTally::seized] += seized;
  facts[SeizureTally::reported] += reported;
  facts[SeizureTally::chance] += attempt.chance;
  if (attempt.is_seized)
  {
    auto const desk = static_cast<std::size_t>(month_of_year) * reporter_count + attempt.administration;
    std::int64_t* const desk_facts = tally.by_desk.data() + desk * SeizureTally::desk_facts;
    desk_facts[SeizureTally::desk_seized] += 1;
    desk_facts[SeizureTally::desk_reported] += reported;
  }
}

void add(std::vector<std::int64_t>& sums, std::vector<std::int64_t> const& more)
{
  std::transform(sums.begin(), sums.end(), more.begin(), sums.begin(), std::plus<>());
}

std::int32_t middle_of_month(std::int32_t month)
{
  return month % 12 * 30 + 15;
}

/// [2^-32] Mean chance that a consignment of a month becomes a reported case, from 512 of them.
double reported_share(SeizurePlan const& plan, std::int32_t month)
{
  constexpr std::uint64_t trials = 512;
  AliasTable const cells(plan.traffic().cell_weights(month));
  std::uint64_t const stream =
      stream_key(plan.world().seed(), pilot_stream, static_cast<std::uint64_t>(month));
  AttemptTime const time{month, month / 12, middle_of_month(month)};
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < trials; ++i)
  {
    Draws const draws(stream, i);
    std::uint32_t const cell = cells.pick(draws.bits(cell_purpose));
    sum += draw_attempt(plan.world(), plan.traffic(), plan.enforcement(), draws, cell, time).told_chance;
  }
  return static_cast<double>(sum) / (4294967296.0 * trials);
}

}  // namespace

SeizureTally::SeizureTally()
    : by_line(std::size_t{12} * corridor_count * contraband_count * line_facts)
    , by_way(std::size_t{12} * corridor_count * way_facts)
    , by_desk(std::size_t{12} * reporter_count * desk_facts)
{
}

SeizureTally& SeizureTally::operator+=(SeizureTally const& other)
{
  add(by_line, other.by_line);
  add(by_way, other.by_way);
  add(by_desk, other.by_desk);
  return *this;
}

std::int64_t SeizureTally::reported_cases() const
{
  std::int64_t sum = 0;
  for (std::size_t at = reported; at < by_way.size(); at += way_facts)
  {
    sum += by_way[at];
  }
  return sum;
}

SeizurePlan::SeizurePlan(World const& world, SeizureSettings const& settings)
    : world_(world)
    , settings_(settings)
    , traffic_(world, settings.traffic)
    , enforcement_(world, settings.enforcement)
    , before_{0}
{
  double reported = 0;
  for (std::int32_t month = 0; month < traffic_.months(); ++month)
  {
    reported += traffic_.month_weight(month) * reported_share(*this, month);
  }
  double const per_weight = reported > 0 ? static_cast<double>(settings.cases) / reported : 0;
  double sum = 0;
  for (std::int32_t month = 0; month < traffic_.months(); ++month)
  {
    sum += traffic_.month_weight(month) * per_weight;
    before_.push_back(static_cast<std::int64_t>(sum));
  }
}

SeizureYear::SeizureYear(SeizurePlan const& plan, std::int32_t year)
    : plan_(plan)
    , year_(year)
    , first_(plan.before(year * 12))
    , last_(plan.before(year * 12 + 12))
{
  for (std::int32_t month = year * 12; month < year * 12 + 12; ++month)
  {
    cells_.emplace_back(plan.traffic().cell_weights(month));
  }
}

void SeizureYear::append(std::int64_t first, std::int64_t count_of, std::string& out,
                         SeizureTally& tally) const
{
  int const calendar_year = plan_.settings().traffic.first_year + year_;
  Calendars const calendars{Calendar(calendar_year), Calendar(calendar_year + 1)};
  auto const begin_of = [&](std::int32_t month)
  {
    std::int32_t const of_year = month - year_ * 12;
    return of_year < 12 ? calendars.year.first_of_month(static_cast<std::size_t>(of_year))
                        : calendars.year.days();
  };
  std::int32_t month = year_ * 12;
  for (std::int64_t number = first_ + first; number < first_ + first + count_of; ++number)
  {
    while (number >= plan_.before(month + 1))
    {
      ++month;
    }
    std::int64_t const in_month = number - plan_.before(month);
    std::int64_t const of_month = plan_.before(month + 1) - plan_.before(month);
    std::int64_t const day = begin_of(month) + in_month * (begin_of(month + 1) - begin_of(month)) / of_month;
    AttemptTime const time{month, year_, static_cast<std::int32_t>(day)};
    std::uint64_t const stream = stream_key(plan_.world().seed(), attempt_stream,
                                            static_cast<std::uint64_t>(calendar_year * 12 + month % 12));
    Draws const draws(stream, static_cast<std::uint64_t>(in_month));
    std::uint32_t const cell = cells_[static_cast<std::size_t>(month % 12)].pick(draws.bits(cell_purpose));
    SmugglingAttempt const attempt =
        draw_attempt(plan_.world(), plan_.traffic(), plan_.enforcement(), draws, cell, time);
    count(attempt, month % 12, tally);
    if (attempt.is_reported)
    {
      append_case(plan_, calendars, attempt, draws, number, time, out);
    }
  }
}

std::string_view seizures_header()
{
  return "case_id,date,report_date,reporter,location,direction,operation,line,category,product,quantity,unit,"
         "mass_kg,value_usd,conveyance,concealment,detection,departure,transit,destination\n";
}

}  // namespace tarifa::kernels
