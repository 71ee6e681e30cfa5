#include "jobs/support/mirror/cell_blocks.hpp"

#include <algorithm>
#include <limits>

namespace tarifa::jobs
{
CellBlocks::CellBlocks(Run const& run, TradeFlows const& flows,
                       std::vector<kernels::MirrorCells> const& cells)
    : flows_(flows)
    , cells_(cells)
    , threads_(run.settings.threads)
    , money_unit_(flows.value_schema().stored_per_unit())
    , weight_unit_(flows.weight_schema().stored_per_unit())
{
  // Cells of a rank are sorted by product first.
  std::vector<std::int64_t> mine;
  std::int64_t first = std::numeric_limits<std::int32_t>::max(), last = -1;
  for (kernels::MirrorCells const& range : cells)
  {
    for (std::uint64_t const key : range.key)
    {
      std::int64_t const year = kernels::year_of(flows.period(key));
      first = std::min(first, year);
      last = std::max(last, year);
      if (std::int64_t const hs = flows.hs(key); mine.empty() || mine.back() != hs)
      {
        mine.push_back(hs);
      }
    }
  }
  std::vector<std::int64_t> all = run.comm.gather_all(mine);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  products_.assign(all.begin(), all.end());
  first_year_ = static_cast<std::int32_t>(run.comm.min(first));
  last_year_ = static_cast<std::int32_t>(run.comm.max(last));
}

void CellBlocks::Block::resize(std::size_t flows)
{
  for (std::vector<std::int32_t>* const column : {&exporter, &importer, &product, &period})
  {
    column->resize(flows);
  }
  for (std::vector<double>* const column : {&exported, &imported, &exported_kg, &imported_kg})
  {
    column->resize(flows);
  }
}

kernels::FlowBlock CellBlocks::Block::view() const noexcept
{
  return {exporter, importer, product, period, exported, imported, exported_kg, imported_kg};
}

void CellBlocks::fill(Block& block, std::size_t range, std::size_t first) const
{
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  kernels::MirrorCells const& cells = cells_[range];
  std::size_t const flows = std::min(most_flows, cells.size() - first);
  block.resize(flows);
  std::int64_t last_hs = -1;
  std::int32_t product = 0;
  for (std::size_t i = 0; i < flows; ++i)
  {
    std::size_t const cell = first + i;
    std::uint64_t const key = cells.key[cell];
    if (std::int64_t const hs = flows_.hs(key); hs != last_hs)
    {
      last_hs = hs;
      product = static_cast<std::int32_t>(
          std::lower_bound(products_.begin(), products_.end(), static_cast<std::int32_t>(hs))
          - products_.begin());
    }
    block.product[i] = product;
    block.exporter[i] = static_cast<std::int32_t>(flows_.exporter(key));
    block.importer[i] = static_cast<std::int32_t>(flows_.importer(key));
    block.period[i] = static_cast<std::int32_t>(flows_.period(key));
    bool const has_export = cells.export_records[cell] > 0, has_import = cells.import_records[cell] > 0;
    block.exported[i] = has_export ? static_cast<double>(cells.export_value[cell]) / money_unit_ : unknown;
    block.imported[i] = has_import ? static_cast<double>(cells.import_value[cell]) / money_unit_ : unknown;
    block.exported_kg[i] = cells.has_export_weight(cell)
                               ? static_cast<double>(cells.export_weight[cell]) / weight_unit_
                               : unknown;
    block.imported_kg[i] = cells.has_import_weight(cell)
                               ? static_cast<double>(cells.import_weight[cell]) / weight_unit_
                               : unknown;
  }
}

}  // namespace tarifa::jobs
