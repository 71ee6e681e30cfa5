#include "kernels/synth/declaration_maker.hpp"

#include <algorithm>

#include "kernels/synth/offices.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t table_stream = 1;
constexpr std::uint64_t drift_stream = 240, quality_stream = 241, habit_stream = 242;

// What the bits of a row, and of the first row of a declaration, are drawn for.
enum Purpose : std::uint64_t
{
  cut_purpose,
  reporter_purpose,
  importer_purpose,
  favourite_purpose,
  dispatch_purpose,
  transport_purpose,
  office_purpose,
  broker_purpose,
  supplier_purpose,
  exporter_purpose,
  shell_purpose,
  shell_number_purpose,
  new_seller_purpose,
  regime_purpose,
  incoterm_purpose,
  currency_purpose,
  relief_purpose,
  stranger_purpose,
  run_purpose,
  run_length_purpose,
  same_origin_purpose,
  origin_purpose,
  product_purpose,  // and the next few, one for each attempt
  last_product_purpose = product_purpose + 12,
  net_purpose,
  tare_purpose,
  price_purpose,
  quality_purpose,
  units_purpose,
  freight_purpose,
  insurance_purpose,
  preference_purpose,
  piece_purpose,
  merchant_purpose,
};

/// Share of 2^-16 steps -> text; the last entry ends at 65536.
struct Choice
{
  std::uint32_t below;
  std::string_view code;
};

template <std::size_t n>
std::size_t choose(std::array<Choice, n> const& choices, std::uint64_t bits)
{
  auto const draw = static_cast<std::uint32_t>(bits >> 48);
  std::size_t i = 0;
  while (draw >= choices[i].below)
  {
    ++i;
  }
  return i;
}

// Home use; home use after a warehouse; warehouse; inward processing; re-import. The two in the middle
// suspend duty.
constexpr std::array<Choice, 5> regimes = {
    {{55706, "4000"}, {58983, "4071"}, {62259, "7100"}, {64225, "5100"}, {65536, "6121"}}};
constexpr std::array<Choice, 5> transports = {
    {{38010, "sea"}, {39321, "rail"}, {52428, "road"}, {62914, "air"}, {65536, "mail"}}};
constexpr std::array<Choice, 4> incoterms = {
    {{30146, "FOB"}, {52428, "CIF"}, {58982, "CFR"}, {65536, "EXW"}}};
constexpr std::array<Choice, 6> currencies = {
    {{39321, "USD"}, {55705, "EUR"}, {58982, "CNY"}, {61603, "JPY"}, {63569, "GBP"}, {65536, "CHF"}}};

std::uint32_t pick_office(Transport transport, std::uint32_t home, Draws const& draws)
{
  std::uint64_t const bits = draws.bits(office_purpose);
  bool const inland = !flies(transport) && (bits & 15) == 0;
  auto const usual_kind = static_cast<OfficeKind>(transport);
  OfficeGroup const group = group_of(inland ? OfficeKind::inland : usual_kind);
  bool const usual = ((bits >> 4) & 3) != 0;
  std::uint32_t const which = usual ? home : static_cast<std::uint32_t>(bits >> 40);
  return group.first + which % group.count;
}

}  // namespace

DeclarationMaker::DeclarationMaker(World const& world, Actors const& actors, DeclarationYear const& year,
                                   FraudSettings const& fraud)
    : world_(world)
    , actors_(actors)
    , exporters_(world, actors)
    , year_(year)
    , calendar_(year.year)
    , tariff_(world, year.year)
    , planter_(world, tariff_, fraud)
    , persistence_(actors.settings().persistence)
    , first_day_(day_of_year_start(year.year))
    , stream_(stream_key(world.seed(), table_stream, static_cast<std::uint64_t>(year.year)))
{
  for (std::int64_t day = 0; day < calendar_.days(); ++day)
  {
    std::string_view const date = calendar_.date(day);
    month_of_day_.push_back(static_cast<std::uint8_t>((date[5] - '0') * 10 + date[6] - '0'));
  }
  // Prices walk: knots a quarter and five quarters apart. What grows and what is worn has a season, one wave
  // a year with its crest in a month of the product.
  constexpr std::array<double, 12> wave = {0, 0.5,  0.8660254,  1,  0.8660254,  0.5,
                                           0, -0.5, -0.8660254, -1, -0.8660254, -0.5};
  constexpr std::uint32_t months = 13;
  for (std::uint32_t p = 0; p < product_count; ++p)
  {
    std::uint32_t const chapter = chapter_of(world.products()[p]);
    double const amplitude = chapter == 7 || chapter == 8     ? 0.25
                             : chapter <= 24                  ? 0.10
                             : chapter >= 61 && chapter <= 64 ? 0.08
                                                              : 0.0;
    std::uint64_t const slow = stream_key(world.seed(), drift_stream, p);
    std::uint64_t const quick = stream_key(world.seed(), drift_stream, product_count + p);
    auto const knot = [&](std::uint64_t stream, std::uint32_t at)
    { return world.normal(Draws(stream, at).bits(0)); };
    auto const between = [&](std::uint64_t stream, std::uint32_t at, std::uint32_t step)
    {
      Fixed const from = knot(stream, at / step), to = knot(stream, at / step + 1);
      return from + (to - from) * (at % step) / step;
    };
    std::uint32_t const crest = Draws(slow, 1'000'000).below(0, 12);
    for (std::uint32_t month = 0; month < months; ++month)
    {
      auto const at = static_cast<std::uint32_t>(year.year) * 12 + month;
      level_.push_back(scaled(fixed(0.12), between(slow, at, 15)) + scaled(fixed(0.05), between(quick, at, 3))
                       + fixed(amplitude * wave[(month + crest) % 12]));
    }
  }
}

