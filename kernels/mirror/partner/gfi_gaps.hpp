#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

/// Partner-country method of Global Financial Integrity (gfintegrity/Trade_Misinvoicing-DOTS): gaps of pairs
/// of countries, imports at FOB by a flat ratio, less what went through an entrepot. docs/methods/mirror.md.
/// No interval.
struct GfiSettings
{
  double cif_fob_ratio = 1.06;
  /// Published: re-exports are taken from the gap in both directions, so that where the exporter reports more
  /// the gap grows by them. Corrected: they count for the exporter, since the importer names it as the origin
  /// while it reported an export to the entrepot; the two gaps are then opposite.
  bool published_re_exports = true;
  /// Published: a pair whose importer reports at CIF and at FOB counts twice. Corrected: once, at FOB.
  bool published_double_rows = true;
};

enum class GfiMatch : std::uint8_t
{
  matched,
  orphaned,  ///< only the importer reports
  lost,      ///< only the exporter reports
};

/// One row of the published table.
struct GfiGap
{
  GfiMatch match = GfiMatch::matched;
  double imported_at_fob = std::numeric_limits<double>::quiet_NaN();
  double import_gap =
      std::numeric_limits<double>::quiet_NaN();  ///< above 0: importer over-invoices; NaN: not matched
  double export_gap = std::numeric_limits<double>::quiet_NaN();  ///< above 0: exporter over-invoices
  /// No figure of re-exports was known, and 0 was taken: as published for the years without one.
  bool is_unadjusted = false;
};

/// What the method reads: `imported` of the block is CIF.
struct GfiFlows
{
  FlowBlock block;
  std::span<double const> imported_fob;  ///< reports at FOB; NaN: none. Empty: none at all
  std::span<double const> re_exports;    ///< from exporter to importer by way of the entrepot; NaN: not known

  double fob(std::size_t flow) const noexcept
  {
    return imported_fob.empty() ? std::numeric_limits<double>::quiet_NaN() : imported_fob[flow];
  }
};

/// Rows of one flow: none where nobody reports, two where the importer reports at CIF and at FOB and
/// `published_double_rows`.
struct GfiRows
{
  int count = 0;
  std::array<GfiGap, 2> row;
};

GfiRows gfi_gaps(GfiFlows const& flows, std::size_t flow, GfiSettings const& settings);

/// Totals over rows, by country of the one who is said to misinvoice. Exact and additive.
class GfiTotals
{
 public:
  explicit GfiTotals(std::size_t countries);

  void add(GfiFlows const& flows, GfiSettings const& settings);
  void add(GfiTotals const& other);
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  std::int64_t rows(GfiMatch match) const noexcept { return rows_[static_cast<std::size_t>(match)]; }
  std::int64_t double_rows() const noexcept { return rows_[3]; }
  std::int64_t unadjusted_rows() const noexcept { return rows_[4]; }
  /// Sizes of the gaps of a country.
  double import_over(std::int32_t country) const noexcept { return value(0, country); }
  double import_under(std::int32_t country) const noexcept { return value(1, country); }
  double export_over(std::int32_t country) const noexcept { return value(2, country); }
  double export_under(std::int32_t country) const noexcept { return value(3, country); }
  /// At FOB, by the country that did not report.
  double orphaned(std::int32_t exporter) const noexcept { return value(4, exporter); }
  double lost(std::int32_t importer) const noexcept { return value(5, importer); }

 private:
  double value(std::size_t kind, std::int32_t country) const noexcept
  {
    return sums_[kind * countries_ + static_cast<std::size_t>(country)].value();
  }
  void add_row(GfiGap const& gap, double exported, std::int32_t exporter, std::int32_t importer);

  std::size_t countries_;
  std::vector<std::int64_t> rows_;  ///< by match; then double, unadjusted
  std::vector<ExactSum> sums_;      ///< [6 x countries]
};

}  // namespace tarifa::kernels
