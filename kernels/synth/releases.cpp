#include "kernels/synth/releases.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t congestion_stream = 252, authorised_stream = 253;

// What the bits of a declaration are drawn for; those of inspections end at 308.
enum Purpose : std::uint64_t
{
  hour_purpose = 400,
  second_hour_purpose,
  any_hour_purpose,
  acceptance_purpose,
  early_purpose,
  arrival_purpose,
  unloading_purpose,
  storage_purpose,
  documents_wait_purpose,
  documents_purpose,
  agency_needed_purpose,
  agency_purpose,
  examination_wait_purpose,
  examination_purpose,
  payment_purpose,
  payment_begin_purpose,
  decision_purpose,
  removal_purpose,
};

constexpr double hour = 60, day = 24 * hour;

/// Typical times of one mode of transport [minutes], medians; the share of declarations lodged early.
struct ModeTimes
{
  double early_share;  ///< of declarations lodged before arrival, by traders without authorisation
  double until_arrival, unloading, until_lodged, removal;
};
constexpr std::array<ModeTimes, 5> mode_times = {{{0.40, 30 * hour, 8 * hour, 40 * hour, 22 * hour},
                                                  {0.30, 12 * hour, 5 * hour, 20 * hour, 10 * hour},
                                                  {0.25, 3 * hour, 0.7 * hour, 2 * hour, 1 * hour},
                                                  {0.35, 5 * hour, 3 * hour, 14 * hour, 6 * hour},
                                                  {0.50, 10 * hour, 5 * hour, 24 * hour, 20 * hour}}};

/// Food, live animals, plants; medicines; arms: what other authorities look at.
bool concerns_agency(std::uint32_t chapter)
{
  return chapter <= 24 || chapter == 30 || chapter == 93;
}

double unit(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) / 9007199254740992.0;
}

}  // namespace

/// The steps of one declaration, one after the other.
class Clearance::Steps
{
 public:
  Steps(Clearance const& clearance, Declaration const& declaration)
      : clearance_(clearance)
      , maker_(clearance.inspectorate_.maker())
      , declaration_(declaration)
      , head_(declaration.head)
      , draws_(maker_.draws(head_.number))
      , times_(mode_times[static_cast<std::size_t>(head_.transport)])
      , hours_(opening_hours(head_.office))
      , midnight_(Minute{maker_.absolute(head_.day)} * minutes_per_day)
  {
    double const busy = clearance.utilisation(head_.reporter, head_.office, maker_.absolute(head_.day));
    queue_ = busy / (1 - busy);
    congestion_ = 0.4 + busy;
    release_.is_authorised = clearance.is_authorised(head_.importer, maker_.absolute(head_.day));
  }

  Release make(Selection const& selection, Inspection const& inspection)
  {
    bool const inspected = selection.channel != Channel::none;
    release_.lane = !inspected ? Lane::green : (inspection.is_physical ? Lane::red : Lane::yellow);
    // A result is known on its day: what led to it is done by the end of that day.
    Minute const result_day = midnight_ + (inspection.result_day - head_.day) * minutes_per_day;
    Minute const deadline = result_day + minutes_per_day - 1;
    lodge(inspected && inspection.result_day == head_.day);
    arrive(release_.lane == Lane::red ? deadline : midnight_ + 400 * minutes_per_day);
    ask_agency();
    if (inspected)
    {
      check(deadline);
    }
    pay();
    decide(inspected && inspection.items_found > 0 ? std::optional(result_day) : std::nullopt);
    Minute const left = release_.released + typical(times_.removal, fixed(1.2), removal_purpose);
    release_.gate_out = hours_.next_open(left);
    return release_;
  }