Head DeclarationMaker::head(std::int64_t row) const
{
  Draws const draws = this->draws(row);
  Head head;
  head.number = row;
  head.day = row * calendar_.days() / year_.rows;
  head.month = month_of_day_[static_cast<std::size_t>(head.day)];
  Day const today = absolute(head.day);
  head.reporter = actors_.draw_reporter(draws.bits(reporter_purpose));
  // A seat may be empty for some weeks: then somebody else. Who is not registered lodges nothing, unless
  // nobody is.
  for (std::uint64_t attempt = 0; attempt < 32; ++attempt)
  {
    std::uint32_t const rank = actors_.draw_rank(mix64(draws.bits(importer_purpose) + attempt));
    head.importer = actors_.importer(head.reporter, rank, today);
    if (head.importer.entry <= today)
    {
      break;
    }
  }
  head.chain = actors_.supply_chain(head.importer);
  Draws const habits(stream_key(world_.seed(), habit_stream, head.importer.seat), head.importer.person);
  std::uint32_t const favourite = draws.below(favourite_purpose, 8);
  head.dispatch = world_.draw_origin(head.reporter,
                                     favourite < 4 ? habits.bits(favourite) : draws.bits(dispatch_purpose));
  head.transport = static_cast<Transport>(choose(transports, draws.bits(transport_purpose)));
  constexpr std::int32_t by_land_km = 2500;
  std::uint32_t const home = reporter_country(head.reporter);
  bool const by_land = head.transport == Transport::road || head.transport == Transport::rail;
  if (by_land && !world_.geography().are_contiguous(head.dispatch, home)
      && world_.geography().distance_km(head.dispatch, home) > by_land_km)
  {
    head.transport = Transport::sea;
  }
  head.office = pick_office(head.transport, head.chain.home, draws);
  std::uint64_t const other_broker = draws.bits(broker_purpose);
  if (other_broker % 8 == 0)
  {
    head.chain.broker = static_cast<std::uint32_t>((other_broker >> 32) % actors_.agents(AgentKind::broker));
  }
  head.declarant = actors_.agent_number(
      AgentKind::broker, head.reporter, head.chain.broker,
      actors_.agent_on(AgentKind::broker, head.reporter, head.chain.broker, today).occupant);
  head.regime = regimes[choose(regimes, draws.bits(regime_purpose))].code;
  head.incoterm = incoterms[choose(incoterms, draws.bits(incoterm_purpose))].code;
  head.currency = currencies[choose(currencies, draws.bits(currency_purpose))].code;
  head.carelessness = actors_.carelessness(head.reporter, head.chain.broker);
  std::uint32_t const relief = draws.below(relief_purpose, 1000);
  bool const home_use = head.regime == "4000";
  head.relief = head.regime == "7100" || head.regime == "5100" ? Relief::suspended
                : !home_use || relief >= 20                    ? Relief::none
                : relief < 4                                   ? Relief::diplomatic
                : relief < 8                                   ? Relief::humanitarian
                                                               : Relief::investment;
  bool const lasts = persistence_ == Persistence::on;
  Importer const judged =
      lasts ? head.importer
            : actors_.importer(head.reporter, actors_.draw_rank(draws.bits(stranger_purpose)), today);
  head.weight = actors_.weight(actors_.risk(judged, today));
  head.by_shell = static_cast<double>(draws.bits(shell_purpose) >> 11) / 9007199254740992.0
                  < planter_.shell_probability(head.weight * actors_.shell_factor(judged));
  head.exporter = exporter(head, draws, habits);
  return head;
}

