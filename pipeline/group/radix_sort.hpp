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

namespace detail
{

using DigitStarts = std::array<std::uint32_t, std::size_t{1} << RadixDigits::most_digit_bits>;

// Free functions with plain arguments: what they read then stays in registers, which a capturing lambda
// prevents.
template <int passes, class Row, class DigitsOf>
void count_digits(std::span<Row const> rows, int width, DigitsOf digits_of, DigitStarts* starts)
{
  std::uint64_t const mask = (std::uint64_t{1} << width) - 1;
  for (Row const& row : rows)
  {
    std::uint64_t value = digits_of(row);
    for (int pass = 0; pass < passes; ++pass)
    {
      ++starts[pass][value & mask];
      value >>= width;
    }
  }
}

template <class Row, class DigitsOf>
void count_digits(int passes, std::span<Row const> rows, int width, DigitsOf digits_of, DigitStarts* starts)
{
  auto const shifted = [=](int pass)
  { return [digits_of, shift = pass * width](Row const& row) { return digits_of(row) >> shift; }; };
  int pass = 0;
  for (; pass + 3 <= passes; pass += 3)
  {
    count_digits<3>(rows, width, shifted(pass), starts + pass);
  }
  if (passes - pass == 2)
  {
    count_digits<2>(rows, width, shifted(pass), starts + pass);
  }
  if (passes - pass == 1)
  {
    count_digits<1>(rows, width, shifted(pass), starts + pass);
  }
}

template <class Row, class DigitsOf>
void place_rows(std::span<Row const> rows, int shift, int width, DigitsOf digits_of, std::uint32_t* start,
                Row* to)
{
  std::uint64_t const mask = (std::uint64_t{1} << width) - 1;
  for (Row const& row : rows)
  {
    to[start[(digits_of(row) >> shift) & mask]++] = row;
  }
}

/// Turns counts into starts; false when all rows have the same digit, so that the pass can be left out.
inline bool start_digits(DigitStarts& start, int width, std::size_t rows)
{
  std::uint32_t sum = 0;
  std::uint32_t greatest = 0;
  for (std::size_t d = 0; d < std::size_t{1} << width; ++d)
  {
    greatest = std::max(greatest, start[d]);
    sum += std::exchange(start[d], sum);
  }
  return greatest < rows;
}

}  // namespace detail

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
  std::array<detail::DigitStarts, RadixDigits::most_passes> starts;
  for (int pass = 0; pass < digits.passes; ++pass)
  {
    std::fill_n(starts[static_cast<std::size_t>(pass)].begin(), std::size_t{1} << width, 0U);
  }
  if (digits.passes > 0)
  {
    pieces([&](std::span<Row const> piece)
           { detail::count_digits(digits.passes, piece, width, digits_of, starts.data()); });
  }
  bool moved = false;
  for (int pass = 0; pass < digits.passes; ++pass)
  {
    auto& start = starts[static_cast<std::size_t>(pass)];
    if (!detail::start_digits(start, width, rows))
    {
      continue;
    }
    if (moved)
    {
      detail::place_rows(std::span<Row const>(front, rows), pass * width, width, digits_of, start.data(),
                         back);
      std::swap(front, back);
    }
    else
    {
      pieces([&](std::span<Row const> piece)
             { detail::place_rows(piece, pass * width, width, digits_of, start.data(), front); });
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
  constexpr std::size_t comparison_rows = 128;
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
