#pragma once

#include <cstdint>
#include <span>

namespace tarifa::kernels
{

/// Exports to areas not elsewhere specified, given to the partners whose imports the exporter seems to lack
/// (Gaulier and Zignago, CEPII working paper 2010-23, appendix; docs/methods/mirror.md). Gives no interval.
/// As a part of a gap, in stored units: gap_parts.hpp.

/// Flows that only the importer reports.
enum class ImporterOnly : std::uint8_t
{
  after,     ///< take what is left when the flows that both report are filled
  together,  ///< lack as much as they report, like the others
  never,
};

/// What became of the unspecified exports; the three add up to them, to rounding.
struct UnspecifiedExports
{
  double to_two_sided = 0, to_importer_only = 0;
  double left = 0;
};

/// One exporter, product and period. `unspecified`: its exports to areas not specified. `exported` and
/// `imported_fob` [partners]: both reports of each flow, the import at FOB; NaN: not reported. A flow lacks
/// max(import - export, 0); the unspecified exports, or as much as is lacked, are dealt out in proportion.
/// `added` [partners] is what a partner gets, to be added to the export (of 0 where there is none).
///
/// The result does not depend on the order of the partners. A flow both sides report too low gets nothing,
/// and one whose import is too high gets what is not its own.
UnspecifiedExports reallocate_unspecified(double unspecified, std::span<double const> exported,
                                          std::span<double const> imported_fob, ImporterOnly importer_only,
                                          std::span<double> added);

}  // namespace tarifa::kernels
