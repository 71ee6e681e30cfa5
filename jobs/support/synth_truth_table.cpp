#include "jobs/support/synth_truth_table.hpp"

#include <cassert>

namespace tarifa::jobs
{

TruthTable& TruthTable::column(std::string name, std::string unit, std::string definition, std::string labels,
                               int scale)
{
  ResultColumn& column = columns_.emplace_back(
      result_column<std::int64_t>(std::move(name), std::move(unit), std::move(definition)));
  column.labels = std::move(labels);
  column.scale = scale;
  cells_.emplace_back();
  return *this;
}

void TruthTable::row(std::vector<std::int64_t> const& numbers)
{
  assert(numbers.size() == cells_.size());
  for (std::size_t i = 0; i < cells_.size(); ++i)
  {
    cells_[i].push_back(numbers[i]);
  }
}

void TruthTable::write(ResultFile& file, std::string const& name, std::string const& title,
                       Comm const& comm) const
{
  std::vector<ResultColumn> columns = columns_;
  for (std::size_t i = 0; comm.is_root() && i < columns.size(); ++i)
  {
    columns[i].add(std::span<std::int64_t const>(cells_[i]));
  }
  file.add_table(name, title, columns);
}

}  // namespace tarifa::jobs
