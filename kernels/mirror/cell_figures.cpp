#include "kernels/mirror/cell_figures.hpp"

#include <cmath>
#include <limits>

namespace tarifa::kernels
{
namespace
{

__extension__ using Wide = __int128;

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t trillion = million * million;

/// Quotient of non-negative numbers, half to even. T is wide enough for twice the remainder.
template <class T>
T divide_half_even(T number, T divisor)
{
  T const whole = number / divisor;
  T const twice = 2 * (number - whole * divisor);
  bool const up = twice > divisor || (twice == divisor && (whole & 1) != 0);
  return whole + static_cast<T>(up);
}

}  // namespace

std::int64_t in_trillionths(double ratio)
{
  return std::llround(ratio * static_cast<double>(trillion));
}

std::int64_t value_at_fob(std::int64_t import_value, std::int64_t ratio)
{
  bool const negative = import_value < 0;
  auto const size = negative ? -static_cast<Wide>(import_value) : static_cast<Wide>(import_value);
  // Whole millionths, as a flat ratio has, need no wide division for usual values.
  constexpr std::int64_t small = std::numeric_limits<std::int64_t>::max() / million / 2;
  std::int64_t const fob =
      size <= small && ratio % million == 0
          ? divide_half_even<std::int64_t>(static_cast<std::int64_t>(size) * million, ratio / million)
          : static_cast<std::int64_t>(divide_half_even<Wide>(size * trillion, ratio));
  return negative ? -fob : fob;
}

void CellFigures::resize(std::size_t cells)
{
  cif_fob_ratio.resize(cells);
  import_value_fob.resize(cells);
  asymmetry.resize(cells);
  relative_asymmetry.resize(cells);
}

void CellFigures::set(std::size_t cell, MirrorCells const& cells, std::int64_t ratio)
{
  cif_fob_ratio[cell] = static_cast<double>(ratio) / static_cast<double>(trillion);
  set_gap(cell, cells, value_at_fob(cells.import_value[cell], ratio));
}

void CellFigures::set_reported(std::size_t cell, MirrorCells const& cells, std::int64_t fob)
{
  cif_fob_ratio[cell] = static_cast<double>(cells.import_value[cell]) / static_cast<double>(fob);
  set_gap(cell, cells, fob);
}

void CellFigures::set_gap(std::size_t cell, MirrorCells const& cells, std::int64_t fob)
{
  std::int64_t const gap = fob - cells.export_value[cell];
  double const both = static_cast<double>(fob) + static_cast<double>(cells.export_value[cell]);
  import_value_fob[cell] = fob;
  asymmetry[cell] = gap;
  relative_asymmetry[cell] = both == 0 ? 0 : static_cast<double>(gap) / both;
}

}  // namespace tarifa::kernels
