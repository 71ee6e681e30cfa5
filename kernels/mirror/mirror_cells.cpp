#include "kernels/mirror/mirror_cells.hpp"

#include <cmath>

namespace tarifa::kernels
{
namespace
{

__extension__ using Wide = __int128;

constexpr std::int64_t million = 1'000'000;

/// Quotient of non-negative numbers, half to even. T is wide enough for twice the remainder.
template <class T>
T divide_half_even(T number, T divisor)
{
  T const whole = number / divisor;
  T const twice = 2 * (number - whole * divisor);
  bool const up = twice > divisor || (twice == divisor && (whole & 1) != 0);
  return whole + static_cast<T>(up);
}

double unit_value(SideReport const& report)
{
  bool const known = report.records > 0 && report.without_weight == 0 && report.weight > 0;
  return known ? static_cast<double>(report.value) / static_cast<double>(report.weight)
               : std::numeric_limits<double>::quiet_NaN();
}

CellStatus status_of(SideReport const& imported, SideReport const& exported)
{
  return exported.records == 0   ? CellStatus::import_only
         : imported.records == 0 ? CellStatus::export_only
                                 : CellStatus::both;
}

}  // namespace

std::int64_t value_at_fob(std::int64_t import_value, std::int64_t cif_fob_ppm)
{
  bool const negative = import_value < 0;
  auto const size = negative ? -static_cast<Wide>(import_value) : static_cast<Wide>(import_value);
  std::int64_t const small = std::numeric_limits<std::int64_t>::max() / million / 2;
  std::int64_t const fob =
      size <= small ? divide_half_even<std::int64_t>(static_cast<std::int64_t>(size) * million, cif_fob_ppm)
                    : static_cast<std::int64_t>(divide_half_even<Wide>(size * million, cif_fob_ppm));
  return negative ? -fob : fob;
}

void MirrorCells::clear()
{
  resize(0);
}

void MirrorCells::resize(std::size_t cells)
{
  each_column([cells](auto& column) { column.resize(cells); });
}

void MirrorCells::set(std::size_t cell, std::uint64_t cell_key, SideReport const& imported,
                      SideReport const& exported, MirrorSettings const& settings)
{
  std::int64_t const fob = value_at_fob(imported.value, settings.cif_fob_ppm);
  std::int64_t const gap = fob - exported.value;
  double const both = static_cast<double>(fob) + static_cast<double>(exported.value);
  key[cell] = cell_key;
  status[cell] = static_cast<std::int8_t>(status_of(imported, exported));
  import_records[cell] = static_cast<std::int32_t>(imported.records);
  export_records[cell] = static_cast<std::int32_t>(exported.records);
  import_value[cell] = imported.value;
  export_value[cell] = exported.value;
  import_value_fob[cell] = fob;
  asymmetry[cell] = gap;
  relative_asymmetry[cell] = both == 0 ? 0 : static_cast<double>(gap) / both;
  import_weight[cell] = imported.weight;
  export_weight[cell] = exported.weight;
  weight_status[cell] =
      static_cast<std::int8_t>((imported.without_weight > 0 ? 1 : 0) | (exported.without_weight > 0 ? 2 : 0));
  import_unit_value[cell] = unit_value(imported);
  export_unit_value[cell] = unit_value(exported);
}

MirrorTotals totals_of(MirrorCells const& cells, std::size_t cell)
{
  MirrorTotals totals;
  auto const status = static_cast<CellStatus>(cells.status[cell]);
  totals.cells_both = static_cast<std::int64_t>(status == CellStatus::both);
  totals.cells_import_only = static_cast<std::int64_t>(status == CellStatus::import_only);
  totals.cells_export_only = static_cast<std::int64_t>(status == CellStatus::export_only);
  totals.import_records = cells.import_records[cell];
  totals.export_records = cells.export_records[cell];
  totals.import_value = cells.import_value[cell];
  totals.export_value = cells.export_value[cell];
  totals.import_value_fob = cells.import_value_fob[cell];
  totals.asymmetry = cells.asymmetry[cell];
  if (status == CellStatus::both)
  {
    totals.two_sided_import_fob = totals.import_value_fob;
    totals.two_sided_export = totals.export_value;
    totals.two_sided_absolute = totals.asymmetry < 0 ? -totals.asymmetry : totals.asymmetry;
  }
  return totals;
}

bool MirrorTotals::add(MirrorTotals const& other) noexcept
{
  bool fits = true;
  for (auto const member :
       {&MirrorTotals::cells_both, &MirrorTotals::cells_import_only, &MirrorTotals::cells_export_only,
        &MirrorTotals::import_records, &MirrorTotals::export_records, &MirrorTotals::import_value,
        &MirrorTotals::export_value, &MirrorTotals::import_value_fob, &MirrorTotals::asymmetry,
        &MirrorTotals::two_sided_import_fob, &MirrorTotals::two_sided_export,
        &MirrorTotals::two_sided_absolute})
  {
    fits &= !__builtin_add_overflow(this->*member, other.*member, &(this->*member));
  }
  return fits;
}

}  // namespace tarifa::kernels
