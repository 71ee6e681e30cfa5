#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace tarifa::kernels
{

/// What a gap is made of (docs/methods/mirror.md, parts of a gap). Gap = imports as reported - exports as
/// reported, in stored units; the parts add up to it exactly, in every cell and so in every total.
enum class GapPart : std::uint8_t
{
  freight,      ///< imports as reported - imports at FOB
  time_lag,     ///< arrivals - departures of the period
  re_exports,   ///< the exporter counts what it re-exports, the importer names the origin
  unspecified,  ///< reported under an area not specified
  concordance,  ///< moved by conversion between revisions of the nomenclature
  heading,      ///< under another code of the same heading (HS4)
  chapter,      ///< under another heading of the same chapter (HS2)
  quantity,     ///< another quantity, at the exporter's unit value
  price,        ///< another unit value, at the importer's quantity
  remainder,    ///< not explained: unit values are not known on both sides
};
inline constexpr std::size_t gap_parts = 10;
char const* name_of(GapPart part) noexcept;

/// Compared cells, as columns of one length; values in stored units, each below 2^60 in size, sums of one
/// group (below) below 2^62. One cell per (exporter, importer, product, period).
///
/// Gaps are moved between the cells of a group, so all cells of a chapter and period belong into one call;
/// what a call holds beyond that, and in which order, makes no difference.
struct GapCells
{
  std::span<std::int32_t const> exporter, importer;                ///< dense, below 512
  std::span<std::int32_t const> product;                           ///< HS6 as a number
  std::span<std::int32_t const> period;                            ///< year or YYYYMM
  std::span<std::int64_t const> imported, imported_fob, exported;  ///< 0 where a side is silent
  std::span<double const> imported_kg, exported_kg;                ///< NaN: not known; may be empty
  /// Arrivals less departures, from shift_arrivals(). Empty: no lag.
  std::span<std::int64_t const> lag;
  /// Part of `exported` that the exporter reports as re-exports. Empty: none.
  std::span<std::int64_t const> re_exported;
  /// Cells between which a conversion of revisions splits values, -1 for none, and how much of the value of
  /// both sides was split. Both empty: no conversion.
  std::span<std::int32_t const> family;
  std::span<std::int64_t const> split;

  std::size_t size() const noexcept { return exporter.size(); }
};

/// Which gaps of a group may be set off against each other.
enum class OffsetRule : std::uint8_t
{
  none,
  one_sided,  ///< cells that one side alone reports: goods that are all under another code
  any,
};

struct GapSettings
{
  OffsetRule heading = OffsetRule::any;
  /// Within a chapter chance alone sets off much: only goods that are missing altogether on one side.
  OffsetRule chapter = OffsetRule::one_sided;
  /// Unit values that differ by more are errors of weight and say nothing of price. FAO has 100 as the
  /// bound (faoswsTrade); there a few wrong weights make quantity and price, of opposite sign, larger than
  /// all gaps.
  double most_unit_value_ratio = 10;
};

/// Parts as columns.
struct GapParts
{
  std::array<std::vector<std::int64_t>, gap_parts> part;

  std::vector<std::int64_t>& operator[](GapPart which) { return part[static_cast<std::size_t>(which)]; }
  std::vector<std::int64_t> const& operator[](GapPart which) const
  {
    return part[static_cast<std::size_t>(which)];
  }
};

/// Takes the gap of every cell apart. `unspecified` [countries] is not 0 for areas that are no country (not
/// specified, confidential, bunkers). Deterministic in integers but for quantity, which rounds a double.
///
/// In this order, each from what those before left over (d = imports at FOB - exports):
/// 1. freight and time lag as given, whether or not they narrow the gap.
/// 2. re-exports: where an exporter counts more than the importer (d < 0), up to its re-exports; of the sum
/// over exporters the cells of the same importer, product and period with d > 0 take up to their d, in
/// proportion.
/// 3. unspecified: min(value of the area, sum of d > 0 over partners) of one exporter, product and period,
/// in proportion (BACI, Gaulier & Zignago 2010, appendix); then the same for the importer's areas.
/// 4. concordance, heading, chapter: gaps of opposite sign of one exporter, importer and period are set
/// off: within a family up to what was split, within a heading, within a chapter.
/// 5. quantity = Qm uX - X', price = d - quantity, with uX = X / Qx and X' = imports at FOB - d, the
/// exports as the parts before leave them. If one side has nothing all is quantity; without unit values, or
/// with absurd ones, all is remainder.
GapParts take_apart(GapCells const& cells, std::span<std::uint8_t const> unspecified,
                    GapSettings const& settings);

/// Totals over cells. Additive; exact.
struct GapTotals
{
  std::int64_t cells = 0, imported = 0, exported = 0, gap = 0;
  std::array<std::int64_t, gap_parts> part = {};

  /// False when a sum leaves 64 bits; the totals are then void.
  [[nodiscard]] bool add(GapTotals const& other) noexcept;
};

/// Totals of one cell.
GapTotals totals_of(GapCells const& cells, GapParts const& parts, std::size_t cell);

/// Duty that the exporter's side would yield less that of the importer's, for the products of a group (one
/// exporter, importer and heading, say).
struct DutyGap
{
  std::int64_t total = 0;           ///< stored units, rounded half to even
  std::int64_t quantity = 0;        ///< level, through quantity: (Qx - Qm) uX tX
  std::int64_t price = 0;           ///< level, through unit value: Qm (uX - uF) tX
  std::int64_t classification = 0;  ///< sum of F x (tX - tF): other codes, other rates

  std::int64_t level() const noexcept { return quantity + price; }  ///< (sum of X - sum of F) tX
};

/// `exported`, `imported_fob` [products] at FOB, `rate_ppm` [products] duty in millionths of the value;
/// weights of the whole group, NaN: not known, then the whole level stands under price. tX, tF: mean rates
/// weighted by the values of each side; if nothing was exported all is quantity. Parts add up to the total
/// exactly: classification takes the rounding. Throws std::overflow_error when a product of sums leaves 128
/// bits (values of about 10^16).
DutyGap duty_gap(std::span<std::int64_t const> exported, std::span<std::int64_t const> imported_fob,
                 std::span<std::int64_t const> rate_ppm, double exported_kg, double imported_kg);

}  // namespace tarifa::kernels
