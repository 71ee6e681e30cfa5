#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/csv/field_parser.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

/// The date as YYYY-MM-DD, "malformed" or "out_of_range".
std::string date(std::string_view pattern, std::string_view text)
{
  std::int32_t days = 0;
  std::vector<char> const copy(text.begin(), text.end());
  switch (DateFormat(pattern).parse({copy.data(), copy.size()}, days))
  {
    case ParseResult::malformed:
      return "malformed";
    case ParseResult::out_of_range:
      return "out_of_range";
    default:
      break;
  }
  int year = 0;
  int month = 0;
  int day = 0;
  civil_of(days, year, month, day);
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", year, month, day);
  return buffer;
}

TEST(DaysOf, counts_every_day_of_four_thousand_years)
{
  int const lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  EXPECT_EQ(days_of(1970, 1, 1), 0);
  EXPECT_EQ(days_of(2000, 3, 1), 11017);
  std::int32_t expected = days_of(-1000, 1, 1);
  for (int year = -1000; year < 3000; ++year)
  {
    bool const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; ++month)
    {
      int const length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
      for (int day = 1; day <= length; ++day, ++expected)
      {
        ASSERT_EQ(days_of(year, month, day), expected) << year << '-' << month << '-' << day;
        int y = 0;
        int m = 0;
        int d = 0;
        civil_of(expected, y, m, d);
        ASSERT_TRUE(y == year && m == month && d == day) << year << '-' << month << '-' << day;
      }
    }
  }
}

TEST(DateFormat, reads_fixed_patterns)
{
  EXPECT_EQ(date("YYYY-MM-DD", "2021-02-28"), "2021-02-28");
  EXPECT_EQ(date("YYYYMMDD", "20240229"), "2024-02-29");
  EXPECT_EQ(date("DD/MM/YYYY", "31/12/1999"), "1999-12-31");
  EXPECT_EQ(date("MM/DD/YYYY", "12/31/1999"), "1999-12-31");
  EXPECT_EQ(date("YYYY-MM-DD", " 2021-02-28 "), "2021-02-28");
}

TEST(DateFormat, refuses_text_of_another_form)
{
  for (char const* text : {"", "2021-2-28", "2021/02/28", "20210228", "2021-02-28x", "2021-02-2",
                           "2O21-02-28", "-021-02-28", "2021-02-2:",
                           "2021-02\xAD"
                           "28",
                           "\xB2"
                           "021-02-28"})
  {
    EXPECT_EQ(date("YYYY-MM-DD", text), "malformed") << text;
  }
  EXPECT_EQ(date("YYYYMMDD", "2021022"), "malformed");
  EXPECT_EQ(date("YYYYMMDD", "202102281"), "malformed");
}

TEST(DateFormat, refuses_days_that_do_not_exist)
{
  for (char const* text :
       {"2021-02-29", "1900-02-29", "2021-04-31", "2021-13-01", "2021-00-10", "2021-01-00", "2021-01-32"})
  {
    EXPECT_EQ(date("YYYY-MM-DD", text), "out_of_range") << text;
  }
  EXPECT_EQ(date("YYYY-MM-DD", "2000-02-29"), "2000-02-29");
}

TEST(DateFormat, reads_month_names_and_short_forms)
{
  EXPECT_EQ(date("D-Mon-YY", "7-Mar-21"), "2021-03-07");
  EXPECT_EQ(date("D-b-YY", "17-SEPTEMBER-69"), "2069-09-17");
  EXPECT_EQ(date("D-Mon-YY", "07-may-70"), "1970-05-07");
  EXPECT_EQ(date("D-Mon-YY", "7-Mrz-21"), "malformed");
  EXPECT_EQ(date("D-Mon-YY", "7-Marc-21"), "malformed");
  EXPECT_EQ(date("DbYYYY", "07MAR2021"), "2021-03-07");
  EXPECT_EQ(date("D.M.YYYY", "1.2.2021"), "2021-02-01");
  EXPECT_EQ(date("D.M.YYYY", "01.12.2021"), "2021-12-01");
  EXPECT_EQ(date("D.M.YYYY", "001.2.2021"), "malformed");
  EXPECT_EQ(date("D.M.YYYY", ".2.2021"), "malformed");
  EXPECT_EQ(date("YYMMDD", "691231"), "2069-12-31");
}

TEST(DateFormat, checks_and_drops_the_time_of_day)
{
  std::string_view const pattern = "YYYY-MM-DDThh:mm:ssZ";
  EXPECT_EQ(date(pattern, "2021-03-07T23:59:60Z"), "2021-03-07");
  EXPECT_EQ(date(pattern, "2021-03-07T24:00:00Z"), "out_of_range");
  EXPECT_EQ(date(pattern, "2021-03-07T12:60:00Z"), "out_of_range");
  EXPECT_EQ(date(pattern, "2021-03-07 12:00:00Z"), "malformed");
  EXPECT_EQ(date(pattern, "2021-03-07T12:00:00"), "malformed");
}

TEST(DateFormat, refuses_patterns_that_say_too_little_too_much_or_nothing_known)
{
  auto const reason = [](std::string_view pattern)
  {
    try
    {
      DateFormat const format(pattern);
    }
    catch (Error const& error)
    {
      EXPECT_EQ(error.fault(), Fault::usage);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(reason("YYYY-QQ-DD").find("the letter 'Q'"), std::string::npos);
  EXPECT_NE(reason("YYYY-MM").find("has no day"), std::string::npos);
  EXPECT_NE(reason("MM-DD").find("has no year"), std::string::npos);
  EXPECT_NE(reason("YYYY-MM-DD b").find("more than one month"), std::string::npos);
  EXPECT_NE(reason("DMYYYY").find("does not say where"), std::string::npos);
  EXPECT_NE(reason("").find("has no year"), std::string::npos);
  EXPECT_NE(reason("YYY-MM-DD").find("the letter 'Y'"), std::string::npos);
}

}  // namespace
}  // namespace tarifa
