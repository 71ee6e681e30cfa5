#include "jobs/support/trade_flows.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kernels/mirror/mirror_cells.hpp"

namespace tarifa::jobs
{
namespace
{

std::vector<std::int32_t> positions(std::vector<std::string> const& texts,
                                    std::vector<std::string> const& all)
{
  std::vector<std::int32_t> found;
  found.reserve(texts.size());
  for (std::string const& text : texts)
  {
    found.push_back(static_cast<std::int32_t>(std::lower_bound(all.begin(), all.end(), text) - all.begin()));
  }
  return found;
}

bool contains(std::vector<std::string> const& list, std::string const& text)
{
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

void TradeFlowSettings::declare(Options& options)
{
  options.add("table", table, "table of trade statistics");
  options.add("import-flows", import_flows, "flow codes that count as imports");
  options.add("export-flows", export_flows, "flow codes that count as exports");
  options.add("hs-digits", hs_digits, {2, 6}, "digits of the HS code that make a product: 2, 4 or 6");
  options.choice("period", period, {{"year", PeriodLevel::year}, {"as-reported", PeriodLevel::as_reported}},
                 "period of a cell: calendar year, or the period as it was reported (month or year)");
  options.add("first-year", first_year, {0, 9999}, "earlier rows are left out");
  options.add("last-year", last_year, {0, 9999}, "later rows are left out");
}

std::vector<std::string> TradeFlows::columns(int values)
{
  std::vector<std::string> columns{"flow", "reporter", "partner", "hs6", "period", "value", "net_weight"};
  if (values == values_with_valuation)
  {
    columns.insert(columns.end(), {"cif", "fob"});
  }
  return columns;
}

namespace
{

/// Columns of other kinds would be read at another width.
void check_kinds(TableReader const& table)
{
  std::vector<ColumnKind> const allowed[] = {{ColumnKind::code},
                                             {ColumnKind::code},
                                             {ColumnKind::code},
                                             {ColumnKind::hs},
                                             {ColumnKind::integer},
                                             {ColumnKind::decimal, ColumnKind::integer},
                                             {ColumnKind::decimal, ColumnKind::integer},
                                             {ColumnKind::decimal, ColumnKind::integer},
                                             {ColumnKind::decimal, ColumnKind::integer}};
  for (std::size_t c = 0; c < table.columns().size(); ++c)
  {
    ColumnSchema const& column = table.column(c).schema;
    require(std::find(allowed[c].begin(), allowed[c].end(), column.kind) != allowed[c].end(), Fault::data,
            [&]
            {
              return fmt::format("column {} is of kind {}, trade statistics need {}", column.name,
                                 name_of(column.kind), name_of(allowed[c].front()));
            });
  }
}

/// Years between the least and the greatest period of a column. Years and months (YYYYMM) may stand side by
/// side: then by number every month comes after every year.
struct Years
{
  std::int64_t first, last;
};

Years years_of(ColumnFacts const& period)
{
  constexpr std::int64_t most_year = 9999;
  if (period.minimum > most_year)
  {
    return {period.minimum / 100, period.maximum / 100};
  }
  return {std::min(period.minimum, period.maximum > most_year ? (most_year + 1) / 100 : period.minimum),
          period.maximum > most_year ? std::max(most_year, period.maximum / 100) : period.maximum};
}

/// What was asked for by name and is nowhere in the table; the flows of the defaults may be missing, since
/// there are tables of one side.
void check_flows(std::vector<std::string> const& wanted, std::vector<std::string> const& by_default,
                 std::vector<std::string> const& there, std::string_view option)
{
  for (std::string const& flow : wanted)
  {
    require(there.empty() || wanted == by_default || contains(there, flow), Fault::usage,
            [&] {
              return fmt::format("no row has flow '{}' ({}); the table has {}", flow, option,
                                 fmt::join(there, ", "));
            });
  }
}

void check_years(TableReader const& table, ColumnFacts const& period, TradeFlowSettings const& settings)
{
  if (period.missing >= table.stored_rows())
  {
    return;
  }
  Years const years = years_of(period);
  require(years.last >= settings.first_year && years.first <= settings.last_year, Fault::usage,
          [&]
          {
            return fmt::format(
                "no row is of the years {} to {} (first-year, last-year); the table has {} to {}",
                settings.first_year, settings.last_year, years.first, years.last);
          });
}

}  // namespace

TradeFlows::TradeFlows(TableReader const& table, TradeFlowSettings const& settings)
    : table_(table)
    , settings_(settings)
    , layout_({})
{
  require(settings.hs_digits % 2 == 0, Fault::usage, "hs-digits is 2, 4 or 6");
  check_kinds(table);
  TradeFlowSettings const defaults;
  auto const& flows_there = table.column(flow_column).dictionary;
  check_flows(settings.import_flows, defaults.import_flows, flows_there, "import-flows");
  check_flows(settings.export_flows, defaults.export_flows, flows_there, "export-flows");
  check_years(table, table.column(period_column).facts, settings);
  for (int digits = table.column(hs_column).schema.digits; digits > settings.hs_digits; --digits)
  {
    hs_divisor_ *= 10;
  }
  countries_ = table.column(reporter_column).dictionary;
  auto const& partners = table.column(partner_column).dictionary;
  countries_.insert(countries_.end(), partners.begin(), partners.end());
  std::sort(countries_.begin(), countries_.end());
  countries_.erase(std::unique(countries_.begin(), countries_.end()), countries_.end());
  of_reporter_ = positions(table.column(reporter_column).dictionary, countries_);
  of_partner_ = positions(partners, countries_);
  for (std::string const& flow : table.column(flow_column).dictionary)
  {
    side_.push_back(contains(settings.import_flows, flow) ? static_cast<std::int32_t>(kernels::Side::importer)
                    : contains(settings.export_flows, flow)
                        ? static_cast<std::int32_t>(kernels::Side::exporter)
                        : std::int32_t{-1});
  }
  // A column without a single value has no dictionary; its cells hold code 0.
  of_reporter_.resize(std::max<std::size_t>(of_reporter_.size(), 1));
  of_partner_.resize(std::max<std::size_t>(of_partner_.size(), 1));
  side_.resize(std::max<std::size_t>(side_.size(), 1), -1);
  auto const last_country = std::max<std::int64_t>(static_cast<std::int64_t>(countries_.size()) - 1, 0);
  ColumnFacts const& hs = table.column(hs_column).facts;
  ColumnFacts const& period = table.column(period_column).facts;
  Years const years = years_of(period);
  layout_ =
      KeyLayout({KeyField::between(hs.minimum / hs_divisor_, hs.maximum / hs_divisor_),
                 KeyField::between(0, last_country), KeyField::between(0, last_country),
                 settings.period == PeriodLevel::year ? KeyField::between(years.first, years.last)
                                                      : KeyField::between(period.minimum, period.maximum),
                 KeyField::between(0, 1)});
}

std::optional<std::size_t> TradeFlows::find_country(std::string_view code) const
{
  auto const at = std::lower_bound(countries_.begin(), countries_.end(), code);
  return at != countries_.end() && *at == code
             ? std::optional(static_cast<std::size_t>(at - countries_.begin()))
             : std::nullopt;
}

std::int64_t TradeFlows::incomplete_rows() const
{
  std::int64_t rows = 0;
  for (std::size_t c = 0; c < weight_column; ++c)
  {
    rows += table_.column(c).facts.missing;
  }
  return rows;
}

template <int Values>
void TradeFlows::produce(std::size_t shard, ShardBuffer& cells, GroupBuffer<Values> const& rows) const
{
  if (!may_have_rows(shard))
  {
    return;
  }
  table_.open(shard, cells);
  while (cells.next() && rows.emit(pack_block(cells, rows)))
  {
  }
}

bool TradeFlows::may_have_rows(std::size_t shard) const
{
  Years const years = years_of(table_.facts(shard, period_column));
  return years.last >= settings_.first_year && years.first <= settings_.last_year;
}

std::optional<TradeFlows::Place> TradeFlows::place_of(ShardBuffer const& cells, std::size_t row) const
{
  for (std::size_t c = 0; c < weight_column; ++c)
  {
    if (auto const valid = cells.valid(c); !valid.empty() && valid[row] == 0)
    {
      return std::nullopt;
    }
  }
  std::int32_t const side = side_[static_cast<std::size_t>(cells.narrow(flow_column)[row])];
  std::int64_t const period = cells.wide(period_column)[row];
  if (side < 0 || !is_in_years(period))
  {
    return std::nullopt;
  }
  bool const is_import = side == static_cast<std::int32_t>(kernels::Side::importer);
  std::int32_t const here = of_reporter_[static_cast<std::size_t>(cells.narrow(reporter_column)[row])];
  std::int32_t const there = of_partner_[static_cast<std::size_t>(cells.narrow(partner_column)[row])];
  return Place{is_import, cells.wide(hs_column)[row] / hs_divisor_, is_import ? there : here,
               is_import ? here : there, period_of(period)};
}

template <int Values>
std::size_t TradeFlows::pack_block(ShardBuffer const& cells, GroupBuffer<Values> const& rows) const
{
  auto const flow = cells.narrow(flow_column);
  auto const reporter = cells.narrow(reporter_column);
  auto const partner = cells.narrow(partner_column);
  auto const hs = cells.wide(hs_column);
  auto const period = cells.wide(period_column);
  auto const value = cells.wide(value_column);
  auto const weight = cells.wide(weight_column);
  auto const has_weight = cells.valid(weight_column);
  constexpr bool valued = Values == values_with_valuation;
  [[maybe_unused]] auto const cif = valued ? cells.wide(cif_column) : std::span<std::int64_t const>();
  [[maybe_unused]] auto const fob = valued ? cells.wide(fob_column) : std::span<std::int64_t const>();
  [[maybe_unused]] auto const has_cif = valued ? cells.valid(cif_column) : std::span<std::uint8_t const>();
  [[maybe_unused]] auto const has_fob = valued ? cells.valid(fob_column) : std::span<std::uint8_t const>();
  std::array<std::span<std::uint8_t const>, weight_column> needed;
  bool all_there = true;
  for (std::size_t c = 0; c < needed.size(); ++c)
  {
    needed[c] = cells.valid(c);
    all_there = all_there && needed[c].empty();
  }
  std::array<std::array<std::int32_t, ShardBuffer::block_rows>, 5> field;
  std::size_t n = 0;
  for (std::size_t row = 0; row < static_cast<std::size_t>(cells.rows()); ++row)
  {
    // Rows of other flows are overwritten by the next: no branch in the loop.
    std::int32_t const side = side_[static_cast<std::size_t>(flow[row])];
    std::int32_t const here = of_reporter_[static_cast<std::size_t>(reporter[row])];
    std::int32_t const there = of_partner_[static_cast<std::size_t>(partner[row])];
    field[0][n] = static_cast<std::int32_t>(hs[row] / hs_divisor_);
    field[1][n] = side == 0 ? here : there;
    field[2][n] = side == 0 ? there : here;
    field[3][n] = static_cast<std::int32_t>(period_of(period[row]));
    field[4][n] = side;
    rows.value(0)[n] = value[row];
    rows.value(1)[n] = has_weight.empty() || has_weight[row] != 0 ? weight[row] : kernels::no_weight;
    if constexpr (Values == values_with_valuation)
    {
      bool const known = (has_cif.empty() || has_cif[row] != 0) && (has_fob.empty() || has_fob[row] != 0);
      rows.value(2)[n] = known ? cif[row] : 0;
      rows.value(3)[n] = known ? fob[row] : 0;
    }
    bool const complete =
        all_there
        || std::all_of(needed.begin(), needed.end(),
                       [row](auto const& valid) { return valid.empty() || valid[row] != 0; });
    n += static_cast<std::size_t>(side >= 0 && complete && is_in_years(period[row]));
  }
  for (std::size_t f = 0; f < field.size(); ++f)
  {
    layout_.pack(f, std::span<std::int32_t const>(field[f]).first(n), rows.keys().first(n));
  }
  return n;
}

template void TradeFlows::produce(std::size_t, ShardBuffer&,
                                  GroupBuffer<TradeFlows::values_alone> const&) const;
template void TradeFlows::produce(std::size_t, ShardBuffer&,
                                  GroupBuffer<TradeFlows::values_with_valuation> const&) const;

}  // namespace tarifa::jobs
