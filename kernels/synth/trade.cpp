#include "kernels/synth/trade.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t quantity_stream = 25;

// Finding distinct products by repeated draws stays cheap up to this share of the nomenclature.
constexpr std::int64_t most_products = 3000;
constexpr std::int64_t flows_per_block = 65536;

std::int64_t checked(std::int64_t flows)
{
  if (flows < 0 || flows > TradePlan::most_flows())
  {
    throw std::invalid_argument("a world of 40 reporters, 200 countries and 5,000 products has at most "
                                + std::to_string(TradePlan::most_flows()) + " trade flows in a year");
  }
  return flows;
}

std::string_view code_of(std::uint32_t country)
{
  return country == unspecified_country ? unspecified_code : country_code(country);
}

std::int64_t part_of(std::int64_t value, std::int64_t numerator, std::int64_t denominator)
{
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>(Wide{value} * numerator / denominator);
}

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

constexpr std::uint32_t slots_of_importer = country_count + 1;
constexpr std::uint32_t slot_count = (reporter_count + 1) * slots_of_importer;

}  // namespace

std::string_view trade_header()
{
  return "period,reporter,partner,flow,hs6,value_usd,net_kg,quantity,unit\n";
}

std::int64_t TradePlan::most_flows()
{
  return most_products * (pair_count - reporter_count);
}

TradePlan::TradePlan(World const& world, TradeSettings const& settings, TradePeriod const& period)
    : world_(world)
    , trade_(world, settings, period.year,
             {spread_over_pairs(world, checked(period.flows)),
              spread_over_pairs(world, checked(period.flows_before))})
{
  std::int64_t in_block = 0;
  std::uint32_t first = 0;
  for (std::uint32_t slot = 0; slot < slot_count; ++slot)
  {
    in_block += work_of(slot);
    if (in_block >= flows_per_block || (slot + 1 == slot_count && in_block > 0))
    {
      blocks_.push_back({first, slot + 1});
      first = slot + 1;
      in_block = 0;
    }
  }
}

/// Flows to be made for a slot, those of a hub not counted.
std::int64_t TradePlan::work_of(std::uint32_t slot) const
{
  std::uint32_t const importer = slot / slots_of_importer;
  std::uint32_t const exporter = slot % slots_of_importer;
  auto const flows = [&](std::uint32_t reporter, std::uint32_t country) {
    return std::int64_t{trade_.counts().year[PairOf{reporter, country}.index()]};
  };
  std::int64_t work = 0;
  if (importer < reporter_count && exporter < country_count)
  {
    work = flows(importer, exporter);
  }
  else if (importer < reporter_count)
  {
    bool const hides =
        trade_.reporters().traits(TradeSide::importer, reporter_country(importer)).hides_partners;
    for (std::uint32_t country = 0; hides && country < country_count; ++country)
    {
      work += flows(importer, country);
    }
  }
  else if (exporter < country_count)
  {
    bool const hides = trade_.reporters().traits(TradeSide::exporter, exporter).hides_partners;
    for (std::uint32_t reporter = 0; hides && reporter < reporter_count; ++reporter)
    {
      work += flows(reporter, exporter);
    }
  }
  return work;
}

TradePlan::Ends TradePlan::fill(std::uint32_t slot, PairCells& cells, PairCells& scratch) const
{
  std::uint32_t const importer = slot / slots_of_importer;
  std::uint32_t const exporter = slot % slots_of_importer;
  Ends const ends{importer < reporter_count ? reporter_country(importer) : unspecified_country, exporter};
  if (importer < reporter_count && exporter < country_count)
  {
    trade_.compute({importer, exporter}, cells);
  }
  else if (work_of(slot) > 0 && importer < reporter_count)
  {
    for (std::uint32_t country = 0; country < country_count; ++country)
    {
      add_hidden(TradeSide::importer, {importer, country}, cells, scratch);
    }
  }
  else if (work_of(slot) > 0)
  {
    for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
    {
      add_hidden(TradeSide::exporter, {reporter, exporter}, cells, scratch);
    }
  }
  return ends;
}

/// What one side hides of a pair comes back under the unspecified partner.
void TradePlan::add_hidden(TradeSide side, PairOf pair, PairCells& cells, PairCells& scratch) const
{
  trade_.compute(pair, scratch);
  scratch.for_each(
      [&](std::uint32_t product, TradeCell const& cell)
      {
        TradeReport const& hidden = side == TradeSide::importer ? cell.imports : cell.exports;
        if (hidden.status == ReportStatus::hidden)
        {
          TradeCell& unspecified = cells.at(product);
          TradeReport& shown = side == TradeSide::importer ? unspecified.imports : unspecified.exports;
          shown.not_reported -= hidden.not_reported;
          shown.kg += hidden.kg;
          shown.status = ReportStatus::reported;
        }
      });
  scratch.clear();
}

void TradePlan::append(KeyedCell const& keyed, TradeTexts const& texts) const
{
  TradeReport const& exports = keyed.cell.exports;
  TradeReport const& imports = keyed.cell.imports;
  if (exports.status == ReportStatus::reported)
  {
    append_line(texts.exports, keyed, TradeSide::exporter, "X", exports.value(), exports.kg);
    if (keyed.cell.re_exports > 0)
    {
      append_line(texts.re_exports, keyed, TradeSide::exporter, "RX",
                  part_of(exports.value(), keyed.cell.re_exports, exports.right),
                  part_of(exports.kg, keyed.cell.re_exports, exports.right));
    }
  }
  if (imports.status == ReportStatus::reported)
  {
    append_line(texts.imports, keyed, TradeSide::importer, "M", imports.value(), imports.kg);
  }
}

void TradePlan::append_line(std::string& out, KeyedCell const& keyed, TradeSide side, char const* flow,
                            std::int64_t value, std::int64_t kg) const
{
  bool const imports = side == TradeSide::importer;
  std::uint32_t const reporter = imports ? keyed.importer : keyed.exporter;
  std::uint32_t const partner = imports ? keyed.exporter : keyed.importer;
  Product const& product = world_.products()[keyed.product];
  bool const in_kg = product.unit == 0 || trade_.reporters().traits(side, reporter).counts_in_kg;
  std::uint64_t const cell =
      (std::uint64_t{keyed.importer} * slots_of_importer + keyed.exporter) * product_count + keyed.product;
  Draws const draws(stream_key(world_.seed(), quantity_stream, static_cast<std::uint64_t>(trade_.year())),
                    cell);
  Fixed const noise = scaled(fixed(0.05), world_.normal(draws.bits(static_cast<std::uint64_t>(side))));
  std::int64_t const quantity =
      in_kg ? kg : part_of(kg, world_.exp2(product.log2_per_kg + noise + fixed(20)), 1 << 20);
  std::array<char, 128> buffer;
  RowText row(buffer.data());
  row.number(trade_.year())
      .mark(',')
      .text(code_of(reporter))
      .mark(',')
      .text(code_of(partner))
      .mark(',')
      .text(flow);
  row.mark(',').text(product.hs6(trade_.year())).mark(',').decimal<3>(value).mark(',').number(kg);
  row.mark(',').number(quantity).mark(',').text(unit_code(in_kg ? 0 : product.unit)).mark('\n');
  out.append(row.view());
}

}  // namespace tarifa::kernels
