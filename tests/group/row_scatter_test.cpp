#include "pipeline/group/row_scatter.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

/// Scatters `rows` rows of one key, with 16-bit counts in the place of 32-bit ones, and returns how many come
/// back with the values they had.
template <int Values>
std::int64_t rows_back(std::int64_t rows)
{
  using Scatter = RowScatter<Values, std::uint16_t>;
  RangeMap const map;
  HugeBuffer lines;
  SlabPool pool;
  Scatter scatter(map, 4 * Scatter::line_rows, {}, lines, pool);
  std::vector<std::uint64_t> const keys(1000, 77);
  std::vector<std::int64_t> values(keys.size());
  for (std::int64_t done = 0; done < rows;)
  {
    RowBlock<Values> block;
    block.rows = std::min(keys.size(), static_cast<std::size_t>(rows - done));
    block.key = keys.data();
    std::iota(values.begin(), values.end(), done);
    for (auto& column : block.value)
    {
      column = values.data();
    }
    scatter.add(block);
    done += static_cast<std::int64_t>(block.rows);
  }
  EXPECT_EQ(scatter.rows(0), rows);
  std::vector<std::uint8_t> seen(static_cast<std::size_t>(rows));
  std::int64_t back = 0;
  scatter.for_each_piece(0,
                         [&](auto piece)
                         {
                           for (auto const& row : piece)
                           {
                             if constexpr (Values > 0)
                             {
                               EXPECT_EQ(seen.at(static_cast<std::size_t>(row.value[0]))++, 0);
                             }
                             back += static_cast<std::int64_t>(row.key == 77);
                           }
                         });
  return back;
}

TEST(RowScatter, GivesBackEveryRowUpToTheGreatestCount)
{
  for (std::int64_t const rows : {0, 1, 7, 8, 33, 5000, 65535})
  {
    EXPECT_EQ(rows_back<0>(rows), rows);
    EXPECT_EQ(rows_back<1>(rows), rows);
    EXPECT_EQ(rows_back<2>(rows), rows);
  }
}

TEST(RowScatter, RefusesMoreRowsThanItCanCount)
{
  for (std::int64_t const rows : {65'536, 66'000, 140'000})
  {
    try
    {
      rows_back<2>(rows);
      FAIL() << rows;
    }
    catch (Error const& error)
    {
      EXPECT_EQ(error.fault(), Fault::data);
      EXPECT_NE(std::string(error.what()).find("more than 65535 rows of one range"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace tarifa
