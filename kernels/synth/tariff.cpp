#include "kernels/synth/tariff.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  line_stream = 200,
  reform_stream,
  agreement_stream,
  preferential_stream,
  vat_stream,
  limit_stream,
};

/// Share of 2^-16 of the lines of a kind, farm goods and others. Of the 11,830 lines of the common external
/// tariff of 2021 89 % are ad valorem or free, 2.3 % compound, 0.4 % have a minimum or maximum, 8.3 % are
/// specific or seasonal, most of these in the chapters 1 to 24.
struct KindShare
{
  DutyKind kind;
  std::uint32_t farm, other;
};
constexpr std::array<KindShare, 5> kind_shares = {{{DutyKind::specific, 9000, 900},
                                                   {DutyKind::compound, 5500, 500},
                                                   {DutyKind::minimum, 900, 100},
                                                   {DutyKind::maximum, 900, 100},
                                                   {DutyKind::seasonal, 5000, 0}}};

DutyKind draw_kind(bool is_farm, bool is_fruit, std::uint64_t bits)
{
  auto draw = static_cast<std::uint32_t>(bits >> 48);
  for (KindShare const& share : kind_shares)
  {
    std::uint32_t const width = is_farm ? share.farm : share.other;
    // Seasons are for what ripens.
    bool const out_of_place = share.kind == DutyKind::seasonal && !is_fruit;
    if (draw < width)
    {
      return out_of_place ? DutyKind::ad_valorem : share.kind;
    }
    draw -= width;
  }
  return DutyKind::ad_valorem;
}

std::int64_t half_up(std::int64_t amount, std::int64_t unit)
{
  return (amount + unit / 2) / unit;
}

