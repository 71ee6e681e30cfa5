#include "kernels/synth/trade_cells.hpp"

#include <algorithm>
#include <utility>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  filing_stream = 22,
  fraud_stream = 23,
  report_stream = 24,
};

constexpr std::uint32_t products_of_heading = 5;

/// value x numerator / denominator, rounded down; 0 when the denominator is.
std::int64_t fraction(std::int64_t value, std::int64_t numerator, std::int64_t denominator)
{
  __extension__ using Wide = __int128;
  return denominator == 0 ? 0 : static_cast<std::int64_t>(Wide{value} * numerator / denominator);
}

bool in_year(int day) noexcept
{
  return day >= 0 && day < days_a_year;
}

std::uint64_t record_of(PairOf pair, std::uint32_t product)
{
  return std::uint64_t{pair.index()} * product_count + product;
}

/// Value and mass of one side of a flow in the year, and the part of it that is filed under another code.
struct SideOfFlow
{
  std::int64_t value = 0, kg = 0, moved = 0, moved_kg = 0;

  void add(std::int64_t more, std::int64_t more_kg, bool moves)
  {
    value += more;
    kg += more_kg;
    moved += moves ? more : 0;
    moved_kg += moves ? more_kg : 0;
  }
  /// Books the flow into a report of its own cell and of the one its moved part goes to.
  void book(std::int64_t misinvoiced, TradeReport& own, TradeReport& other) const
  {
    std::int64_t const moved_declared = fraction(value + misinvoiced, moved, value);
    own.right += value;
    own.misinvoiced += misinvoiced;
    own.classified -= moved_declared;
    other.classified += moved_declared;
    own.kg += kg - moved_kg;
    other.kg += moved_kg;
  }
};

/// Which side of a flow puts which part of it under which code.
struct Filing
{
  std::uint32_t other;  ///< product of the same heading
  bool by_exporter = false, by_importer = false;

  bool moves(TradeSide side, TrueFlow const& flow, std::uint32_t shipment) const
  {
    bool const moves_some = side == TradeSide::exporter ? by_exporter : by_importer;
    constexpr std::uint64_t filing_purpose = 40;
    // Flows of few shipments are of one kind and one trader: all or nothing. In large ones codes differ in
    // part.
    return moves_some && (flow.shipments <= 2 || (Draws(flow.split, shipment).bits(filing_purpose) & 3) == 0);
  }
};

Filing filing_of(World const& world, PairOf pair, std::uint32_t product, std::uint64_t share)
{
  Draws const draws(stream_key(world.seed(), filing_stream), record_of(pair, product));
  std::uint32_t const heading = product / products_of_heading * products_of_heading;
  Filing filing;
  filing.other =
      heading + (product - heading + 1 + draws.below(1, products_of_heading - 1)) % products_of_heading;
  // Customs looks at imports, nobody much at exports: seven in ten codes that differ are the exporter's.
  bool const differs = happens(draws.bits(0), share);
  filing.by_exporter = differs && draws.below(2, 10) < 7;
  filing.by_importer = differs && !filing.by_exporter;
  return filing;
}

/// Change of a declared value: a tenth to six tenths of it, mostly downwards where there is duty to save.
std::int64_t misinvoiced(Draws const& draws, std::uint64_t purpose, std::int64_t value,
                         std::uint32_t up_per_cent)
{
  std::int64_t const per_cent = 10 + draws.below(purpose, 51);
  std::int64_t const change = fraction(value, per_cent, 100);
  return draws.below(purpose + 1, 100) < up_per_cent ? change : -change;
}

}  // namespace

void PairCells::clear()
{
  for_each([](std::uint32_t /*product*/, TradeCell& cell) { cell = {}; });
  touched_ = {};
}

TradeCells::TradeCells(World const& world, TradeSettings const& settings, int year, TradeCounts counts)
    : world_(world)
    , settings_(settings)
    , year_(year)
    , counts_(std::move(counts))
    , flows_(world, settings)
    , reporters_(world, settings, year)
    , tariff_(world, year)
    , rates_(world.seed(), year - 1, 3, world.normal_table(), world.exp2_table())
{
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    currencies_.push_back(find_currency(country_facts(country).currency));
  }
}

