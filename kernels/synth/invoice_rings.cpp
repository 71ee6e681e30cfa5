#include "kernels/synth/invoice_draws.hpp"
#include "kernels/synth/invoices.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t ring_stream = 324, circle_stream = 325;

}  // namespace

/// Of twelve small traders who came lately, the one who came last: it will not be asked for long.
Importer InvoiceMaker::missing_trader(std::uint32_t reporter, Draws const& ring, Day day) const
{
  std::uint32_t const seats = actors_.settings().seats;
  Importer youngest;
  for (std::uint64_t candidate = 0; candidate < 12; ++candidate)
  {
    std::uint32_t const rank = seats / 2 + ring.below(100 + candidate, std::max(1U, seats - seats / 2));
    Importer const one = actors_.importer(reporter, std::min(rank, seats - 1), day);
    bool const is_there = one.entry <= day;
    if (candidate == 0 || (is_there && (youngest.entry > day || one.entry > youngest.entry)))
    {
      youngest = one;
    }
  }
  return youngest;
}

/// The first from a rank on who is in business and not among them.
void InvoiceMaker::add_member(std::vector<Importer>& members, std::uint32_t reporter, std::uint32_t rank,
                              Day day) const
{
  std::uint32_t const seats = actors_.settings().seats;
  Importer found;
  for (std::uint32_t step = 0; step < seats; ++step)
  {
    found = actors_.importer(reporter, (rank + step) % seats, day);
    bool const is_new = std::none_of(members.begin(), members.end(),
                                     [&](Importer const& one) { return one.seat == found.seat; });
    if (is_new && found.entry <= day)
    {
      break;
    }
  }
  members.push_back(found);
}

/// Conduit abroad -> missing trader -> buffers -> broker -> the same conduit. The members of a ring are the
/// same for a year, but for the missing trader, who is replaced each quarter.
void InvoiceMaker::carousel(std::vector<Invoice>& rows, Invoice const& like, Draws const& draws,
                            std::size_t legs) const
{
  std::uint32_t const seats = actors_.settings().seats;
  std::uint32_t const rings = std::max(2U, seats / 100);
  std::uint32_t const number = draws.below(group_purpose, rings);
  std::uint64_t const stream =
      stream_key(world_.seed(), ring_stream, std::uint64_t{like.reporter} << 32U | number);
  Draws const ring(stream, static_cast<std::uint64_t>(year_));
  Day const today = first_day_ + static_cast<Day>(like.day);
  auto const quarter = static_cast<std::uint64_t>(like.day / 92);
  Draws const of_quarter(stream, static_cast<std::uint64_t>(year_) * 4 + quarter + 1'000'000);
  std::vector<Importer> members = {
      missing_trader(like.reporter, of_quarter, first_day_ + static_cast<Day>(quarter * 92))};
  while (members.size() + 1 < legs)
  {
    // The broker trades in earnest: it has tax of its own to set off.
    bool const is_broker = members.size() + 2 == legs;
    std::uint32_t const among = is_broker ? std::max(4U, seats / 5) : seats;
    add_member(members, like.reporter, ring.below(is_broker ? 9 : members.size(), std::min(among, seats)),
               today);
  }
  std::uint32_t const country = world_.draw_origin(like.reporter, ring.bits(20));
  Trader const conduit{exporters_.established(country, ring.bits(21), first_day_), true};
  // What is small and dear: the dearest of eight kinds of goods.
  std::uint32_t product = world_.draw_product(ring.bits(30));
  for (std::uint64_t attempt = 1; attempt < 8; ++attempt)
  {
    std::uint32_t const other = world_.draw_product(ring.bits(30 + attempt));
    bool const dearer = world_.products()[other].log2_price > world_.products()[product].log2_price;
    product = dearer ? other : product;
  }
  Lot const goods = lot(like.reporter, product, draws, like.day);
  double const discount = settings_.carousel_size * (0.6 + 0.8 * unit_interval(draws.bits(margin_purpose)));
  std::int64_t value = goods.value, day = goods.day;
  for (std::size_t leg = 0; leg < legs; ++leg)
  {
    Draws const of_row = this->draws(like.number + static_cast<std::int64_t>(leg));
    Invoice one = like;
    one.number = like.number + static_cast<std::int64_t>(leg);
    one.ring = number + 1;
    one.product = goods.product;
    one.net = goods.net;
    bool const first = leg == 0, last = leg + 1 == legs;
    one.kind = first ? InvoiceKind::acquisition : (last ? InvoiceKind::dispatch : InvoiceKind::domestic);
    one.seller = first ? conduit : Trader{members[leg - 1].number, false};
    one.buyer = last ? conduit : Trader{members[leg].number, false};
    one.role = first      ? ChainRole::conduit
               : leg == 1 ? ChainRole::missing_trader
               : last     ? ChainRole::broker
                          : ChainRole::buffer;
    double const margin = 1.005 + 0.02 * unit_interval(of_row.bits(margin_purpose));
    value = first ? value : scaled_amount(value, leg == 1 ? 1 - std::min(discount, 0.9) : margin);
    one.value = value;
    day = first ? day : later(day, of_row.below(lag_purpose, 3));
    one.day = day;
    charge(one);
    rows.push_back(one);
  }
}

/// Dealers in one commodity who pass lots on until one comes back to who sold it first.
void InvoiceMaker::circle(std::vector<Invoice>& rows, Invoice const& like, Draws const& draws,
                          std::size_t legs) const
{
  std::uint32_t const seats = actors_.settings().seats;
  std::uint32_t const circles = std::max(2U, seats / 100);
  std::uint32_t const number = draws.below(group_purpose, circles);
  Draws const circle(stream_key(world_.seed(), circle_stream, std::uint64_t{like.reporter} << 32U | number),
                     0);
  Day const today = first_day_ + static_cast<Day>(like.day);
  std::vector<Importer> members;
  while (members.size() < legs)
  {
    add_member(members, like.reporter, circle.below(members.size(), seats), today);
  }
  Lot const goods = lot(like.reporter, world_.draw_product(circle.bits(30)), draws, like.day);
  std::int64_t value = goods.value, day = goods.day;
  for (std::size_t leg = 0; leg < legs; ++leg)
  {
    Draws const of_row = this->draws(like.number + static_cast<std::int64_t>(leg));
    Invoice one = like;
    one.number = like.number + static_cast<std::int64_t>(leg);
    one.product = goods.product;
    one.net = goods.net;
    one.seller = {members[leg].number, false};
    one.buyer = {members[(leg + 1) % legs].number, false};
    one.oddity = ChainOddity::circle;
    value = leg == 0 ? value : scaled_amount(value, 0.98 + 0.05 * unit_interval(of_row.bits(margin_purpose)));
    one.value = value;
    day = leg == 0 ? day : later(day, of_row.below(lag_purpose, 6));
    one.day = day;
    charge(one);
    rows.push_back(one);
  }
}

}  // namespace tarifa::kernels
