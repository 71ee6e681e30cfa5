#include "kernels/synth/refunds.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/synth/date_text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t table_stream = 320, place_stream = 321;

enum Purpose : std::uint64_t
{
  reporter_purpose,
  trader_purpose,
  destination_purpose,
  transport_purpose,
  office_purpose,
  exit_purpose,
  product_purpose,  // and the next few, one for each attempt
  last_product_purpose = product_purpose + 6,
  net_purpose,
  price_purpose,
  inputs_purpose,
  fake_purpose,
  size_purpose,
  careful_purpose,
  oddity_purpose,
  oddity_kind_purpose,
  hour_purpose,
  handling_purpose,
  speed_purpose,
  waiting_purpose,
  stamp_purpose,
  manifest_purpose,
};

constexpr double hour = 60;

double unit(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) / 9007199254740992.0;
}

/// What waits for a vessel waits longest [minutes], by mode of transport.
constexpr std::array<double, 5> waiting_at_exit = {30 * hour, 10 * hour, 1.5 * hour, 8 * hour, 8 * hour};

}  // namespace

std::string_view name_of(TimeOddity oddity)
{
  constexpr std::array<std::string_view, time_oddity_count> names = {"none", "wrong-clock",
                                                                     "lodged-under-way"};
  return names[static_cast<std::size_t>(oddity)];
}

RefundMaker::RefundMaker(World const& world, Actors const& actors, int year, std::int64_t rows,
                         RefundSettings const& settings)
    : world_(world)
    , actors_(actors)
    , tariff_(world, year)
    , settings_(settings)
    , year_(year)
    , rows_(rows)
    , days_(day_of_year_start(year + 1) - day_of_year_start(year))
    , first_day_(day_of_year_start(year))
    , stream_(stream_key(world.seed(), table_stream, static_cast<std::uint64_t>(year)))
{
}

double RefundMaker::typical(Draws const& draws, std::uint64_t purpose, double median,
                            Fixed spread) const noexcept
{
  Fixed const power = scaled(spread, world_.normal(draws.bits(purpose))) + (Fixed{20} << fixed_bits);
  return median * static_cast<double>(world_.exp2(power)) / 1'048'576.0;
}

/// The coast is in the east, land borders are in the west, inland offices in the middle.
RefundMaker::Place RefundMaker::place(std::uint32_t reporter, std::uint32_t office) const noexcept
{
  constexpr std::uint32_t least_reach_km = 80, most_more_km = 520;
  std::uint64_t const stream = stream_key(world_.seed(), place_stream, reporter);
  double const reach = least_reach_km + Draws(stream, offices_per_reporter).below(0, most_more_km);
  Draws const draws(stream, office);
  double const along = 2 * unit(draws.bits(0)) - 1, across = unit(draws.bits(1));
  switch (kind_of_office(office))
  {
    case OfficeKind::seaport:
      return {reach * (0.9 + 0.1 * across), reach * along};
    case OfficeKind::railway:
    case OfficeKind::road:
      return {-reach * (0.9 + 0.1 * across), reach * along};
    default:
      return {reach * (across - 0.5), 0.6 * reach * along};
  }
}

std::uint32_t RefundMaker::road_km(std::uint32_t reporter, std::uint32_t a, std::uint32_t b) const noexcept
{
  Place const from = place(reporter, a), to = place(reporter, b);
  double const east = from.east_km - to.east_km, north = from.north_km - to.north_km;
  constexpr double detour = 1.3;
  return std::max(1U, static_cast<std::uint32_t>(detour * std::sqrt(east * east + north * north)));
}

void RefundMaker::route(Export& made, Draws const& draws) const
{
  SupplyChain const chain = actors_.supply_chain(made.trader);
  made.destination = world_.draw_origin(made.reporter, draws.bits(destination_purpose));
  std::uint32_t const draw = draws.below(transport_purpose, 100);
  std::uint32_t const home = reporter_country(made.reporter);
  constexpr std::int32_t by_land_km = 2500;
  bool const by_land = world_.geography().are_contiguous(home, made.destination)
                       || world_.geography().distance_km(home, made.destination) <= by_land_km;
  made.transport = draw < 12               ? Transport::air
                   : !by_land || draw < 35 ? Transport::sea
                   : draw < 42             ? Transport::rail
                                           : Transport::road;
  // Two in three exporters go to a customs office near their works; the others declare where goods leave.
  OfficeGroup const exits = group_of(static_cast<OfficeKind>(made.transport));
  std::uint64_t const bits = draws.bits(exit_purpose);
  bool const usual = (bits & 3) != 0;
  made.exit_office =
      exits.first + (usual ? chain.home : static_cast<std::uint32_t>(bits >> 40)) % exits.count;
  OfficeGroup const inland = group_of(OfficeKind::inland);
  made.office =
      draws.below(office_purpose, 3) < 2 ? inland.first + chain.home % inland.count : made.exit_office;
  made.road_km = made.office == made.exit_office ? 1 : road_km(made.reporter, made.office, made.exit_office);
}

