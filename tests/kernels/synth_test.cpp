#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "kernels/synth/declaration_maker.hpp"
#include "kernels/synth/trade.hpp"

namespace tarifa::kernels
{
namespace
{

World const& world()
{
  static World const made(7);
  return made;
}

std::vector<std::vector<std::string>> rows_of(std::string const& text)
{
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
  {
    rows.emplace_back();
    std::size_t begin = 0;
    for (std::size_t comma = 0; comma != std::string::npos; begin = comma + 1)
    {
      comma = line.find(',', begin);
      rows.back().push_back(line.substr(begin, comma == std::string::npos ? comma : comma - begin));
    }
  }
  return rows;
}

/// "12.34" -> 1234
std::int64_t units(std::string text)
{
  text.erase(std::remove(text.begin(), text.end(), '.'), text.end());
  return std::stoll(text);
}

RowFaultCounts declare(DeclarationYear const& year, std::int64_t first, std::int64_t count, std::string& text,
                       std::string* taxes = nullptr)
{
  static Actors const actors(world(), {500, 40, Persistence::on});
  DeclarationMaker const maker(world(), actors, year, FraudSettings{});
  return append_declarations(maker, first, count, {&text, taxes, nullptr});
}

std::string declarations(DeclarationYear const& year, std::int64_t first, std::int64_t count)
{
  std::string text;
  declare(year, first, count, text);
  return text;
}

TEST(PortableMath, AgreesWithTheLibrary)
{
  for (double x = 0.001; x < 1e6; x *= 1.37)
  {
    EXPECT_NEAR(portable_log2(x), std::log2(x), 1e-13 * (1 + std::abs(std::log2(x))));
    EXPECT_NEAR(portable_exp2(std::log2(x)), x, 1e-13 * x);
  }
  Exp2Table const table;
  for (double x = 1; x < 40; x += 0.0371)
  {
    EXPECT_NEAR(static_cast<double>(table.at(fixed(x))), std::exp2(x), 0.51 + 2e-7 * std::exp2(x)) << x;
  }
}

TEST(NormalTable, HasMeanZeroVarianceOneAndTheTailsOfTheNormal)
{
  NormalTable const table;
  double sum = 0, squares = 0;
  int beyond_two = 0;
  constexpr int n = 400000;
  for (int i = 0; i < n; ++i)
  {
    double const x =
        static_cast<double>(table.at(mix64(static_cast<std::uint64_t>(i) + 1))) / (1 << fixed_bits);
    sum += x;
    squares += x * x;
    beyond_two += x > 2 ? 1 : 0;
  }
  EXPECT_NEAR(sum / n, 0, 0.006);
  EXPECT_NEAR(squares / n, 1, 0.01);
  EXPECT_NEAR(beyond_two / double{n}, 0.02275, 0.001);
}

TEST(AliasTable, DrawsEachIndexAsOftenAsItsWeightSays)
{
  std::vector<double> const weights = {5, 0, 1, 3, 1};
  AliasTable const table(weights);
  std::vector<int> seen(weights.size());
  constexpr int n = 200000;
  for (int i = 0; i < n; ++i)
  {
    ++seen[table.pick(mix64(static_cast<std::uint64_t>(i) * 3 + 1))];
  }
  for (std::size_t i = 0; i < weights.size(); ++i)
  {
    EXPECT_NEAR(seen[i] / double{n}, weights[i] / 10, 0.005) << i;
  }
}

TEST(World, HasFiveThousandDistinctCodesWithLeadingZerosAndTwoHundredCountries)
{
  std::set<std::string> codes, countries;
  for (Product const& product : world().products())
  {
    codes.emplace(product.hs6(2022));
  }
  for (std::uint32_t i = 0; i < country_count; ++i)
  {
    countries.emplace(country_code(i));
  }
  EXPECT_EQ(world().products().size(), product_count);
  EXPECT_EQ(codes.size(), product_count);
  EXPECT_EQ(codes.begin()->substr(0, 2), "01");
  EXPECT_EQ(codes.rbegin()->substr(0, 2), "97");
  EXPECT_EQ(countries.size(), country_count);
}

TEST(Declarations, ARowDependsOnItsNumberAndNotOnTheBlockItIsMadeWith)
{
  DeclarationYear const year{2021, 3 * rows_per_block, 0.1};
  std::string const whole = declarations(year, 0, 2 * rows_per_block);
  EXPECT_EQ(whole,
            declarations(year, 0, rows_per_block) + declarations(year, rows_per_block, rows_per_block));
}

TEST(Declarations, EveryRowAddsUp)
{
  std::string text, tax_text;
  declare({2021, 20000, 0}, 0, 20000, text, &tax_text);
  auto const rows = rows_of(text), all_taxes = rows_of(tax_text);
  ASSERT_EQ(rows.size(), 20000U);
  ASSERT_EQ(all_taxes.size(), rows.size());
  std::set<std::string> keys, kinds;
  for (std::size_t r = 0; r < rows.size(); ++r)
  {
    auto const& row = rows[r];
    auto const& taxes = all_taxes[r];
    ASSERT_EQ(taxes.size(), 10U);
    EXPECT_EQ(taxes[0] + taxes[1] + taxes[5] + taxes[7], row[0] + row[1] + row[24] + row[25]);
    EXPECT_EQ(units(taxes[8]), units(taxes[5]) + units(taxes[6]) + units(taxes[7]));
    kinds.insert(taxes[4]);
    ASSERT_EQ(row.size(), 27U);
    std::int64_t const customs_value = units(row[22]);
    EXPECT_EQ(customs_value, units(row[19]) + units(row[20]) + units(row[21]));
    EXPECT_LE(units(row[16]), units(row[15])) << "net above gross";
    EXPECT_GT(units(row[16]), 0);
    std::int64_t const by_value = (customs_value * units(row[23]) + 500) / 1000;
    if (taxes[4] == "free" || taxes[4] == "ad-valorem" || taxes[4] == "seasonal")
    {
      EXPECT_EQ(units(row[24]), by_value);
    }
    else if (!taxes[3].empty() && taxes[3] != "investment")
    {
      EXPECT_EQ(units(row[24]) + units(row[25]), 0) << taxes[3];
    }
    EXPECT_GE(units(row[25]), 0);
    EXPECT_EQ(row[10].size(), 6U);
    EXPECT_EQ(row[26], row[2].substr(0, 4));
    EXPECT_NE(row[8], row[3]) << "origin is the reporter";
    EXPECT_TRUE(keys.insert(row[0] + "/" + row[1]).second) << "item twice";
  }
  EXPECT_EQ(kinds.size(), 7U) << "a kind of duty never occurs";
  EXPECT_TRUE(
      std::is_sorted(rows.begin(), rows.end(), [](auto const& a, auto const& b) { return a[2] < b[2]; }));
  EXPECT_EQ(rows.front()[2], "2021-01-01");
  EXPECT_EQ(rows.back()[2], "2021-12-31");
}

TEST(Declarations, TheItemsOfADeclarationShareItsHead)
{
  auto const rows = rows_of(declarations({2021, 5000, 0}, 0, 5000));
  int further_items = 0;
  for (std::size_t i = 1; i < rows.size(); ++i)
  {
    if (rows[i][0] == rows[i - 1][0])
    {
      ++further_items;
      EXPECT_EQ(units(rows[i][1]), units(rows[i - 1][1]) + 1);
      for (std::size_t const column : {2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14})
      {
        EXPECT_EQ(rows[i][column], rows[i - 1][column]);
      }
    }
  }
  EXPECT_GT(further_items, 1000);
}

TEST(Declarations, PlantedFaultsAreCountedAndBreakWhatTheySay)
{
  std::string text;
  DeclarationYear const year{2021, rows_per_block, 0.05};
  RowFaultCounts const counts = declare(year, 0, rows_per_block, text);
  auto const rows = rows_of(text);
  auto const whole = rows_of(declarations({2021, rows_per_block, 0}, 0, rows_per_block));
  ASSERT_EQ(rows.size(), whole.size());
  RowFaultCounts seen{};
  auto const saw = [&](RowFault fault) { ++seen[static_cast<std::size_t>(fault)]; };
  std::int64_t changed = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    auto const& row = rows[i];
    if (row == whole[i])
    {
      continue;
    }
    ++changed;
    if (row.size() != 27)
    {
      saw(row.size() < 27 ? RowFault::missing_field : RowFault::extra_field);
      EXPECT_EQ(row.size(), row.size() < 27 ? 26U : 28U);
    }
    else if (row == whole[i - 1])
    {
      saw(RowFault::duplicate);
    }
    else if (row[22] != whole[i][22])
    {
      saw(RowFault::bad_number);
    }
    else if (row[2] != whole[i][2])
    {
      EXPECT_EQ(row[2], "2021-02-30");
      saw(RowFault::bad_date);
    }
    else if (row[10] != whole[i][10])
    {
      saw(RowFault::bad_hs);
    }
    else if (row[3].empty())
    {
      saw(RowFault::empty_field);
    }
    else if (row[4].front() == '"')
    {
      saw(RowFault::open_quote);
    }
    else
    {
      EXPECT_GT(units(row[16]), units(row[15]));
      saw(RowFault::net_over_gross);
    }
  }
  EXPECT_EQ(seen, counts);
  EXPECT_NEAR(static_cast<double>(changed) / static_cast<double>(rows.size()), 0.05, 0.005);
  EXPECT_TRUE(std::all_of(counts.begin(), counts.end(), [](std::int64_t n) { return n > 0; }));
}

}  // namespace
}  // namespace tarifa::kernels
