#include "kernels/synth/inspections.hpp"

#include <algorithm>
#include <cmath>

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t watch_stream = 250, day_stream = 251;

// What the bits of a declaration, or of one of its items, are drawn for; those of the rows are below 202.
enum Purpose : std::uint64_t
{
  random_purpose = 300,
  rule_purpose,
  officer_purpose,
  mood_purpose,
  physical_purpose,
  found_purpose,
  share_purpose,
  intent_purpose,
  delay_purpose,
};

constexpr std::int64_t million = 1'000'000;

std::int64_t ppm(double chance)
{
  return std::llround(std::clamp(chance, 0.0, 1.0) * 1e6);
}

/// Chance that a declaration is taken when one rule applies, at an office of middling capacity.
constexpr std::array<double, rule_count> strengths = {0.30, 0.25, 0.12, 0.25, 0.25, 0.35};

/// Chance that what is false is found where skill is whole: by papers alone, with the goods opened.
struct Visibility
{
  double papers, goods;
  Finding finding;
};
constexpr std::array<Visibility, mechanism_count> of_fraud = {{{0, 0, Finding::nothing},
                                                               {0.45, 0.40, Finding::value},
                                                               {0.40, 0.75, Finding::classification},
                                                               {0.45, 0.35, Finding::origin},
                                                               {0.15, 0.85, Finding::quantity},
                                                               {0.50, 0.45, Finding::split},
                                                               {0.05, 0.85, Finding::undeclared},
                                                               {0.20, 0.12, Finding::value}}};
constexpr std::array<Visibility, honest_error_count> of_error = {{{0, 0, Finding::nothing},
                                                                  {0.60, 0.50, Finding::value},
                                                                  {0.70, 0.60, Finding::value},
                                                                  {0.40, 0.75, Finding::classification},
                                                                  {0.45, 0.35, Finding::origin},
                                                                  {0.40, 0.75, Finding::quantity},
                                                                  {0.20, 0.85, Finding::quantity}}};

Visibility const& visibility(Item const& item)
{
  return item.mechanism != Mechanism::none ? of_fraud[static_cast<std::size_t>(item.mechanism)]
                                           : of_error[static_cast<std::size_t>(item.error)];
}

/// What can be shown of a gap in the value is less than the gap.
double share_shown(Item const& item, Draws const& draws)
{
  bool const of_value = item.mechanism == Mechanism::undervaluation
                        || item.mechanism == Mechanism::invoice_chain
                        || item.error == HonestError::value_slip;
  return of_value ? 0.6 + 0.01 * draws.below(share_purpose, 41) : 1.0;
}

}  // namespace

Inspectorate::Inspectorate(DeclarationMaker const& maker, InspectionSettings const& settings)
    : maker_(maker)
    , settings_(settings)
    , next_(maker.year().year + 1)
{
}

/// The list is made anew every half year, of what was known of importers three months before: the riskier one
/// was then, the likelier it had been found out.
bool Inspectorate::is_watched(Head const& head) const noexcept
{
  Actors const& actors = maker_.actors();
  std::int64_t const half = head.month > 6 ? 1 : 0;
  Day const known = maker_.absolute(half * maker_.calendar().first_of_month(6)) - 91;
  if (head.importer.entry > known)
  {
    return false;
  }
  auto const list = static_cast<std::uint64_t>(maker_.year().year * std::int64_t{2} + half);
  Draws const draws(stream_key(maker_.world().seed(), watch_stream, head.importer.seat),
                    std::uint64_t{head.importer.occupant} << 32U | list);
  double const chance = std::min(0.9, 0.03 * actors.weight(actors.risk(head.importer, known)));
  return static_cast<std::int64_t>(draws.below(0, million)) < ppm(chance);
}

std::uint32_t Inspectorate::rules(Declaration const& declaration) const noexcept
{
  World const& world = maker_.world();
  Head const& head = declaration.head;
  std::uint32_t rules = 0;
  auto const apply = [&](Rule rule, bool applies)
  { rules |= applies ? 1U << static_cast<unsigned>(rule) : 0U; };
  std::int64_t value = 0;
  for (int i = 0; i < declaration.count; ++i)
  {
    Item const& item = declaration.items[static_cast<std::size_t>(i)];
    Goods const& goods = item.declared;
    value += goods.customs_value();
    constexpr Fixed log2_deviation = fixed(1.2);  // two standard deviations of the price of an honest row
    std::int64_t const low = world.exp2(world.products()[goods.product].log2_price
                                        + world.origin_premium(goods.product, goods.origin) - log2_deviation);
    apply(Rule::low_price, static_cast<double>(goods.invoice) * 100
                               < static_cast<double>(goods.net) * static_cast<double>(low));
    apply(Rule::indirect_preference, item.agreement_claimed > 0 && goods.origin != head.dispatch);
    apply(Rule::heavy_packing, goods.gross * 10 > goods.net * 13);
  }
  std::int64_t const limit = maker_.tariff().low_value_limit(head.reporter);
  apply(Rule::below_limit, declaration.relief == Relief::low_value && value * 10 >= limit * 8);
  constexpr Day half_year = 182;
  constexpr std::int64_t large = 2'000'000;  // US cents
  apply(Rule::new_importer, maker_.absolute(head.day) - head.importer.entry < half_year && value > large);
  apply(Rule::watch_list, is_watched(head));
  return rules;
}

