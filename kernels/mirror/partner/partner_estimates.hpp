#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// How often each country reported as exporter and as importer in one period. Additive; exact.
class Reporting
{
 public:
  Reporting(std::size_t countries, std::int32_t period)
      : exports_(countries)
      , imports_(countries)
      , period_(period)
  {
  }

  void add(FlowBlock const& block) noexcept;
  void add(Reporting const& other);
  /// For adding over ranks, element by element.
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);

  std::int64_t exports(std::int32_t country) const noexcept
  {
    return exports_[static_cast<std::size_t>(country)];
  }
  std::int64_t imports(std::int32_t country) const noexcept
  {
    return imports_[static_cast<std::size_t>(country)];
  }

 private:
  std::vector<std::int64_t> exports_, imports_;  ///< [countries] reports
  std::int32_t period_;
};

/// Ratios of the institutions that estimate one report by the other.
inline constexpr double dots_cif_fob_ratio = 1.06;          ///< IMF, Direction of Trade Statistics, from 2017
inline constexpr double dots_cif_fob_ratio_earlier = 1.10;  ///< and before
inline constexpr double fao_cif_fob_ratio = 1.12;           ///< FAO

/// Both reports of a flow, the missing one estimated by that of the partner.
struct PartnerEstimate
{
  double exported = std::numeric_limits<double>::quiet_NaN();  ///< FOB; NaN: neither reported nor estimated
  double imported = std::numeric_limits<double>::quiet_NaN();  ///< CIF
  double exported_kg = std::numeric_limits<double>::quiet_NaN();
  double imported_kg = std::numeric_limits<double>::quiet_NaN();
  bool exported_is_estimate = false, imported_is_estimate = false;
};

/// Exports that the exporter did not report = imports / ratio; imports likewise = exports x ratio; weights as
/// they are (IMF, DOTS; FAO, faoswsTrade). One flat ratio, so no interval.
///
/// With `reporting`, only where the country reported nothing at all in that role (FAO's non-reporters), else
/// for every missing report (DOTS). `estimates` [block.size()].
void estimate_from_partner(FlowBlock const& block, double cif_fob_ratio, Reporting const* reporting,
                           std::span<PartnerEstimate> estimates);

}  // namespace tarifa::kernels
