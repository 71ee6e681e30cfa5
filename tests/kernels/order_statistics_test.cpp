#include "kernels/statistics/order_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

using Depth = GroupedOrder::Depth;

struct Numbers
{
  std::vector<std::size_t> group;
  std::vector<double> number;
};

GroupedOrder searched(Numbers const& numbers, std::size_t groups, std::size_t shares)
{
  GroupedOrder order(groups, {Depth::lower_hinge, Depth::median, Depth::upper_hinge});
  while (!order.is_found())
  {
    GroupedOrder const empty = order;
    for (std::size_t share = shares; share-- > 0;)
    {
      GroupedOrder part = empty, copy = empty;
      for (std::size_t i = share; i < numbers.number.size(); i += shares)
      {
        part.count(numbers.group[i], numbers.number[i]);
      }
      copy.set_digits(part.to_digits());
      order.add(copy);
    }
    order.narrow();
  }
  return order;
}

TEST(GroupedOrder, equals_sorting)
{
  Numbers numbers;
  std::vector<std::vector<double>> sorted(40);
  for (std::uint64_t i = 0; i < 800; ++i)
  {
    Draws const draws(stream_key(4, 4), i);
    // Few groups are large; numbers of either sign, over many magnitudes, with ties, zeros and NaN.
    std::size_t const group = std::min<std::size_t>(draws.below(0, 40), draws.below(1, 40));
    double const number = (static_cast<double>(draws.below(2, 21)) - 10)
                          * std::ldexp(1, static_cast<int>(draws.below(3, 90)) - 45);
    bool const missing = draws.below(4, 10) == 0;
    numbers.group.push_back(group);
    numbers.number.push_back(missing ? std::numeric_limits<double>::quiet_NaN() : number);
    if (!missing)
    {
      sorted[group].push_back(number);
    }
  }
  numbers.group.push_back(39);
  numbers.number.push_back(-0.0);
  sorted[39].push_back(0);
  GroupedOrder const one = searched(numbers, 41, 1), other = searched(numbers, 41, 3);
  for (std::size_t group = 0; group < 40; ++group)
  {
    auto& all = sorted[group];
    std::sort(all.begin(), all.end());
    ASSERT_EQ(one.numbers(group), static_cast<std::int64_t>(all.size()));
    if (all.empty())
    {
      continue;
    }
    auto const at = [&](double depth)
    {
      auto const below = static_cast<std::size_t>(std::floor(depth)),
                 above = static_cast<std::size_t>(std::ceil(depth));
      return (all[below - 1] + all[above - 1]) / 2;
    };
    auto const n = static_cast<double>(all.size());
    double const hinge = std::floor((n + 3) / 2) / 2;
    EXPECT_EQ(one.value(group, Depth::lower_hinge), at(hinge));
    EXPECT_EQ(one.value(group, Depth::median), at((n + 1) / 2));
    EXPECT_EQ(one.value(group, Depth::upper_hinge), at(n + 1 - hinge));
    for (Depth const depth : {Depth::lower_hinge, Depth::median, Depth::upper_hinge})
    {
      EXPECT_EQ(one.value(group, depth), other.value(group, depth));
    }
  }
  EXPECT_TRUE(std::isnan(one.value(40, Depth::median)));
}

}  // namespace
}  // namespace tarifa::kernels
