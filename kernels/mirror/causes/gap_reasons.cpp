#include "kernels/mirror/causes/gap_reasons.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/mirror/causes/cell_groups.hpp"

namespace tarifa::kernels
{
namespace
{

using Reason = GapReason;

constexpr std::array<GapReasonText, 20> texts{{
    {Reason::freight, "freight", "imports count freight and insurance", "part freight is a tenth of the gap"},
    {Reason::fob_imports, "fob_imports", "the importer reports without freight", "practice of the importer"},
    {Reason::time_lag, "time_lag", "goods left in one period and arrived in another",
     "part time_lag is a tenth of the gap"},
    {Reason::re_exports, "re_exports", "the exporter counts goods of other origin",
     "re-exports are reported, or part re_exports is a tenth of the gap"},
    {Reason::partner_attribution, "partner_attribution",
     "the importer names the origin, the exporter another country",
     "part re_exports is above 0: other countries re-export to this importer"},
    {Reason::unspecified_partner, "unspecified_partner", "a side reports the partner as not specified",
     "a side is no country, or part unspecified is a tenth of the gap"},
    {Reason::confidential_product, "confidential_product", "the product is hidden",
     "code of chapter 99, or ending in 9999"},
    {Reason::classification, "classification", "the sides use different codes",
     "parts heading and chapter together are a tenth of the gap"},
    {Reason::revision, "revision", "values were split between revisions of the nomenclature",
     "part concordance is a tenth of the gap"},
    {Reason::one_sided, "one_sided", "one side reports nothing", "exports or imports are 0"},
    {Reason::threshold, "threshold", "the value is below what the silent side counts",
     "one-sided, value below the threshold of the other side"},
    {Reason::non_reporter, "non_reporter", "the silent side has no statistics of the period",
     "one-sided, the other side reports nothing at all in this direction"},
    {Reason::trade_system, "trade_system", "one side counts warehouses and free zones, the other does not",
     "one side has general, the other special trade"},
    {Reason::free_zone, "free_zone", "a side is a free zone", "practice of a side"},
    {Reason::returned_goods, "returned_goods", "imports hold returned goods",
     "re-imports are a tenth of the gap"},
    {Reason::gross_weight, "gross_weight", "one side reports weight with packing",
     "values agree within a twentieth, weights differ by more, up to three tenths"},
    {Reason::unit_error, "unit_error", "one side errs in the unit of quantity",
     "unit values differ more than a hundredfold"},
    {Reason::exchange_rate, "exchange_rate", "currencies were converted at other rates",
     "weights agree within a twentieth, unit values at FOB differ by more, up to a quarter"},
    {Reason::quantity, "quantity", "quantities differ", "part quantity is a tenth of the gap"},
    {Reason::price, "price", "unit values differ", "part price is a tenth of the gap"},
}};

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// |a - b| / larger; NaN unless both are above 0.
double difference(double a, double b)
{
  return a > 0 && b > 0 ? std::abs(a - b) / std::max(a, b) : nan;
}

double at(std::span<double const> column, std::size_t cell)
{
  return column.empty() ? nan : column[cell];
}

/// Finds the signs of one cell.
class Signs
{
 public:
  Signs(GapCells const& cells, GapParts const& parts, CellFacts const& facts,
        std::span<CountryPractice const> practice, ReasonSettings const& settings)
      : cells_(cells)
      , parts_(parts)
      , facts_(facts)
      , practice_(practice)
      , settings_(settings)
  {
  }

  std::uint32_t of(std::size_t cell)
  {
    bits_ = 0;
    gap_ = cells_.imported[cell] - cells_.exported[cell];
    CountryPractice const& exporter = practice_[static_cast<std::size_t>(cells_.exporter[cell])];
    CountryPractice const& importer = practice_[static_cast<std::size_t>(cells_.importer[cell])];
    from_parts(cell);
    from_practice(cell, exporter, importer);
    if ((cells_.imported[cell] == 0) != (cells_.exported[cell] == 0))
    {
      from_silence(cell, cells_.exported[cell] == 0 ? exporter : importer);
    }
    from_weights(cell);
    return bits_;
  }

