#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernels/mirror/causes/gap_parts.hpp"
#include "pipeline/result/result_reader.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{

/// What is added over the cells of a mirror result. Money in stored units, imports at FOB.
enum class ReportSum : std::uint8_t
{
  cells_both,
  cells_import_only,
  cells_export_only,
  import_records,
  export_records,
  import_cif,
  import_both,  ///< imports at FOB of cells both sides reported
  import_only,  ///< of cells only the importer reported
  export_both,
  export_only,
  absolute_both,  ///< sizes of the differences of cells both sides reported
  reconciled,
  first_part,  ///< the parts of the gap, in the order of kernels::GapPart
};
inline constexpr std::size_t report_parts = kernels::gap_parts;
inline constexpr std::size_t report_sums = static_cast<std::size_t>(ReportSum::first_part) + report_parts;

/// Sums over some cells. Additive; Error(data) when one leaves 64 bits.
struct ReportSums
{
  std::array<std::int64_t, report_sums> sum = {};

  std::int64_t of(ReportSum which) const noexcept { return sum[static_cast<std::size_t>(which)]; }
  std::int64_t part(std::size_t which) const noexcept
  {
    return sum[static_cast<std::size_t>(ReportSum::first_part) + which];
  }
  std::int64_t imports() const noexcept { return of(ReportSum::import_both) + of(ReportSum::import_only); }
  std::int64_t exports() const noexcept { return of(ReportSum::export_both) + of(ReportSum::export_only); }
  std::int64_t difference() const noexcept { return imports() - exports(); }
  std::int64_t cells() const noexcept { return sum[0] + sum[1] + sum[2]; }
  std::int64_t records() const noexcept
  {
    return of(ReportSum::import_records) + of(ReportSum::export_records);
  }
  void add(ReportSums const& other);
};

/// By what cells are put together: the first word is whose page it is for, the second what the rows are.
enum class ReportBy : std::uint8_t
{
  all_period,
  exporter_period,
  exporter_importer,
  exporter_chapter,
  importer_period,
  importer_exporter,
  importer_chapter,
  chapter_period,
  chapter_exporter,
  chapter_importer,
  product_period,
  product_exporter,
  product_importer,
};

/// One cell with all a page shows of it.
struct ReportCell
{
  std::int64_t row = 0;  ///< in the result
  std::int64_t hs = 0, exporter = 0, importer = 0, period = 0, status = 0;
  std::int64_t import_records = 0, export_records = 0, import_value = 0, export_value = 0;
  std::int64_t import_fob = 0, asymmetry = 0, reconciled = 0, low = 0, high = 0, reasons = 0, hypothesis = 0;
  std::array<std::int64_t, report_parts> part = {};

  bool is_two_sided() const noexcept { return status == 0; }
};

enum class Sides : std::uint8_t
{
  both,
  one,
};

/// How well a country reports, of table `reliability`.
struct ReportScore
{
  std::int64_t country = 0, role = 0, measure = 0, flows = 0;  ///< role: 0 exporter; measure: 0 value
  double score = 0, standard_error = 0;
};

struct ReportReason
{
  std::int64_t bit = 0;
  std::string name, wording, rule;
};

/// Everything the pages of a report are made of; the same on every rank.
struct ReportSummary
{
  std::string money;  ///< unit of values
  int scale = 0;      ///< and their decimal places
  int hs_digits = 6;
  bool has_parts = false, has_reconciled = false, has_interval = false;
  std::vector<std::string> countries, part_names, hypotheses;  ///< texts the numbers are positions in
  std::vector<std::int64_t> periods, chapters, products;  ///< that have a cell; products: the largest only
  std::vector<std::int64_t> exporters, importers;         ///< countries with a cell in the role
  std::vector<ReportScore> scores;
  std::string score_definition;
  std::vector<ReportReason> reasons;
  std::map<std::string, std::string> notes;  ///< root attributes
  std::string result_name, result_digest;

  /// Rows of one page, by what they are about, ascending.
  std::map<std::int64_t, ReportSums> by(ReportBy by, std::int64_t whose) const;
  /// Cells with the largest differences, by size, then row.
  std::vector<ReportCell> const& largest(ReportBy whose_page, std::int64_t whose, Sides sides) const;
  std::int64_t chapter_of(std::int64_t hs) const noexcept;

  std::map<std::uint64_t, ReportSums> sums;
  std::map<std::uint64_t, std::vector<ReportCell>> cells;
};

struct SummarySettings
{
  std::string result;
  std::int64_t products = 40;  ///< pages of products below chapters
  std::int64_t cells = 8;      ///< with the largest differences, for each page, role and kind
};

/// [all] Reads a mirror result; each rank goes through its share of the cells. Error(usage) when it is none.
ReportSummary summarise(Run& run, SummarySettings const& settings);

}  // namespace tarifa::jobs
