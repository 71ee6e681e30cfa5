#include "pipeline/group/key_layout.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

TEST(KeyLayout, UnpacksWhatItPacked)
{
  std::vector<std::int32_t> const reporter{-5, 0, 34};
  std::vector<std::int64_t> const product{10'101, 990'000, 20'202};
  std::vector<std::uint16_t> const year{2001, 2024, 2010};
  KeyLayout const layout(
      {KeyField::between(-5, 34), KeyField::between(10'101, 990'000), KeyField::between(2001, 2024)});
  EXPECT_EQ(layout.bits(), 6 + 20 + 5);
  std::vector<std::uint64_t> keys(3, 99);
  layout.pack<std::int32_t>(0, reporter, keys);
  layout.pack<std::int64_t>(1, product, keys);
  layout.pack<std::uint16_t>(2, year, keys);
  for (std::size_t i = 0; i < keys.size(); ++i)
  {
    EXPECT_EQ(layout.unpack(0, keys[i]), reporter[i]);
    EXPECT_EQ(layout.unpack(1, keys[i]), product[i]);
    EXPECT_EQ(layout.unpack(2, keys[i]), year[i]);
  }
  std::vector<std::int64_t> column(3);
  layout.unpack(1, keys, column);
  EXPECT_EQ(column, product);
  EXPECT_LT(keys[0], keys[1]);
  EXPECT_LT(keys[1], keys[2]);
}

TEST(KeyLayout, TakesTheWholeRangeOfInt64AndConstantColumns)
{
  auto const least = std::numeric_limits<std::int64_t>::min();
  auto const most = std::numeric_limits<std::int64_t>::max();
  KeyLayout const layout({KeyField::between(7, 7), KeyField::between(least, most), KeyField::between(9, 9)});
  EXPECT_EQ(layout.bits(), 64);
  std::vector<std::int64_t> const seven{7, 7, 7}, wide{least, -1, most}, nine{9, 9, 9};
  std::vector<std::uint64_t> keys(3, 1);
  layout.pack<std::int64_t>(0, seven, keys);
  layout.pack<std::int64_t>(1, wide, keys);
  layout.pack<std::int64_t>(2, nine, keys);
  EXPECT_EQ(keys.front(), 0U);
  EXPECT_EQ(keys.back(), ~std::uint64_t{0});
  for (std::size_t i = 0; i < 3; ++i)
  {
    EXPECT_EQ(layout.unpack(0, keys[i]), 7);
    EXPECT_EQ(layout.unpack(1, keys[i]), wide[i]);
    EXPECT_EQ(layout.unpack(2, keys[i]), 9);
  }
}

TEST(KeyLayout, RefusesMoreThan64BitsAndNamesTheWidths)
{
  try
  {
    KeyLayout const layout({{0, 40}, {0, 20}, {0, 5}});
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_NE(std::string(error.what()).find("40 + 20 + 5 = 65 bits"), std::string::npos) << error.what();
  }
  EXPECT_THROW(KeyField::between(3, 2), Error);
}

TEST(KeyLayout, RefusesValuesOutsideTheirField)
{
  KeyLayout const layout({KeyField::between(10, 17), {0, 8}});
  std::vector<std::uint64_t> keys(1000);
  std::vector<std::int32_t> column(1000, 12);
  EXPECT_NO_THROW(layout.pack<std::int32_t>(0, column, keys));
  column[997] = 18;
  EXPECT_THROW(layout.pack<std::int32_t>(0, column, keys), Error);
  column[997] = 9;
  EXPECT_THROW(layout.pack<std::int32_t>(0, column, keys), Error);
}

}  // namespace
}  // namespace tarifa