 private:
  /// [minutes] Log-normal around a median, at least 1, with a spread in doublings.
  std::int64_t typical(double median, Fixed spread, Purpose purpose) const
  {
    World const& world = maker_.world();
    Fixed const power = scaled(spread, world.normal(draws_.bits(purpose))) + (Fixed{20} << fixed_bits);
    double const times = static_cast<double>(world.exp2(power)) / 1'048'576.0;
    constexpr double most = 300 * day;
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(median * times, most)));
  }

  /// Traders work by day, machines at any hour; offices take declarations round the clock.
  void lodge(bool in_the_morning)
  {
    bool const weekend = weekday_of(day_of(midnight_)) >= 5;
    bool const any_hour = draws_.below(any_hour_purpose, 100) < (weekend ? 50U : 15U);
    constexpr std::uint32_t last = 23 * 60, six_hours = 360, seven = 420;
    std::uint32_t const by_day =
        seven + draws_.below(hour_purpose, six_hours) + draws_.below(second_hour_purpose, six_hours);
    Minute at = any_hour ? draws_.below(hour_purpose, last) : by_day;
    at = in_the_morning ? 300 + at / 4 : at;
    release_.lodged = midnight_ + at;
    // What is sound in form is accepted by a machine, on the day that stands in the declaration.
    release_.accepted = std::min(release_.lodged + typical(4, fixed(1.5), acceptance_purpose),
                                 midnight_ + minutes_per_day - 1);
  }

  /// Goods that are opened by `latest` have arrived by then.
  void arrive(Minute latest)
  {
    double const share =
        clearance_.settings_.pre_arrival * times_.early_share * (release_.is_authorised ? 1.5 : 1.0);
    std::int64_t const unloading = typical(times_.unloading * congestion_, fixed(0.8), unloading_purpose);
    if (unit(draws_.bits(early_purpose)) < std::min(share, 0.95) && head_.regime != "4071")
    {
      release_.arrival = release_.accepted + typical(times_.until_arrival, fixed(1.2), arrival_purpose);
      release_.unloaded = release_.arrival + unloading;
      constexpr std::int64_t time_to_look = 240;
      if (release_.unloaded + time_to_look < latest)
      {
        return;
      }
    }
    release_.unloaded = release_.lodged - typical(times_.until_lodged, fixed(1.4), arrival_purpose);
    // Out of a customs warehouse, where the goods have lain for weeks.
    release_.unloaded -= head_.regime == "4071" ? typical(45 * day, fixed(1), storage_purpose) : 0;
    release_.arrival = release_.unloaded - unloading;
  }

  void ask_agency()
  {
    bool concerns = false;
    for (int i = 0; i < declaration_.count; ++i)
    {
      Item const& item = declaration_.items[static_cast<std::size_t>(i)];
      concerns = concerns || concerns_agency(chapter_of(maker_.world().products()[item.declared.product]));
    }
    std::uint32_t const draw = draws_.below(agency_needed_purpose, 100);
    if (concerns && draw < 35)
    {
      // Half of them look at papers, the others at the goods.
      Minute const from =
          (draw & 1) != 0 ? release_.accepted : std::max(release_.accepted, release_.unloaded);
      Minute const begin = hours_.next_open(from);
      release_.agency = Work{begin, hours_.after_work(begin, typical(3 * hour, fixed(1.3), agency_purpose))};
    }
  }

  void check(Minute deadline)
  {
    constexpr Fixed spread = fixed(1);
    Work& documents = release_.documents.emplace();
    std::int64_t const wait = typical(45 * queue_, spread, documents_wait_purpose);
    documents.begin = hours_.next_open(hours_.after_work(release_.accepted, wait));
    double const reading = 25 + 10.0 * declaration_.count;
    documents.end = hours_.after_work(documents.begin, typical(reading, fixed(0.8), documents_purpose));
    Minute floor = release_.accepted;
    if (release_.lane == Lane::red)
    {
      Work& examination = release_.examination.emplace();
      Minute const from = std::max(documents.end, release_.unloaded);
      std::int64_t const more = typical(90 * queue_, spread, examination_wait_purpose);
      examination.begin = hours_.next_open(hours_.after_work(from, more));
      double const opening = 60 + 12.0 * declaration_.count;
      examination.end =
          hours_.after_work(examination.begin, typical(opening, fixed(0.9), examination_purpose));
      floor = std::max(floor, release_.unloaded);
      in_time(examination, floor, deadline);
      documents.end = std::min(documents.end, examination.begin);
      documents.begin = std::min(documents.begin, documents.end);
    }
    else
    {
      in_time(documents, floor, deadline);
    }
  }

  /// What would last beyond the deadline is done before it, outside hours if need be.
  static void in_time(Work& work, Minute floor, Minute deadline)
  {
    if (work.end <= deadline)
    {
      return;
    }
    std::int64_t const whole = work.end - floor, have = deadline - floor;
    work.begin = floor + (work.begin - floor) * have / whole;
    work.end = deadline;
  }

  void pay()
  {
    std::int64_t due = 0;
    for (int i = 0; i < declaration_.count; ++i)
    {
      due += declaration_.items[static_cast<std::size_t>(i)].declared_taxes.total();
    }
    if (due == 0)
    {
      return;
    }
    if (release_.is_authorised)  // their accounts are debited
    {
      release_.paid = release_.accepted;
      return;
    }
    // Half of the others wait until customs has nothing to add.
    bool const waits = (draws_.bits(payment_begin_purpose) & 1) != 0;
    Minute from = release_.accepted;
    from = waits && release_.documents ? release_.documents->end : from;
    from = waits && release_.examination ? release_.examination->end : from;
    release_.paid = banking_hours().after_work(from, typical(1.5 * hour, fixed(1.5), payment_purpose));
  }

  /// `result` is the day on which what was found is known, when something was.
  void decide(std::optional<Minute> result)
  {
    Minute ready =
        std::max({release_.accepted, release_.unloaded, release_.paid.value_or(release_.accepted)});
    for (std::optional<Work> const& work : {release_.agency, release_.documents, release_.examination})
    {
      ready = work ? std::max(ready, work->end) : ready;
    }
    if (release_.lane == Lane::green && !release_.agency)
    {
      release_.released = ready + typical(3, fixed(1), decision_purpose);
      return;
    }
    constexpr std::int64_t patience = 3 * minutes_per_day;
    std::int64_t const pending = result ? *result - ready : 0;
    release_.on_security = pending > patience;
    std::int64_t const arranging = release_.on_security ? 6 * 60 : 0;
    ready = pending > 0 && !release_.on_security ? *result : ready;
    release_.released =
        hours_.after_work(ready, arranging + typical(20 * congestion_, fixed(1), decision_purpose));
    // A day on which the office is closed may carry the release beyond the result.
    release_.on_security = release_.on_security && release_.released < *result;
  }

  Clearance const& clearance_;
  DeclarationMaker const& maker_;
  Declaration const& declaration_;
  Head const& head_;
  Draws draws_;
  ModeTimes const& times_;
  OpeningHours hours_;
  Minute midnight_;
  double queue_ = 0, congestion_ = 0;
  Release release_;
};

