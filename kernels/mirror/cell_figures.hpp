#pragma once

#include <cstdint>
#include <vector>

#include "kernels/mirror/mirror_cells.hpp"

namespace tarifa::kernels
{

/// What is made of the compared cells with a CIF/FOB ratio for each, as columns of equal length: one row for
/// each cell of a MirrorCells.
struct CellFigures
{
  std::vector<double> cif_fob_ratio;           ///< by which the import value was divided; 1 without imports
  std::vector<std::int64_t> import_value_fob;  ///< import value / ratio, half to even
  std::vector<std::int64_t> asymmetry;         ///< import value at FOB minus export value
  std::vector<double> relative_asymmetry;  ///< asymmetry / (sum of both at FOB), -1 to 1; 0 when both are 0

  std::size_t size() const noexcept { return cif_fob_ratio.size(); }
  void resize(std::size_t cells);
  /// `ratio` > 0.5, in trillionths: an integer, so that values at FOB are exact on any machine.
  void set(std::size_t cell, MirrorCells const& cells, std::int64_t ratio);
  /// The importer's own FOB value `fob` > 0 stands for all of its records.
  void set_reported(std::size_t cell, MirrorCells const& cells, std::int64_t fob);

 private:
  void set_gap(std::size_t cell, MirrorCells const& cells, std::int64_t fob);
};

/// A ratio in trillionths.
std::int64_t in_trillionths(double ratio);

/// Import value divided by the ratio [trillionths], rounded half to even.
std::int64_t value_at_fob(std::int64_t import_value, std::int64_t ratio);

}  // namespace tarifa::kernels
