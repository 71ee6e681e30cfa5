#include "kernels/synth/trade.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <stdexcept>

#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  pair_stream = 11,  // freight between two countries
  cell_stream = 12,  // size of a flow in all years
  flow_stream = 13,  // one flow of one year
};

enum Purpose : std::uint64_t
{
  size_purpose,
  change_purpose,
  price_purpose,
  side_purpose,
  cif_purpose,
  units_purpose,
  export_value_purpose,
  export_slip_purpose,
  import_value_purpose,
  import_slip_purpose,
  import_mass_purpose,
  slip_size_purpose,
};

// Finding distinct products by repeated draws stays cheap up to this share of the nomenclature.
constexpr std::int64_t most_products = 3000;
constexpr std::int64_t flows_per_block = 65536;

/// `flows` spread over the pairs in proportion to their weights, none above most_products.
std::vector<std::uint16_t> spread_over_pairs(World const& world, std::int64_t flows)
{
  std::vector<double> const& weight = world.pair_weights();
  std::vector<char> full(pair_count, 0);
  double per_weight = 0;
  for (bool changed = true; changed;)
  {
    double open_weight = 0;
    auto open_flows = static_cast<double>(flows);
    for (std::uint32_t pair = 0; pair < pair_count; ++pair)
    {
      open_weight += full[pair] != 0 ? 0 : weight[pair];
      open_flows -= full[pair] != 0 ? static_cast<double>(most_products) : 0;
    }
    per_weight = open_weight > 0 ? open_flows / open_weight : 0;
    changed = false;
    for (std::uint32_t pair = 0; pair < pair_count; ++pair)
    {
      if (full[pair] == 0 && weight[pair] * per_weight > static_cast<double>(most_products))
      {
        full[pair] = 1;
        changed = true;
      }
    }
  }
  // Rounding the running total keeps the sum exact and spreads few flows over many pairs.
  std::vector<std::uint16_t> products(pair_count);
  double exact = 0;
  std::int64_t given = 0;
  for (std::uint32_t pair = 0; pair < pair_count; ++pair)
  {
    exact += full[pair] != 0 ? static_cast<double>(most_products) : weight[pair] * per_weight;
    auto const until = std::min(flows, static_cast<std::int64_t>(std::floor(exact + 0.5)));
    products[pair] = static_cast<std::uint16_t>(until - given);
    given = until;
  }
  return products;
}

/// One flow as it was: logarithms to base 2 of value [0.001 USD, FOB] and mass [0.01 kg], and of the CIF/FOB
/// ratio.
struct Flow
{
  Fixed value, net, cif;
};

void append_line(std::string& out, int year, std::string_view sides_and_flow, Product const& product,
                 std::int64_t value, std::int64_t net_kg, std::int64_t quantity)
{
  std::array<char, 128> buffer;
  RowText row(buffer.data());
  row.number(year)
      .mark(',')
      .text(sides_and_flow)
      .mark(',')
      .text(product.hs6(year))
      .mark(',')
      .decimal<3>(value);
  row.mark(',').number(net_kg).mark(',').number(quantity).mark(',').text(unit_code(product.unit)).mark('\n');
  out.append(row.view());
}

Flow true_flow(World const& world, Draws const& cell, Draws const& flow, Product const& product,
               Fixed premium, Fixed pair_cif)
{
  constexpr Fixed sixteen_items = fixed(4);
  constexpr Fixed log2_cents_and_hundredths = fixed(6.643856 - 3.321928);  // cents x 0.01 kg -> 0.001 USD
  Flow f;
  f.net = product.log2_net + sixteen_items + scaled(fixed(2), world.normal(cell.bits(size_purpose)))
          + scaled(fixed(0.3), world.normal(flow.bits(change_purpose)));
  f.value = f.net + product.log2_price + premium + scaled(fixed(0.3), world.normal(flow.bits(price_purpose)))
            - log2_cents_and_hundredths;
  f.cif = std::max<Fixed>(fixed(0.003), pair_cif + scaled(fixed(0.02), world.normal(flow.bits(cif_purpose))));
  return f;
}

}  // namespace

std::string_view trade_header()
{
  return "period,reporter,partner,flow,hs6,value_usd,net_kg,quantity,unit\n";
}

std::int64_t TradePlan::most_flows(int years)
{
  return most_products * (pair_count - reporter_count) * years;
}

