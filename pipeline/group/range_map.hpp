#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarifa
{

/// One key of a sample and the number of rows it stands for.
struct KeySample
{
  std::uint64_t key;
  std::int64_t weight;
};

/// Cuts the key space 0 .. 2^key_bits - 1 into contiguous ranges of about equal numbers of rows, and says in
/// which range a key lies.
///
/// A table over the top bits of the key answers most look-ups alone; only where many rows share their top
/// bits are ranges finer than the table, and a short branch-free search follows.
class RangeMap
{
 public:
  static constexpr std::size_t most_ranges = 65'000;
  using Index = std::uint16_t;

  RangeMap() : RangeMap({}, 64, 1) {}

  /// `samples` sorted by key; about `ranges` ranges are made, fewer when the sample does not allow them. Keys
  /// that differ in their lowest `together_bits` bits only are in one range.
  /// `borders`: keys at which a range begins in any case, ascending.
  RangeMap(std::span<KeySample const> samples, int key_bits, std::int64_t ranges, int together_bits = 0,
           std::span<std::uint64_t const> borders = {});

  int ranges() const noexcept { return ranges_; }
  int key_bits() const noexcept { return key_bits_; }
  std::uint64_t least_key(int range) const noexcept { return splitter_[static_cast<std::size_t>(range)]; }

  /// Greatest key that belongs to `range`.
  std::uint64_t most_key(int range) const noexcept
  {
    return range + 1 == ranges_ ? highest_ : splitter_[static_cast<std::size_t>(range) + 1] - 1;
  }

  bool fits(std::uint64_t any_bits) const noexcept { return any_bits <= highest_; }

  /// index[rows] = range of each key; every key must fit.
  void find(std::uint64_t const* keys, std::size_t rows, Index* index) const noexcept
  {
    Index const* const table = table_.data();
    int const shift = shift_;
    for (std::size_t i = 0; i < rows; ++i)
    {
      index[i] = table[keys[i] >> shift];
    }
    if (steps_ > 0)
    {
      refine(keys, rows, index);
    }
  }

 private:
  void refine(std::uint64_t const* keys, std::size_t rows, Index* index) const noexcept;
  void add(std::uint64_t splitter);
  void cut(std::span<KeySample const> samples, std::int64_t target);
  void cut_at(std::span<std::uint64_t const> borders);
  void cut_cell(std::span<KeySample const> cell, std::int64_t target);
  void fill_table();

  int key_bits_;
  int together_bits_;
  std::uint64_t highest_;
  int shift_ = 0;
  int steps_ = 0;
  int ranges_ = 0;
  std::vector<std::uint64_t> splitter_;  ///< [ranges] least key of each range; splitter_[0] = 0
  std::vector<Index> table_;             ///< [2^(key_bits - shift)] range of the least key of each cell
};

}  // namespace tarifa
