#include "jobs/support/report/pages.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "jobs/support/report/sections.hpp"
#include "pipeline/report/html.hpp"

namespace tarifa::jobs
{
namespace
{

using Rows = std::map<std::int64_t, ReportSums>;

struct Fact
{
  std::string name, figure, note;  ///< HTML
};

std::string facts_html(std::vector<Fact> const& facts)
{
  std::string text = "<dl class=\"facts\">\n";
  for (Fact const& fact : facts)
  {
    text += fmt::format("<div><dt>{}</dt><dd class=\"figure\">{}</dd><dd class=\"note\">{}</dd></div>\n",
                        fact.name, fact.figure, fact.note);
  }
  return text + "</dl>\n";
}

std::string amount(ShownUnit const& unit, std::int64_t stored, Sign sign = Sign::minus_only)
{
  return data_html(stored, unit.scale, unit.tenths(stored), sign) + " <small>" + html_text(unit.name)
         + "</small>";
}

std::string reported(ShownUnit const& unit, std::int64_t records, std::int64_t stored)
{
  return records == 0 ? "not reported" : amount(unit, stored);
}

std::string periods_text(ReportSummary const& summary)
{
  return summary.periods.empty() ? "no period"
         : summary.periods.size() == 1
             ? period_text(summary.periods.front())
             : period_text(summary.periods.front()) + "\u2013" + period_text(summary.periods.back());
}

/// "3 of 57" of `whose` among all when the largest comes first; equal figures share a rank.
template <class Figure>
std::string rank_text(std::vector<std::int64_t> const& all, std::int64_t whose, Figure const& figure)
{
  auto const mine = figure(whose);
  auto const above =
      std::count_if(all.begin(), all.end(), [&](std::int64_t one) { return figure(one) > mine; });
  return fmt::format("rank {} of {}", above + 1, all.size());
}

std::vector<Fact> value_facts(ReportSummary const& summary, ReportView const& view, ReportSums const& total,
                              std::string const& rank_of_value, std::string const& rank_of_difference)
{
  ShownUnit const unit = shown_unit(std::max(total.exports(), total.imports()), summary.scale, summary.money);
  std::int64_t const share = coverage(total).front();
  Fact const exports{html_text(view.exporters),
                     reported(unit, total.of(ReportSum::export_records), total.exports()),
                     fmt::format("{} records", count_html(total.of(ReportSum::export_records)))};
  Fact const imports{html_text(view.importers),
                     reported(unit, total.of(ReportSum::import_records), total.imports()),
                     fmt::format("{} records", count_html(total.of(ReportSum::import_records)))};
  bool const exports_first = view.first == ReportView::First::exports;
  std::vector<Fact> facts{exports_first ? exports : imports, exports_first ? imports : exports};
  if (!rank_of_value.empty())
  {
    facts.front().note += "; " + rank_of_value;
  }
  facts.push_back(
      {"Difference (importers less exporters)", amount(unit, total.difference(), Sign::always),
       percent_html(relative_tenths(total.difference(), total.imports() + total.exports()), Sign::always)
           + " of both reports together"
           + (rank_of_difference.empty() ? "" : "; " + rank_of_difference + " by size")});
  facts.push_back({"Seen by both sides", percent_html(share),
                   fmt::format("{} of {} cells", count_html(total.of(ReportSum::cells_both)),
                               count_html(total.cells()))});
  return facts;
}

struct ScoreRank
{
  std::int64_t place = 1, of = 0;
};

bool high_is_good(ReportSummary const& summary)
{
  return summary.score_definition.starts_with("share");
}

/// Among the countries with a score of the same role and measure.
ScoreRank rank_of(ReportSummary const& summary, ReportScore const& mine)
{
  ScoreRank rank;
  for (ReportScore const& other : summary.scores)
  {
    if (other.role == mine.role && other.measure == mine.measure && !std::isnan(other.score))
    {
      ++rank.of;
      rank.place += (high_is_good(summary) ? other.score > mine.score : other.score < mine.score) ? 1 : 0;
    }
  }
  return rank;
}

/// Ends of the 90 % interval of a score, if its error is normal.
std::string interval_text(ReportScore const& score)
{
  constexpr double of_90_percent = 1.6449;  // quantile of the normal distribution
  double const margin = of_90_percent * score.standard_error;
  return std::isnan(margin)
             ? nothing_html("the method gives none")
             : html_text(fmt::format("{:.3f} to {:.3f}", score.score - margin, score.score + margin));
}

void add_score_fact(ReportSummary const& summary, std::int64_t country, std::int64_t role,
                    std::vector<Fact>& facts)
{
  for (ReportScore const& one : summary.scores)
  {
    if (one.country == country && one.role == role && one.measure == 0 && !std::isnan(one.score))
    {
      ScoreRank const rank = rank_of(summary, one);
      facts.push_back({high_is_good(summary) ? "Reliability: share that partners confirm"
                                             : "Reliability: error of its reports",
                       data_html(fmt::format("{}", one.score), fmt::format("{:.3f}", one.score)),
                       fmt::format("<a href=\"#how-well\">90 % interval</a> {}; rank {} of {}, {} first",
                                   interval_text(one), rank.place, rank.of,
                                   high_is_good(summary) ? "highest" : "smallest")});
    }
  }
}

std::string scores_table(ReportSummary const& summary, std::int64_t country)
{
  HtmlTable table{"reliability",
                  "Reliability: " + summary.score_definition,
                  {"As", "What", "Score", "90 % interval", "Flows compared",
                   high_is_good(summary) ? "Rank (highest first)" : "Rank (smallest error first)"},
                  {},
                  {},
                  {}};
  for (ReportScore const& one : summary.scores)
  {
    if (one.country == country)
    {
      bool const known = !std::isnan(one.score);
      ScoreRank const rank = rank_of(summary, one);
      table.rows.push_back({one.role == 0 ? "exporter" : "importer",
                            one.measure == 0 ? "value" : "net weight",
                            known ? data_html(fmt::format("{}", one.score), fmt::format("{:.3f}", one.score))
                                  : nothing_html("too few flows"),
                            known ? interval_text(one) : nothing_html("too few flows"), count_html(one.flows),
                            known ? fmt::format("{} of {}", rank.place, rank.of) : nothing_html("no score")});
    }
  }
  return table.rows.empty() ? "" : "<h2 id=\"how-well\">How well it reports</h2>\n" + table.html();
}

/// What stands out, as a list.
std::string outstanding_list(std::string const& items)
{
  return items.empty() ? "" : "<ul class=\"out\">\n" + items + "</ul>\n";
}

ShownUnit unit_of(ReportSummary const& summary, ReportSums const& total)
{
  return shown_unit(std::max(total.exports(), total.imports()), summary.scale, summary.money);
}

NameOf countries(ReportSummary const& summary)
{
  return [&summary](std::int64_t country) { return country_name(summary, country); };
}

NameOf chapters(ReportSummary const& summary)
{
  return [&summary](std::int64_t chapter) { return product_name(summary, chapter, 2); };
}

std::string country_role(ReportSummary const& summary, std::int64_t country, ReportView::First role)
{
  bool const exports = role == ReportView::First::exports;
  std::string const name = country_short(summary, country);
  ReportView const view{exports ? "exporter" : "importer", name + (exports ? " as exporter" : " as importer"),
                        exports ? name + " reports exports" : "Partners report exports",
                        exports ? "Partners report imports (FOB)" : name + " reports imports (FOB)", role};
  Rows const periods = summary.by(exports ? ReportBy::exporter_period : ReportBy::importer_period, country);
  std::string text = fmt::format("<h2 id=\"{}\">{}</h2>\n", view.id, html_text(view.of_whom));
  if (periods.empty())
  {
    return text + "<p>Nobody reported trade of this kind.</p>\n";
  }
  std::vector<std::int64_t> const& all = exports ? summary.exporters : summary.importers;
  std::map<std::int64_t, ReportSums> totals;
  for (std::int64_t const one : all)
  {
    totals[one] = total_of(summary.by(exports ? ReportBy::exporter_period : ReportBy::importer_period, one));
  }
  auto const value = [&](std::int64_t one)
  { return exports ? totals[one].exports() : totals[one].imports(); };
  auto const difference = [&](std::int64_t one) { return std::abs(totals[one].difference()); };
  std::vector<Fact> facts = value_facts(summary, view, totals[country], rank_text(all, country, value),
                                        rank_text(all, country, difference));
  add_score_fact(summary, country, exports ? 0 : 1, facts);
  Rows const partners =
      summary.by(exports ? ReportBy::exporter_importer : ReportBy::importer_exporter, country);
  Rows const goods = summary.by(exports ? ReportBy::exporter_chapter : ReportBy::importer_chapter, country);
  ShownUnit const unit = unit_of(summary, totals[country]);
  text += facts_html(facts);
  text += outstanding_list(outstanding("Largest differences with partners (importers less exporters)",
                                       partners, countries(summary), unit)
                           + outstanding("Largest differences by chapter", goods, chapters(summary), unit)
                           + outstanding_parts(summary, totals[country], unit));
  text += periods_section(summary, view, periods);
  text += parts_section(summary, view, periods);
  text += "<h3>Where the differences are</h3>\n";
  std::string const& code = summary.countries[static_cast<std::size_t>(country)];
  std::string const key = (exports ? "exporter=" : "importer=") + code;
  text += fmt::format("<p class=\"note\">Open a row: {}, or {} for a period.</p>\n",
                      explain_html(summary, key + (exports ? ",importer=CODE" : ",exporter=CODE")),
                      explain_html(summary, key + ",period=PERIOD"));
  text +=
      breakdown(summary, view, "-partners", exports ? "Importer" : "Exporter", partners, countries(summary));
  text += breakdown(summary, view, "-chapters", "Chapter", goods, chapters(summary));
  text += "<h3>Largest single gaps</h3>\n";
  return text
         + cells_section(summary, view, exports ? ReportBy::exporter_period : ReportBy::importer_period,
                         country);
}

std::string header(std::string const& here)
{
  return "<a href=\"index.html\">All countries and products</a>"
         + (here.empty() ? "" : " \u203a " + html_text(here));
}

std::string footer(ReportSummary const& summary)
{
  auto const note = [&summary](char const* name)
  {
    auto const found = summary.notes.find(name);
    return found == summary.notes.end() ? std::string() : html_text(found->second);
  };
  return fmt::format(
      "<p>Made from {} (xxh3 {}), a result of tarifa {} ({}). <a href=\"index.html#methods\">Methods, "
      "definitions and provenance</a>. A difference is a statistic, not a finding against anybody.</p>",
      html_text(summary.result_name), html_text(summary.result_digest), note("version"), note("git_hash"));
}

std::string country_page(ReportSummary const& summary, std::int64_t country)
{
  std::string const name = country_name(summary, country).text;
  std::string content = fmt::format(
      "<h1>{}</h1>\n<p class=\"lead\">What {} reports of its trade against what its partners report of the "
      "same trade, "
      "{}. Imports are brought to FOB. <a href=\"#exporter\">As exporter</a>, <a href=\"#importer\">as "
      "importer</a>.</p>\n",
      html_text(name), html_text(name), html_text(periods_text(summary)));
  content += country_role(summary, country, ReportView::First::exports);
  content += country_role(summary, country, ReportView::First::imports);
  content += scores_table(summary, country);
  content += definitions(summary);
  return HtmlPage{name + ": both sides of its trade", content, header(name), footer(summary)}.html();
}

std::string product_page(ReportSummary const& summary, ReportPage const& page)
{
  bool const is_chapter = page.kind == PageKind::chapter;
  std::string const name = product_name(summary, page.code, is_chapter ? 2 : summary.hs_digits).text;
  ReportBy const by = is_chapter ? ReportBy::chapter_period : ReportBy::product_period;
  ReportView const view{"product", (is_chapter ? "Chapter " : "HS ") + name, "Exporters report",
                        "Importers report (FOB)", ReportView::First::exports};
  Rows const periods = summary.by(by, page.code);
  std::string content = fmt::format(
      "<h1>{}</h1>\n<p class=\"lead\">What exporters report against what importers "
      "report, {}.</p>\n",
      html_text(view.of_whom), html_text(periods_text(summary)));
  if (!is_chapter)
  {
    RowName const chapter = product_name(summary, summary.chapter_of(page.code), 2);
    content += fmt::format("<p>Chapter {}</p>\n", chapter.html());
  }
  ReportSums const total = total_of(periods);
  ShownUnit const unit = unit_of(summary, total);
  Rows const exporters =
      summary.by(is_chapter ? ReportBy::chapter_exporter : ReportBy::product_exporter, page.code);
  Rows const importers =
      summary.by(is_chapter ? ReportBy::chapter_importer : ReportBy::product_importer, page.code);
  content += facts_html(value_facts(summary, view, total, "", ""));
  content +=
      outstanding_list(outstanding("Largest differences by exporter", exporters, countries(summary), unit)
                       + outstanding("Largest differences by importer", importers, countries(summary), unit)
                       + outstanding_parts(summary, total, unit));
  content += periods_section(summary, view, periods) + parts_section(summary, view, periods);
  content += "<h2>Where the differences are</h2>\n";
  content += breakdown(summary, view, "-exporters", "Exporter", exporters, countries(summary));
  content += breakdown(summary, view, "-importers", "Importer", importers, countries(summary));
  content += "<h2>Largest single gaps</h2>\n" + cells_section(summary, view, by, page.code);
  content += definitions(summary);
  return HtmlPage{view.of_whom + ": both sides of the trade", content, header(view.of_whom), footer(summary)}
      .html();
}

/// Totals over periods of all rows of one kind.
Rows overview(ReportSummary const& summary, std::vector<std::int64_t> const& codes, ReportBy by)
{
  Rows rows;
  for (std::int64_t const code : codes)
  {
    rows[code] = total_of(summary.by(by, code));
  }
  return rows;
}

std::string index_page(ReportSummary const& summary)
{
  Rows const periods = summary.by(ReportBy::all_period, 0);
  std::string content = fmt::format(
      "<h1>Both sides of trade</h1>\n<p class=\"lead\">What importers and exporters report "
      "of the same flows, {}.</p>\n",
      html_text(periods_text(summary)));
  if (periods.empty())
  {
    content +=
        "<p><strong>The result has no cells:</strong> no record of an importer or exporter counted, so there "
        "is "
        "nothing to compare and there are no pages of countries or products.</p>\n";
  }
  else
  {
    ReportView const view{"all", "All trade", "Exporters report", "Importers report (FOB)",
                          ReportView::First::exports};
    ReportSums const total = total_of(periods);
    ShownUnit const unit = unit_of(summary, total);
    Rows const exporters = overview(summary, summary.exporters, ReportBy::exporter_period);
    Rows const importers = overview(summary, summary.importers, ReportBy::importer_period);
    Rows const goods = overview(summary, summary.chapters, ReportBy::chapter_period);
    content += facts_html(value_facts(summary, view, total, "", ""));
    content +=
        outstanding_list(outstanding("Largest differences by exporter", exporters, countries(summary), unit)
                         + outstanding("Largest differences by importer", importers, countries(summary), unit)
                         + outstanding("Largest differences by chapter", goods, chapters(summary), unit)
                         + outstanding_parts(summary, total, unit));
    content += periods_section(summary, view, periods) + parts_section(summary, view, periods);
    content += "<h2 id=\"where\">Where the differences are</h2>\n";
    content += breakdown(summary, view, "-exporters", "Exporter", exporters, countries(summary));
    content += breakdown(summary, view, "-importers", "Importer", importers, countries(summary));
    content += breakdown(summary, view, "-chapters", "Chapter", goods, chapters(summary));
    content += "<h2>Largest single gaps</h2>\n" + cells_section(summary, view, ReportBy::all_period, 0);
  }
  auto const links = [&](char const* title, PageKind kind)
  {
    std::string text;
    for (ReportPage const& page : pages_of(summary))
    {
      if (page.kind == kind)
      {
        RowName const name = kind == PageKind::country ? country_name(summary, page.code)
                             : kind == PageKind::chapter
                                 ? product_name(summary, page.code, 2)
                                 : product_name(summary, page.code, summary.hs_digits);
        text += name.html() + "\n";
      }
    }
    return text.empty() ? text
                        : fmt::format("<h2>{}</h2>\n<nav class=\"pages\" aria-label=\"{}\">\n{}</nav>\n",
                                      title, title, text);
  };
  content += links("Countries", PageKind::country) + links("Chapters", PageKind::chapter)
             + links("Largest products", PageKind::product);
  content += definitions(summary) + methods(summary);
  return HtmlPage{"Both sides of trade", content, header(""), footer(summary)}.html();
}

/// Letters, digits, - and _ as they are, others by their number: a name for any file system.
std::string safe_name(std::string_view text)
{
  std::string safe;
  for (char const c : text)
  {
    bool const plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    safe += plain ? std::string(1, c) : fmt::format("~{:02x}", static_cast<unsigned char>(c));
  }
  return safe;
}

}  // namespace

std::string country_file(ReportSummary const& summary, std::int64_t country)
{
  return "country-" + safe_name(summary.countries.at(static_cast<std::size_t>(country))) + ".html";
}

std::string product_file(std::int64_t hs, int digits)
{
  return fmt::format("product-{:0{}}.html", hs, digits);
}

std::vector<ReportPage> pages_of(ReportSummary const& summary)
{
  std::vector<ReportPage> pages{{PageKind::index, 0, "index.html"}};
  std::set<std::int64_t> both(summary.exporters.begin(), summary.exporters.end());
  both.insert(summary.importers.begin(), summary.importers.end());
  for (std::int64_t const country : both)
  {
    pages.push_back({PageKind::country, country, country_file(summary, country)});
  }
  for (std::int64_t const chapter : summary.chapters)
  {
    pages.push_back({PageKind::chapter, chapter, product_file(chapter, 2)});
  }
  for (std::int64_t const product : summary.products)
  {
    pages.push_back({PageKind::product, product, product_file(product, summary.hs_digits)});
  }
  return pages;
}

std::string html_of(ReportSummary const& summary, ReportPage const& page)
{
  switch (page.kind)
  {
    case PageKind::index:
      return index_page(summary);
    case PageKind::country:
      return country_page(summary, page.code);
    default:
      return product_page(summary, page);
  }
}

}  // namespace tarifa::jobs
