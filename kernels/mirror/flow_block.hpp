#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tarifa::kernels
{

/// Calendar year of a period, given as a year or as year and month (YYYYMM).
template <class Period>
constexpr Period year_of(Period period) noexcept
{
  return period > 9999 ? period / 100 : period;
}

/// Some thousand flows as columns of one length: what the exporter and the importer reported of the same
/// flow, exporter x importer x product x period. Countries and products are dense indices of the caller.
///
/// Methods of mirror analysis walk over blocks: a pass adds up a summary that can be added to that of other
/// blocks, or fills one figure per flow.
struct FlowBlock
{
  std::span<std::int32_t const> exporter, importer, product;
  std::span<std::int32_t const> period;  ///< year, or year and month (YYYYMM)
  std::span<double const> exported;      ///< FOB, in the currency of the archive; NaN: not reported
  std::span<double const> imported;      ///< as the importer reports it, mostly CIF; NaN: not reported
  std::span<double const> exported_kg, imported_kg;  ///< net weight; NaN: not known

  std::size_t size() const noexcept { return exporter.size(); }
};

}  // namespace tarifa::kernels