/// An amount as a tariff prints it: two digits that count.
std::int32_t two_digits(std::int64_t cents)
{
  std::int64_t unit = 1;
  while (cents / unit >= 100)
  {
    unit *= 10;
  }
  return static_cast<std::int32_t>(std::min<std::int64_t>(cents / unit * unit, 1'000'000'000));
}

/// [US cents per 100 of the basis] The amount a share of the median price makes.
std::int32_t specific_of(World const& world, Product const& product, AmountBasis basis,
                         std::uint32_t per_mille)
{
  constexpr Fixed log2_hundred = fixed(6.643856);
  Fixed const log2_price =
      product.log2_price + log2_hundred - (basis == AmountBasis::quantity ? product.log2_per_kg : 0);
  return two_digits(half_up(world.exp2(log2_price) * per_mille, 1000));
}

AmountBasis basis_of(Product const& product)
{
  std::string_view const unit = unit_code(product.unit);
  return unit == "LTR" || unit == "NPR" ? AmountBasis::quantity : AmountBasis::net_mass;
}

/// [per mille] How far the reforms of a heading have moved its rate by a half of a year. A quarter of the
/// headings are ever touched, those in one year of four, mostly on 1 January.
int reform(std::uint64_t seed, std::uint32_t reporter, std::uint32_t heading, int year, int half)
{
  constexpr std::array<int, 8> steps = {-50, -30, -20, -10, 0, 10, 20, 50};
  Draws const draws(stream_key(seed, reform_stream, reporter), heading);
  if (draws.below(0, 4) != 0)
  {
    return 0;
  }
  constexpr int years_back = 6;
  for (int back = 0; back < years_back; ++back)
  {
    std::uint64_t const bits = draws.bits(1 + static_cast<std::uint64_t>(year - back));
    bool const in_july = ((bits >> 2) & 3) == 0;
    if ((bits & 3) == 0 && (back > 0 || half == 1 || !in_july))
    {
      return steps[(bits >> 4) & 7];
    }
  }
  return 0;
}

DutyLine make_line(World const& world, std::uint32_t reporter, Product const& product, int year, int half)
{
  std::uint32_t const chapter = chapter_of(product), heading = heading_of(product);
  Draws const draws(stream_key(world.seed(), line_stream, reporter), heading);
  // About a third of the headings are protected more, in steps of five points on dutiable goods.
  int rate = product.duty_per_mille;
  rate += rate > 0 && draws.below(0, 3) == 0 ? 50 : 0;
  rate = std::max(0, rate > 0 ? rate + reform(world.seed(), reporter, heading, year, half) : 0);
  DutyLine line;
  if (rate == 0)
  {
    return line;
  }
  line.kind = draw_kind(chapter <= 24, chapter == 7 || chapter == 8, draws.bits(1));
  line.basis = basis_of(product);
  auto const per_mille = static_cast<std::uint16_t>(rate);
  switch (line.kind)
  {
    case DutyKind::specific:
      line.specific_cents = specific_of(world, product, line.basis, per_mille);
      break;
    case DutyKind::compound:
      line.per_mille = static_cast<std::uint16_t>(per_mille / 2 / 5 * 5);
      line.specific_cents = specific_of(world, product, line.basis, per_mille / 2);
      break;
    case DutyKind::minimum:
      line.per_mille = per_mille;
      line.specific_cents = specific_of(world, product, line.basis, per_mille * 7 / 10);
      break;
    case DutyKind::maximum:
      line.per_mille = per_mille;
      line.specific_cents = specific_of(world, product, line.basis, per_mille * 15 / 10);
      break;
    case DutyKind::seasonal:
      line.per_mille = per_mille;
      line.off_season_per_mille = static_cast<std::uint16_t>(per_mille / 4 / 5 * 5);
      line.first_month = static_cast<std::uint8_t>(4 + draws.below(2, 3));
      line.last_month = static_cast<std::uint8_t>(line.first_month + 2 + draws.below(3, 3));
      break;
    default:
      line.per_mille = per_mille;
  }
  bool const is_nothing = line.per_mille == 0 && line.specific_cents == 0;
  return is_nothing ? DutyLine{} : line;
}

ExciseLine make_excise(World const& world, Product const& product)
{
  std::uint32_t const chapter = chapter_of(product), heading = heading_of(product) % 100;
  bool const drinks = chapter == 22 && heading >= 3, tobacco = chapter == 24;
  bool const fuels = chapter == 27 && heading >= 7, cars = chapter == 87 && heading == 3;
  ExciseLine line;
  line.basis = basis_of(product);
  line.per_mille = cars ? 100 : (tobacco ? 200 : 0);
  line.specific_cents =
      specific_of(world, product, line.basis, drinks ? 350 : (tobacco ? 500 : (fuels ? 450 : 0)));
  return line;
}

}  // namespace

std::string_view name_of(DutyKind kind)
{
  constexpr std::array<std::string_view, 7> names = {"free",    "ad-valorem", "specific", "compound",
                                                     "minimum", "maximum",    "seasonal"};
  return names[static_cast<std::size_t>(kind)];
}

DutyLine DutyLine::reduced(std::uint32_t percent) const noexcept
{
  DutyLine line = *this;
  auto const of = [&](auto amount)
  { return static_cast<decltype(amount)>(half_up(std::int64_t{amount} * percent, 100)); };
  line.per_mille = of(per_mille);
  line.off_season_per_mille = of(off_season_per_mille);
  line.specific_cents = of(specific_cents);
  return line;
}

std::uint32_t heading_of(Product const& product) noexcept
{
  std::uint32_t heading = 0;
  for (std::size_t i = 0; i < 4; ++i)
  {
    heading = heading * 10 + static_cast<std::uint32_t>(product.code[i] - '0');
  }
  return heading;
}

std::uint32_t chapter_of(Product const& product) noexcept
{
  return heading_of(product) / 100;
}

Tariff::Tariff(World const& world, int year)
    : world_(world)
    , year_(year)
    , lines_(std::size_t{2} * reporter_count * product_count)
    , agreements_(pair_count)
    , partners_(reporter_count)
    , neighbours_(std::size_t{reporter_count} * product_count)
{
  std::size_t at = 0;
  for (int half = 0; half < 2; ++half)
  {
    for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
    {
      for (Product const& product : world.products())
      {
        lines_[at++] = make_line(world, reporter, product, year, half);
      }
    }
  }
  for (Product const& product : world.products())
  {
    std::uint32_t const chapter = chapter_of(product);
    excises_.push_back(make_excise(world, product));
    reduced_.push_back(chapter <= 21 || chapter == 30 || chapter == 49 ? 1 : 0);
  }
  constexpr std::array<std::uint16_t, 8> rates = {50, 100, 120, 150, 180, 190, 200, 210};
  constexpr std::array<std::int64_t, 8> limits = {0, 2000, 5000, 10000, 15000, 15000, 20000, 80000};
  for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    Draws const draws(stream_key(world.seed(), vat_stream), reporter);
    std::uint16_t const rate = rates[draws.below(0, rates.size())];
    bool const reduces = draws.below(1, 10) < 6;
    vats_[reporter] = {rate, static_cast<std::uint16_t>(reduces ? rate / 2 / 5 * 5 : rate)};
    low_value_limits_[reporter] =
        limits[Draws(stream_key(world.seed(), limit_stream), reporter).below(0, limits.size())];
    std::vector<double> shares;
    std::uint64_t const home =
        stream_key(world.seed(), agreement_stream, reporter_country(reporter)) % agreement_count;
    for (std::uint32_t origin = 0; origin < country_count; ++origin)
    {
      Draws const pair(stream_key(world.seed(), agreement_stream, country_count + reporter), origin);
      bool const in_bloc = home == stream_key(world.seed(), agreement_stream, origin) % agreement_count;
      bool const bilateral = pair.below(0, 100) < 18;
      bool const in_force = year >= 1980 + static_cast<int>(pair.below(1, 45));
      if (origin != reporter_country(reporter) && (in_bloc || bilateral) && in_force)
      {
        agreements_[reporter * country_count + origin] =
            static_cast<std::uint8_t>(1 + (in_bloc ? home : pair.below(2, agreement_count)));
        partners_[reporter].push_back(static_cast<std::uint16_t>(origin));
        shares.push_back(world.pair_weights()[reporter * country_count + origin]);
      }
    }
    partner_ranks_.emplace_back(shares.empty() ? std::vector<double>{1.0} : shares);
  }
  find_neighbours();
}

