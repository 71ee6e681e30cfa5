#include "kernels/synth/mechanisms.hpp"

#include <algorithm>
#include <numeric>

namespace tarifa::kernels
{
namespace
{

// What the bits of a row are drawn for; the purposes of the rows themselves are below 100.
enum Purpose : std::uint64_t
{
  fraud_purpose = 100,
  together_purpose,
  share_purpose,
  partner_purpose,
  gross_purpose,
  hidden_product_purpose,
  hidden_price_purpose,
  chain_purpose,
  error_purpose,
  error_kind_purpose,
  error_side_purpose,
  error_size_purpose,
  error_origin_purpose,
};

double unit(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) / 9007199254740992.0;
}

std::int64_t part(std::int64_t amount, double share)
{
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(amount) * share));
}

void scale_amounts(Goods& goods, double share)
{
  goods.net = part(goods.net, share);
  goods.quantity = part(goods.quantity, share);
  goods.invoice = part(goods.invoice, share);
  goods.freight = goods.freight == 0 ? 0 : part(goods.freight, share);
  goods.insurance = goods.insurance == 0 ? 0 : part(goods.insurance, share);
}

// Two thirds of the products have a cheaper neighbour and about half of the items could gain by another
// origin: the chance of those that can makes up for those that cannot, so that rates are rates of all items.
constexpr double shift_eligible = 0.65;
constexpr double origin_eligible = 0.55;
/// Of the consignments a shell company invoices, those with a chain behind them. The others are honest, or
/// false in another way.
constexpr double chained = 0.6;

}  // namespace

std::string_view name_of(Mechanism mechanism)
{
  constexpr std::array<std::string_view, mechanism_count> names = {
      "none",     "undervaluation", "hs-shift",   "false-origin",
      "quantity", "split",          "undeclared", "invoice-chain"};
  return names[static_cast<std::size_t>(mechanism)];
}

std::string_view name_of(HonestError error)
{
  constexpr std::array<std::string_view, honest_error_count> names = {
      "none", "value-slip", "freight-absent", "wrong-heading", "wrong-origin", "wrong-unit", "wrong-mass"};
  return names[static_cast<std::size_t>(error)];
}

std::string_view name_of(Relief relief)
{
  constexpr std::array<std::string_view, 6> names = {"",           "suspended",    "low-value",
                                                     "diplomatic", "humanitarian", "investment"};
  return names[static_cast<std::size_t>(relief)];
}

Planter::Planter(World const& world, Tariff const& tariff, FraudSettings const& settings)
    : world_(world)
    , tariff_(tariff)
    , settings_(settings)
{
}

double Planter::split_probability(Head const& head) const noexcept
{
  // Six rows of the eight of a span on average; one reporter in eight has no limit to stay below.
  constexpr double rows_per_span = 6.0 / 8;
  constexpr double eligible = 7.0 / 8;
  bool const can = tariff_.low_value_limit(head.reporter) > 0 && head.relief == Relief::none;
  return can ? std::min(0.5, settings_.of(Mechanism::split).rate / rows_per_span / eligible * head.weight)
             : 0;
}

double Planter::shell_probability(double weight) const noexcept
{
  return std::min(0.8, settings_.of(Mechanism::invoice_chain).rate / chained * weight);
}

std::int64_t Planter::quantity(std::uint32_t product, Fixed log2_net, Fixed noise) const noexcept
{
  Product const& goods = world_.products()[product];
  constexpr Fixed log2_hundred = fixed(6.643856);
  return goods.unit == 0 ? std::max<std::int64_t>(1, (world_.exp2(log2_net) + 50) / 100)
                         : world_.exp2(log2_net - log2_hundred + goods.log2_per_kg + noise);
}

/// [0.05, 0.85] log-normal around the typical size.
double Planter::share_hidden(double size, std::uint64_t bits) const noexcept
{
  Fixed const around = scaled(fixed(0.45), world_.normal(bits)) + (Fixed{24} << fixed_bits);
  return std::clamp(size * static_cast<double>(world_.exp2(around)) / 16'777'216.0, 0.05, 0.85);
}

