#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// Reconciliation after FAO (SWS-Methodology/faoswsTrade, complete trade flows): rules that choose one of two
/// reports. docs/methods/mirror.md. No interval.
struct FaoSettings
{
  double threshold = 2;  ///< 1.1 to 10: two reports whose ratio is beyond it, either way, are discrepant
  double cif_fob_ratio = 1.12;
};

/// Rules in the order in which they are tried.
enum class FaoRule : std::uint8_t
{
  none = 0,             ///< neither side reports
  only_partner = 1,     ///< one side is missing: the other
  not_discrepant = 2,   ///< each keeps its own
  exporter_better = 3,  ///< the exporter's accuracy group is better
  importer_better = 4,
  both_official = 5,  ///< same group: the importer's
  none_official = 6,
  exporter_official = 7,
  importer_official = 8,
};

/// Outcome for one flow, of quantity or of value.
struct FaoChoice
{
  FaoRule rule = FaoRule::none;
  bool takes_exporter = false, takes_importer = false;  ///< both: not discrepant
};

/// Two reports at one footing, NaN: missing; `ratio` exporter's over importer's, perhaps smoothed over years,
/// NaN: not known, which is no discrepancy. Groups as in FaoAccuracy, lower is better.
struct FaoReports
{
  double exported, imported, ratio;
  std::int32_t exporter_group, importer_group;
  bool exporter_official, importer_official;
};

FaoChoice fao_choice(FaoReports const& reports, double threshold);

/// Mean of the ratios of the year before, the year and the year after, of those that are known; NaN where
/// that of the year is not.
double fao_smoothed_ratio(double before, double year, double after);

/// A flow after the rules: both sides filled. Choices by quantity; where quantities agree and values do not,
/// again by value; by value where there is no quantity.
struct FaoFlow
{
  FaoChoice quantity, value;
  double exported_kg, imported_kg;
  double exported;  ///< FOB
  double imported;  ///< CIF
};

/// What the rules read beside the reports.
struct FaoSides
{
  std::span<std::int32_t const> group;              ///< [countries]
  std::span<double const> smoothed_ratio;           ///< [block.size()] of quantities; empty: that of the flow
  std::span<std::uint8_t const> exporter_official;  ///< [block.size()]; empty: all official
  std::span<std::uint8_t const> importer_official;
};

/// `flows` [block.size()].
void apply_fao_rules(FlowBlock const& block, FaoSides const& sides, FaoSettings const& settings,
                     std::span<FaoFlow> flows);

}  // namespace tarifa::kernels
