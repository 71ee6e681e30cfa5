#include "kernels/statistics/order_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t sign = std::uint64_t{1} << 63;

/// Bits in the order of the numbers.
std::uint64_t ordered_bits(double number)
{
  auto const bits = std::bit_cast<std::uint64_t>(number);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

double number_of(std::uint64_t bits)
{
  return std::bit_cast<double>((bits & sign) != 0 ? bits & ~sign : ~bits);
}

/// Twice the depth, counted from 1 at the least of `count` numbers.
std::int64_t twice_depth(GroupedOrder::Depth depth, std::int64_t count)
{
  std::int64_t const hinge = (count + 3) / 2;
  switch (depth)
  {
    case GroupedOrder::Depth::lower_hinge:
      return hinge;
    case GroupedOrder::Depth::upper_hinge:
      return 2 * (count + 1) - hinge;
    case GroupedOrder::Depth::median:
      break;
  }
  return count + 1;
}

}  // namespace

GroupedOrder::GroupedOrder(std::size_t groups, std::vector<Depth> depths, std::int64_t least_rows)
    : depths_(std::move(depths))
    , least_rows_(least_rows)
    , numbers_(groups)
    , slot_(groups, -1)
    , counts_(2 * groups)
{
}

void GroupedOrder::count(std::size_t group, double number) noexcept
{
  bool const missing = std::isnan(number);
  if (pass_ == 0)
  {
    ++counts_[group];
    counts_[numbers_.size() + group] += missing ? 0 : 1;
    return;
  }
  if (missing || slot_[group] < 0)
  {
    return;
  }
  std::uint64_t const bits = ordered_bits(number == 0 ? 0 : number);
  // In the first of these passes no bits are known, and a shift by 64 is not defined.
  int const known = shift() + 4;
  std::size_t const first = static_cast<std::size_t>(slot_[group]) * searches();
  for (std::size_t i = first; i < first + searches(); ++i)
  {
    if (known == 64 || bits >> known == search_[i].bits >> known)
    {
      ++counts_[i * 16 + ((bits >> shift()) & 15)];
    }
  }
}

void GroupedOrder::add(GroupedOrder const& other)
{
  if (other.pass_ != pass_ || other.counts_.size() != counts_.size())
  {
    throw std::invalid_argument("counts of different groups or passes cannot be added");
  }
  for (std::size_t i = 0; i < counts_.size(); ++i)
  {
    counts_[i] += other.counts_[i];
  }
}

void GroupedOrder::set_digits(std::span<std::int64_t const> digits)
{
  counts_.assign(digits.begin(), digits.end());
}

void GroupedOrder::narrow()
{
  if (pass_ == 0)
  {
    std::size_t const groups = numbers_.size();
    std::int32_t next = 0;
    for (std::size_t group = 0; group < groups; ++group)
    {
      numbers_[group] = counts_[groups + group];
      if (numbers_[group] == 0 || counts_[group] < least_rows_)
      {
        continue;
      }
      slot_[group] = next++;
      for (Depth const depth : depths_)
      {
        std::int64_t const twice = twice_depth(depth, numbers_[group]);
        search_.push_back({0, twice / 2});
        search_.push_back({0, (twice + 1) / 2});
      }
    }
    counts_.assign(search_.size() * 16, 0);
    ++pass_;
    return;
  }
  for (std::size_t i = 0; i < search_.size(); ++i)
  {
    std::uint64_t digit = 0;
    while (digit < 15 && search_[i].rank > counts_[i * 16 + digit])
    {
      search_[i].rank -= counts_[i * 16 + digit];
      ++digit;
    }
    search_[i].bits |= digit << shift();
  }
  std::fill(counts_.begin(), counts_.end(), 0);
  ++pass_;
}

double GroupedOrder::value(std::size_t group, Depth depth) const
{
  auto const found = std::find(depths_.begin(), depths_.end(), depth);
  if (found == depths_.end() || !is_found())
  {
    throw std::logic_error("an order statistic that was not searched for");
  }
  if (slot_[group] < 0)
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::size_t const first = static_cast<std::size_t>(slot_[group]) * searches()
                            + 2 * static_cast<std::size_t>(std::distance(depths_.begin(), found));
  double const below = number_of(search_[first].bits), above = number_of(search_[first + 1].bits);
  return below == above ? below : (below + above) / 2;
}

}  // namespace tarifa::kernels