void RefundMaker::goods(Export& made, Draws const& draws) const
{
  SupplyChain const chain = actors_.supply_chain(made.trader);
  std::uint32_t kind = 0;
  for (std::uint64_t attempt = 0; attempt < 6; ++attempt)
  {
    kind = world_.draw_product(draws.bits(product_purpose + attempt));
    std::uint8_t const sector = sector_of(chapter_of(world_.products()[kind]));
    if (sector == chain.sectors[0] || sector == chain.sectors[1])
    {
      break;
    }
  }
  made.product = world_.products()[kind].filed_as(year_);
  Product const& product = world_.products()[kind];
  Fixed const log2_net = product.log2_net + scaled(fixed(1.8), world_.normal(draws.bits(net_purpose)));
  Fixed const log2_price = product.log2_price + scaled(fixed(0.5), world_.normal(draws.bits(price_purpose)));
  constexpr Fixed log2_hundred = fixed(6.643856);
  made.net = std::max<std::int64_t>(1, world_.exp2(log2_net));
  made.true_value = std::max<std::int64_t>(100, world_.exp2(log2_net + log2_price - log2_hundred));
  made.vat_per_mille = tariff_.vat_per_mille(made.reporter, made.product);
}

/// The way of a true export: formalities and loading, the road, the wait for a vessel or at the border. A
/// driver rests eleven hours after nine.
void RefundMaker::times(Export& made, Draws const& draws) const
{
  Minute const midnight = Minute{first_day_ + static_cast<Day>(made.day)} * minutes_per_day;
  OpeningHours const at_office = opening_hours(made.office), at_exit = opening_hours(made.exit_office);
  made.lodged = midnight + 360 + draws.below(hour_purpose, 840);
  auto const minutes = [&](Purpose purpose, double median, Fixed spread)
  { return static_cast<std::int64_t>(typical(draws, purpose, median, spread)); };
  if (made.oddity == TimeOddity::wrong_clock)
  {
    made.exited = made.lodged - minutes(stamp_purpose, 6 * hour, fixed(1));
    return;
  }
  bool const at_once = made.oddity == TimeOddity::lodged_under_way || (made.is_fake && !made.is_careful);
  if (at_once)
  {
    made.exited = at_exit.next_open(made.lodged + 1 + minutes(stamp_purpose, 1.5 * hour, fixed(1)));
    return;
  }
  Minute const left = at_office.after_work(made.lodged, minutes(handling_purpose, 2 * hour, fixed(1.2)));
  constexpr double km_per_hour = 65;
  std::int64_t const driven = std::max(
      least_minutes(made.road_km), minutes(speed_purpose, made.road_km / km_per_hour * hour, fixed(0.15)));
  constexpr std::int64_t shift = 540, rest = 660;
  Minute const there = left + driven + driven / shift * rest;
  double const wait = waiting_at_exit[static_cast<std::size_t>(made.transport)];
  made.exited = at_exit.next_open(there + minutes(waiting_purpose, wait, fixed(1)));
}

