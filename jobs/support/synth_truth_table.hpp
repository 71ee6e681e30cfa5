#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// A small table of truth that the root has whole: columns of whole numbers, filled row by row.
class TruthTable
{
 public:
  /// All columns are named before the first row. `labels`: list the numbers are positions in; `scale`: stored
  /// = meant x 10^scale.
  TruthTable& column(std::string name, std::string unit, std::string definition, std::string labels = "",
                     int scale = 0);
  /// One number for each column, in their order.
  void row(std::vector<std::int64_t> const& numbers);
  /// [all] Only the root's rows are written; the columns are the same everywhere.
  void write(ResultFile& file, std::string const& name, std::string const& title, Comm const& comm) const;

 private:
  std::vector<ResultColumn> columns_;
  std::vector<std::vector<std::int64_t>> cells_;
};

}  // namespace tarifa::jobs
