#include "jobs/support/report/sections.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jobs/support/report/pages.hpp"
#include "pipeline/report/html.hpp"
#include "pipeline/report/svg.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa::jobs
{
namespace
{

using Rows = std::map<std::int64_t, ReportSums>;

// The parts that goods under another code make are three shades of one colour.
struct PartShown
{
  char const* name;
  int colour;
};
constexpr PartShown parts_shown[report_parts] = {{"freight and insurance", 1},
                                                 {"time lag", 5},
                                                 {"re-exports", 3},
                                                 {"unspecified partner", 9},
                                                 {"revision of codes", 8},
                                                 {"code in heading", 7},
                                                 {"heading in chapter", 6},
                                                 {"quantity or not reported", 4},
                                                 {"price", 2},
                                                 {"not explained", 10}};

/// "Importer" -> "importer".
std::string lower(std::string text)
{
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z')
  {
    text.front() = static_cast<char>(text.front() - 'A' + 'a');
  }
  return text;
}

constexpr std::size_t most_bars = 15;
constexpr std::size_t most_rows = 12;

std::vector<Series> part_series(ShownUnit const& unit, ReportSums const& sums)
{
  std::vector<Series> series;
  for (std::size_t part = 0; part < report_parts; ++part)
  {
    series.push_back({parts_shown[part].name, parts_shown[part].colour, {unit.value(sums.part(part))}});
  }
  return series;
}

/// Sum of the parts above 0, or of those below, whichever is larger.
std::int64_t reach_of(ReportSums const& sums)
{
  std::int64_t above = 0, below = 0;
  for (std::size_t part = 0; part < report_parts; ++part)
  {
    (sums.part(part) > 0 ? above : below) += sums.part(part);
  }
  return std::max(above, -below);
}

/// One table row for each of `rows`: exports, imports, difference; printed figures add up in both directions.
struct Printed
{
  std::vector<std::int64_t> exports, imports;  ///< tenths
  std::int64_t all_exports = 0, all_imports = 0;
};

Printed print(std::vector<ReportSums> const& rows, ShownUnit const& unit)
{
  std::vector<std::int64_t> exports, imports;
  for (ReportSums const& row : rows)
  {
    exports.push_back(row.exports());
    imports.push_back(row.imports());
  }
  Printed printed{rounded_to_total(exports, unit), rounded_to_total(imports, unit)};
  for (std::size_t row = 0; row < rows.size(); ++row)
  {
    printed.all_exports += printed.exports[row];
    printed.all_imports += printed.imports[row];
  }
  return printed;
}

/// A value, or a dash where no record stands behind it.
std::string reported(std::int64_t records, std::int64_t value, int scale, std::int64_t tenths)
{
  return records == 0 ? nothing_html("nobody reported") : data_html(value, scale, tenths);
}

void add_values(std::vector<std::string>& cells, ReportView const& view, ReportSums const& sums, int scale,
                std::int64_t exports, std::int64_t imports)
{
  std::string const exported = reported(sums.of(ReportSum::export_records), sums.exports(), scale, exports);
  std::string const imported = reported(sums.of(ReportSum::import_records), sums.imports(), scale, imports);
  bool const exports_first = view.first == ReportView::First::exports;
  cells.push_back(exports_first ? exported : imported);
  cells.push_back(exports_first ? imported : exported);
  cells.push_back(data_html(sums.difference(), scale, imports - exports, Sign::always));
  cells.push_back(
      percent_html(relative_tenths(sums.difference(), sums.imports() + sums.exports()), Sign::always));
}

std::vector<std::string> value_heads(ReportView const& view, ShownUnit const& unit)
{
  bool const exports_first = view.first == ReportView::First::exports;
  return {fmt::format("{}, {}", exports_first ? view.exporters : view.importers, unit.name),
          fmt::format("{}, {}", exports_first ? view.importers : view.exporters, unit.name),
          fmt::format("Difference, {}", unit.name), "Relative difference"};
}

void add_coverage(std::vector<std::string>& cells, ReportSums const& sums)
{
  for (std::int64_t const share : coverage(sums))
  {
    cells.push_back(percent_html(share));
  }
}

std::string explain_command(ReportSummary const& summary, ReportCell const& cell)
{
  return explain_html(summary,
                      fmt::format("hs={:0{}},exporter={},importer={},period={}", cell.hs, summary.hs_digits,
                                  summary.countries[static_cast<std::size_t>(cell.exporter)],
                                  summary.countries[static_cast<std::size_t>(cell.importer)], cell.period));
}

/// Whether a side reports nothing at all of the period: nothing to look into then.
bool is_silent(ReportSummary const& summary, ReportCell const& cell)
{
  return std::any_of(summary.reasons.begin(), summary.reasons.end(),
                     [&cell](ReportReason const& reason)
                     { return reason.name == "non_reporter" && (cell.reasons & reason.bit) != 0; });
}

/// Parts, reasons, label and command of a cell.
std::string about_cell(ReportSummary const& summary, ReportCell const& cell, ShownUnit const& unit)
{
  std::string text;
  if (summary.has_parts)
  {
    ReportSums parts;
    std::copy(cell.part.begin(), cell.part.end(),
              parts.sum.begin() + static_cast<std::ptrdiff_t>(ReportSum::first_part));
    std::vector<std::int64_t> const printed = rounded_to_total(cell.part, unit);
    std::vector<std::string> words;
    for (std::size_t part = 0; part < report_parts; ++part)
    {
      if (cell.part[part] != 0)
      {
        words.push_back(fmt::format("{} {}", parts_shown[part].name,
                                    data_html(cell.part[part], summary.scale, printed[part], Sign::always)));
      }
    }
    std::int64_t const gap = cell.import_value - cell.export_value;
    std::int64_t shown = 0;
    for (std::int64_t const one : printed)
    {
      shown += one;
    }
    text += fmt::format("Gap CIF less FOB {} = {}. {}", data_html(gap, summary.scale, shown, Sign::always),
                        words.empty() ? "nothing" : fmt::format("{}", fmt::join(words, ", ")),
                        words.size() < 2
                            ? std::string()
                            : strip(part_series(unit, parts), unit.value(reach_of(parts)), unit.name));
    if (!is_silent(summary, cell) && cell.hypothesis > 0
        && static_cast<std::size_t>(cell.hypothesis) < summary.hypotheses.size())
    {
      std::string label = summary.hypotheses[static_cast<std::size_t>(cell.hypothesis)];
      std::replace(label.begin(), label.end(), '_', ' ');
      text += fmt::format("To look into: <span class=\"label\">{}</span> ", html_text(label));
    }
    std::vector<std::string> reasons;
    for (ReportReason const& reason : summary.reasons)
    {
      if ((cell.reasons & reason.bit) != 0)
      {
        reasons.push_back(fmt::format("<abbr title=\"set when {}\">{}</abbr>", html_text(reason.rule),
                                      html_text(reason.wording)));
      }
    }
    text += reasons.empty() ? "No sign of a cause. " : fmt::format("Signs: {}. ", fmt::join(reasons, "; "));
  }
  return text + fmt::format("<br>Open this figure: {}", explain_command(summary, cell));
}

std::string cells_table(ReportSummary const& summary, ReportView const& view, std::string const& id,
                        std::string const& caption, std::vector<ReportCell> const& cells)
{
  std::int64_t largest = 0;
  for (ReportCell const& cell : cells)
  {
    largest = std::max({largest, std::abs(cell.import_fob), std::abs(cell.export_value)});
  }
  ShownUnit const unit = shown_unit(largest, summary.scale, summary.money);
  HtmlTable table{view.id + id, caption, {"Product", "From", "To", "Period"}, {}, {}, {}};
  bool const two_sided = !cells.empty() && cells.front().is_two_sided();
  table.head.push_back(fmt::format("Exporter reports, {}", unit.name));
  table.head.push_back(fmt::format("Importer reports at FOB, {}", unit.name));
  table.head.push_back(fmt::format("Difference, {}", unit.name));
  if (two_sided)
  {
    table.head.emplace_back("Relative difference");
  }
  if (summary.has_reconciled)
  {
    table.head.push_back(
        fmt::format("Reconciled{}, {}", summary.has_interval ? " [interval]" : "", unit.name));
  }
  table.head.emplace_back("Records, exporter + importer");
  for (ReportCell const& cell : cells)
  {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(product_name(summary, cell.hs, summary.hs_digits).html());
    row.push_back(country_code(summary, cell.exporter).html());
    row.push_back(country_code(summary, cell.importer).html());
    row.push_back(period_text(cell.period));
    std::int64_t const exported = unit.tenths(cell.export_value), imported = unit.tenths(cell.import_fob);
    row.push_back(cell.export_records == 0 ? nothing_html("the exporter did not report this")
                                           : data_html(cell.export_value, summary.scale, exported));
    row.push_back(cell.import_records == 0 ? nothing_html("the importer did not report this")
                                           : data_html(cell.import_fob, summary.scale, imported));
    row.push_back(data_html(cell.asymmetry, summary.scale, imported - exported, Sign::always));
    if (two_sided)
    {
      row.push_back(
          percent_html(relative_tenths(cell.asymmetry, cell.import_fob + cell.export_value), Sign::always));
    }
    if (summary.has_reconciled)
    {
      std::string text = data_html(cell.reconciled, summary.scale, unit.tenths(cell.reconciled));
      if (summary.has_interval)
      {
        text += fmt::format(" [{}, {}]", data_html(cell.low, summary.scale, unit.tenths(cell.low)),
                            data_html(cell.high, summary.scale, unit.tenths(cell.high)));
      }
      row.push_back(cell.reconciled == 0 ? nothing_html("no report above 0") : text);
    }
    row.push_back(count_html(cell.export_records) + " + " + count_html(cell.import_records));
    table.below.push_back(about_cell(summary, cell, unit));
  }
  return table.html();
}

}  // namespace

std::string RowName::html() const
{
  std::string const tip = title.empty() ? "" : fmt::format(" title=\"{}\"", html_text(title));
  return file.empty() ? fmt::format("<span{}>{}</span>", tip, html_text(text))
                      : fmt::format("<a href=\"{}\"{}>{}</a>", html_text(file), tip, html_text(text));
}

std::int64_t largest_value(Rows const& rows)
{
  std::int64_t largest = 0;
  for (auto const& [code, sums] : rows)
  {
    largest = std::max({largest, std::abs(sums.imports()), std::abs(sums.exports())});
  }
  return largest;
}

ReportSums total_of(Rows const& rows)
{
  ReportSums total;
  for (auto const& [code, sums] : rows)
  {
    total.add(sums);
  }
  return total;
}

std::int64_t relative_tenths(std::int64_t difference, std::int64_t both)
{
  constexpr int whole = 1000;
  if (both <= 0)
  {
    return 0;
  }
  Int128 const twice = 2 * static_cast<Int128>(std::abs(difference)) * whole;
  auto const size = static_cast<std::int64_t>((twice + both) / (2 * static_cast<Int128>(both)));
  return difference < 0 ? -size : size;
}

std::vector<std::int64_t> coverage(ReportSums const& sums)
{
  std::int64_t const both = sums.of(ReportSum::import_both) / 2 + sums.of(ReportSum::export_both) / 2;
  std::int64_t const parts[] = {both, sums.of(ReportSum::export_only), sums.of(ReportSum::import_only)};
  return shares_of_sum(parts);
}

std::string periods_section(ReportSummary const& summary, ReportView const& view, Rows const& rows)
{
  ShownUnit const unit = shown_unit(largest_value(rows), summary.scale, summary.money);
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  bool const exports_first = view.first == ReportView::First::exports;
  Chart both{view.id + "-reports",
             view.of_whom + ": what the two sides report",
             "Value by period, imports at FOB; an empty place: nobody reported",
             unit.name,
             {},
             {}};
  Series exports{view.exporters, exports_first ? 1 : 2, {}},
      imports{view.importers, exports_first ? 2 : 1, {}};
  Chart seen{
      view.id + "-coverage", "Who reported it", "Share of the value seen by period, percent", "%", {}, {}};
  std::vector<Series> shares{{"both sides", 3, {}}, {"exporter only", 5, {}}, {"importer only", 4, {}}};
  std::vector<ReportSums> values;
  for (auto const& [period, sums] : rows)
  {
    both.categories.push_back(period_text(period));
    exports.values.push_back(sums.of(ReportSum::export_records) == 0 ? unknown : unit.value(sums.exports()));
    imports.values.push_back(sums.of(ReportSum::import_records) == 0 ? unknown : unit.value(sums.imports()));
    std::vector<std::int64_t> const share = coverage(sums);
    for (std::size_t i = 0; i < shares.size(); ++i)
    {
      shares[i].values.push_back(static_cast<double>(share[i]) / 10);
    }
    values.push_back(sums);
  }
  seen.categories = both.categories;
  seen.series = shares;
  both.series = exports_first ? std::vector<Series>{exports, imports} : std::vector<Series>{imports, exports};

  HtmlTable table{view.id + "-periods", view.of_whom + " by period", {"Period"}, {}, {}, {}};
  std::vector<std::string> const heads = value_heads(view, unit);
  table.head.insert(table.head.end(), heads.begin(), heads.end());
  for (char const* const head : {"Seen by both", "By exporter only", "By importer only"})
  {
    table.head.emplace_back(head);
  }
  if (summary.has_reconciled)
  {
    table.head.push_back("Reconciled, " + unit.name);
  }
  table.head.emplace_back("Cells");
  table.head.emplace_back("Records, exporters + importers");
  Printed const printed = print(values, unit);
  std::vector<std::int64_t> reconciled;
  for (ReportSums const& sums : values)
  {
    reconciled.push_back(sums.of(ReportSum::reconciled));
  }
  std::vector<std::int64_t> const reconciled_shown = rounded_to_total(reconciled, unit);
  std::int64_t reconciled_total = 0;
  auto const add_row = [&](std::vector<std::string>& row, std::string name, ReportSums const& sums,
                           std::int64_t exported, std::int64_t imported, std::int64_t one)
  {
    row.push_back(std::move(name));
    add_values(row, view, sums, summary.scale, exported, imported);
    add_coverage(row, sums);
    if (summary.has_reconciled)
    {
      row.push_back(data_html(sums.of(ReportSum::reconciled), summary.scale, one));
    }
    row.push_back(count_html(sums.cells()));
    row.push_back(count_html(sums.of(ReportSum::export_records)) + " + "
                  + count_html(sums.of(ReportSum::import_records)));
  };
  std::size_t at = 0;
  for (auto const& [period, sums] : rows)
  {
    add_row(table.rows.emplace_back(), period_text(period), sums, printed.exports[at], printed.imports[at],
            reconciled_shown[at]);
    reconciled_total += reconciled_shown[at];
    ++at;
  }
  add_row(table.total, "All", total_of(rows), printed.all_exports, printed.all_imports, reconciled_total);
  bool const few = rows.size() <= most_bars;
  return "<div class=\"pair\">\n" + (few ? both.bars() : both.lines()) + (few ? seen.stacked() : seen.lines())
         + "</div>\n" + table.html();
}

std::string parts_section(ReportSummary const& summary, ReportView const& view, Rows const& rows)
{
  if (!summary.has_parts || rows.empty())
  {
    return "";
  }
  std::int64_t largest = 0;
  for (auto const& [period, sums] : rows)
  {
    largest = std::max(largest, reach_of(sums));
  }
  ShownUnit const unit = shown_unit(largest, summary.scale, summary.money);
  Chart chart{view.id + "-parts",
              "What the gap is made of",
              "Import value (CIF) less export value (FOB) by period, taken apart; parts above and below 0 "
              "offset each other",
              unit.name,
              {},
              {}};
  chart.width = 1100;
  HtmlTable table{
      view.id + "-gap", "Parts of the gap (CIF less FOB) by period, " + unit.name, {"Period"}, {}, {}, {}};
  for (PartShown const& part : parts_shown)
  {
    chart.series.push_back({part.name, part.colour, {}});
    table.head.emplace_back(part.name);
  }
  table.head.emplace_back("Gap");
  auto const add_row = [&](std::vector<std::string>& row, std::string name, ReportSums const& sums)
  {
    row.push_back(std::move(name));
    auto const parts = std::span(sums.sum).subspan(static_cast<std::size_t>(ReportSum::first_part));
    std::vector<std::int64_t> const printed = rounded_to_total(parts, unit);
    std::int64_t shown = 0;
    for (std::size_t part = 0; part < report_parts; ++part)
    {
      row.push_back(data_html(parts[part], summary.scale, printed[part], Sign::always));
      shown += printed[part];
    }
    row.push_back(
        data_html(sums.of(ReportSum::import_cif) - sums.exports(), summary.scale, shown, Sign::always));
  };
  for (auto const& [period, sums] : rows)
  {
    chart.categories.push_back(period_text(period));
    for (std::size_t part = 0; part < report_parts; ++part)
    {
      chart.series[part].values.push_back(unit.value(sums.part(part)));
    }
    add_row(table.rows.emplace_back(), period_text(period), sums);
  }
  add_row(table.total, "All", total_of(rows));
  return chart.stacked() + table.html();
}

std::string breakdown(ReportSummary const& summary, ReportView const& view, std::string const& id,
                      std::string const& what, Rows const& rows, NameOf const& name)
{
  ShownUnit const unit = shown_unit(largest_value(rows), summary.scale, summary.money);
  std::vector<std::int64_t> order;
  for (auto const& [code, sums] : rows)
  {
    order.push_back(code);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&rows](std::int64_t a, std::int64_t b)
                   { return std::abs(rows.at(a).difference()) > std::abs(rows.at(b).difference()); });
  std::vector<ReportSums> values;
  std::vector<std::string> names;
  ReportSums others;
  for (std::size_t i = 0; i < order.size(); ++i)
  {
    if (i < most_rows)
    {
      values.push_back(rows.at(order[i]));
      names.push_back(name(order[i]).html());
    }
    else
    {
      others.add(rows.at(order[i]));
    }
  }
  if (order.size() > most_rows)
  {
    values.push_back(others);
    names.push_back(
        fmt::format("{} others", whole_text(static_cast<std::int64_t>(order.size() - most_rows))));
  }
  HtmlTable table{
      view.id + id, fmt::format("{}: by {}, largest differences first", view.of_whom, lower(what)),
      {what},       {},
      {},           {}};
  std::vector<std::string> const heads = value_heads(view, unit);
  table.head.insert(table.head.end(), heads.begin(), heads.end());
  table.head.emplace_back("Seen by both");
  table.head.emplace_back("Records");
  table.has_long_names = true;
  std::int64_t reach = 0;
  for (ReportSums const& sums : values)
  {
    reach = std::max(reach, reach_of(sums));
  }
  if (summary.has_parts)
  {
    table.head.emplace_back("Parts of the gap");
  }
  Printed const printed = print(values, unit);
  auto const add_row = [&](std::vector<std::string>& row, std::string const& text, ReportSums const& sums,
                           std::int64_t exported, std::int64_t imported)
  {
    row.push_back(text);
    add_values(row, view, sums, summary.scale, exported, imported);
    row.push_back(percent_html(coverage(sums).front()));
    row.push_back(count_html(sums.records()));
  };
  for (std::size_t i = 0; i < values.size(); ++i)
  {
    std::vector<std::string>& row = table.rows.emplace_back();
    add_row(row, names[i], values[i], printed.exports[i], printed.imports[i]);
    if (summary.has_parts)
    {
      row.push_back(strip(part_series(unit, values[i]), unit.value(reach), unit.name));
    }
  }
  add_row(table.total, "All", total_of(rows), printed.all_exports, printed.all_imports);
  if (summary.has_parts)
  {
    table.total.emplace_back("");
  }
  std::string parts_legend;
  if (summary.has_parts)
  {
    parts_legend = legend(part_series(unit, {}));
  }
  return parts_legend + table.html();
}