/// How much an office looks at on a day, in times of what the middling office does.
double Inspectorate::load(Head const& head, Office const& office) const noexcept
{
  constexpr double middling_per_mille = 104.5;
  auto const at = static_cast<std::uint64_t>(head.reporter) * offices_per_reporter + head.office;
  Draws const draws(stream_key(maker_.world().seed(), day_stream, at),
                    static_cast<std::uint64_t>(maker_.absolute(head.day) + 100'000));
  double const busy = 0.6 + 0.01 * draws.below(0, 81);
  return settings_.capacity * busy * office.capacity_per_mille / middling_per_mille;
}

Selection Inspectorate::select(Declaration const& declaration) const noexcept
{
  Head const& head = declaration.head;
  Draws const draws = maker_.draws(head.number);
  Office const office = maker_.actors().office(head.reporter, head.office);
  double const load = this->load(head, office);
  Selection selection;
  selection.random_ppm = ppm(settings_.random * office.random_per_myriad / 10'000);
  selection.rules = rules(declaration);
  double left = 1;
  for (std::size_t r = 0; r < rule_count; ++r)
  {
    left *= ((selection.rules >> r) & 1) != 0 ? 1 - std::min(0.95, strengths[r] * load) : 1;
  }
  selection.rule_ppm = ppm(1 - left);
  // An officer feels who is dishonest, and a false paper looks a bit off; mostly it is the mood of the day.
  bool fraud = false, error = false;
  for (int i = 0; i < declaration.count; ++i)
  {
    Item const& item = declaration.items[static_cast<std::size_t>(i)];
    fraud = fraud || item.mechanism != Mechanism::none;
    error = error || item.error != HonestError::none;
  }
  double const felt = std::sqrt(head.weight) * (fraud ? 1.6 : (error ? 1.2 : 1.0));
  Fixed const mood = scaled(fixed(0.8), maker_.world().normal(draws.bits(mood_purpose)));
  double const times =
      static_cast<double>(maker_.world().exp2(mood + (Fixed{20} << fixed_bits))) / 1'048'576.0;
  constexpr double picked = 0.03;
  selection.officer_ppm = ppm(std::min(0.5, picked * load * times * (1 + settings_.judgement * (felt - 1))));
  auto const happens = [&](Purpose purpose, std::int64_t chance)
  { return static_cast<std::int64_t>(draws.below(purpose, million)) < chance; };
  selection.channel = happens(random_purpose, selection.random_ppm)     ? Channel::random
                      : happens(rule_purpose, selection.rule_ppm)       ? Channel::rule
                      : happens(officer_purpose, selection.officer_ppm) ? Channel::officer
                                                                        : Channel::none;
  return selection;
}

Inspection Inspectorate::inspect(Declaration const& declaration, Selection const& selection) const noexcept
{
  Head const& head = declaration.head;
  Draws const draws = maker_.draws(head.number);
  Inspection inspection;
  bool const heavy = ((selection.rules >> static_cast<unsigned>(Rule::heavy_packing)) & 1) != 0;
  std::uint32_t const physical_percent = selection.channel == Channel::random ? 50 : (heavy ? 90 : 45);
  inspection.is_physical = draws.below(physical_purpose, 100) < physical_percent;
  double const skill =
      settings_.skill * maker_.actors().office(head.reporter, head.office).skill_per_cent / 100;
  for (int i = 0; i < declaration.count; ++i)
  {
    auto const at = static_cast<std::size_t>(i);
    Item const& item = declaration.items[at];
    Draws const of_item = maker_.draws(item.row);
    Visibility const& sight = visibility(item);
    double const chance = skill * (inspection.is_physical ? sight.goods : sight.papers);
    if (static_cast<std::int64_t>(of_item.below(found_purpose, million)) >= ppm(chance))
    {
      continue;
    }
    inspection.found[at] = true;
    inspection.shown[at] = share_shown(item, of_item);
    inspection.finding = inspection.items_found++ == 0 ? sight.finding : inspection.finding;
    auto const gap = static_cast<double>(item.due.total() - item.declared_taxes.total());
    inspection.additional_taxes +=
        std::max<std::int64_t>(0, static_cast<std::int64_t>(gap * inspection.shown[at]));
    // Intent has to be shown: one in four who cheat gets away with an error, one in twelve who err does not.
    std::uint32_t const of_twelve = of_item.below(intent_purpose, 12);
    bool const intent = item.mechanism != Mechanism::none ? of_twelve < 9 : of_twelve < 1;
    inspection.result = std::max(inspection.result, intent ? Result::fraud : Result::error);
  }
  // Log-normal: median 2 days for goods, 6 for papers, 8 times that when something was found.
  Fixed const log2_days = (inspection.is_physical ? fixed(1) : fixed(2.585))
                          + (inspection.items_found > 0 ? fixed(3) : 0)
                          + scaled(fixed(1.3), maker_.world().normal(draws.bits(delay_purpose)));
  constexpr Fixed two_to_the_eighth = Fixed{8} << fixed_bits;
  double const days =
      settings_.delay * static_cast<double>(maker_.world().exp2(log2_days + two_to_the_eighth)) / 256;
  inspection.result_day = head.day + static_cast<std::int64_t>(std::min(days + 0.5, 365.0));
  return inspection;
}

}  // namespace tarifa::kernels