void TradeCells::compute(PairOf pair, PairCells& cells) const
{
  add_own_flows(pair, cells);
  add_transit_in(pair, cells);
  add_transit_out(pair, cells);
  cells.for_each([&](std::uint32_t product, TradeCell& cell) { report(pair, product, cell); });
}

void TradeCells::add_own_flows(PairOf pair, PairCells& cells) const
{
  for (int const flow_year : {year_ - 1, year_})
  {
    std::uint32_t const count = (flow_year == year_ ? counts_.year : counts_.before)[pair.index()];
    if (count == 0 || (flow_year != year_ && settings_.lag == 0))
    {
      continue;
    }
    flows_.products(pair, flow_year, count)
        .for_each([&](std::uint32_t product) { add_flow(pair, flow_year, product, cells); });
  }
}

std::int64_t TradeCells::exchanged(std::int64_t value, TrueFlow const& flow, std::uint32_t exporter,
                                   int exported, int arrived, int flow_year) const
{
  if (!flow.in_own_currency)
  {
    return 0;
  }
  auto const rate = [&](int day)
  {
    int const month = (flow_year - year_ + 1) * 12 + day * 12 / days_a_year;
    return rates_.per_usd_ppm(currencies_[exporter], static_cast<std::uint32_t>(month));
  };
  return fraction(value, rate(exported), rate(arrived)) - value;
}

void TradeCells::add_flow(PairOf pair, int flow_year, std::uint32_t product, PairCells& cells) const
{
  TrueFlow const flow = flows_.flow(pair, flow_year, product);
  Filing const filing = filing_of(world_, pair, product, share_32(settings_.classification));
  int const shift = (flow_year - year_) * days_a_year;
  TradeCell sums;
  SideOfFlow left, came;
  flows_.for_each_shipment(pair, flow,
                           [&](Shipment const& s)
                           {
                             if (in_year(s.exported + shift))
                             {
                               sums.fob_exported += s.fob;
                               sums.kg_exported += s.kg;
                               sums.hub_value += flow.through_hub ? s.fob : 0;
                               if (!flow.through_hub)
                               {
                                 left.add(s.fob, s.kg, filing.moves(TradeSide::exporter, flow, s.number));
                               }
                             }
                             if (in_year(s.arrived + shift))
                             {
                               std::int64_t const freight = fraction(s.fob, flow.freight_share, 1 << 20);
                               std::int64_t const margin = fraction(s.fob, flow.hub_margin, 1 << 20);
                               std::int64_t const moved_rates =
                                   exchanged(s.fob + freight + margin, flow, pair.exporter, s.exported,
                                             s.arrived, flow_year);
                               sums.fob_arrived += s.fob;
                               sums.kg_arrived += s.kg;
                               sums.freight += freight;
                               sums.hub_value += margin;
                               sums.exchange += moved_rates;
                               came.add(s.fob + freight + margin + moved_rates, s.kg,
                                        filing.moves(TradeSide::importer, flow, s.number));
                             }
                           });
  if (sums.kg_exported == 0 && sums.fob_exported == 0 && sums.fob_arrived == 0)
  {
    return;
  }
  auto const filed = [&](std::uint32_t p) { return world_.products()[p].filed_as(year_); };
  std::uint32_t const own = filed(product);
  std::uint32_t const other = filed(filing.other);
  // Trade statistics know no day and no specific amount: the ad valorem rate of the middle of the year.
  auto const duty = [&](std::uint32_t p)
  {
    constexpr std::uint32_t month = 6;
    std::uint32_t const percent =
        tariff_.preferential_percent(tariff_.agreement(pair.reporter, pair.exporter), p);
    return std::int64_t{tariff_.line(pair.reporter, p, month).reduced(percent).rate(month)};
  };

  enum Purpose : std::uint64_t
  {
    import_purpose,
    import_size_purpose,
    export_purpose = 4,
    export_size_purpose,
    code_purpose = 8,
  };
  Draws const draws(stream_key(world_.seed(), fraud_stream, static_cast<std::uint64_t>(year_)),
                    record_of(pair, product));
  // The more duty the more temptation: at 10 per cent 3.5 times as often as where nothing is to be saved.
  auto const tempted = [&](double share, std::int64_t least)
  { return share_32(std::min(1.0, share * static_cast<double>(least + 10 * duty(own)) / 1000)); };
  bool const importer_lies = happens(draws.bits(import_purpose), tempted(settings_.misinvoicing, 400));
  bool const exporter_lies = happens(draws.bits(export_purpose), share_32(settings_.misinvoicing * 0.4));
  TradeCell& cell = cells.at(own);
  cell.fob_exported += sums.fob_exported;
  cell.fob_arrived += sums.fob_arrived;
  cell.freight += sums.freight;
  cell.exchange += sums.exchange;
  cell.hub_value += sums.hub_value;
  cell.kg_exported += sums.kg_exported;
  cell.kg_arrived += sums.kg_arrived;
  if (left.value > 0)
  {
    std::int64_t const lie = exporter_lies ? misinvoiced(draws, export_size_purpose, left.value, 50) : 0;
    left.book(lie, cell.exports, cells.at(other).exports);
  }
  if (came.value > 0)
  {
    std::int64_t const lie =
        importer_lies ? misinvoiced(draws, import_size_purpose, came.value, duty(own) < 50 ? 40 : 5) : 0;
    came.book(lie, cell.imports, cells.at(other).imports);
    std::int64_t const moved = fraction(came.value + lie, came.moved, came.value);
    std::int64_t const rest = came.value + lie - moved;
    std::uint32_t cheap = own;
    for (std::uint32_t p = product / products_of_heading * products_of_heading, i = 0;
         i < products_of_heading; ++i)
    {
      cheap = duty(filed(p + i)) < duty(cheap) ? filed(p + i) : cheap;
    }
    if (cheap != own && happens(draws.bits(code_purpose), tempted(settings_.evasion_by_code, 500)))
    {
      TradeReport& cheaper = cells.at(cheap).imports;
      cell.imports.misclassified -= rest;
      cell.imports.kg -= came.kg - came.moved_kg;
      cheaper.misclassified += rest;
      cheaper.kg += came.kg - came.moved_kg;
    }
    else
    {
      cheap = own;
    }
    cell.duty_due += came.value * duty(own) / 1000;
    cell.duty_declared += moved * duty(other) / 1000 + rest * duty(cheap) / 1000;
  }
}

