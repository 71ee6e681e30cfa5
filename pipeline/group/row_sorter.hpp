#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "pipeline/group/group_plan.hpp"
#include "pipeline/group/radix_sort.hpp"

namespace tarifa
{

/// Sorts the rows of one key range by key and, when asked, by value[0] inside equal keys.
template <int Values>
class RowSorter
{
 public:
  using Row = GroupRow<Values>;

  RowSorter(std::uint64_t least_key, std::uint64_t most_key, ValueOrder order)
      : least_(least_key)
      , key_bits_(static_cast<int>(std::bit_width(most_key - least_key)))
      , order_(order)
  {
  }

  /// `pieces(use)` calls use(span<Row const>) for every piece of the input; the rows end in `front` or
  /// `back`.
  template <class Pieces>
  std::span<Row> sort(Pieces const& pieces, std::size_t rows, Row* front, Row* back) const
  {
    if constexpr (Values > 0)
    {
      if (order_ == ValueOrder::ascending)
      {
        // Long runs for certain: one sort by key and value together beats a sort of every run.
        constexpr std::size_t long_run = 8;
        bool const few_keys = key_bits_ < 40 && (rows >> key_bits_) >= long_run;
        return few_keys ? sort_together(pieces, rows, front, back) : sort_runs(pieces, rows, front, back);
      }
    }
    return sort_keys(pieces, rows, front, back);
  }

 private:
  template <class Pieces>
  std::span<Row> sort_keys(Pieces const& pieces, std::size_t rows, Row* front, Row* back) const
  {
    auto const digits_of = [least = least_](Row const& row) { return row.key - least; };
    return radix_sort<Row>(pieces, rows, key_bits_, digits_of, front, back);
  }

  template <class Pieces>
  std::span<Row> sort_runs(Pieces const& pieces, std::size_t rows, Row* front, Row* back) const
  {
    auto const sorted = sort_keys(pieces, rows, front, back);
    Row* const spare = sorted.data() == front ? back : front;
    for (std::size_t begin = 0, end = 0; begin < rows; begin = end)
    {
      std::uint64_t const key = sorted[begin].key;
      for (end = begin + 1; end < rows && sorted[end].key == key; ++end)
      {
      }
      if (end - begin > 1)
      {
        sort_run_by_value<Values>(sorted.subspan(begin, end - begin), spare);
      }
    }
    return sorted;
  }

  template <class Pieces>
  std::span<Row> sort_together(Pieces const& pieces, std::size_t rows, Row* front, Row* back) const
  {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t most = std::numeric_limits<std::int64_t>::min();
    pieces(
        [&](std::span<Row const> piece)
        {
          for (Row const& row : piece)
          {
            least = std::min(least, row.value[0]);
            most = std::max(most, row.value[0]);
          }
        });
    auto const base = static_cast<std::uint64_t>(least);
    int const value_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most) - base));
    if (value_bits + key_bits_ > 64)
    {
      return sort_runs(pieces, rows, front, back);
    }
    auto const digits_of = [first = least_, base, value_bits](Row const& row)
    {
      std::uint64_t const key = value_bits < 64 ? (row.key - first) << value_bits : 0;
      return key | (static_cast<std::uint64_t>(row.value[0]) - base);
    };
    return radix_sort<Row>(pieces, rows, value_bits + key_bits_, digits_of, front, back);
  }

  std::uint64_t least_;
  int key_bits_;
  ValueOrder order_;
};

}  // namespace tarifa
