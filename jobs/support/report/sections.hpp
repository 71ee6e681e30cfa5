#pragma once

#include <functional>
#include <string>

#include "jobs/support/report/summary.hpp"
#include "pipeline/report/html.hpp"

namespace tarifa::jobs
{

/// Whose figures stand first in a section, and what the two sides are called there.
struct ReportView
{
  enum class First : std::uint8_t
  {
    exports,
    imports,
  };
  std::string id;                    ///< in front of the ids of the section
  std::string of_whom;               ///< "KOR as exporter"
  std::string exporters, importers;  ///< "KOR reports (exports)", "partners report (imports, at FOB)"
  First first = First::exports;
};

/// Text and link of a row of a breakdown.
struct RowName
{
  std::string text, file;  ///< file: empty = no page
  std::string title{};     ///< for who points at it
  std::string html() const;
};
using NameOf = std::function<RowName(std::int64_t)>;

/// Largest value to show, so that all tables of a section have one unit.
std::int64_t largest_value(std::map<std::int64_t, ReportSums> const& rows);
ReportSums total_of(std::map<std::int64_t, ReportSums> const& rows);
/// difference / (imports + exports) in tenths of a percent, -1000 to 1000; 0 when both are 0.
std::int64_t relative_tenths(std::int64_t difference, std::int64_t both);
/// Shares of what is seen: both sides, exporter only, importer only; tenths of a percent, together 100 %.
std::vector<std::int64_t> coverage(ReportSums const& sums);

/// Chart and table by period: both reports, difference, coverage.
std::string periods_section(ReportSummary const& summary, ReportView const& view,
                            std::map<std::int64_t, ReportSums> const& rows);
/// Chart and table of the parts of the gap by period; empty when the result has none.
std::string parts_section(ReportSummary const& summary, ReportView const& view,
                          std::map<std::int64_t, ReportSums> const& rows);
/// The rows with the largest differences, and one for all others.
std::string breakdown(ReportSummary const& summary, ReportView const& view, std::string const& id,
                      std::string const& what, std::map<std::int64_t, ReportSums> const& rows,
                      NameOf const& name);
/// List item: the three rows with the largest differences; empty when there is none.
std::string outstanding(std::string const& sentence, std::map<std::int64_t, ReportSums> const& rows,
                        NameOf const& name, ShownUnit const& unit);
std::string outstanding_parts(ReportSummary const& summary, ReportSums const& total, ShownUnit const& unit);
/// The command that opens a figure, for a shell; keys as "exporter=DEU,period=2021".
std::string explain_html(ReportSummary const& summary, std::string const& keys);
/// Cells with the largest differences, with parts, reasons and the command that opens each.
std::string cells_section(ReportSummary const& summary, ReportView const& view, ReportBy whose_page,
                          std::int64_t whose);

RowName country_name(ReportSummary const& summary, std::int64_t country);       ///< "Germany (DEU)"
RowName country_code(ReportSummary const& summary, std::int64_t country);       ///< "DEU"
std::string country_short(ReportSummary const& summary, std::int64_t country);  ///< "Germany"
RowName product_name(ReportSummary const& summary, std::int64_t hs, int digits);
std::string period_text(std::int64_t period);

/// What the words and signs of every page mean.
std::string definitions(ReportSummary const& summary);
/// How the result was made, in sentences, from the configuration it stores; and from what.
std::string methods(ReportSummary const& summary);

/// "Textiles: silk"; empty for a number that is no chapter of the Harmonized System.
std::string chapter_title(std::int64_t chapter);
/// "Germany" for DEU; empty for what is no ISO 3166-1 alpha-3 code.
std::string country_title(std::string const& code);

}  // namespace tarifa::jobs