/// Number of who sends the invoice. Some goods are sold by a merchant in a country they never see, and a
/// seller who is hardly known need not be a shell.
std::uint32_t DeclarationMaker::exporter(Head const& head, Draws const& draws, Draws const& habits) const
{
  Day const today = absolute(head.day);
  std::uint64_t const bits = draws.bits(shell_number_purpose);
  if (head.by_shell && persistence_ == Persistence::on)
  {
    return exporters_.shell(head.importer, bits, today);
  }
  std::uint32_t const merchant = draws.below(merchant_purpose, 16);
  std::uint32_t const country =
      merchant < 2 ? world_.draw_origin(head.reporter, habits.bits(4 + merchant)) : head.dispatch;
  if (head.by_shell || draws.below(new_seller_purpose, 25) == 0)
  {
    return exporters_.occasional(country, bits, today);
  }
  std::uint32_t const supplier = draws.below(supplier_purpose, 10);
  return supplier < 7 ? exporters_.supplier(head.importer, country, supplier % 3, today)
                      : exporters_.established(country, draws.bits(exporter_purpose), today);
}

/// Eight in ten items are ordinary trade of the two countries, what their statistics list too; of it one is
/// looked for that the importer deals in.
std::uint32_t DeclarationMaker::product(Head const& head, std::uint32_t origin, Draws const& draws) const
{
  std::uint32_t const pair = head.reporter * country_count + origin;
  std::uint64_t const source = draws.bits(product_purpose);
  bool const listed = source % 10 < 8;
  std::uint32_t product = 0;
  constexpr std::uint64_t attempts = 5;
  for (std::uint64_t attempt = 1; attempt <= attempts; ++attempt)
  {
    std::uint64_t const purpose = product_purpose + attempt;
    product = listed ? world_.catalogue(pair, year_.year, draws.below(purpose, world_.catalogue_size(pair)))
                     : world_.draw_product(draws.bits(purpose));
    std::uint8_t const sector = sector_of(chapter_of(world_.products()[product]));
    if (sector == head.chain.sectors[0] || sector == head.chain.sectors[1])
    {
      break;
    }
  }
  return product;
}

/// log2 of US cents per kg: product, origin, quality, drift and season, and the haggling.
Fixed DeclarationMaker::log2_price(Head const& head, std::uint32_t product, std::uint32_t origin,
                                   Draws const& draws) const
{
  // An importer mostly buys one quality of a heading.
  Draws const taste(stream_key(world_.seed(), quality_stream, head.importer.seat),
                    std::uint64_t{head.importer.person} << 32U | heading_of(world_.products()[product]));
  std::uint64_t const bits = draws.bits(quality_purpose);
  std::uint32_t const draw =
      bits % 8 < 6 ? taste.below(0, 10) : static_cast<std::uint32_t>((bits >> 32) % 10);
  Fixed const quality = draw < 3 ? fixed(-0.4) : (draw < 8 ? 0 : fixed(0.5));
  Fixed const* const level = level_.data() + std::size_t{product} * 13 + head.month - 1;
  std::string_view const date = calendar_.date(head.day);
  int const of_month = (date[8] - '0') * 10 + date[9] - '1';
  Fixed const moved = level[0] + (level[1] - level[0]) * of_month / 31;
  return world_.products()[product].log2_price + world_.origin_premium(product, origin) + quality + moved
         + scaled(fixed(0.38), world_.normal(draws.bits(price_purpose)));
}

