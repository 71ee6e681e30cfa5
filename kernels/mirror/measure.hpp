#pragma once

#include <cstdint>
#include <span>

#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// What is compared of a flow.
enum class Measure : std::uint8_t
{
  value,       ///< the import at FOB: divided by the CIF/FOB ratio of the flow
  net_weight,  ///< both in kg; no ratio
};

/// Both reports of a flow on one footing; NaN: not reported, or an import whose ratio is not known.
struct ComparedReports
{
  double exported, imported;
};

/// `cif_ratio` [block.size()] is not read for net weights.
inline ComparedReports compared_reports(Measure measure, FlowBlock const& block,
                                        std::span<double const> cif_ratio, std::size_t row) noexcept
{
  if (measure == Measure::net_weight)
  {
    return {block.exported_kg[row], block.imported_kg[row]};
  }
  return {block.exported[row], block.imported[row] / cif_ratio[row]};
}

}  // namespace tarifa::kernels
