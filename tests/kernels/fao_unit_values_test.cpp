#include "kernels/mirror/partner/fao_unit_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "tests/kernels/flow_columns.hpp"
#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

FaoUnitValues found(FlowColumns const& flows, std::size_t countries, FaoUnitValueSettings const& settings,
                    std::size_t shares)
{
  FaoUnitValues values(countries, 2020, settings);
  while (!values.is_found())
  {
    FaoUnitValues const empty = values;
    for (std::size_t share = shares; share-- > 0;)
    {
      FaoUnitValues part = empty, copy = empty;
      part.add(flows.block(flows.size() * share / shares, flows.size() * (share + 1) / shares));
      copy.set_digits(part.to_digits());
      values.add(copy);
    }
    values.narrow();
  }
  return values;
}

std::vector<FaoUnitValue> applied(FaoUnitValues const& values, FlowColumns const& flows, FaoRole role)
{
  std::vector<FaoUnitValue> result(flows.size());
  values.apply(flows.block(), role, result);
  return result;
}

/// Products 0 and 1 are lines of one HS6, 2 and 3 of another, 4 stands alone; all but 4 are one commodity.
FaoUnitValueSettings lines()
{
  FaoUnitValueSettings settings;
  settings.levels = {{0, 1, 2, 3, 4}, {0, 0, 1, 1, 2}, {0, 0, 0, 0, 1}};
  return settings;
}

TEST(FaoUnitValues, cascade_goes_to_the_narrowest_group_with_enough_reports)
{
  FlowColumns flows;
  // Importer 0: 11 reports of line 0 at 10 +- 1, in which the median is 10; 3 of line 1 at 20.
  for (std::int32_t i = 0; i < 11; ++i)
  {
    flows.add(1 + i % 3, 0, 0, 2020, nan, (9 + 0.2 * i) * 100, nan, 100);
  }
  for (std::int32_t i = 0; i < 3; ++i)
  {
    flows.add(1 + i, 0, 1, 2020, nan, 2000, nan, 100);
  }
  // Importer 1: two reports of line 2; without a weight, one of line 3 and one of line 4.
  flows.add(0, 1, 2, 2020, nan, 500, nan, 100);
  flows.add(2, 1, 2, 2020, nan, 700, nan, 100);
  flows.add(2, 1, 3, 2020, nan, 700, nan, nan);
  flows.add(2, 1, 4, 2020, nan, 700, nan, 0);
  flows.add(2, 1, 4, 2019, nan, 700, nan, 1);
  // Exporter 3 reports line 4 without weights: nothing is known.
  flows.add(3, 1, 4, 2020, 50, nan, nan, nan);
  FaoUnitValues const values = found(flows, 4, lines(), 2);
  auto const imports = applied(values, flows, FaoRole::importer);
  EXPECT_EQ(imports[0].level, 0);  // own line
  EXPECT_DOUBLE_EQ(imports[0].median, 10);
  EXPECT_EQ(imports[11].level, 1);  // own HS6: 14 reports, of which the two in the middle are 10.4 and 10.6
  EXPECT_DOUBLE_EQ(imports[11].median, (10.4 + 10.2) / 2);
  EXPECT_EQ(imports[14].level, 3);  // line of the world
  EXPECT_DOUBLE_EQ(imports[14].median, 6);
  EXPECT_EQ(imports[16].level, 4);  // HS6 of the world
  EXPECT_DOUBLE_EQ(imports[16].median, 6);
  EXPECT_TRUE(imports[16].kg_is_estimate);
  EXPECT_DOUBLE_EQ(imports[16].kg, 700. / 6);
  EXPECT_EQ(imports[17].level, 6);  // all that importer 1 imports
  EXPECT_DOUBLE_EQ(imports[17].kg, 700. / 6);
  EXPECT_TRUE(std::isnan(imports[18].unit_value) && std::isnan(imports[18].kg));  // another year
  auto const exports = applied(values, flows, FaoRole::exporter);
  EXPECT_EQ(exports[19].level, -1);
  EXPECT_FALSE(exports[19].kg_is_estimate);
  EXPECT_TRUE(std::isnan(exports[19].kg));
}

TEST(FaoUnitValues, outliers_by_ratio_and_by_box_get_the_weight_of_the_median)
{
  FlowColumns flows;
  for (std::int32_t i = 0; i < 21; ++i)
  {
    flows.add(1, 0, 0, 2020, nan, 100 * std::exp(0.1 * (i - 10)), nan, 100);
  }
  flows.add(1, 0, 0, 2020, nan, 100 * 20, nan, 100);     // beyond the box, not the ratio
  flows.add(1, 0, 0, 2020, nan, 100, nan, 100 * 101.0);  // beyond both
  flows.add(1, 0, 0, 2020, nan, 100 * 3, nan, 100);      // within
  FaoUnitValueSettings settings = lines();
  auto const outliers = [&]
  {
    auto const values = applied(found(flows, 2, settings, 1), flows, FaoRole::importer);
    EXPECT_NEAR(values[21].median, std::exp(0.05), 0.06);
    return std::vector<FaoUnitValue>(values.begin() + 21, values.end());
  };
  auto found_outliers = outliers();
  EXPECT_TRUE(found_outliers[0].beyond_box && !found_outliers[0].beyond_ratio);
  EXPECT_TRUE(found_outliers[1].beyond_box && found_outliers[1].beyond_ratio);
  EXPECT_FALSE(found_outliers[2].beyond_box || found_outliers[2].beyond_ratio);
  EXPECT_DOUBLE_EQ(found_outliers[0].kg, 2000 / found_outliers[0].median);
  EXPECT_EQ(found_outliers[2].kg, 100);
  settings.box_length = 0;
  found_outliers = outliers();
  EXPECT_FALSE(found_outliers[0].kg_is_estimate);
  EXPECT_TRUE(found_outliers[1].kg_is_estimate);
  settings.most_ratio = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(outliers()[1].kg_is_estimate);
}

