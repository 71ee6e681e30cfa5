#include "kernels/mirror/mirror_cells.hpp"

#include <cmath>

namespace tarifa::kernels
{
namespace
{

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

void MirrorCells::clear()
{
  resize(0);
}

void MirrorCells::resize(std::size_t cells)
{
  each_column([cells](auto& column) { column.resize(cells); });
}

void MirrorCells::set(std::size_t cell, std::uint64_t cell_key, SideReport const& imported,
                      SideReport const& exported)
{
  key[cell] = cell_key;
  status[cell] = static_cast<std::int8_t>(status_of(imported, exported));
  import_records[cell] = static_cast<std::int32_t>(imported.records);
  export_records[cell] = static_cast<std::int32_t>(exported.records);
  import_value[cell] = imported.value;
  export_value[cell] = exported.value;
  import_cif[cell] = imported.cif;
  import_fob[cell] = imported.fob;
  import_weight[cell] = imported.weight;
  export_weight[cell] = exported.weight;
  weight_status[cell] =
      static_cast<std::int8_t>((imported.without_weight > 0 ? 1 : 0) | (exported.without_weight > 0 ? 2 : 0));
  import_unit_value[cell] = unit_value(imported);
  export_unit_value[cell] = unit_value(exported);
}

}  // namespace tarifa::kernels
