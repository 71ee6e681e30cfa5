#include "kernels/mirror/partner/gfi_gaps.hpp"

#include <cmath>
#include <stdexcept>

#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{
namespace
{

GfiGap gap_of(double exported, double imported_at_fob, double re_exports, GfiSettings const& settings)
{
  GfiGap gap;
  gap.imported_at_fob = imported_at_fob;
  bool const no_import = std::isnan(imported_at_fob);
  gap.match = no_import ? GfiMatch::lost : std::isnan(exported) ? GfiMatch::orphaned : GfiMatch::matched;
  if (gap.match != GfiMatch::matched)
  {
    return gap;
  }
  gap.is_unadjusted = std::isnan(re_exports);
  double const by_entrepot = gap.is_unadjusted ? 0 : re_exports;
  gap.import_gap = imported_at_fob - exported - by_entrepot;
  gap.export_gap = settings.published_re_exports ? exported - imported_at_fob - by_entrepot : -gap.import_gap;
  return gap;
}

}  // namespace

GfiRows gfi_gaps(GfiFlows const& flows, std::size_t flow, GfiSettings const& settings)
{
  double const cif = flows.block.imported[flow], fob = flows.fob(flow), exported = flows.block.exported[flow];
  double const re_exports =
      flows.re_exports.empty() ? std::numeric_limits<double>::quiet_NaN() : flows.re_exports[flow];
  GfiRows rows;
  auto const add = [&](double imported)
  {
    rows.row[static_cast<std::size_t>(rows.count)] = gap_of(exported, imported, re_exports, settings);
    ++rows.count;
  };
  bool const has_fob = !std::isnan(fob);
  if (!std::isnan(cif) && (settings.published_double_rows || !has_fob))
  {
    add(cif / settings.cif_fob_ratio);
  }
  if (has_fob)
  {
    add(fob);
  }
  if (rows.count == 0 && !std::isnan(exported))
  {
    add(fob);
  }
  return rows;
}

GfiTotals::GfiTotals(std::size_t countries) : countries_(countries), rows_(5), sums_(6 * countries)
{
}

void GfiTotals::add_row(GfiGap const& gap, double exported, std::int32_t exporter, std::int32_t importer)
{
  ++rows_[static_cast<std::size_t>(gap.match)];
  rows_[4] += gap.is_unadjusted ? 1 : 0;
  auto const sum = [this](std::size_t kind, std::int32_t country) -> ExactSum&
  { return sums_[kind * countries_ + static_cast<std::size_t>(country)]; };
  if (gap.match == GfiMatch::orphaned)
  {
    sum(4, exporter).add(gap.imported_at_fob);
  }
  else if (gap.match == GfiMatch::lost)
  {
    sum(5, importer).add(exported);
  }
  else
  {
    sum(gap.import_gap > 0 ? 0 : 1, importer).add(std::fabs(gap.import_gap));
    sum(gap.export_gap > 0 ? 2 : 3, exporter).add(std::fabs(gap.export_gap));
  }
}

void GfiTotals::add(GfiFlows const& flows, GfiSettings const& settings)
{
  for (std::size_t flow = 0; flow < flows.block.size(); ++flow)
  {
    GfiRows const rows = gfi_gaps(flows, flow, settings);
    rows_[3] += rows.count == 2 ? 1 : 0;
    for (int row = 0; row < rows.count; ++row)
    {
      add_row(rows.row[static_cast<std::size_t>(row)], flows.block.exported[flow], flows.block.exporter[flow],
              flows.block.importer[flow]);
    }
  }
}

void GfiTotals::add(GfiTotals const& other)
{
  if (other.countries_ != countries_)
  {
    throw std::invalid_argument("totals of different countries cannot be added");
  }
  add_each(rows_, other.rows_);
  add_each(sums_, other.sums_);
}

std::vector<std::int64_t> GfiTotals::to_digits() const
{
  std::vector<std::int64_t> digits = rows_;
  append_digits(digits, sums_);
  return digits;
}

void GfiTotals::set_digits(std::span<std::int64_t const> digits)
{
  take_digits(take_digits(digits, rows_), sums_);
}

}  // namespace tarifa::kernels