/// [per mille] of the invoice: rises with the distance, from 1.5 % next door to 5 % across the world by sea
/// and three times that by air; cheap goods pay more of their value, by the fourth root of the price.
std::int64_t DeclarationMaker::freight_per_mille(Head const& head, Fixed log2_price, Draws const& draws) const
{
  std::int32_t const km = world_.geography().distance_km(head.dispatch, reporter_country(head.reporter));
  constexpr Fixed log2_four_dollars = fixed(8.643856);
  Fixed const noise = scaled(fixed(0.4), world_.normal(draws.bits(freight_purpose)));
  std::int64_t const base =
      std::int64_t{flies(head.transport) ? 3 : 1} * (150 + km / 50);  // in units of 0.1 per mille
  Fixed const log2_factor = noise - (log2_price - log2_four_dollars) / 4 + (Fixed{16} << fixed_bits);
  return std::clamp<std::int64_t>(base * world_.exp2(log2_factor) / 655'360, 2, 400);
}

void DeclarationMaker::price(Head const& head, Goods& goods, Fixed log2_net, Fixed log2_price,
                             Draws const& draws) const
{
  constexpr Fixed log2_hundred = fixed(6.643856);
  goods.net = world_.exp2(log2_net);
  // Packing weighs 6 per cent of the goods, give or take a doubling.
  Fixed const log2_tare = log2_net - fixed(4.06) + world_.normal(draws.bits(tare_purpose));
  goods.gross = goods.net + std::min(world_.exp2(log2_tare), goods.net);
  goods.invoice = world_.exp2(log2_net + log2_price - log2_hundred);
  bool const freight_inside = head.incoterm == "CIF" || head.incoterm == "CFR";
  std::int64_t const freight_per_mille = this->freight_per_mille(head, log2_price, draws);
  std::int64_t const insurance_per_mille = 2 + draws.below(insurance_purpose, 6);
  goods.freight = freight_inside ? 0 : (goods.invoice * freight_per_mille + 500) / 1000;
  goods.insurance = head.incoterm == "CIF" ? 0 : (goods.invoice * insurance_per_mille + 500) / 1000;
}

Item DeclarationMaker::item(Head const& head, std::int64_t row) const
{
  Draws const draws = this->draws(row);
  Item item;
  item.row = row;
  Goods& goods = item.truth;
  goods.origin = head.dispatch;
  if (draws.below(same_origin_purpose, 10) >= 8)
  {
    goods.origin = world_.draw_origin(head.reporter, draws.bits(origin_purpose));
  }
  std::uint32_t const kind = product(head, goods.origin, draws);
  Product const& product = world_.products()[kind];
  goods.product = product.filed_as(year_.year);
  item.log2_net = product.log2_net - (flies(head.transport) ? fixed(3) : 0)
                  + scaled(fixed(2), world_.normal(draws.bits(net_purpose)));
  goods.quantity =
      planter_.quantity(kind, item.log2_net, scaled(fixed(0.1), world_.normal(draws.bits(units_purpose))));
  price(head, goods, item.log2_net, log2_price(head, kind, goods.origin, draws), draws);
  // One in five does not ask for the preference that is due: the certificate costs more than it saves.
  std::uint32_t const agreement = tariff_.agreement(head.reporter, goods.origin);
  bool const dutiable = tariff_.line(head.reporter, goods.product, head.month).kind != DutyKind::free;
  if (dutiable && tariff_.preferential_percent(agreement, goods.product) < 100
      && draws.below(preference_purpose, 10) < 8)
  {
    item.agreement_due = agreement;
  }
  return item;
}

/// A consignment like the first of its span, of a value of its own below the limit.
Item DeclarationMaker::piece(Head const& head, Item const& first, std::int64_t row, Run run) const
{
  Draws const draws = this->draws(row);
  Item item = first;
  item.row = row;
  std::int64_t const limit = tariff_.low_value_limit(head.reporter);
  // Who splits stays just below the limit; true parcels have any value.
  std::int64_t const per_mille =
      run == Run::split ? 800 + draws.below(piece_purpose, 195) : 100 + draws.below(piece_purpose, 1400);
  std::int64_t const wanted = std::max<std::int64_t>(limit * per_mille / 1000, 100);
  std::int64_t const value = first.truth.customs_value();
  double const share = static_cast<double>(wanted) / static_cast<double>(value);
  Goods& goods = item.truth;
  auto const part = [&](std::int64_t amount)
  { return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(amount) * share)); };
  goods.net = part(goods.net);
  goods.gross = std::max(goods.net, part(goods.gross));
  goods.quantity = part(goods.quantity);
  goods.freight = goods.freight * wanted / value;
  goods.insurance = goods.insurance * wanted / value;
  goods.invoice = std::max<std::int64_t>(1, wanted - goods.freight - goods.insurance);
  item.mechanism = run == Run::split ? Mechanism::split : Mechanism::none;
  return item;
}

void DeclarationMaker::make_small(Head& head, Draws const& draws) const
{
  head.transport = (draws.bits(run_purpose) & 1) != 0 ? Transport::air : Transport::mail;
  head.office = pick_office(head.transport, head.chain.home, draws);
  head.regime = "4000";
}

