/// The words of a report: what its figures mean, and how they were made.
#include <sstream>

#include <fmt/format.h>

#include "jobs/support/report/sections.hpp"
#include "pipeline/report/html.hpp"

namespace tarifa::jobs
{
namespace
{

/// name -> value of the configuration a result stores; comments left out.
std::map<std::string, std::string> settings_of(std::string const& config)
{
  std::map<std::string, std::string> settings;
  std::istringstream lines(config);
  for (std::string line; std::getline(lines, line);)
  {
    auto const equals = line.find(" = ");
    if (!line.empty() && line.front() != '#' && equals != std::string::npos)
    {
      settings[line.substr(0, equals)] = line.substr(equals + 3);
    }
  }
  return settings;
}

std::string note_of(ReportSummary const& summary, char const* name)
{
  auto const found = summary.notes.find(name);
  return found == summary.notes.end() ? "" : found->second;
}

std::string method_sentences(ReportSummary const& summary)
{
  std::map<std::string, std::string> settings = settings_of(note_of(summary, "config"));
  auto const in = [&settings](char const* name) { return html_text(settings[name]); };
  bool const all_years = settings["first-year"] == "0" && settings["last-year"] == "9999";
  std::string const years = all_years ? "all years" : "years " + in("first-year") + " to " + in("last-year");
  std::string text = fmt::format(
      "<p>A cell is one product ({} digits of the Harmonized System), exporter, importer and period ({}). "
      "Records of "
      "flow {} of a country count as its imports, those of flow {} as its exports; all records of one side "
      "are added. "
      "Records of {} count{}.</p>\n",
      in("hs-digits"), settings["period"] == "year" ? "calendar year" : "as reported", in("import-flows"),
      in("export-flows"), years, settings["as-of"].empty() ? "" : ", as of vintage " + in("as-of"));
  std::string const fob = settings["fob"];
  text +=
      fob.empty() || fob == "flat"
          ? fmt::format(
              "<p>Import values are reported CIF, with freight and insurance. They are divided by {} to "
              "bring "
              "them to FOB, for all goods and routes alike.</p>\n",
              in("cif-fob-ratio"))
          : fmt::format(
              "<p>Import values are reported CIF. The ratio of CIF to FOB is estimated by model {} (Gaulier "
              "and Zignago 2010: distance, contiguity, landlocked ends, unit value, period) on flows that "
              "both sides reported, and import values are divided by it; flows it knows too little about are "
              "divided by {}.</p>\n",
              in("fob"), in("cif-fob-ratio"));
  std::string const reconcile = settings["reconcile"];
  if (reconcile == "likelihood")
  {
    text += fmt::format(
        "<p>The reconciled value of a cell is the mean of both reports, weighted by how well each country "
        "reports as exporter and as importer; the variances are estimated by maximum likelihood. Its "
        "interval: {}. The reconciled values of cells are added to those of periods; an interval of such a "
        "sum is not given.</p>\n",
        html_text(note_of(summary, "interval")));
  }
  else if (reconcile == "baci")
  {
    text +=
        "<p>The reconciled value weighs both reports by the reliability of their countries as BACI does "
        "(Gaulier and "
        "Zignago 2010). The method gives no interval.</p>\n";
  }
  else if (reconcile == "gehlhar")
  {
    text +=
        "<p>The reconciled value is that of the side that agrees with its partners more often (Gehlhar "
        "1996). The method "
        "gives no interval.</p>\n";
  }
  if (summary.has_parts)
  {
    text +=
        "<p>Every gap, import value as reported less export value as reported, is taken apart in a fixed "
        "order; the parts "
        "add up to it exactly in every cell and every sum. Signs of causes follow rules (the rule of each "
        "sign is its "
        "tooltip); the label of what to look into is a hypothesis of customs practice, never a "
        "finding.</p>\n";
  }
  return text;
}

}  // namespace

std::string definitions(ReportSummary const& summary)
{
  std::string text = fmt::format(
      "<h2 id=\"words\">What the figures mean</h2>\n<ul>\n"
      "<li>Values are in {}. Imports are as reported (CIF) brought to FOB, so that they compare with "
      "exports.</li>\n"
      "<li>Difference: imports at FOB less exports. Above 0 (+) importers report more, below 0 (\u2212) "
      "exporters do. It is "
      "the same direction on every page.</li>\n"
      "<li>Relative difference: difference / (imports at FOB + exports), from \u2212100 % (only exporters "
      "report) to +100 % "
      "(only importers do).</li>\n"
      "<li>Seen by both, by exporter only, by importer only: shares of the value of cells, where that of a "
      "cell both report "
      "is the mean of the two.</li>\n"
      "<li>A dash or an empty place in a chart: nobody reported. It is never a zero.</li>\n"
      "<li>Records: lines of trade statistics behind a figure.</li>\n"
      "<li>Figures are rounded so that rows and columns of one table add up (largest remainder); a shown "
      "figure may differ "
      "by one in its last place from the rounded one. The exact figure is in the page behind every shown one "
      "(attribute "
      "<i>value</i> of its <i>data</i> element), in {}.</li>\n",
      html_text(summary.money), html_text(summary.money));
  if (summary.has_parts)
  {
    text +=
        "<li>Gap: import value as reported (CIF) less export value. Its parts: freight and insurance; time "
        "lag, goods under "
        "way at the turn of the period; re-exports; unspecified partner; revision of codes; another code of "
        "the same "
        "heading; another heading of the same chapter; quantity, at the exporter's price, and all of it "
        "where one side reports nothing; price; what is not "
        "explained. "
        "In tables of parts by period rows add up, columns may differ in the last place.</li>\n";
  }
  return text + "</ul>\n";
}

std::string methods(ReportSummary const& summary)
{
  std::string const rows = note_of(summary, "rows_read"), counted = note_of(summary, "rows_in_cells");
  std::string text = "<h2 id=\"methods\">How it was made</h2>\n" + method_sentences(summary);
  if (!rows.empty() && !counted.empty())
  {
    text += fmt::format(
        "<p>Of {} records read {} count in a cell; the others are of other flows or periods or lack a part "
        "of "
        "their key.</p>\n",
        count_html(std::stoll(rows)), count_html(std::stoll(counted)));
  }
  HtmlTable provenance{"provenance", "Provenance", {"What", "Value"}, {}, {}, {}};
  provenance.rows = {{"Result", html_text(summary.result_name)},
                     {"Digest of the result", "xxh3:" + html_text(summary.result_digest)}};
  for (char const* const name : {"version", "git_hash", "compiler", "mpi", "hdf5"})
  {
    provenance.rows.push_back({name, html_text(note_of(summary, name))});
  }
  std::istringstream inputs(note_of(summary, "inputs"));
  for (std::string line; std::getline(inputs, line);)
  {
    if (!line.empty())
    {
      provenance.rows.push_back({"input", html_text(line)});
    }
  }
  return text + provenance.html()
         + fmt::format(
             "<details><summary>Configuration of the "
             "result</summary>\n<pre><code>{}</code></pre>\n</details>\n",
             html_text(note_of(summary, "config")));
}

}  // namespace tarifa::jobs
