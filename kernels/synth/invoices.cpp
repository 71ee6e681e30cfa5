#include "kernels/synth/invoices.hpp"

#include <algorithm>

#include "kernels/synth/invoice_draws.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t table_stream = 322, customer_stream = 323;

}  // namespace

InvoiceMaker::InvoiceMaker(World const& world, Actors const& actors, int year, std::int64_t rows,
                           InvoiceSettings const& settings)
    : world_(world)
    , actors_(actors)
    , exporters_(world, actors)
    , tariff_(world, year)
    , settings_(settings)
    , year_(year)
    , rows_(rows)
    , days_(day_of_year_start(year + 1) - day_of_year_start(year))
    , first_day_(day_of_year_start(year))
    , stream_(stream_key(world.seed(), table_stream, static_cast<std::uint64_t>(year)))
{
}

std::int64_t InvoiceMaker::later(std::int64_t day, std::int64_t by) const noexcept
{
  return std::min(day + by, days_ - 1);
}

/// A seat may be empty for some weeks: then somebody else.
Importer InvoiceMaker::trader(std::uint32_t reporter, std::uint64_t bits, Day day) const
{
  Importer found;
  for (std::uint64_t attempt = 0; attempt < 32; ++attempt)
  {
    found = actors_.importer(reporter, actors_.draw_rank(mix64(bits + attempt)), day);
    if (found.entry <= day)
    {
      break;
    }
  }
  return found;
}

/// Seven in ten sales go to one of four regular customers, as large as they come.
Importer InvoiceMaker::customer(Importer const& seller, Draws const& draws, Day day) const
{
  std::uint32_t const which = draws.below(regular_purpose, 10);
  if (which < 7)
  {
    Draws const known(stream_key(world_.seed(), customer_stream, seller.seat), seller.person);
    Importer const regular = trader(seller.reporter, known.bits(which % 4), day);
    if (regular.seat != seller.seat)
    {
      return regular;
    }
  }
  Importer other = trader(seller.reporter, draws.bits(buyer_purpose), day);
  for (std::uint64_t attempt = 1; other.seat == seller.seat && attempt < 32; ++attempt)
  {
    other = trader(seller.reporter, mix64(draws.bits(buyer_purpose) + 1000 * attempt), day);
  }
  return other;
}

InvoiceMaker::Lot InvoiceMaker::lot(std::uint32_t reporter, std::uint32_t product, Draws const& draws,
                                    std::int64_t day) const
{
  Product const& goods = world_.products()[product];
  Fixed const log2_net = goods.log2_net + scaled(fixed(1.5), world_.normal(draws.bits(net_purpose)));
  Fixed const log2_price = goods.log2_price + scaled(fixed(0.4), world_.normal(draws.bits(price_purpose)));
  constexpr Fixed log2_hundred = fixed(6.643856);
  return {reporter, goods.filed_as(year_), std::max<std::int64_t>(1, world_.exp2(log2_net)),
          std::max<std::int64_t>(1000, world_.exp2(log2_net + log2_price - log2_hundred)), day};
}

/// Tax on a domestic invoice, rounded half up; who sold pays it.
void InvoiceMaker::charge(Invoice& invoice) const
{
  bool const taxed = invoice.kind == InvoiceKind::domestic;
  std::int64_t const rate = taxed ? tariff_.vat_per_mille(invoice.reporter, invoice.product) : 0;
  invoice.vat = (invoice.value * rate + 500) / 1000;
  bool const lost = invoice.role == ChainRole::missing_trader || invoice.oddity == ChainOddity::insolvent;
  invoice.vat_paid = lost ? 0 : invoice.vat;
}