/// Flows of a pair, of this year and the one before, that go through a hub.
template <class Visit>
void TradeCells::for_each_flow_through_hub(PairOf pair, Visit const& visit) const
{
  if (!flows_.uses_hub(pair))
  {
    return;
  }
  for (int const flow_year : {year_ - 1, year_})
  {
    std::uint32_t const count = (flow_year == year_ ? counts_.year : counts_.before)[pair.index()];
    int const shift = (flow_year - year_) * days_a_year;
    auto const visit_flow = [&](std::uint32_t product)
    {
      TrueFlow const flow = flows_.flow(pair, flow_year, product);
      if (!flow.through_hub)
      {
        return;
      }
      flows_.for_each_shipment(pair, flow,
                               [&](Shipment s)
                               {
                                 s.exported += shift;
                                 s.hub_in += shift;
                                 s.hub_out += shift;
                                 visit(world_.products()[product].filed_as(year_), flow, s);
                               });
    };
    flows_.products(pair, flow_year, count).for_each(visit_flow);
  }
}

/// Goods of the exporter on their way through this importer, a hub, to others.
void TradeCells::add_transit_in(PairOf pair, PairCells& cells) const
{
  std::uint32_t const here = reporter_country(pair.reporter);
  for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    if (flows_.hub(reporter) != here)
    {
      continue;
    }
    for_each_flow_through_hub({reporter, pair.exporter},
                              [&](std::uint32_t product, TrueFlow const& flow, Shipment const& s)
                              {
                                if (in_year(s.exported))
                                {
                                  TradeCell& cell = cells.at(product);
                                  cell.exports.right += s.fob;
                                  cell.exports.kg += s.kg;
                                  cell.hub_value -= s.fob;
                                }
                                if (in_year(s.hub_in))
                                {
                                  TradeCell& cell = cells.at(product);
                                  std::int64_t const cif =
                                      s.fob + fraction(s.fob, flow.freight_share, 1 << 21);
                                  cell.imports.right += cif;
                                  cell.imports.kg += s.kg;
                                  cell.hub_value += cif;
                                }
                              });
  }
}