std::string outstanding(std::string const& sentence, Rows const& rows, NameOf const& name,
                        ShownUnit const& unit)
{
  constexpr std::size_t most = 3;
  std::vector<std::int64_t> order;
  for (auto const& [code, sums] : rows)
  {
    if (unit.tenths(sums.difference()) != 0)
    {
      order.push_back(code);
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&rows](std::int64_t a, std::int64_t b)
                   { return std::abs(rows.at(a).difference()) > std::abs(rows.at(b).difference()); });
  order.resize(std::min(order.size(), most));
  std::vector<std::string> words;
  for (std::int64_t const code : order)
  {
    ReportSums const& sums = rows.at(code);
    char const* const silent = sums.of(ReportSum::import_records) == 0   ? ", importer silent"
                               : sums.of(ReportSum::export_records) == 0 ? ", exporter silent"
                                                                         : "";
    words.push_back(fmt::format(
        "{} ({}{})", name(code).html(),
        data_html(sums.difference(), unit.scale, unit.tenths(sums.difference()), Sign::always), silent));
  }
  return words.empty() ? ""
                       : fmt::format("<li>{}, {}: {}.</li>\n", html_text(sentence), html_text(unit.name),
                                     fmt::join(words, ", "));
}

std::string outstanding_parts(ReportSummary const& summary, ReportSums const& total, ShownUnit const& unit)
{
  constexpr std::size_t most = 3;
  std::vector<std::size_t> order;
  for (std::size_t part = 0; summary.has_parts && part < report_parts; ++part)
  {
    if (unit.tenths(total.part(part)) != 0)
    {
      order.push_back(part);
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&total](std::size_t a, std::size_t b)
                   { return std::abs(total.part(a)) > std::abs(total.part(b)); });
  order.resize(std::min(order.size(), most));
  std::vector<std::string> words;
  for (std::size_t const part : order)
  {
    words.push_back(
        fmt::format("{} ({})", parts_shown[part].name,
                    data_html(total.part(part), unit.scale, unit.tenths(total.part(part)), Sign::always)));
  }
  return words.empty() ? ""
                       : fmt::format("<li>Largest parts of the gap, {}: {}.</li>\n", html_text(unit.name),
                                     fmt::join(words, ", "));
}

