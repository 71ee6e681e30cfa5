#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// [all] What every rank has, one after the other in rank order; lengths may differ. Row: a struct of 64-bit
/// numbers.
template <class Row>
std::vector<Row> gather_rows(Comm const& comm, std::vector<Row> const& local)
{
  static_assert(std::is_trivially_copyable_v<Row> && sizeof(Row) % sizeof(std::int64_t) == 0);
  constexpr std::size_t numbers_of_row = sizeof(Row) / sizeof(std::int64_t);
  std::vector<std::int64_t> numbers(local.size() * numbers_of_row);
  if (!local.empty())
  {
    std::memcpy(numbers.data(), local.data(), local.size() * sizeof(Row));
  }
  numbers = comm.gather_all(numbers);
  std::vector<Row> rows(numbers.size() / numbers_of_row);
  if (!rows.empty())
  {
    std::memcpy(static_cast<void*>(rows.data()), numbers.data(), rows.size() * sizeof(Row));
  }
  return rows;
}

}  // namespace tarifa
