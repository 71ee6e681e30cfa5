#include "kernels/mirror/partner/partner_estimates.hpp"

#include <cmath>
#include <stdexcept>

#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{

void Reporting::add(FlowBlock const& block) noexcept
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    if (block.period[flow] == period_)
    {
      exports_[static_cast<std::size_t>(block.exporter[flow])] += std::isnan(block.exported[flow]) ? 0 : 1;
      imports_[static_cast<std::size_t>(block.importer[flow])] += std::isnan(block.imported[flow]) ? 0 : 1;
    }
  }
}

void Reporting::add(Reporting const& other)
{
  if (other.period_ != period_ || other.exports_.size() != exports_.size())
  {
    throw std::invalid_argument("reports of different countries or periods cannot be added");
  }
  add_each(exports_, other.exports_);
  add_each(imports_, other.imports_);
}

std::vector<std::int64_t> Reporting::to_digits() const
{
  std::vector<std::int64_t> digits = exports_;
  digits.insert(digits.end(), imports_.begin(), imports_.end());
  return digits;
}

void Reporting::set_digits(std::span<std::int64_t const> digits)
{
  take_digits(take_digits(digits, exports_), imports_);
}

void estimate_from_partner(FlowBlock const& block, double cif_fob_ratio, Reporting const* reporting,
                           std::span<PartnerEstimate> estimates)
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    bool const exported = !std::isnan(block.exported[flow]), imported = !std::isnan(block.imported[flow]);
    PartnerEstimate estimate;
    estimate.exported = block.exported[flow];
    estimate.imported = block.imported[flow];
    estimate.exported_kg = block.exported_kg[flow];
    estimate.imported_kg = block.imported_kg[flow];
    if (!exported && imported && (reporting == nullptr || reporting->exports(block.exporter[flow]) == 0))
    {
      estimate.exported = block.imported[flow] / cif_fob_ratio;
      estimate.exported_kg = block.imported_kg[flow];
      estimate.exported_is_estimate = true;
    }
    if (!imported && exported && (reporting == nullptr || reporting->imports(block.importer[flow]) == 0))
    {
      estimate.imported = block.exported[flow] * cif_fob_ratio;
      estimate.imported_kg = block.exported_kg[flow];
      estimate.imported_is_estimate = true;
    }
    estimates[flow] = estimate;
  }
}

}  // namespace tarifa::kernels