Export RefundMaker::make(std::int64_t row) const
{
  Draws const draws(stream_, static_cast<std::uint64_t>(row));
  Export made;
  made.number = row;
  made.day = row * days_ / rows_;
  Day const today = first_day_ + static_cast<Day>(made.day);
  made.reporter = actors_.draw_reporter(draws.bits(reporter_purpose));
  for (std::uint64_t attempt = 0; attempt < 32; ++attempt)  // a seat may be empty for some weeks
  {
    std::uint32_t const rank = actors_.draw_rank(mix64(draws.bits(trader_purpose) + attempt));
    made.trader = actors_.importer(made.reporter, rank, today);
    if (made.trader.entry <= today)
    {
      break;
    }
  }
  route(made, draws);
  goods(made, draws);
  double const weight = actors_.weight(actors_.risk(made.trader, today));
  made.fraud_probability = std::min(0.9, settings_.fake * weight);
  made.is_fake = unit(draws.bits(fake_purpose)) < made.fraud_probability;
  made.is_careful = made.is_fake && unit(draws.bits(careful_purpose)) < settings_.careful;
  bool const odd = !made.is_fake && unit(draws.bits(oddity_purpose)) < settings_.look_alikes;
  made.oddity = !odd                                       ? TimeOddity::none
                : draws.below(oddity_kind_purpose, 10) < 3 ? TimeOddity::wrong_clock
                                                           : TimeOddity::lodged_under_way;
  made.value = made.true_value;
  if (made.is_fake)
  {
    double const away = std::clamp(typical(draws, size_purpose, settings_.fake_size, fixed(0.4)), 0.0, 1.0);
    made.true_value = static_cast<std::int64_t>(static_cast<double>(made.value) * (1 - away));
  }
  // Tax on what was bought to make the goods.
  double const inputs = 0.5 + 0.45 * unit(draws.bits(inputs_purpose));
  auto const refund = [&](std::int64_t value)
  { return static_cast<std::int64_t>(static_cast<double>(value) * inputs * made.vat_per_mille / 1000); };
  made.refund = refund(made.value);
  made.refund_due = refund(made.true_value);
  times(made, draws);
  std::uint32_t const confirmed = !made.is_fake ? 97 : (made.is_careful ? 75 : 40);
  made.on_manifest = draws.below(manifest_purpose, 100) < confirmed;
  return made;
}

std::string_view refunds_header()
{
  return "export_id,date,reporter,exporter,destination,hs6,transport,net_kg,value_usd,vat_rate_pct,refund_"
         "usd,"
         "office,exit_office,road_km,lodged,exited,on_manifest,year\n";
}

void RefundMaker::append(std::int64_t first, std::int64_t count, std::string& out, RefundTruth* truth) const
{
  std::array<char, 320> buffer;
  for (std::int64_t at = first; at < first + count; ++at)
  {
    Export const made = make(at);
    RowText row(buffer.data());
    std::string_view const reporter = country_code(reporter_country(made.reporter));
    row.digits(static_cast<std::uint64_t>(year_), 2).digits(static_cast<std::uint64_t>(at), 9).mark(',');
    append_date(row, first_day_ + static_cast<Day>(made.day)).mark(',').text(reporter);
    row.text(",T").digits(made.trader.number, 7).mark(',').text(country_code(made.destination));
    row.mark(',')
        .text(world_.products()[made.product].hs6(year_))
        .mark(',')
        .mark(transport_code(made.transport));
    row.mark(',')
        .decimal<2>(made.net)
        .mark(',')
        .decimal<2>(made.value)
        .mark(',')
        .decimal<1>(made.vat_per_mille);
    row.mark(',').decimal<2>(made.refund).mark(',').text(reporter).digits(made.office + 1, 2);
    row.mark(',').text(reporter).digits(made.exit_office + 1, 2).mark(',').number(made.road_km).mark(',');
    append_minute(row, made.lodged).mark(',');
    append_minute(row, made.exited).mark(',').mark(made.on_manifest ? '1' : '0').mark(',').number(year_);
    out.append(row.mark('\n').view());
    if (truth != nullptr)
    {
      truth->declaration.push_back(year_ % 100 * std::int64_t{1'000'000'000} + at);
      truth->true_value.push_back(made.true_value);
      truth->refund_due.push_back(made.refund_due);
      truth->exporter.push_back(static_cast<std::int32_t>(made.trader.number));
      truth->seat.push_back(static_cast<std::int32_t>(made.trader.seat));
      truth->person.push_back(static_cast<std::int32_t>(made.trader.person));
      truth->is_fake.push_back(made.is_fake ? 1 : 0);
      truth->is_careful.push_back(made.is_careful ? 1 : 0);
      truth->oddity.push_back(static_cast<std::int8_t>(made.oddity));
      truth->fraud_probability.push_back(made.fraud_probability);
    }
  }
}

}  // namespace tarifa::kernels
