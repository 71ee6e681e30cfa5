#include "kernels/synth/declarations.hpp"

#include <algorithm>
#include <array>

#include "kernels/synth/calendar.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t table_stream = 1;
// Rows are cut into declarations within spans of this many, which divides rows_per_block.
constexpr std::int64_t declaration_span = 8;

// What the bits of a row, and of the first row of a declaration, are drawn for.
enum Purpose : std::uint64_t
{
  cut_purpose,
  reporter_purpose,
  dispatch_purpose,
  office_purpose,
  importer_purpose,
  declarant_purpose,
  exporter_purpose,
  regime_purpose,
  transport_purpose,
  incoterm_purpose,
  currency_purpose,
  same_origin_purpose,
  origin_purpose,
  from_catalogue_purpose,
  product_purpose,
  net_purpose,
  tare_purpose,
  price_purpose,
  units_purpose,
  freight_purpose,
  insurance_purpose,
  broken_purpose,
  fault_purpose,
};

/// Share of 2^-16 steps -> text; the last entry ends at 65536.
struct Choice
{
  std::uint32_t below;
  std::string_view code;
};

template <std::size_t n>
std::string_view choose(std::array<Choice, n> const& choices, std::uint64_t bits)
{
  auto const draw = static_cast<std::uint32_t>(bits >> 48);
  std::size_t i = 0;
  while (draw >= choices[i].below)
  {
    ++i;
  }
  return choices[i].code;
}

// Home use; home use after a warehouse; warehouse; inward processing; re-import. The two in the middle
// suspend duty.
constexpr std::array<Choice, 5> regimes = {
    {{55706, "4000"}, {58983, "4071"}, {62259, "7100"}, {64225, "5100"}, {65536, "6121"}}};
// UN/ECE Recommendation 19: sea, road, air, rail, mail.
constexpr std::array<Choice, 5> transports = {
    {{38010, "1"}, {51118, "3"}, {61603, "4"}, {64225, "2"}, {65536, "5"}}};
constexpr std::array<Choice, 4> incoterms = {
    {{30146, "FOB"}, {52428, "CIF"}, {58982, "CFR"}, {65536, "EXW"}}};
constexpr std::array<Choice, 6> currencies = {
    {{39321, "USD"}, {55705, "EUR"}, {58982, "CNY"}, {61603, "JPY"}, {63569, "GBP"}, {65536, "CHF"}}};

/// What all items of a declaration share.
struct Head
{
  std::int64_t number, day;
  std::uint32_t reporter, dispatch;
  std::uint32_t office, importer, declarant, exporter;
  std::string_view regime, transport, incoterm, currency;
};

/// Money in cents, mass in units of 0.01 kg.
struct Amounts
{
  std::int64_t gross, net, quantity, invoice, freight, insurance, customs_value, duty, vat;
  std::uint32_t duty_per_mille;
};

class Writer
{
 public:
  Writer(World const& world, DeclarationYear const& year)
      : world_(world)
      , year_(year)
      , calendar_(year.year)
      , stream_(stream_key(world.seed(), table_stream, static_cast<std::uint64_t>(year.year)))
      , broken_below_(static_cast<std::uint64_t>(year.broken_share * 4294967296.0))
  {
  }

  /// First row of the declaration that holds `row`: a row opens a new one where its bit of the span is set.
  std::int64_t head_of(std::int64_t row) const
  {
    std::int64_t const span = row / declaration_span * declaration_span;
    std::uint64_t const opens = Draws(stream_, static_cast<std::uint64_t>(span)).bits(cut_purpose) | 1;
    while (row > span && ((opens >> (row - span)) & 1) == 0)
    {
      --row;
    }
    return row;
  }

