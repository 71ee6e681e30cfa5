#include "jobs/support/synth_trade_truth.hpp"

#include <array>
#include <charconv>
#include <iterator>

#include "jobs/support/synth_truth.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::TradeCell;

struct Amount
{
  char const* name;
  char const* unit;
  char const* definition;
  std::int64_t (*of)(TradeCell const& cell);
};

// The parts of the gap are all signed as what they add to the importer's less the exporter's value.
constexpr Amount amounts[] = {
    {"fob_exported", "USD",
     "true FOB value of goods of the exporter's origin that left for the importer in the year",
     [](TradeCell const& c) { return c.fob_exported; }},
    {"fob_arrived", "USD", "true FOB value of those that arrived in the year",
     [](TradeCell const& c) { return c.fob_arrived; }},
    {"cif_arrived", "USD", "true CIF value of those that arrived in the year",
     [](TradeCell const& c) { return c.fob_arrived + c.freight; }},
    {"kg_exported", "kg", "true mass of what left", [](TradeCell const& c) { return c.kg_exported; }},
    {"kg_arrived", "kg", "true mass of what arrived", [](TradeCell const& c) { return c.kg_arrived; }},
    {"import_value", "USD", "value the importer reported; 0 when it did not",
     [](TradeCell const& c) { return c.imports.value(); }},
    {"export_value", "USD", "value the exporter reported; 0 when it did not",
     [](TradeCell const& c) { return c.exports.value(); }},
    {"gap", "USD", "import value less export value: the sum of all parts behind",
     [](TradeCell const& c) { return c.gap(); }},
    {"freight", "USD", "part of the gap: freight and insurance",
     [](TradeCell const& c) { return c.freight; }},
    {"lag", "USD", "part of the gap: goods that left and arrived in different years",
     [](TradeCell const& c) { return c.fob_arrived - c.fob_exported; }},
    {"re_exports", "USD",
     "part of the gap: goods through hubs, attributed to other countries, with the hub's margin",
     [](TradeCell const& c) { return c.hub_value; }},
    {"exchange", "USD", "part of the gap: exchange rates that moved under way",
     [](TradeCell const& c) { return c.exchange; }},
    {"import_misinvoicing", "USD", "part of the gap: false values declared by importers",
     [](TradeCell const& c) { return c.imports.misinvoiced; }},
    {"export_misinvoicing", "USD", "part of the gap: false values declared by exporters",
     [](TradeCell const& c) { return -c.exports.misinvoiced; }},
    {"evasion_by_code", "USD", "part of the gap: imports moved to or from a cheaper code on purpose",
     [](TradeCell const& c) { return c.imports.misclassified; }},
    {"import_classification", "USD", "part of the gap: imports under another code in good faith",
     [](TradeCell const& c) { return c.imports.classified; }},
    {"export_classification", "USD", "part of the gap: exports under another code in good faith",
     [](TradeCell const& c) { return -c.exports.classified; }},
    {"import_error", "USD", "part of the gap: reporting error of the importer",
     [](TradeCell const& c) { return c.imports.error; }},
    {"export_error", "USD", "part of the gap: reporting error of the exporter",
     [](TradeCell const& c) { return -c.exports.error; }},
    {"import_not_reported", "USD",
     "part of the gap: what the importer left out or hid; import_status says why",
     [](TradeCell const& c) { return c.imports.not_reported; }},
    {"export_not_reported", "USD",
     "part of the gap: what the exporter left out or hid; export_status says why",
     [](TradeCell const& c) { return -c.exports.not_reported; }},
    {"re_exported", "USD", "part of the exporter's right value that is of other origin",
     [](TradeCell const& c) { return c.re_exports; }},
    {"import_kg", "kg", "mass the importer reported or would have",
     [](TradeCell const& c) { return c.imports.kg; }},
    {"export_kg", "kg", "mass the exporter reported or would have",
     [](TradeCell const& c) { return c.exports.kg; }},
    {"duty_due", "USD", "duty by the law on what arrived", [](TradeCell const& c) { return c.duty_due; }},
    {"duty_declared", "USD", "duty on what was declared of these goods, under whatever code",
     [](TradeCell const& c) { return c.duty_declared; }},
};

template <class T>
std::span<std::byte const> bytes(std::vector<T> const& column)
{
  return std::as_bytes(std::span(column));
}

template <class T>
ResultColumn labelled(std::string name, std::string labels, std::string definition)
{
  ResultColumn column = result_column<T>(std::move(name), "1", std::move(definition));
  column.labels = std::move(labels);
  return column;
}

}  // namespace

void TradeTruth::add(kernels::KeyedCell const& keyed)
{
  amounts_.resize(std::size(amounts));
  exporter_.push_back(static_cast<std::int16_t>(keyed.exporter));
  importer_.push_back(static_cast<std::int16_t>(keyed.importer));
  std::string_view const hs6 = world_.products()[keyed.product].hs6(year_);
  std::int32_t number = 0;
  std::from_chars(hs6.data(), hs6.data() + hs6.size(), number);
  hs6_.push_back(number);
  period_.push_back(year_);
  import_status_.push_back(static_cast<std::int8_t>(keyed.cell.imports.status));
  export_status_.push_back(static_cast<std::int8_t>(keyed.cell.exports.status));
  for (std::size_t i = 0; i < std::size(amounts); ++i)
  {
    amounts_[i].push_back(amounts[i].of(keyed.cell));
  }
}

BlockTable TradeTruth::lay_out(ResultFile& file, std::int64_t rows)
{
  std::vector<std::string> countries = country_labels();
  countries.emplace_back(kernels::unspecified_code);
  file.add_labels("country", countries);
  file.add_labels("status", {"reported", "nothing to report", "below threshold", "silent", "partner hidden"});
  std::vector<ResultColumn> columns = {
      labelled<std::int16_t>("exporter", "country", "country of origin, or the hub that sends on"),
      labelled<std::int16_t>("importer", "country", "country of import"),
      result_column<std::int32_t>("hs6", "1", "code of the year's nomenclature"),
      result_column<std::int32_t>("period", "1", "calendar year"),
      labelled<std::int8_t>("import_status", "status", "what became of the importer's report"),
      labelled<std::int8_t>("export_status", "status", "what became of the exporter's report"),
  };
  columns[2].digits = 6;
  for (Amount const& amount : amounts)
  {
    ResultColumn& column =
        columns.emplace_back(result_column<std::int64_t>(amount.name, amount.unit, amount.definition));
    column.scale = column.unit == "USD" ? 3 : 0;
  }
  return file.lay_out_table("cells", "trade as it was and as both sides tell it, cell by cell", columns,
                            rows);
}

void TradeTruth::write(BlockTable const& table, std::int64_t first) const
{
  if (period_.empty())
  {
    return;
  }
  std::vector<std::span<std::byte const>> cells = {bytes(exporter_),      bytes(importer_),
                                                   bytes(hs6_),           bytes(period_),
                                                   bytes(import_status_), bytes(export_status_)};
  for (auto const& column : amounts_)
  {
    cells.push_back(bytes(column));
  }
  table.write(first, cells);
}

}  // namespace tarifa::jobs