/// Goods of others that the exporter, a hub, sends on to this importer.
void TradeCells::add_transit_out(PairOf pair, PairCells& cells) const
{
  if (flows_.hub(pair.reporter) != pair.exporter)
  {
    return;
  }
  for (std::uint32_t origin = 0; origin < country_count; ++origin)
  {
    for_each_flow_through_hub({pair.reporter, origin},
                              [&](std::uint32_t product, TrueFlow const& flow, Shipment const& s)
                              {
                                if (in_year(s.hub_out))
                                {
                                  TradeCell& cell = cells.at(product);
                                  std::int64_t const value =
                                      s.fob + fraction(s.fob, flow.hub_margin, 1 << 20);
                                  cell.exports.right += value;
                                  cell.exports.kg += s.kg;
                                  cell.re_exports += value;
                                  cell.hub_value -= value;
                                }
                              });
  }
}

void TradeCells::report(PairOf pair, std::uint32_t product, TradeCell& cell) const
{
  enum Purpose : std::uint64_t
  {
    value_purpose,
    tail_purpose,
    mass_purpose,
    slip_purpose,
    slip_size_purpose,
    side_purposes = 8,
  };
  Draws const draws(stream_key(world_.seed(), report_stream, static_cast<std::uint64_t>(year_)),
                    record_of(pair, product));
  auto const times = [&](std::int64_t value, Fixed log2_factor)
  {
    constexpr Fixed most = fixed(10);
    std::int64_t const factor = world_.exp2(std::clamp(log2_factor, -most, most) + fixed(20));
    return std::max<std::int64_t>(value > 0 ? 1 : 0, fraction(value, factor, 1 << 20));
  };
  for (TradeSide const side : {TradeSide::importer, TradeSide::exporter})
  {
    TradeReport& report = side == TradeSide::importer ? cell.imports : cell.exports;
    std::int64_t const declared = report.declared();
    if (declared <= 0)
    {
      continue;
    }
    std::uint32_t const country =
        side == TradeSide::importer ? reporter_country(pair.reporter) : pair.exporter;
    ReporterTraits const& traits = reporters_.traits(side, country);
    std::uint64_t const first = side_purposes * static_cast<std::uint64_t>(side);
    Fixed const usual_error = scaled(traits.error, world_.normal(draws.bits(first + value_purpose)));
    Fixed mass_error = scaled(traits.error, world_.normal(draws.bits(first + mass_purpose))) / 2;
    // A normal with a heavy tail: a quarter of the reports are three times, a tenth eight times as far off.
    std::uint32_t const tail = draws.below(first + tail_purpose, 20);
    Fixed value_error = usual_error * (tail < 2 ? 8 : (tail < 7 ? 3 : 1));
    if (happens(draws.bits(first + slip_purpose), share_32(settings_.slips)))
    {
      // A gross error: a wrong unit, a wrong decimal, digits swapped; it hits the value or the mass.
      std::uint64_t const bits = draws.bits(first + slip_size_purpose);
      ((bits & 1) != 0 ? value_error : mass_error) += scaled(fixed(4), world_.normal(bits));
    }
    // A total that is large, or would come out so, is looked at twice before it is published.
    constexpr std::int64_t large = 5'000'000'000;
    if (declared > large || times(declared, value_error) > large)
    {
      value_error = usual_error;
    }
    report.error = times(declared, value_error) - declared;
    report.kg = times(report.kg, mass_error);
    std::int64_t const value = report.value();
    report.status = traits.silent                              ? ReportStatus::silent
                    : reporters_.hides(side, country, product) ? ReportStatus::hidden
                    : value < traits.threshold                 ? ReportStatus::below_threshold
                                                               : ReportStatus::reported;
    report.not_reported = report.status == ReportStatus::reported ? 0 : -value;
  }
}

}  // namespace tarifa::kernels