TEST(FaoUnitValues, outliers_in_time)
{
  std::vector<double> const before = {nan, 2, 2, 2, 2}, heavy(5, 1.1e6), light(5, 0.9e6);
  EXPECT_FALSE(is_fao_time_outlier(2.1, before, heavy));
  EXPECT_FALSE(is_fao_time_outlier(4, before, heavy));
  EXPECT_TRUE(is_fao_time_outlier(4.1, before, heavy));  // more than doubled
  EXPECT_TRUE(is_fao_time_outlier(0.9, before, heavy));  // fell by more than a half
  EXPECT_FALSE(is_fao_time_outlier(4.1, before, light));
  std::vector<double> const risen = {1, 1, 1, 1, 8};
  EXPECT_TRUE(is_fao_time_outlier(10, risen, heavy));  // 4.2 times the mean
  EXPECT_FALSE(is_fao_time_outlier(9, risen, heavy));
  EXPECT_FALSE(is_fao_time_outlier(9, {}, {}));
}

TEST(FaoUnitValues, fish_imports_of_2020_equal_sorting_whatever_the_order_and_sharing)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  FlowColumns flows, turned;
  std::map<std::string, std::int32_t> country, product, heading;
  FaoUnitValueSettings settings;
  settings.levels.resize(2);
  auto const number = [](std::map<std::string, std::int32_t>& codes, std::string const& code)
  { return codes.try_emplace(code, static_cast<std::int32_t>(codes.size())).first->second; };
  for (std::string const& line :
       reference_lines("trade/comtrade_fish_hs6_annual_2000_2024.csv.gz", "^2020,M,.*,(0302|0306|1604)"))
  {
    auto const fields = fields_of(line);
    std::size_t const known = product.size();
    std::int32_t const code = number(product, fields[4]);
    if (product.size() > known)
    {
      settings.levels[0].push_back(code);
      settings.levels[1].push_back(number(heading, fields[4].substr(0, 4)));
    }
    flows.add(number(country, fields[3]), number(country, fields[2]), code, 2020, nan,
              std::strtod(fields[5].c_str(), nullptr), nan, std::strtod(fields[6].c_str(), nullptr));
  }
  ASSERT_GT(flows.size(), 5000U);
  for (std::size_t i = flows.size(); i-- > 0;)
  {
    turned.add(flows.exporter[i], flows.importer[i], flows.product[i], 2020, nan, flows.imported[i], nan,
               flows.imported_kg[i]);
  }
  auto const values = applied(found(flows, country.size(), settings, 1), flows, FaoRole::importer);
  auto const others = applied(found(turned, country.size(), settings, 3), turned, FaoRole::importer);

  std::map<std::tuple<int, int, int>, std::vector<double>> sorted;  // level, reporter or -1, code
  std::map<std::tuple<int, int, int>, int> rows;
  std::vector<int> at_level(5);
  for (std::size_t i = 0; i < flows.size(); ++i)
  {
    std::int32_t const line = flows.product[i], coarse = settings.levels[1][static_cast<std::size_t>(line)];
    for (auto const& key : {std::tuple{0, flows.importer[i], line}, std::tuple{1, flows.importer[i], coarse},
                            std::tuple{2, -1, line}})
    {
      ++rows[key];
      if (flows.imported_kg[i] > 0 && flows.imported[i] > 0)
      {
        sorted[key].push_back(flows.imported[i] / flows.imported_kg[i]);
      }
    }
  }
  for (auto& group : sorted)
  {
    std::sort(group.second.begin(), group.second.end());
  }
  auto const median = [](std::vector<double> const& all)
  { return (all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2; };
  for (std::size_t i = 0; i < flows.size(); ++i)
  {
    std::int32_t const line = flows.product[i], coarse = settings.levels[1][static_cast<std::size_t>(line)];
    FaoUnitValue const& value = values[i];
    FaoUnitValue const& other = others[flows.size() - 1 - i];
    EXPECT_EQ(value.median, other.median);
    EXPECT_EQ(value.beyond_box, other.beyond_box);
    EXPECT_TRUE(value.kg == other.kg || (std::isnan(value.kg) && std::isnan(other.kg)));
    ++at_level[static_cast<std::size_t>(value.level)];
    std::tuple const own{0, flows.importer[i], line}, own_heading{1, flows.importer[i], coarse};
    int const expected = rows[own] > 10 && !sorted[own].empty()                   ? 0
                         : rows[own_heading] > 10 && !sorted[own_heading].empty() ? 1
                                                                                  : 2;
    ASSERT_EQ(value.level, expected);
    std::tuple const world{2, -1, line};
    EXPECT_EQ(value.median, median(sorted[expected == 0 ? own : expected == 1 ? own_heading : world]));
  }
  EXPECT_GT(at_level[0], 1000);
  EXPECT_GT(at_level[1], 1000);
  EXPECT_GT(at_level[2], 100);
}

}  // namespace
}  // namespace tarifa::kernels
