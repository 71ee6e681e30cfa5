#include "kernels/mirror/country_codes.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

/// configs/codes/countries.csv of the source tree.
std::vector<CountryPeriod> table()
{
  std::ifstream file(std::filesystem::path(TARIFA_SOURCE_DIR) / "configs" / "codes" / "countries.csv");
  std::vector<CountryPeriod> rows;
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "country,m49,comtrade,first_year,last_year,becomes,source,note");
  while (std::getline(file, line))
  {
    std::istringstream fields(line);
    std::string field[6];
    for (std::string& one : field)
    {
      std::getline(fields, one, ',');
    }
    auto const number = [](std::string const& text, std::int32_t otherwise)
    { return text.empty() ? otherwise : std::stoi(text); };
    CountryPeriod row{field[0], number(field[1], -1), number(field[2], -1), 0, 0, {}};
    row.first_year = number(field[3], std::numeric_limits<std::int32_t>::min());
    row.last_year = number(field[4], std::numeric_limits<std::int32_t>::max());
    std::istringstream next(field[5]);
    for (std::string one; next >> one;)
    {
      row.becomes.push_back(one);
    }
    rows.push_back(row);
  }
  return rows;
}

std::string names(CountryCodes const& codes, std::vector<std::int32_t> const& countries)
{
  std::string text;
  for (std::int32_t const country : countries)
  {
    text += (text.empty() ? "" : " ") + std::string(codes.name(country));
  }
  return text;
}

TEST(CountryCodes, numbers_of_statistics_are_not_those_of_the_standard)
{
  CountryCodes const codes(table());
  auto const name = [&](CodeScheme scheme, std::int32_t code, std::int32_t year)
  {
    std::int32_t const country = codes.find(scheme, code, year);
    return country < 0 ? std::string("none") : std::string(codes.name(country));
  };
  using enum CodeScheme;
  EXPECT_EQ(name(comtrade, 842, 2020), "USA");
  EXPECT_EQ(name(m49, 840, 2020), "USA");
  EXPECT_EQ(name(m49, 842, 2020), "none");
  EXPECT_EQ(name(comtrade, 251, 2020), "FRA");
  EXPECT_EQ(name(comtrade, 381, 1995), "ITA");
  EXPECT_EQ(name(comtrade, 757, 2020), "CHE");
  EXPECT_EQ(name(comtrade, 579, 2020), "NOR");
  EXPECT_EQ(name(comtrade, 699, 2020), "IND");
  EXPECT_EQ(name(comtrade, 490, 2020), "TWN");
  EXPECT_EQ(name(comtrade, 276, 1989), "none");
  EXPECT_EQ(name(comtrade, 280, 1989), "DEU");
  EXPECT_EQ(name(comtrade, 711, 1999), "XSC");
  EXPECT_EQ(codes.code(comtrade, codes.index("BEL"), 1998), -1);
  EXPECT_EQ(codes.code(comtrade, codes.index("BEL"), 1999), 56);
  EXPECT_EQ(codes.code(m49, codes.index("BEL"), 1998), 56);
  EXPECT_EQ(codes.code(m49, codes.index("FRA"), 2020), 250);
  EXPECT_EQ(codes.index("QQQ"), -1);
  EXPECT_EQ(codes.find_nearest(comtrade, 891, 2008), codes.index("SCG"));
  EXPECT_EQ(codes.find(comtrade, 891, 2008), -1);
}

TEST(CountryCodes, splits_and_mergers_are_followed_through_time)
{
  CountryCodes const codes(table());
  auto const later = [&](char const* country, std::int32_t year)
  { return names(codes, codes.in_year(codes.index(country), year)); };
  EXPECT_EQ(later("CSK", 1990), "CSK");
  EXPECT_EQ(later("CSK", 2000), "CZE SVK");
  EXPECT_EQ(later("DDR", 2000), "DEU");
  EXPECT_EQ(later("YUG", 2000), "BIH HRV MKD SCG SVN");
  EXPECT_EQ(later("YUG", 2010), "BIH HRV MKD MNE SRB SVN");
  EXPECT_EQ(later("ANT", 2015), "BES CUW SXM");
  EXPECT_EQ(later("BLX", 2000), "BEL LUX");
  EXPECT_EQ(later("SSD", 2000), "");
}

TEST(CountryCodes, contradictions_are_refused)
{
  EXPECT_THROW(CountryCodes({{{"A", 1, 1, 1990, 2000, {}}, {"B", 2, 1, 2000, 2010, {}}}}),
               std::invalid_argument);
  EXPECT_THROW(CountryCodes({{{"A", 1, 1, 1990, 1980, {}}}}), std::invalid_argument);
  EXPECT_THROW(CountryCodes({{{"A", 1, 1, 1990, 2000, {"B"}}}}), std::invalid_argument);
  EXPECT_EQ(CountryCodes(std::vector<CountryPeriod>{}).find(CodeScheme::m49, 1, 2000), -1);
}

TEST(CountryCodes, know_all_reporters_of_the_reference_list)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  CountryCodes const codes(table());
  // Names in this list hold commas; number and code stand before and behind, so
  // only the number is read.
  std::ifstream file(reference_folder() / "geo" / "reporter_codes.csv");
  std::string line;
  std::getline(file, line);
  int missing = 0, rows = 0;
  while (std::getline(file, line))
  {
    std::size_t const comma = line.find(',');
    std::int32_t const number = std::stoi(line.substr(comma + 1));
    missing += codes.find_nearest(CodeScheme::comtrade, number, 2020) < 0 ? 1 : 0;
    ++rows;
  }
  EXPECT_GT(rows, 200);
  EXPECT_EQ(missing, 0);
}

}  // namespace
}  // namespace tarifa::kernels