std::string cells_section(ReportSummary const& summary, ReportView const& view, ReportBy whose_page,
                          std::int64_t whose)
{
  std::vector<ReportCell> const& both = summary.largest(whose_page, whose, Sides::both);
  std::vector<ReportCell> const& one = summary.largest(whose_page, whose, Sides::one);
  std::string text;
  if (!both.empty())
  {
    text += cells_table(summary, view, "-two-sided",
                        "Both sides report and differ most: single products, partners and periods", both);
  }
  if (!one.empty())
  {
    text += cells_table(summary, view, "-one-sided", "Largest trade that one side alone reports", one);
  }
  return text;
}

RowName country_name(ReportSummary const& summary, std::int64_t country)
{
  std::string const& code = summary.countries[static_cast<std::size_t>(country)];
  std::string const title = country_title(code);
  return {title.empty() ? code : fmt::format("{} ({})", title, code), country_file(summary, country), ""};
}

RowName country_code(ReportSummary const& summary, std::int64_t country)
{
  std::string const& code = summary.countries[static_cast<std::size_t>(country)];
  return {code, country_file(summary, country), country_title(code)};
}

std::string explain_html(ReportSummary const& summary, std::string const& keys)
{
  constexpr char const* plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,=/";
  auto const quoted = [](std::string const& text)
  {
    if (text.find_first_not_of(plain) == std::string::npos)
    {
      return text;
    }
    std::string quotes = "'";
    for (char const c : text)
    {
      quotes += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return quotes + "'";
  };
  return fmt::format("<code>{}</code>", html_text(fmt::format("tarifa explain {} --explain.cell {}",
                                                              quoted(summary.result_name), quoted(keys))));
}

std::string country_short(ReportSummary const& summary, std::int64_t country)
{
  std::string const& code = summary.countries[static_cast<std::size_t>(country)];
  std::string title = country_title(code);
  return title.empty() ? code : title;
}

RowName product_name(ReportSummary const& summary, std::int64_t hs, int digits)
{
  std::string const code = fmt::format("{:0{}}", hs, digits);
  if (digits == 2)
  {
    std::string const title = chapter_title(hs);
    return {title.empty() ? code : code + " " + title, product_file(hs, digits), ""};
  }
  bool const has_page = std::binary_search(summary.products.begin(), summary.products.end(), hs);
  return {code, has_page ? product_file(hs, digits) : "", chapter_title(summary.chapter_of(hs))};
}

std::string period_text(std::int64_t period)
{
  constexpr std::int64_t months = 100'000, month = 100;
  return period < months ? std::to_string(period) : fmt::format("{}-{:02}", period / month, period % month);
}

}  // namespace tarifa::jobs