TradePlan::TradePlan(World const& world, TradePeriod const& period) : world_(world), period_(period)
{
  if (period.flows < 0 || period.years < 1 || period.flows > most_flows(period.years))
  {
    throw std::invalid_argument("a world of 40 reporters, 200 countries and 5,000 products has at most "
                                + std::to_string(most_flows(period.years)) + " trade flows in "
                                + std::to_string(period.years) + " years");
  }
  for (int year = 0; year < period.years; ++year)
  {
    std::int64_t const flows = period.flows / period.years + (year < period.flows % period.years ? 1 : 0);
    std::vector<std::uint16_t> const products = spread_over_pairs(world, flows);
    std::int64_t in_block = 0;
    std::uint32_t first = 0;
    for (std::uint32_t pair = 0; pair < pair_count; ++pair)
    {
      in_block += products[pair];
      if (in_block >= flows_per_block || (pair + 1 == pair_count && in_block > 0))
      {
        blocks_.push_back({year, first, pair + 1});
        first = pair + 1;
        in_block = 0;
      }
    }
    products_.insert(products_.end(), products.begin(), products.end());
  }
}

void TradePlan::append(std::int64_t block, std::string& exports, std::string& imports) const
{
  Block const& b = blocks_[static_cast<std::size_t>(block)];
  for (std::uint32_t pair = b.first_pair; pair < b.last_pair; ++pair)
  {
    append_pair(b.year, pair, exports, imports);
  }
}

void TradePlan::append_pair(int year, std::uint32_t pair, std::string& exports, std::string& imports) const
{
  std::uint64_t const seed = world_.seed();
  int const calendar_year = period_.first_year + year;
  std::bitset<product_count> traded;
  std::size_t missing = products_[static_cast<std::size_t>(year) * pair_count + pair];
  for (std::uint64_t k = 0; missing > 0; ++k)
  {
    std::uint32_t const product = world_.catalogue(pair, calendar_year, k);
    missing -= traded.test(product) ? 0 : 1;
    traded.set(product);
  }

  std::uint32_t const partner = pair % country_count;
  std::string const importer(country_code(reporter_country(pair / country_count)));
  std::string const exporter(country_code(partner));
  std::string const export_side = exporter + ',' + importer + ",X";
  std::string const import_side = importer + ',' + exporter + ",M";
  // Freight and insurance of the pair: median 6 per cent of FOB.
  Fixed const pair_cif =
      fixed(0.084064) + scaled(fixed(0.03), world_.normal(stream_key(seed, pair_stream, pair)));
  std::uint64_t const cells = stream_key(seed, cell_stream);
  std::uint64_t const flows = stream_key(seed, flow_stream, static_cast<std::uint64_t>(calendar_year));
  for (std::uint32_t p = 0; p < product_count; ++p)
  {
    if (!traded.test(p))
    {
      continue;
    }
    Product const& product = world_.products()[p];
    Draws const cell(cells, std::uint64_t{pair} * product_count + p);
    Draws const draws(flows, std::uint64_t{pair} * product_count + p);
    Flow const flow = true_flow(world_, cell, draws, product, world_.origin_premium(p, partner), pair_cif);
    std::uint32_t const side = draws.below(side_purpose, 100);
    constexpr Fixed log2_hundred = fixed(6.643856);
    // A slip is a gross error of one side: a wrong unit, a wrong decimal, a misdeclared value.
    Fixed const slip = scaled(fixed(1.5), world_.normal(draws.bits(slip_size_purpose)));
    auto const quantity = [&](std::int64_t net_kg, Fixed log2_net)
    {
      Fixed const noise = scaled(fixed(0.05), world_.normal(draws.bits(units_purpose)));
      return product.unit == 0 ? net_kg : world_.exp2(log2_net - log2_hundred + product.log2_per_kg + noise);
    };
    if (side >= 6)
    {
      Fixed const error = scaled(fixed(0.1), world_.normal(draws.bits(export_value_purpose)))
                          + (draws.below(export_slip_purpose, 100) < 3 ? slip : 0);
      std::int64_t const net_kg = world_.exp2(flow.net - log2_hundred);
      append_line(exports, calendar_year, export_side, product, world_.exp2(flow.value + error), net_kg,
                  quantity(net_kg, flow.net));
    }
    if (side < 94)
    {
      Fixed const error = scaled(fixed(0.15), world_.normal(draws.bits(import_value_purpose)))
                          + (draws.below(import_slip_purpose, 100) < 4 ? slip : 0);
      Fixed const net = flow.net + scaled(fixed(0.06), world_.normal(draws.bits(import_mass_purpose)));
      std::int64_t const net_kg = world_.exp2(net - log2_hundred);
      append_line(imports, calendar_year, import_side, product, world_.exp2(flow.value + flow.cif + error),
                  net_kg, quantity(net_kg, net));
    }
  }
}

}  // namespace tarifa::kernels