void DeclarationMaker::make(std::int64_t k, Span& span) const
{
  std::int64_t const first = k * rows_per_span;
  std::int64_t const end = std::min(first + rows_per_span, year_.rows);
  Draws const draws = this->draws(first);
  Head head = this->head(first);
  double const split = planter_.split_probability(head);
  double const draw = static_cast<double>(draws.bits(run_purpose) >> 11) / 9007199254740992.0;
  constexpr double parcels = 0.02;
  bool const can = tariff_.low_value_limit(head.reporter) > 0 && head.relief == Relief::none;
  Run const run = draw < split ? Run::split : (can && draw < split + parcels ? Run::parcels : Run::ordinary);
  std::int64_t const run_rows = run == Run::ordinary ? 0 : 4 + draws.below(run_length_purpose, 5);
  std::uint64_t const opens = draws.bits(cut_purpose) | 1;
  Item like;
  std::int64_t consignment_value = 0;
  span.count = 0;
  Draws shared = draws;
  for (std::int64_t row = first; row < end; ++row)
  {
    std::int64_t const at = row - first;
    bool const in_run = at < run_rows;
    if (in_run || at == run_rows || ((opens >> at) & 1) != 0)
    {
      if (at > 0 && !in_run)
      {
        head = this->head(row);
        shared = this->draws(row);
      }
      if (at == 0 && in_run)
      {
        make_small(head, draws);
        like = item(head, first);
      }
      head.number = row;
      Declaration& opened = span.declarations[static_cast<std::size_t>(span.count++)];
      opened.head = head;
      opened.count = 0;
      opened.is_split = in_run && run == Run::split;
      opened.consignment = opened.is_split ? first : row;
    }
    Declaration& declaration = span.declarations[static_cast<std::size_t>(span.count - 1)];
    Item& item = declaration.items[static_cast<std::size_t>(declaration.count++)];
    item = in_run ? piece(head, like, row, run) : this->item(head, row);
    planter_.plant(head, item, this->draws(row), shared, split);
    consignment_value += declaration.is_split ? item.truth.customs_value() : 0;
  }
  for (int d = 0; d < span.count; ++d)
  {
    settle_taxes(span.declarations[static_cast<std::size_t>(d)], consignment_value);
  }
}

TaxBase DeclarationMaker::base(Head const& head, Goods const& goods)
{
  return {goods.customs_value(), goods.net, goods.quantity, head.month};
}

Relief DeclarationMaker::relief(Head const& head, std::int64_t value, bool excise) const
{
  bool const small = head.relief == Relief::none && flies(head.transport) && head.regime == "4000" && !excise
                     && value <= tariff_.low_value_limit(head.reporter);
  return small ? Relief::low_value : head.relief;
}

void DeclarationMaker::assess(Declaration& declaration, LowValue low_value) const
{
  Head const& head = declaration.head;
  std::int64_t value = 0;
  bool excise = false;
  for (int i = 0; i < declaration.count; ++i)
  {
    Goods const& goods = declaration.items[static_cast<std::size_t>(i)].declared;
    value += goods.customs_value();
    excise = excise || tariff_.excise(goods.product).applies();
  }
  declaration.relief = low_value == LowValue::granted ? relief(head, value, excise) : head.relief;
  for (int i = 0; i < declaration.count; ++i)
  {
    Item& item = declaration.items[static_cast<std::size_t>(i)];
    item.declared_taxes =
        tariff_.taxes(head.reporter, item.declared.product,
                      treatment(declaration.relief, item.agreement_claimed, item.declared.product),
                      base(head, item.declared));
  }
}

void DeclarationMaker::settle_taxes(Declaration& declaration, std::int64_t consignment_value) const
{
  Head const& head = declaration.head;
  std::int64_t true_value = 0;
  bool true_excise = false;
  for (int i = 0; i < declaration.count; ++i)
  {
    Item const& item = declaration.items[static_cast<std::size_t>(i)];
    true_value += item.truth.customs_value() + item.hidden_value;
    true_excise = true_excise || tariff_.excise(item.truth.product).applies();
  }
  Relief const due = relief(head, declaration.is_split ? consignment_value : true_value, true_excise);
  for (int i = 0; i < declaration.count; ++i)
  {
    Item& item = declaration.items[static_cast<std::size_t>(i)];
    item.due = tariff_.taxes(head.reporter, item.truth.product,
                             treatment(due, item.agreement_due, item.truth.product), base(head, item.truth));
    if (item.hidden_value > 0)
    {
      Taxes const more =
          tariff_.taxes(head.reporter, item.hidden_product, treatment(due, 0, item.hidden_product),
                        {item.hidden_value, item.hidden_net, item.hidden_quantity, head.month});
      item.due.duty += more.duty;
      item.due.excise += more.excise;
      item.due.vat += more.vat;
    }
  }
  assess(declaration, LowValue::granted);
}

}  // namespace tarifa::kernels