/// A lot on its way from the first seller to the last buyer, growing smaller and dearer.
void InvoiceMaker::chain(std::vector<Invoice>& rows, Invoice const& like, std::size_t legs) const
{
  Draws const draws = this->draws(like.number);
  Day today = first_day_ + static_cast<Day>(like.day);
  Importer seller = trader(like.reporter, draws.bits(seller_purpose), today);
  SupplyChain const known = actors_.supply_chain(seller);
  std::uint32_t product = 0;
  for (std::uint64_t attempt = 0; attempt < 5; ++attempt)
  {
    product = world_.draw_product(draws.bits(product_purpose + attempt));
    std::uint8_t const sector = sector_of(chapter_of(world_.products()[product]));
    if (sector == known.sectors[0] || sector == known.sectors[1])
    {
      break;
    }
  }
  Lot const goods = lot(like.reporter, product, draws, like.day);
  std::int64_t value = goods.value, net = goods.net, day = goods.day;
  std::uint32_t const abroad = draws.below(abroad_purpose, 100);
  for (std::size_t leg = 0; leg < legs; ++leg)
  {
    Draws const of_row = this->draws(like.number + static_cast<std::int64_t>(leg));
    Invoice one = like;
    one.number = like.number + static_cast<std::int64_t>(leg);
    one.product = goods.product;
    bool const comes = leg == 0 && abroad < 30, goes = leg + 1 == legs && leg > 0 && abroad % 10 < 2;
    if (leg > 0)
    {
      day = later(day, of_row.below(lag_purpose, 20) + std::int64_t{1});
      today = first_day_ + static_cast<Day>(day);
      double const part = 0.4 + 0.6 * unit_interval(of_row.bits(part_purpose));
      bool const at_a_loss = unit_interval(of_row.bits(below_cost_purpose)) < settings_.below_cost;
      double const draw = unit_interval(of_row.bits(margin_purpose));
      double const margin = at_a_loss ? 0.80 + 0.17 * draw : 1.04 + 0.26 * draw;
      one.oddity = at_a_loss ? ChainOddity::below_cost : ChainOddity::none;
      net = scaled_amount(net, part);
      value = scaled_amount(value, part * margin);
    }
    one.day = day;
    one.net = net;
    one.value = value;
    std::uint32_t const country = world_.draw_origin(like.reporter, of_row.bits(supplier_purpose));
    if (comes)
    {
      one.kind = InvoiceKind::acquisition;
      one.seller = {exporters_.supplier(seller, country, abroad % 3, today), true};
      one.buyer = {seller.number, false};
    }
    else
    {
      one.seller = {seller.number, false};
      one.kind = goes ? InvoiceKind::dispatch : InvoiceKind::domestic;
      Importer const buyer = customer(seller, of_row, today);
      one.buyer = goes ? Trader{exporters_.established(country, of_row.bits(buyer_purpose), today), true}
                       : Trader{buyer.number, false};
      seller = buyer;
      bool const fails = !goes && unit_interval(of_row.bits(insolvent_purpose)) < settings_.insolvent;
      one.oddity = fails ? ChainOddity::insolvent : one.oddity;
    }
    charge(one);
    rows.push_back(one);
  }
}

std::vector<Invoice> InvoiceMaker::make(std::int64_t k) const
{
  std::int64_t const first = k * invoices_per_span;
  std::int64_t const end = std::min(first + invoices_per_span, rows_);
  Draws const draws = this->draws(first);
  std::vector<Invoice> rows;
  Invoice like;
  auto const open = [&](std::int64_t row)
  {
    like.number = like.chain = row;
    like.day = row * days_ / rows_;
    like.reporter = actors_.draw_reporter(this->draws(row).bits(reporter_purpose));
  };
  open(first);
  // A carousel fills six of the eight rows of a span, a circle three and a half, on average.
  double const draw = unit_interval(draws.bits(kind_purpose));
  double const carousel_chance = settings_.carousel * 8 / 6, circle_chance = settings_.circular * 8 / 3.5;
  constexpr std::uint32_t least_traders = 20;  // among whom rings of six can be found
  bool const is_whole = end - first == invoices_per_span && actors_.settings().seats >= least_traders;
  if (is_whole && draw < carousel_chance)
  {
    carousel(rows, like, draws, 5 + draws.below(legs_purpose, 3));
  }
  else if (is_whole && draw < carousel_chance + circle_chance)
  {
    circle(rows, like, draws, 3 + draws.below(legs_purpose, 2));
  }
  std::uint64_t const opens = draws.bits(opens_purpose);
  for (std::int64_t row = first + static_cast<std::int64_t>(rows.size()); row < end;)
  {
    std::int64_t next = row + 1;
    while (next < end && ((opens >> (next - first)) & 1) == 0)
    {
      ++next;
    }
    open(row);
    chain(rows, like, static_cast<std::size_t>(next - row));
    row = next;
  }
  return rows;
}

}  // namespace tarifa::kernels