 private:
  void set(Reason reason, bool shows) { bits_ |= shows ? static_cast<std::uint32_t>(reason) : 0; }

  bool is_material(std::int64_t amount) const
  {
    return amount != 0
           && std::abs(static_cast<double>(amount))
                  >= settings_.least_share * std::abs(static_cast<double>(gap_));
  }

  void from_parts(std::size_t cell)
  {
    auto const part = [&](GapPart which) { return parts_[which][cell]; };
    set(Reason::freight, is_material(part(GapPart::freight)));
    set(Reason::time_lag, is_material(part(GapPart::time_lag)));
    set(Reason::re_exports, is_material(part(GapPart::re_exports))
                                || (!cells_.re_exported.empty() && cells_.re_exported[cell] > 0));
    set(Reason::partner_attribution, part(GapPart::re_exports) > 0);
    set(Reason::unspecified_partner, is_material(part(GapPart::unspecified)));
    set(Reason::classification, is_material(part(GapPart::heading) + part(GapPart::chapter)));
    set(Reason::revision, is_material(part(GapPart::concordance)));
    set(Reason::quantity, is_material(part(GapPart::quantity)));
    set(Reason::price, is_material(part(GapPart::price)));
    set(Reason::returned_goods, !facts_.re_imported.empty() && is_material(facts_.re_imported[cell]));
  }

  void from_practice(std::size_t cell, CountryPractice const& exporter, CountryPractice const& importer)
  {
    using System = CountryPractice::System;
    set(Reason::fob_imports, importer.imports_at_fob && cells_.imported[cell] != 0);
    set(Reason::unspecified_partner, exporter.unspecified || importer.unspecified);
    set(Reason::free_zone, exporter.free_zone || importer.free_zone);
    set(Reason::trade_system, exporter.system != System::not_known && importer.system != System::not_known
                                  && exporter.system != importer.system);
    std::int32_t const product = cells_.product[cell];
    set(Reason::confidential_product, product / 10'000 == 99 || product % 10'000 == 9999);
  }

  void from_silence(std::size_t cell, CountryPractice const& silent_side)
  {
    set(Reason::one_sided, true);
    set(Reason::threshold, std::abs(gap_) < silent_side.threshold);
    int const bit = cells_.exported[cell] == 0 ? 1 : 2;
    set(Reason::non_reporter, !facts_.silent.empty() && (facts_.silent[cell] & bit) != 0);
  }

  void from_weights(std::size_t cell)
  {
    double const qx = at(cells_.exported_kg, cell), qm = at(cells_.imported_kg, cell);
    auto const x = static_cast<double>(cells_.exported[cell]),
               f = static_cast<double>(cells_.imported_fob[cell]);
    double const weights = difference(qx, qm), values = difference(x, f),
                 unit_values = difference(x / qx, f / qm);
    set(Reason::gross_weight,
        values <= settings_.same && weights > settings_.same && weights <= settings_.packing);
    set(Reason::exchange_rate,
        weights <= settings_.same && unit_values > settings_.same && unit_values <= settings_.rate_change);
    // A ratio of r is a difference of 1 - 1 / r.
    set(Reason::unit_error, unit_values > 1 - 1 / settings_.most_unit_value_ratio);
  }

