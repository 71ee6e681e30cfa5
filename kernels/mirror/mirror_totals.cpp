#include "kernels/mirror/mirror_totals.hpp"

namespace tarifa::kernels
{

MirrorTotals totals_of(MirrorCells const& cells, CellFigures const& figures, std::size_t cell)
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
  totals.import_value_fob = figures.import_value_fob[cell];
  totals.asymmetry = figures.asymmetry[cell];
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
  for (std::size_t which = 0; which < gap_parts; ++which)
  {
    fits &= !__builtin_add_overflow(part[which], other.part[which], &part[which]);
  }
  return fits;
}

}  // namespace tarifa::kernels
