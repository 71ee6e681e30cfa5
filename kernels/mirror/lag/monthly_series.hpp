#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/mirror/measure.hpp"

namespace tarifa::kernels
{

/// Months counted from year 0, of a period YYYYMM.
constexpr std::int32_t month_number(std::int32_t period) noexcept
{
  return period / 100 * 12 + period % 100 - 1;
}

/// Monthly trade of one product between two countries as both sides report it, in the unit of the block. A
/// month without a report counts as 0: monthly statistics do not tell it from a month without trade.
struct MonthlySeries
{
  std::int32_t first_month = 0;                                              ///< as month_number()
  std::vector<double> exported, imported;                                    ///< [months]
  std::int64_t exported_months = 0, imported_months = 0, common_months = 0;  ///< with a report above 0

  std::int32_t months() const noexcept { return static_cast<std::int32_t>(exported.size()); }
};

/// Calls visit(first, last, series) for every run of flows first .. last - 1 of one exporter, importer and
/// product; `series` is used again for the next run.
///
/// The flows of one series must stand together in the block, in any order of months, and no block may begin
/// or end within a series: lags look across months.
template <class Visit>
void for_each_series(FlowBlock const& block, Measure measure, Visit const& visit)
{
  auto const& exported = measure == Measure::value ? block.exported : block.exported_kg;
  auto const& imported = measure == Measure::value ? block.imported : block.imported_kg;
  MonthlySeries series;
  for (std::size_t first = 0, last = 0; first < block.size(); first = last)
  {
    std::int32_t low = month_number(block.period[first]), high = low;
    for (last = first;
         last < block.size() && block.exporter[last] == block.exporter[first]
         && block.importer[last] == block.importer[first] && block.product[last] == block.product[first];
         ++last)
    {
      low = std::min(low, month_number(block.period[last]));
      high = std::max(high, month_number(block.period[last]));
    }
    auto const months = static_cast<std::size_t>(high - low + 1);
    series.first_month = low;
    series.exported.assign(months, 0);
    series.imported.assign(months, 0);
    series.exported_months = series.imported_months = series.common_months = 0;
    for (std::size_t flow = first; flow < last; ++flow)
    {
      auto const month = static_cast<std::size_t>(month_number(block.period[flow]) - low);
      bool const is_exported = exported[flow] > 0, is_imported = imported[flow] > 0;
      series.exported[month] += is_exported ? exported[flow] : 0;
      series.imported[month] += is_imported ? imported[flow] : 0;
      series.exported_months += is_exported ? 1 : 0;
      series.imported_months += is_imported ? 1 : 0;
      series.common_months += is_exported && is_imported ? 1 : 0;
    }
    visit(first, last, series);
  }
}

}  // namespace tarifa::kernels