Planter::Candidates Planter::candidates(Head const& head, Item const& item, Draws const& draws) const noexcept
{
  Goods const& truth = item.truth;
  Candidates to{tariff_.cheaper_neighbour(head.reporter, truth.product), truth.origin, 0};
  DutyLine const& line = tariff_.line(head.reporter, truth.product, head.month);
  std::uint32_t const partner = tariff_.draw_partner(head.reporter, draws.bits(partner_purpose));
  if (line.kind != DutyKind::free && item.agreement_due == 0 && partner < country_count)
  {
    std::uint32_t const agreement = tariff_.agreement(head.reporter, partner);
    if (partner != truth.origin && tariff_.preferential_percent(agreement, truth.product) < 100)
    {
      to.origin = partner;
      to.agreement = agreement;
    }
  }
  return to;
}

/// What there is to gain matters less than who declares: with a tax burden of nothing the chance is 0.7
/// times, at 48 % 1.3 times that at 24 %. More would let the goods alone tell who is dishonest.
Planter::Odds Planter::odds(Head const& head, Item const& item, Candidates const& to) const noexcept
{
  DutyLine const& line = tariff_.line(head.reporter, item.truth.product, head.month);
  double const burden = line.rate(head.month) + (line.specific_cents > 0 ? 100 : 0)
                        + tariff_.vat_per_mille(head.reporter, item.truth.product);
  double const gain =
      std::clamp(0.7 + burden / 800, 0.7, 1.3) * (head.relief == Relief::none ? 1.0 : 0.8) * head.weight;
  Odds odds{};
  auto const set = [&](Mechanism mechanism, double factor)
  { odds[static_cast<std::size_t>(mechanism)] = settings_.of(mechanism).rate * factor; };
  set(Mechanism::undervaluation, gain);
  set(Mechanism::hs_shift, to.neighbour == item.truth.product ? 0 : gain / shift_eligible);
  set(Mechanism::false_origin, to.agreement == 0 ? 0 : gain / origin_eligible);
  set(Mechanism::quantity, gain);
  set(Mechanism::undeclared, gain);
  odds[static_cast<std::size_t>(Mechanism::invoice_chain)] = head.by_shell ? chained : 0;
  constexpr double most = 0.9;
  double const all = std::accumulate(odds.begin(), odds.end(), 0.0);
  if (all > most)
  {
    std::transform(odds.begin(), odds.end(), odds.begin(), [&](double one) { return one * most / all; });
  }
  return odds;
}

void Planter::plant(Head const& head, Item& item, Draws const& draws, Draws const& shared,
                    double split_probability) const
{
  Candidates const to = candidates(head, item, draws);
  Odds const odds = this->odds(head, item, to);
  double const all = std::accumulate(odds.begin(), odds.end(), 0.0);
  item.fraud_probability = split_probability + (1 - split_probability) * all;
  item.declared = item.truth;
  item.agreement_claimed = item.agreement_due;
  if (item.mechanism != Mechanism::none)  // a piece of a split consignment
  {
    return;
  }
  // Who falsifies one item of a declaration mostly falsifies the others.
  bool const together = draws.below(together_purpose, 2) == 0;
  double draw = unit((together ? shared : draws).bits(fraud_purpose));
  for (std::size_t i = 1; i < mechanism_count; ++i)
  {
    if (draw < odds[i])
    {
      item.mechanism = static_cast<Mechanism>(i);
      falsify(item, to, draws);
      return;
    }
    draw -= odds[i];
  }
  constexpr double mean_carelessness = 1.245;
  if (unit(draws.bits(error_purpose)) < settings_.honest_error_rate * head.carelessness / mean_carelessness)
  {
    err(head, item, draws);
  }
}

void Planter::falsify(Item& item, Candidates const& to, Draws const& draws) const
{
  Goods& declared = item.declared;
  double const share = share_hidden(settings_.of(item.mechanism).size, draws.bits(share_purpose));
  switch (item.mechanism)
  {
    case Mechanism::undervaluation:
      declared.invoice = part(declared.invoice, 1 - share);
      break;
    case Mechanism::invoice_chain:
      declared.invoice = part(declared.invoice, 1 - share);
      item.chain_length = static_cast<std::uint8_t>(2 + draws.below(chain_purpose, 3));
      break;
    case Mechanism::hs_shift:
      declared.product = to.neighbour;
      declared.quantity = quantity(to.neighbour, item.log2_net, 0);
      item.agreement_claimed = tariff_.preferential_percent(item.agreement_claimed, to.neighbour) < 100
                                   ? item.agreement_claimed
                                   : 0;
      break;
    case Mechanism::false_origin:
      declared.origin = to.origin;
      item.agreement_claimed = to.agreement;
      break;
    case Mechanism::quantity:
    {
      // The carrier weighed the goods: what the papers of the transport say is harder to bend.
      scale_amounts(declared, 1 - share);
      double const bent = share * unit(draws.bits(gross_purpose));
      declared.gross = std::max(declared.net, part(declared.gross, 1 - bent));
      break;
    }
    case Mechanism::undeclared:
      hide_goods(item, 2 * share, draws);
      break;
    default:
      break;
  }
}

