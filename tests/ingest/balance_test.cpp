#include "pipeline/ingest/balance.hpp"

#include <sstream>

#include <gtest/gtest.h>

using namespace tarifa;

namespace
{

Source two_masses()
{
  return parse_source(
      "[source]\ntable = t\npartition = year(day)\nduplicates = none\n"
      "[column day]\nkind = date\nformat = YYYY-MM-DD\nmandatory = true\n"
      "[column the_mass_without_its_packing]\nkind = integer\n"
      "[column the_mass_with_its_packing]\nkind = integer\n"
      "[rules]\norder = the_mass_without_its_packing <= the_mass_with_its_packing\n",
      "two-masses.ini");
}

std::vector<std::string> lines_of(std::string const& text)
{
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
  {
    lines.push_back(line);
  }
  return lines;
}

BalanceSheet sheet_of(std::string file, std::int64_t read, std::int64_t kept, std::size_t reasons)
{
  BalanceSheet sheet(reasons);
  sheet.file = std::move(file);
  sheet.read = {100 * read, read, read, 0, 0};
  sheet.kept = {100 * kept, kept, kept, 0, 0};
  return sheet;
}

TEST(BalanceText, ColumnsStayUnderEachOtherWhenAReasonOrATitleIsLong)
{
  Source const source = two_masses();
  Reasons const reasons(source);
  BalanceSheet sheet = sheet_of("f.csv", 1234567, 1234560, reasons.size());
  sheet.rejected[reasons.order(0)] = {700, 7, 7, 0, 0};
  for (std::string const title : {"t", "a title of a table and the name of a very long file in its year.csv"})
  {
    std::vector<std::string> const lines = lines_of(balance_text(sheet, title, reasons, nullptr));
    ASSERT_GE(lines.size(), 9U);
    EXPECT_NE(lines.back().find("   balance ok"), std::string::npos) << lines.back();
    for (std::string const& line : lines)
    {
      EXPECT_EQ(line.substr(0, line.find("   balance ok")).size(), lines[0].size()) << line;
    }
    EXPECT_EQ(lines[1].substr(lines[1].size() - 9), "1,234,567");
  }
}

TEST(BalanceLines, EveryFileHasOneLineAndAnUnevenOneSaysSo)
{
  BalanceSheet even = sheet_of("2019.csv", 1500, 1490, 1);
  even.rejected[0].records = even.rejected[0].lines = 4;
  even.rejected[0].bytes = 400;
  even.duplicate = {300, 3, 3, 0, 0};
  even.superseded = {200, 2, 2, 0, 0};
  even.filtered = {100, 1, 1, 0, 0};
  BalanceSheet const off = sheet_of("2020.csv", 10, 9, 1);
  std::vector<std::string> const lines = lines_of(balance_lines(std::vector{even, off}));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].substr(0, 28), "2019.csv                    ");
  std::istringstream words(lines[1]);
  std::vector<std::string> found{std::istream_iterator<std::string>(words), {}};
  EXPECT_EQ(found, (std::vector<std::string>{"2019.csv", "1,500", "1,490", "4", "3", "3", "ok"}));
  EXPECT_NE(lines[2].find("DOES NOT BALANCE"), std::string::npos);
  EXPECT_EQ(lines[1].find("ok"), lines[2].find("DOES"));
}

}  // namespace