std::uint32_t Tariff::preferential_percent(std::uint32_t agreement, std::uint32_t product) const noexcept
{
  if (agreement == 0)
  {
    return 100;
  }
  Draws const draws(stream_key(world_.seed(), preferential_stream, agreement),
                    heading_of(world_.products()[product]));
  std::uint32_t const draw = draws.below(0, 10);
  return draw < 7 ? 0 : (draw < 9 ? 50 : 100);
}

/// The least conspicuous step down that is worth it. Ad valorem lines only: what a specific duty saves
/// depends on the consignment.
void Tariff::find_neighbours()
{
  constexpr std::uint32_t reach = 8;
  constexpr std::uint32_t worth_per_mille = 20;
  for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    for (std::uint32_t product = 0; product < product_count; ++product)
    {
      DutyLine const& own = line(reporter, product, 1);
      std::uint32_t const chapter = chapter_of(world_.products()[product]);
      std::uint32_t best = product;
      int highest = -1;
      std::uint32_t const last = std::min(product + reach, product_count - 1);
      for (std::uint32_t other = product < reach ? 0 : product - reach; other <= last; ++other)
      {
        DutyLine const& near = line(reporter, other, 1);
        bool const has_code = world_.products()[other].filed_as(year_) == other;
        bool const plain = near.kind == DutyKind::free || near.kind == DutyKind::ad_valorem;
        if (has_code && plain && near.per_mille + worth_per_mille <= own.per_mille && near.per_mille > highest
            && chapter_of(world_.products()[other]) == chapter)
        {
          best = other;
          highest = near.per_mille;
        }
      }
      neighbours_[reporter * product_count + product] = static_cast<std::uint16_t>(best);
    }
  }
}

Taxes Tariff::taxes(std::uint32_t reporter, std::uint32_t product, TaxTreatment const& treatment,
                    TaxBase const& base) const noexcept
{
  auto const amount = [&](AmountBasis basis, std::int64_t cents)
  {
    return basis == AmountBasis::net_mass ? half_up(base.net * cents, 10'000)
                                          : half_up(base.quantity * cents, 100);
  };
  Taxes taxes;
  if (!treatment.duty_free)
  {
    DutyLine const line = this->line(reporter, product, base.month).reduced(treatment.duty_percent);
    std::int64_t const by_value = half_up(base.customs_value * line.rate(base.month), 1000);
    std::int64_t const by_amount = line.specific_cents == 0 ? 0 : amount(line.basis, line.specific_cents);
    taxes.duty = line.kind == DutyKind::minimum   ? std::max(by_value, by_amount)
                 : line.kind == DutyKind::maximum ? std::min(by_value, by_amount)
                                                  : by_value + by_amount;
  }
  if (!treatment.tax_free)
  {
    ExciseLine const& excise = excises_[product];
    std::int64_t const dutiable = base.customs_value + taxes.duty;
    taxes.excise = half_up(dutiable * excise.per_mille, 1000) + amount(excise.basis, excise.specific_cents);
    taxes.vat = half_up((dutiable + taxes.excise) * vat_per_mille(reporter, product), 1000);
  }
  return taxes;
}

}  // namespace tarifa::kernels
