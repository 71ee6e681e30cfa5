#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "pipeline/group/group_row.hpp"

namespace tarifa
{

/// How the sort sees a row: an unsigned integer whose `bits` low bits differ.
struct RadixDigits
{
  static constexpr int most_digit_bits = 11;
  static constexpr int most_passes = 8;

  int passes = 0;
  int digit_bits = 1;

  /// Digits for `rows` rows: short ones when there are few rows, because every pass walks its whole
  /// histogram.
  static RadixDigits choose(int bits, std::size_t rows) noexcept
  {
    int const widest = std::clamp(static_cast<int>(std::bit_width(rows)) - 2, 8, most_digit_bits);
    int const passes = (bits + widest - 1) / widest;
    return {passes, passes == 0 ? 1 : (bits + passes - 1) / passes};
  }
};

/// Least-significant-digit radix sort of rows by digits_of(row), an unsigned integer below 2^bits.
///
/// `pieces(use)` calls use(span<Row const>) for every piece of the input and is called twice. The rows end
/// sorted in `front` or `back`, each with room for all `rows`; the sorted one is returned. Stable.
template <class Row, class Pieces, class DigitsOf>
std::span<Row> radix_sort(Pieces const& pieces, std::size_t rows, int bits, DigitsOf digits_of, Row* front,
                          Row* back)
{
  RadixDigits const digits = RadixDigits::choose(bits, rows);
  int const width = digits.digit_bits;
  std::uint64_t const mask = (std::uint64_t{1} << width) - 1;
  std::array<std::array<std::uint32_t, std::size_t{1} << RadixDigits::most_digit_bits>,
             RadixDigits::most_passes>
      starts;
  for (int pass = 0; pass < digits.passes; ++pass)
  {
    std::fill_n(starts[static_cast<std::size_t>(pass)].begin(), mask + 1, 0U);
  }
  auto const scatter = [&](Row const* from, std::size_t count, Row* to, int pass)
  {
    auto* const start = starts[static_cast<std::size_t>(pass)].data();
    int const shift = pass * width;
    for (std::size_t i = 0; i < count; ++i)
    {
      Row const row = from[i];
      to[start[(digits_of(row) >> shift) & mask]++] = row;
    }
  };
  pieces(
      [&](std::span<Row const> piece)
      {
        for (Row const& row : piece)
        {
          std::uint64_t const value = digits_of(row);
          for (int pass = 0; pass < digits.passes; ++pass)
          {
            ++starts[static_cast<std::size_t>(pass)][(value >> (pass * width)) & mask];
          }
        }
      });
  std::array<bool, RadixDigits::most_passes> useful{};
  for (int pass = 0; pass < digits.passes; ++pass)
  {
    auto& start = starts[static_cast<std::size_t>(pass)];
    std::uint32_t sum = 0;
    std::uint32_t greatest = 0;
    for (std::size_t d = 0; d <= mask; ++d)
    {
      greatest = std::max(greatest, start[d]);
      sum += std::exchange(start[d], sum);
    }
    useful[static_cast<std::size_t>(pass)] = greatest < rows;
  }
  bool moved = false;
  for (int pass = 0; pass < digits.passes; ++pass)
  {
    if (!useful[static_cast<std::size_t>(pass)])
    {
      continue;
    }
    if (moved)
    {
      scatter(front, rows, back, pass);
      std::swap(front, back);
    }
    else
    {
      pieces([&](std::span<Row const> piece) { scatter(piece.data(), piece.size(), front, pass); });
      moved = true;
    }
  }
  if (!moved)
  {
    Row* to = front;
    pieces([&](std::span<Row const> piece) { to = std::copy(piece.begin(), piece.end(), to); });
  }
  return {front, rows};
}

/// Sorts rows of one key by value[0], ascending. `spare` has room for as many rows.
template <int Values>
void sort_run_by_value(std::span<GroupRow<Values>> run, GroupRow<Values>* spare)
{
  using Row = GroupRow<Values>;
  constexpr std::size_t insertion_rows = 24;
  constexpr std::size_t comparison_rows = 256;
  if (run.size() <= insertion_rows)
  {
    for (std::size_t i = 1; i < run.size(); ++i)
    {
      Row const row = run[i];
      std::size_t to = i;
      for (; to > 0 && row.value[0] < run[to - 1].value[0]; --to)
      {
        run[to] = run[to - 1];
      }
      run[to] = row;
    }
    return;
  }
  auto const less = [](Row const& a, Row const& b) { return a.value[0] < b.value[0]; };
  if (run.size() <= comparison_rows)
  {
    std::sort(run.begin(), run.end(), less);
    return;
  }
  auto const [least, most] = std::minmax_element(run.begin(), run.end(), less);
  std::uint64_t const base = static_cast<std::uint64_t>(least->value[0]);
  int const bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most->value[0]) - base));
  auto const digits_of = [base](Row const& row) { return static_cast<std::uint64_t>(row.value[0]) - base; };
  // The rows are first moved aside, because a pass cannot read and write the same place.
  std::copy(run.begin(), run.end(), spare);
  std::span<Row const> const input(spare, run.size());
  auto const sorted =
      radix_sort<Row>([&](auto&& use) { use(input); }, run.size(), bits, digits_of, run.data(), spare);
  if (sorted.data() != run.data())
  {
    std::copy(sorted.begin(), sorted.end(), run.begin());
  }
}

}  // namespace tarifa