  Head head(std::int64_t row) const
  {
    Draws const draws(stream_, static_cast<std::uint64_t>(row));
    Head head;
    head.number = row;
    head.day = row * calendar_.days() / year_.rows;
    head.reporter = world_.draw_reporter(draws.bits(reporter_purpose));
    head.dispatch = world_.draw_origin(head.reporter, draws.bits(dispatch_purpose));
    head.office = draws.below(office_purpose, 30);
    head.importer = head.reporter * 5000 + world_.draw_trader(draws.bits(importer_purpose));
    head.declarant = head.reporter * 5000 + world_.draw_trader(draws.bits(declarant_purpose)) / 20;
    head.exporter = head.dispatch * 5000 + world_.draw_trader(draws.bits(exporter_purpose));
    head.regime = choose(regimes, draws.bits(regime_purpose));
    head.transport = choose(transports, draws.bits(transport_purpose));
    head.incoterm = choose(incoterms, draws.bits(incoterm_purpose));
    head.currency = choose(currencies, draws.bits(currency_purpose));
    return head;
  }

  bool is_broken(std::int64_t row) const
  {
    return (Draws(stream_, static_cast<std::uint64_t>(row)).bits(broken_purpose) >> 32) < broken_below_;
  }
  RowFault fault(std::int64_t row) const
  {
    return draw_fault(Draws(stream_, static_cast<std::uint64_t>(row)).bits(fault_purpose));
  }

  std::string_view row(std::int64_t row, std::int64_t head_row, Head const& head, char* buffer) const
  {
    Draws const draws(stream_, static_cast<std::uint64_t>(row));
    std::uint32_t origin = head.dispatch;
    if (draws.below(same_origin_purpose, 10) >= 8)
    {
      origin = world_.draw_origin(head.reporter, draws.bits(origin_purpose));
    }
    // Eight in ten items are ordinary trade of the two countries, what their statistics list too.
    std::uint32_t const pair = head.reporter * country_count + origin;
    std::uint32_t const product =
        draws.below(from_catalogue_purpose, 10) < 8
            ? world_.catalogue(pair, year_.year, draws.below(product_purpose, world_.catalogue_size(pair)))
            : world_.draw_product(draws.bits(product_purpose));
    Amounts const amounts = this->amounts(draws, head, origin, product);
    return write(head, row - head_row + 1, origin, product, amounts, buffer);
  }

 private:
  Amounts amounts(Draws const& draws, Head const& head, std::uint32_t origin,
                  std::uint32_t product_index) const
  {
    Product const& product = world_.products()[product_index];
    bool const by_air = head.transport == "4" || head.transport == "5";
    Fixed const log2_net =
        product.log2_net - (by_air ? fixed(3) : 0) + scaled(fixed(2), world_.normal(draws.bits(net_purpose)));
    Fixed const log2_price = product.log2_price + world_.origin_premium(product_index, origin)
                             + scaled(fixed(0.5), world_.normal(draws.bits(price_purpose)));
    constexpr Fixed log2_hundred = fixed(6.643856);
    Amounts a;
    a.net = world_.exp2(log2_net);
    a.gross = a.net + a.net * (10 + draws.below(tare_purpose, 140)) / 1000;
    Fixed const log2_units = log2_net - log2_hundred + product.log2_per_kg;
    a.quantity = product.unit == 0
                     ? std::max<std::int64_t>(1, (a.net + 50) / 100)
                     : world_.exp2(log2_units + scaled(fixed(0.1), world_.normal(draws.bits(units_purpose))));
    a.invoice = world_.exp2(log2_net + log2_price - log2_hundred);
    bool const freight_inside = head.incoterm == "CIF" || head.incoterm == "CFR";
    std::int64_t const freight_per_mille =
        (by_air ? 60 : 20) + draws.below(freight_purpose, by_air ? 90 : 60);
    a.freight = freight_inside ? 0 : (a.invoice * freight_per_mille + 500) / 1000;
    std::int64_t const insurance_per_mille = 2 + draws.below(insurance_purpose, 6);
    a.insurance = head.incoterm == "CIF" ? 0 : (a.invoice * insurance_per_mille + 500) / 1000;
    a.customs_value = a.invoice + a.freight + a.insurance;
    bool const suspended = head.regime == "7100" || head.regime == "5100";
    a.duty_per_mille =
        suspended ? 0 : world_.duty_per_mille(head.reporter, origin, product.filed_as(year_.year));
    a.duty = (a.customs_value * a.duty_per_mille + 500) / 1000;
    a.vat = suspended ? 0 : ((a.customs_value + a.duty) * world_.vat_per_mille(head.reporter) + 500) / 1000;
    return a;
  }