void Planter::hide_goods(Item& item, double share, Draws const& draws) const
{
  item.hidden_product =
      world_.products()[world_.draw_product(draws.bits(hidden_product_purpose))].filed_as(tariff_.year());
  item.hidden_value = part(item.truth.invoice, share);
  Product const& product = world_.products()[item.hidden_product];
  Fixed const log2_price =
      product.log2_price + scaled(fixed(0.5), world_.normal(draws.bits(hidden_price_purpose)));
  // value / price = mass, without a logarithm: 2^24 / 2^price keeps 24 bits of the price.
  double const per_cent_of_kg =
      static_cast<double>(world_.exp2((Fixed{36} << fixed_bits) - log2_price)) / 68'719'476'736.0 * 100;
  item.hidden_net = part(item.hidden_value, per_cent_of_kg);
  Fixed const log2_per_kg = product.log2_per_kg + (Fixed{20} << fixed_bits);
  double const units_per_kg =
      product.unit == 0 ? 1 : static_cast<double>(world_.exp2(log2_per_kg)) / 1'048'576.0;
  item.hidden_quantity = part(item.hidden_net, units_per_kg / 100);
  item.declared.gross += part(item.hidden_net, 0.7 * unit(draws.bits(gross_purpose)));
}

void Planter::err(Head const& head, Item& item, Draws const& draws) const
{
  Goods& declared = item.declared;
  bool const up = draws.below(error_side_purpose, 2) == 1;
  double const size = unit(draws.bits(error_size_purpose));
  auto kind = static_cast<HonestError>(1 + draws.below(error_kind_purpose, honest_error_count - 1));
  if (kind == HonestError::freight_absent && declared.freight + declared.insurance == 0)
  {
    kind = HonestError::value_slip;
  }
  item.error = kind;
  switch (kind)
  {
    case HonestError::value_slip:
    {
      double const factor = size < 0.25 ? 10 : 1.05 + 0.4 * (size - 0.25);
      declared.invoice = part(declared.invoice, up ? factor : 1 / factor);
      break;
    }
    case HonestError::freight_absent:
      declared.freight = declared.insurance = 0;
      break;
    case HonestError::wrong_heading:
    {
      std::uint32_t const steps = 1 + static_cast<std::uint32_t>(size * 4);
      std::uint32_t const other = up ? std::min(declared.product + steps, product_count - 1)
                                     : declared.product - std::min(declared.product, steps);
      bool const has_code = world_.products()[other].filed_as(tariff_.year()) == other;
      bool const same_chapter =
          chapter_of(world_.products()[other]) == chapter_of(world_.products()[declared.product]);
      if (has_code && same_chapter && other != declared.product)
      {
        declared.product = other;
        declared.quantity = quantity(other, item.log2_net, 0);
      }
      else
      {
        declared.quantity = part(declared.quantity, up ? 12.0 : 1.0 / 12);
        item.error = HonestError::wrong_unit;
      }
      break;
    }
    case HonestError::wrong_origin:
      declared.origin = head.dispatch != declared.origin
                            ? head.dispatch
                            : world_.draw_origin(head.reporter, draws.bits(error_origin_purpose));
      break;
    case HonestError::wrong_unit:
      declared.quantity = part(declared.quantity, up ? 12.0 : 1.0 / 12);
      break;
    default:
      declared.net = up ? declared.gross : part(declared.net, 0.1);
  }
  // A preference goes with the origin and the heading that stand in the declaration.
  if (item.agreement_claimed > 0)
  {
    std::uint32_t const agreement = tariff_.agreement(head.reporter, declared.origin);
    item.agreement_claimed = tariff_.preferential_percent(agreement, declared.product) < 100 ? agreement : 0;
  }
}

}  // namespace tarifa::kernels
