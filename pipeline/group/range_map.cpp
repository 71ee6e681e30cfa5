#include "pipeline/group/range_map.hpp"

#include <bit>
#include <iterator>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

// 2^14 cells of two bytes are 32 KiB: as much as stays in the first cache level beside the rows.
constexpr int table_bits = 14;

// A cell heavier than this many ranges is cut inside. Below it, a range a few times too big costs less than
// the search that finer ranges would add to every row.
constexpr std::int64_t heavy_cell = 12;

std::int64_t weight_of(std::span<KeySample const> samples)
{
  std::int64_t total = 0;
  for (auto const& s : samples)
  {
    total += s.weight;
  }
  return total;
}

}  // namespace

RangeMap::RangeMap(std::span<KeySample const> samples, int key_bits, std::int64_t ranges, int together_bits,
                   std::span<std::uint64_t const> borders)
    : key_bits_(key_bits)
    , together_bits_(together_bits)
    , highest_(key_bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - key_bits))
{
  require(key_bits >= 0 && key_bits <= 64, Fault::internal, "a key has 0 to 64 bits");
  shift_ = std::max(0, key_bits - table_bits);
  // At most twice as many ranges as asked come out, because heavy keys close a range on both sides.
  ranges = std::clamp<std::int64_t>(ranges, 1, static_cast<std::int64_t>(most_ranges / 2 - 8));
  splitter_.push_back(0);
  cut(samples, std::max<std::int64_t>(1, (weight_of(samples) + ranges - 1) / ranges));
  cut_at(borders);
  ranges_ = static_cast<int>(splitter_.size());
  fill_table();
}

void RangeMap::add(std::uint64_t splitter)
{
  splitter = splitter >> together_bits_ << together_bits_;
  if (splitter > splitter_.back() && splitter <= highest_ && splitter_.size() < most_ranges)
  {
    splitter_.push_back(splitter);
  }
}

void RangeMap::cut(std::span<KeySample const> samples, std::int64_t target)
{
  std::int64_t open = 0;
  for (std::size_t begin = 0; begin < samples.size();)
  {
    std::uint64_t const cell = samples[begin].key >> shift_;
    std::size_t end = begin;
    while (end < samples.size() && samples[end].key >> shift_ == cell)
    {
      ++end;
    }
    auto const inside = samples.subspan(begin, end - begin);
    std::int64_t const weight = weight_of(inside);
    bool const heavy = shift_ > 0 && weight > heavy_cell * target;
    if (heavy || (open > 0 && open + weight / 2 > target))
    {
      add(cell << shift_);
      open = 0;
    }
    if (heavy)
    {
      cut_cell(inside, target);
      if (cell < highest_ >> shift_)
      {
        add((cell + 1) << shift_);
      }
    }
    else
    {
      open += weight;
    }
    begin = end;
  }
}

void RangeMap::cut_cell(std::span<KeySample const> cell, std::int64_t target)
{
  std::int64_t open = 0;
  for (std::size_t begin = 0; begin < cell.size();)
  {
    std::uint64_t const key = cell[begin].key;
    std::int64_t weight = 0;
    for (; begin < cell.size() && cell[begin].key == key; ++begin)
    {
      weight += cell[begin].weight;
    }
    if (open > 0 && open + weight / 2 > target)
    {
      add(key);
      open = 0;
    }
    open += weight;
    if (open >= target && key < highest_)
    {
      add(key + 1);
      open = 0;
    }
  }
}

void RangeMap::cut_at(std::span<std::uint64_t const> borders)
{
  std::vector<std::uint64_t> all;
  std::set_union(splitter_.begin(), splitter_.end(), borders.begin(), borders.end(), std::back_inserter(all));
  require(all.size() <= most_ranges && all.back() <= highest_, Fault::internal,
          "too many key ranges, or a border beyond the keys");
  splitter_ = std::move(all);
}

void RangeMap::fill_table()
{
  std::size_t const cells = static_cast<std::size_t>(highest_ >> shift_) + 1;
  table_.resize(cells);
  std::size_t most_inside = 0;
  std::size_t range = 0;
  for (std::size_t cell = 0; cell < cells; ++cell)
  {
    std::uint64_t const first = static_cast<std::uint64_t>(cell) << shift_;
    while (range + 1 < splitter_.size() && splitter_[range + 1] <= first)
    {
      ++range;
    }
    table_[cell] = static_cast<Index>(range);
    std::uint64_t const last = first + ((std::uint64_t{1} << shift_) - 1);
    std::size_t inside = 0;
    while (range + inside + 1 < splitter_.size() && splitter_[range + inside + 1] <= last)
    {
      ++inside;
    }
    most_inside = std::max(most_inside, inside);
    range += inside;
  }
  steps_ = static_cast<int>(std::bit_width(most_inside));
}

void RangeMap::refine(std::uint64_t const* keys, std::size_t rows, Index* index) const noexcept
{
  std::uint64_t const* const splitter = splitter_.data();
  std::uint32_t const last = static_cast<std::uint32_t>(ranges_) - 1;
  for (int step = steps_ - 1; step >= 0; --step)
  {
    std::uint32_t const stride = std::uint32_t{1} << step;
    for (std::size_t i = 0; i < rows; ++i)
    {
      std::uint32_t const here = index[i];
      std::uint32_t const there = std::min(here + stride, last);
      index[i] = static_cast<Index>(splitter[there] <= keys[i] ? there : here);
    }
  }
}

}  // namespace tarifa
