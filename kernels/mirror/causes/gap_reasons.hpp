#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/mirror/causes/gap_parts.hpp"

namespace tarifa::kernels
{

/// Causes of asymmetry that statisticians name (UN Statistics Division, IMTS 2010; Eurostat), as bits of
/// one number per cell. A bit says that the cell shows the sign of the cause, not that the cause is proved.
enum class GapReason : std::uint32_t
{
  freight = 1U << 0,
  fob_imports = 1U << 1,
  time_lag = 1U << 2,
  re_exports = 1U << 3,
  partner_attribution = 1U << 4,
  unspecified_partner = 1U << 5,
  confidential_product = 1U << 6,
  classification = 1U << 7,
  revision = 1U << 8,
  one_sided = 1U << 9,
  threshold = 1U << 10,
  non_reporter = 1U << 11,
  trade_system = 1U << 12,
  free_zone = 1U << 13,
  returned_goods = 1U << 14,
  gross_weight = 1U << 15,
  unit_error = 1U << 16,
  exchange_rate = 1U << 17,
  quantity = 1U << 18,
  price = 1U << 19,
};

struct GapReasonText
{
  GapReason reason;
  std::string_view name;
  std::string_view wording;  ///< for a reader
  std::string_view rule;     ///< when the bit is set
};

/// All reasons, in the order of their bits.
std::span<GapReasonText const> gap_reason_texts() noexcept;

/// How a country makes its statistics.
struct CountryPractice
{
  enum class System : std::uint8_t
  {
    not_known,
    general,
    special,
  };
  System system = System::not_known;
  bool imports_at_fob = false;
  bool unspecified = false;    ///< no country: areas not specified, confidential, bunkers
  bool free_zone = false;      ///< likewise: free zones as a partner
  std::int64_t threshold = 0;  ///< [stored units] value below which it reports nothing; 0: not known
};

struct ReasonSettings
{
  double least_share = 0.1;   ///< of the gap's size, for a part to be named as a reason
  double same = 0.05;         ///< relative difference up to which two figures count as equal
  double rate_change = 0.25;  ///< relative difference of unit values that exchange rates may make
  double packing = 0.3;       ///< relative difference of weights that packing may make
  double most_unit_value_ratio = 100;
};

/// Facts about cells beyond GapCells; spans may be empty.
struct CellFacts
{
  std::span<std::uint8_t const> silent;       ///< bit 0: exporter reported nothing at
                                              ///< all in this period, bit 1: importer
  std::span<std::int64_t const> re_imported;  ///< returned goods that the importer counts, stored units
};

/// Reason bits of every cell: the rules of gap_reason_texts().
std::vector<std::uint32_t> gap_reasons(GapCells const& cells, GapParts const& parts, CellFacts const& facts,
                                       std::span<CountryPractice const> practice,
                                       ReasonSettings const& settings);

/// What customs would look into: the table of practice behind a large gap (WCO; Fisman & Wei 2004,
/// doi:10.1086/381476). A label, not a finding: most gaps are statistics.
enum class GapHypothesis : std::uint8_t
{
  none,
  misclassification,  ///< under a code of the same heading with lower duty
  origin_fraud,       ///< as goods of another origin with lower duty
  undervaluation,     ///< less value, no less quantity
  under_declaration,  ///< less value and less quantity, or no import at all: smuggling
  over_invoicing,     ///< imports above exports: money moved out, or a refund fraud of the exporter
};
inline constexpr std::size_t gap_hypotheses = 6;
std::string_view name_of(GapHypothesis hypothesis) noexcept;

struct HypothesisSettings
{
  /// |F - X| / (F + X) above which a cell is looked at: a fifth less on one side is 0.11.
  double least_asymmetry = 0.11;
  double same_quantity = 0.1;  ///< |Qm - Qx| / (Qm + Qx) up to which a quantity is no less
};

/// Labels by the value that is left after freight, lag, re-exports, unspecified partners and concordance
/// (classification still in it). `duty_ppm` [cells]: the importer's duty on the product from this exporter,
/// in millionths; empty: not known, then neither codes nor origins are suspected. Groups as take_apart():
/// - misclassification: F < X here, F > X at another code of the heading with a lower duty (same pair,
/// period);
/// - origin fraud: F < X here, F > X from another origin with a lower duty (same product, importer,
/// period);
/// - else by value and quantity. F > X: over-invoicing.
std::vector<GapHypothesis> gap_hypotheses_of(GapCells const& cells, GapParts const& parts,
                                             std::span<std::int64_t const> duty_ppm,
                                             HypothesisSettings const& settings);

}  // namespace tarifa::kernels