  GapCells const& cells_;
  GapParts const& parts_;
  CellFacts const& facts_;
  std::span<CountryPractice const> practice_;
  ReasonSettings settings_;
  std::int64_t gap_ = 0;
  std::uint32_t bits_ = 0;
};

/// Gap at FOB that lag, hubs, unspecified partners and revisions leave.
std::vector<std::int64_t> suspect_gaps(GapCells const& cells, GapParts const& parts)
{
  std::vector<std::int64_t> gap(cells.size());
  for (std::size_t cell = 0; cell < cells.size(); ++cell)
  {
    for (GapPart const part :
         {GapPart::heading, GapPart::chapter, GapPart::quantity, GapPart::price, GapPart::remainder})
    {
      gap[cell] += parts[part][cell];
    }
  }
  return gap;
}

/// Marks cells with a gap below 0 for which another cell of the group has one above 0 and a lower duty.
void mark_cheaper(std::span<std::size_t const> group, std::vector<std::int64_t> const& gap,
                  std::span<std::int64_t const> duty_ppm, std::vector<std::uint8_t>& cheaper)
{
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t const cell : group)
  {
    least = gap[cell] > 0 ? std::min(least, duty_ppm[cell]) : least;
  }
  for (std::size_t const cell : group)
  {
    cheaper[cell] = gap[cell] < 0 && least < duty_ppm[cell] ? 1 : 0;
  }
}

}  // namespace

std::span<GapReasonText const> gap_reason_texts() noexcept
{
  return texts;
}

std::vector<std::uint32_t> gap_reasons(GapCells const& cells, GapParts const& parts, CellFacts const& facts,
                                       std::span<CountryPractice const> practice,
                                       ReasonSettings const& settings)
{
  Signs signs(cells, parts, facts, practice, settings);
  std::vector<std::uint32_t> bits(cells.size());
  for (std::size_t cell = 0; cell < cells.size(); ++cell)
  {
    bits[cell] = signs.of(cell);
  }
  return bits;
}

std::string_view name_of(GapHypothesis hypothesis) noexcept
{
  constexpr std::array<std::string_view, gap_hypotheses> names{
      "none", "misclassification", "origin_fraud", "undervaluation", "under_declaration", "over_invoicing",
  };
  return names[static_cast<std::size_t>(hypothesis)];
}

std::vector<GapHypothesis> gap_hypotheses_of(GapCells const& cells, GapParts const& parts,
                                             std::span<std::int64_t const> duty_ppm,
                                             HypothesisSettings const& settings)
{
  std::vector<std::int64_t> const gap = suspect_gaps(cells, parts);
  std::vector<std::uint8_t> cheaper_code(cells.size()), cheaper_origin(cells.size());
  if (!duty_ppm.empty())
  {
    CellGroups(cells, CellOrder::pair_period_heading)
        .for_each([&](std::span<std::size_t const> group)
                  { mark_cheaper(group, gap, duty_ppm, cheaper_code); });
    CellGroups(cells, CellOrder::importer_product_period)
        .for_each([&](std::span<std::size_t const> group)
                  { mark_cheaper(group, gap, duty_ppm, cheaper_origin); });
  }
  std::vector<GapHypothesis> label(cells.size(), GapHypothesis::none);
  for (std::size_t cell = 0; cell < cells.size(); ++cell)
  {
    // Exports as the earlier parts leave them: F - X' = gap.
    auto const f = static_cast<double>(cells.imported_fob[cell]), g = static_cast<double>(gap[cell]);
    double const sum = 2 * f - g;
    if (gap[cell] == 0 || std::abs(g) < settings.least_asymmetry * sum)
    {
      continue;
    }
    if (gap[cell] > 0)
    {
      label[cell] = GapHypothesis::over_invoicing;
      continue;
    }
    double const qx = at(cells.exported_kg, cell), qm = at(cells.imported_kg, cell);
    bool const no_less = qm > 0 && qx > 0 && qm - qx >= -settings.same_quantity * (qm + qx);
    label[cell] = cheaper_code[cell] != 0     ? GapHypothesis::misclassification
                  : cheaper_origin[cell] != 0 ? GapHypothesis::origin_fraud
                  : no_less                   ? GapHypothesis::undervaluation
                  : qm < qx || f == 0         ? GapHypothesis::under_declaration
                                              : GapHypothesis::none;
  }
  return label;
}

}  // namespace tarifa::kernels
