#pragma once

#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

namespace tarifa::kernels
{

/// Payload of a row: its weight when none was reported.
inline constexpr std::int64_t no_weight = std::numeric_limits<std::int64_t>::min();

/// Largest total of one side of a cell, in stored units.
inline constexpr std::int64_t most_value = std::numeric_limits<std::int64_t>::max() / 4;

/// Lowest bit of the key of a row.
enum class Side : std::uint8_t
{
  exporter = 0,
  importer = 1,
};

enum class CellStatus : std::int8_t
{
  both = 0,
  import_only = 1,
  export_only = 2,
};

/// What one side reported of one cell.
struct SideReport
{
  std::int64_t records = 0;
  std::int64_t value = 0;           ///< stored units; Error on overflow is the caller's range check
  std::int64_t weight = 0;          ///< of the records that have one
  std::int64_t without_weight = 0;  ///< records
  std::int64_t cif = 0, fob = 0;    ///< of the records that have both: what truth about freight there is
};

/// What both sides reported of the same flows, as columns of equal length: one row for each cell.
struct MirrorCells
{
  std::vector<std::uint64_t> key;  ///< without the side bit
  std::vector<std::int8_t> status;
  std::vector<std::int32_t> import_records, export_records;
  std::vector<std::int64_t> import_value, export_value;  ///< as reported: CIF, FOB
  std::vector<std::int64_t> import_weight, export_weight;
  std::vector<std::int64_t> import_cif, import_fob;  ///< of the importer's records that have both; else 0
  std::vector<std::int8_t> weight_status;  ///< bit 0: an import record has no weight; bit 1: an export record
  std::vector<double> import_unit_value,
      export_unit_value;  ///< value per unit of weight; NaN unless all weights are there

  std::size_t size() const noexcept { return key.size(); }
  /// True when the side reported and all of its records have a weight.
  bool has_import_weight(std::size_t cell) const noexcept
  {
    return import_records[cell] > 0 && (weight_status[cell] & 1) == 0;
  }
  bool has_export_weight(std::size_t cell) const noexcept
  {
    return export_records[cell] > 0 && (weight_status[cell] & 2) == 0;
  }
  void clear();
  void resize(std::size_t cells);
  /// Calls use(column) for every column, the key first.
  template <class Use>
  void each_column(Use const& use)
  {
    each_of(*this, use);
  }
  template <class Use>
  void each_column(Use const& use) const
  {
    each_of(*this, use);
  }
  void set(std::size_t cell, std::uint64_t cell_key, SideReport const& imported, SideReport const& exported);

 private:
  template <class Cells, class Use>
  static void each_of(Cells& cells, Use const& use)
  {
    auto const each = [&](auto&... columns) { (use(columns), ...); };
    each(cells.key, cells.status, cells.import_records, cells.export_records, cells.import_value,
         cells.export_value, cells.import_cif, cells.import_fob, cells.import_weight, cells.export_weight,
         cells.weight_status, cells.import_unit_value, cells.export_unit_value);
  }
};

/// Walks rows sorted by key and appends one cell per key without its side bit. `Row` has `key` and
/// `value` = {value, weight or no_weight} and perhaps {CIF, FOB}, of which none above 0 is not known. False
/// when a sum leaves 64 bits.
template <class Row>
[[nodiscard]] bool compare_sides(std::span<Row const> sorted, MirrorCells& cells)
{
  bool fits = true;
  std::size_t cell = cells.size();
  std::size_t more = sorted.empty() ? 0 : 1;
  for (std::size_t row = 1; row < sorted.size(); ++row)
  {
    more += sorted[row].key >> 1U != sorted[row - 1].key >> 1U ? 1U : 0U;
  }
  cells.resize(cell + more);
  for (std::size_t row = 0; row < sorted.size();)
  {
    std::uint64_t const key = sorted[row].key >> 1U;
    SideReport side[2];
    for (; row < sorted.size() && sorted[row].key >> 1U == key; ++row)
    {
      SideReport& report = side[sorted[row].key & 1U];
      ++report.records;
      fits &= !__builtin_add_overflow(report.value, sorted[row].value[0], &report.value);
      bool const weighed = sorted[row].value[1] != no_weight;
      fits &= !__builtin_add_overflow(report.weight, weighed ? sorted[row].value[1] : 0, &report.weight);
      report.without_weight += static_cast<std::int64_t>(!weighed);
      if constexpr (std::size(decltype(Row::value){}) == 4)
      {
        bool const known = sorted[row].value[2] > 0 && sorted[row].value[3] > 0;
        fits &= !__builtin_add_overflow(report.cif, known ? sorted[row].value[2] : 0, &report.cif);
        fits &= !__builtin_add_overflow(report.fob, known ? sorted[row].value[3] : 0, &report.fob);
      }
    }
    // Values at FOB and their differences must fit too, for any ratio above one half.
    for (SideReport const& report : side)
    {
      fits &= report.value <= most_value && report.value >= -most_value
              && report.records <= std::numeric_limits<std::int32_t>::max();
    }
    cells.set(cell++, key, side[static_cast<int>(Side::importer)], side[static_cast<int>(Side::exporter)]);
  }
  return fits;
}

}  // namespace tarifa::kernels
