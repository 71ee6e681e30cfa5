#pragma once

#include <vector>

#include "kernels/synth/trade.hpp"
#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// The truth of some cells of trade, as columns of equal length: docs/files.md.
class TradeTruth
{
 public:
  explicit TradeTruth(kernels::World const& world, int year) : world_(world), year_(year) {}

  void add(kernels::KeyedCell const& cell);

  /// [all] Makes room for `rows` cells.
  static BlockTable lay_out(ResultFile& file, std::int64_t rows);
  /// Writes the cells as rows first, first + 1, ...
  void write(BlockTable const& table, std::int64_t first) const;

 private:
  kernels::World const& world_;
  int year_;
  std::vector<std::int16_t> exporter_, importer_;
  std::vector<std::int32_t> hs6_, period_;
  std::vector<std::int8_t> import_status_, export_status_;
  std::vector<std::vector<std::int64_t>> amounts_;  ///< [amount columns][cells]
};

}  // namespace tarifa::jobs