Clearance::Clearance(Inspectorate const& inspectorate, ReleaseSettings const& settings)
    : inspectorate_(inspectorate)
    , settings_(settings)
{
}

/// The office with the fewest inspectors has most to do. Load drifts from fortnight to fortnight, is higher
/// after a weekend and in the two months before the turn of the year.
double Clearance::utilisation(std::uint32_t reporter, std::uint32_t office, Day at) const noexcept
{
  DeclarationMaker const& maker = inspectorate_.maker();
  Office const facts = maker.actors().office(reporter, office);
  double const level = 0.80 - 0.25 * (static_cast<double>(facts.capacity_per_mille) - 60) / 90;
  constexpr Day fortnight = 14;
  std::uint64_t const stream = stream_key(maker.world().seed(), congestion_stream,
                                          std::uint64_t{reporter} * offices_per_reporter + office);
  Day const since = at + 100'000;
  auto const knot = [&](Day which)
  {
    Fixed const normal = maker.world().normal(Draws(stream, static_cast<std::uint64_t>(which)).bits(0));
    return static_cast<double>(normal) / (1 << fixed_bits);
  };
  double const along = static_cast<double>(since % fortnight) / fortnight;
  double const drift = 0.06 * (knot(since / fortnight) * (1 - along) + knot(since / fortnight + 1) * along);
  double const monday = weekday_of(at) == 0 ? 0.06 : 0;
  Day const of_year = at - maker.absolute(0);
  constexpr Day november = 304;
  double const season = of_year >= november ? 0.05 : 0;
  return std::clamp(settings_.congestion * (level + drift + monday + season), 0.30, 0.95);
}

bool Clearance::is_authorised(Importer const& importer, Day at) const noexcept
{
  Actors const& actors = inspectorate_.maker().actors();
  constexpr Day two_years = 730;
  bool const can = importer.rank <= actors.settings().seats / 10 && at - importer.entry >= two_years;
  Draws const draws(stream_key(inspectorate_.maker().world().seed(), authorised_stream, importer.seat),
                    importer.occupant);
  return can && draws.below(0, 10) < 6;
}

Release Clearance::release(Declaration const& declaration, Selection const& selection,
                           Inspection const& inspection) const noexcept
{
  return Steps(*this, declaration).make(selection, inspection);
}

}  // namespace tarifa::kernels
