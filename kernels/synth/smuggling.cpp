#include "kernels/synth/smuggling.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

enum Purpose : std::uint64_t
{
  conveyance_purpose,
  other_conveyance_purpose,
  concealment_purpose,
  fate_purpose,
  internal_purpose,
  lines_purpose,
  goods_purpose = 16,     // and one more for each line
  quantity_purpose = 24,  // and one more for each line
};

/// How much harder or easier one is to find [doublings of the chance].
struct Hiding
{
  std::string_view where;
  double effect;
};

// Four of each conveyance, equally frequent. Bodies and loads of goods are hard to search, open carriage is
// not.
constexpr std::array<std::array<Hiding, 4>, conveyance_count> hidings = {{
    {{{"baggage", 0.3}, {"baggage", 0.3}, {"freight", -0.4}, {"body", -0.8}}},
    {{{"freight", -0.6}, {"freight", -0.6}, {"structure", -1.2}, {"none", 0.8}}},
    {{{"vehicle", -0.3}, {"vehicle", -0.3}, {"freight", -0.5}, {"none", 0.8}}},
    {{{"freight", -0.5}, {"baggage", 0.2}, {"structure", -0.9}, {"none", 0.8}}},
    {{{"parcel", 0.0}, {"parcel", 0.0}, {"parcel", 0.0}, {"letter", -1.0}}},
    {{{"baggage", 0.3}, {"body", -0.6}, {"body", -0.6}, {"none", 1.0}}},
}};
// Airports look at more of what passes than roads and post offices do.
constexpr std::array<double, conveyance_count> conveyance_effects = {0.0, -0.3, -0.8, -0.8, -1.4, -0.5};
// Administrations look at what comes in.
constexpr double departure_effect = -1.7;
constexpr double transit_effect = -1.3;
constexpr double operation_effect = 1.5;
// Larger loads are somewhat easier to find: of one standard deviation of log quantity.
constexpr double size_effect = 0.2;
constexpr double highest_log2_chance = -0.5;

std::uint32_t administration_of(std::uint32_t country)
{
  bool const has_one = country < country_count && country % 2 == 0 && country / 2 < reporter_count;
  return has_one ? country / 2 : reporter_count;
}

/// Line 0 is the goods of the cell; a further one is other goods that the corridor carries, or none.
std::uint32_t goods_of_line(Corridor const& corridor, std::uint32_t main_goods, std::uint32_t draw)
{
  for (std::uint32_t step = 0; step < contraband_count; ++step)
  {
    std::uint32_t const goods = (draw + step) % contraband_count;
    if (goods != main_goods && corridor.carries.at(goods))
    {
      return goods;
    }
  }
  return contraband_count;
}

void draw_lines(World const& world, Corridor const& corridor, Draws const& draws, std::uint32_t main_goods,
                SmugglingAttempt& attempt)
{
  // 15 in 100 carry two kinds of goods, three of them a third.
  std::uint32_t const further = draws.below(lines_purpose, 100);
  std::uint32_t const wanted = 1 + (further < 15 ? 1 : 0) + (further < 3 ? 1 : 0);
  for (std::uint32_t line = 0; line < wanted; ++line)
  {
    std::uint32_t const goods =
        line == 0 ? main_goods
                  : goods_of_line(corridor, main_goods, draws.below(goods_purpose + line, contraband_count));
    bool const is_new = line < 2 || (goods != attempt.lines[1].goods);
    if (goods == contraband_count || !is_new)
    {
      break;
    }
    Contraband const& kind = contraband(goods);
    // Three doublings: a few cases carry most of the quantity, as in published seizures.
    std::int64_t quantity = world.exp2(fixed(kind.log2_quantity)
                                       + scaled(fixed(3), world.normal(draws.bits(quantity_purpose + line))));
    if (kind.unit != "KGM" && kind.unit != "LTR")
    {
      quantity = (quantity + 999) / 1000 * 1000;
    }
    attempt.lines.at(line) = {goods, quantity};
    attempt.line_count = line + 1;
  }
}

/// A place where the consignment may be found.
struct Checkpoint
{
  std::uint32_t administration;
  Direction direction;
  double effect;
};

}  // namespace

std::string_view name_of(Direction direction)
{
  constexpr std::array<std::string_view, 4> names = {"export", "transit", "import", "internal"};
  return names[static_cast<std::size_t>(direction)];
}

SmugglingAttempt draw_attempt(World const& world, Traffic const& traffic, Enforcement const& enforcement,
                              Draws const& draws, std::uint32_t cell, AttemptTime const& time)
{
  SmugglingAttempt a;
  a.corridor = cell / contraband_count;
  Corridor const& corridor = traffic.corridors()[a.corridor];
  std::uint32_t const goods = cell % contraband_count;
  a.conveyance = draws.below(conveyance_purpose, 10) < 7
                     ? corridor.conveyance
                     : static_cast<Conveyance>(draws.below(other_conveyance_purpose, conveyance_count));
  auto const by = static_cast<std::size_t>(a.conveyance);
  Hiding const& hiding = hidings.at(by).at(draws.below(concealment_purpose, 4));
  a.concealment = hiding.where;
  draw_lines(world, corridor, draws, goods, a);

  Fixed const common = fixed(hiding.effect) + fixed(conveyance_effects.at(by))
                       + scaled(fixed(size_effect), world.normal(draws.bits(quantity_purpose)));
  std::array<Checkpoint, 3> const way = {
      {{administration_of(corridor.departure), Direction::exported, departure_effect},
       {administration_of(corridor.transit), Direction::transit, transit_effect},
       {corridor.destination, Direction::imported, 0}}};
  auto const draw = static_cast<std::int64_t>(draws.bits(fate_purpose) >> 32);
  constexpr std::int64_t one = std::int64_t{1} << 32;
  for (Checkpoint const& point : way)
  {
    if (point.administration == reporter_count)
    {
      continue;
    }
    std::int32_t const operation =
        enforcement.operation(point.administration, time.year, time.day, contraband(goods).category);
    Fixed const log2_chance = enforcement.skill(point.administration, time.month) + common
                              + fixed(point.effect + (operation >= 0 ? operation_effect : 0));
    std::int64_t const found = world.exp2(fixed(32) + std::min(log2_chance, fixed(highest_log2_chance)));
    // Found here and not before.
    std::int64_t const here = ((one - a.chance) >> 16) * found >> 16;
    bool const reports = enforcement.reports(point.administration, time.month);
    if (!a.is_seized && draw < a.chance + here)
    {
      a.is_seized = true;
      a.is_reported = reports;
      a.administration = point.administration;
      a.operation = operation;
      bool const inland = point.direction == Direction::imported && draws.below(internal_purpose, 8) == 0;
      a.direction = inland ? Direction::internal : point.direction;
    }
    a.chance += here;
    a.told_chance += reports ? here : 0;
  }
  return a;
}

}  // namespace tarifa::kernels