  std::string_view write(Head const& head, std::int64_t item, std::uint32_t origin,
                         std::uint32_t product_index, Amounts const& a, char* buffer) const
  {
    Product const& product = world_.products()[product_index];
    std::string_view const reporter = country_code(reporter_country(head.reporter));
    RowText row(buffer);
    row.digits(static_cast<std::uint64_t>(year_.year), 2).digits(static_cast<std::uint64_t>(head.number), 9);
    row.mark(',').number(item).mark(',').text(calendar_.date(head.day)).mark(',').text(reporter);
    row.mark(',').text(reporter).digits(head.office + 1, 2);
    row.text(",T").digits(head.importer, 6).text(",D").digits(head.declarant, 6);
    row.text(",X").digits(head.exporter, 6).mark(',').text(country_code(origin));
    row.mark(',')
        .text(country_code(head.dispatch))
        .mark(',')
        .text(world_.products()[product.filed_as(year_.year)].hs6(year_.year))
        .mark(',')
        .text(head.regime);
    row.mark(',').text(head.transport).mark(',').text(head.incoterm).mark(',').text(head.currency);
    row.mark(',').decimal<2>(a.gross).mark(',').decimal<2>(a.net);
    row.mark(',').number(a.quantity).mark(',').text(unit_code(product.unit));
    row.mark(',').decimal<2>(a.invoice).mark(',').decimal<2>(a.freight).mark(',').decimal<2>(a.insurance);
    row.mark(',').decimal<2>(a.customs_value).mark(',').decimal<1>(a.duty_per_mille);
    row.mark(',').decimal<2>(a.duty).mark(',').decimal<2>(a.vat).mark(',').number(year_.year).mark('\n');
    return row.view();
  }

  World const& world_;
  DeclarationYear year_;
  Calendar calendar_;
  std::uint64_t stream_, broken_below_;
};

}  // namespace

std::string_view declarations_header()
{
  return "declaration_id,item,date,reporter,office,importer,declarant,exporter,origin,dispatch,hs6,"
         "regime,transport,incoterm,currency,gross_kg,net_kg,quantity,unit,invoice_usd,freight_usd,"
         "insurance_usd,customs_value_usd,duty_rate_pct,duty_usd,vat_usd,year\n";
}

RowFaultCounts append_declarations(World const& world, DeclarationYear const& year, std::int64_t first,
                                   std::int64_t count, std::string& out)
{
  Writer const writer(world, year);
  RowFaultCounts faults{};
  std::array<char, 512> buffer;
  std::string before;
  bool before_is_whole = false;
  std::int64_t head_row = -1;
  Head head{};
  for (std::int64_t row = first; row < first + count; ++row)
  {
    if (std::int64_t const opened = writer.head_of(row); opened != head_row)
    {
      head_row = opened;
      head = writer.head(opened);
    }
    std::string_view const text = writer.row(row, head_row, head, buffer.data());
    if (!writer.is_broken(row))
    {
      out.append(text);
      before_is_whole = true;
    }
    else
    {
      // A copy needs a sound row above it in the same block; else the row loses a field instead.
      RowFault const drawn = writer.fault(row);
      RowFault const fault =
          drawn == RowFault::duplicate && !before_is_whole ? RowFault::missing_field : drawn;
      ++faults[static_cast<std::size_t>(fault)];
      out.append(broken_row(text, before, fault));
      before_is_whole = false;
    }
    if (year.broken_share > 0)
    {
      before.assign(text);
    }
  }
  return faults;
}

}  // namespace tarifa::kernels
