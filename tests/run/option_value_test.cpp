#include "pipeline/run/option_value.hpp"

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(OptionValue, SizesTakeBinaryAndDecimalSuffixes)
{
  EXPECT_EQ(parse_value<Bytes>("1GiB"), gibibytes(1));
  EXPECT_EQ(parse_value<Bytes>("512 MiB"), mebibytes(512));
  EXPECT_EQ(parse_value<Bytes>("4G"), gibibytes(4));
  EXPECT_EQ(parse_value<Bytes>("1.5K").count, 1536);
  EXPECT_EQ(parse_value<Bytes>("2GB").count, 2'000'000'000);
  EXPECT_EQ(parse_value<Bytes>("4096").count, 4096);
  for (auto const* text : {"", "GiB", "-1G", "1 Gib", "1.2.3M", "0.5", "1e3", "99999999999T", "4 G B"})
  {
    EXPECT_THROW(parse_value<Bytes>(text), Error) << text;
  }
}

TEST(OptionValue, SizesAreShownInTheLargestUnitThatIsExact)
{
  EXPECT_EQ(show_value(gibibytes(3)), "3GiB");
  EXPECT_EQ(show_value(Bytes{gibibytes(3).count + 1024}), "3145729KiB");
  EXPECT_EQ(show_value(Bytes{1000}), "1000");
  EXPECT_EQ(show_value(Bytes{0}), "0");
}

TEST(OptionValue, TimesTakeSuffixesAndTheFormsOfSlurm)
{
  EXPECT_EQ(parse_value<milliseconds>("90s"), seconds(90));
  EXPECT_EQ(parse_value<milliseconds>("1.5h"), seconds(5400));
  EXPECT_EQ(parse_value<milliseconds>("01:02:03"), seconds(3723));
  EXPECT_EQ(parse_value<milliseconds>("2-01:00:00"), seconds(49 * 3600));
  EXPECT_EQ(parse_value<milliseconds>("250ms"), milliseconds(250));
  EXPECT_EQ(show_value(milliseconds(seconds(49 * 3600 + 61))), "2-01:01:01");
  EXPECT_EQ(show_value(milliseconds(1500)), "1500ms");
  EXPECT_EQ(show_value(milliseconds(0)), "0");
  for (auto const* text : {"", "h", "1:2", "1:60:00", "00:00:60", "-1:00:00", "1x", "a-1:00:00", "1-1-1:0:0"})
  {
    EXPECT_THROW(parse_value<milliseconds>(text), Error) << text;
  }
}

TEST(OptionValue, NumbersAreTakenWholeOrNotAtAll)
{
  EXPECT_EQ(parse_value<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_value<double>("1e-3"), 0.001);
  for (auto const* text : {"", "1 ", "0x10", "1.0", "99999999999999999999", "4kg"})
  {
    EXPECT_THROW(parse_value<std::int64_t>(text), Error) << text;
  }
  for (auto const* text : {"nan", "inf", "1,5", "--1"})
  {
    EXPECT_THROW(parse_value<double>(text), Error) << text;
  }
  EXPECT_THROW(parse_value<bool>("yes"), Error);
  EXPECT_THROW(parse_value<std::string>("two\nlines"), Error);
}

TEST(OptionValue, ListsAreSeparatedByCommasAndReadBack)
{
  auto const years = parse_value<std::vector<std::int64_t>>("2019, 2020 ,2021");
  EXPECT_EQ(years, (std::vector<std::int64_t>{2019, 2020, 2021}));
  EXPECT_EQ(parse_value<std::vector<std::int64_t>>(show_value(years)), years);
  EXPECT_TRUE(parse_value<std::vector<std::string>>("").empty());
  EXPECT_THROW(parse_value<std::vector<std::int64_t>>("1,,2"), Error);
  EXPECT_THROW(parse_value<std::vector<double>>("1,x"), Error);
}

TEST(OptionValue, ADoubleIsShownSoThatItReadsBackToTheSameBits)
{
  for (double const value : {0.1, 1.0 / 3, 1e300, -0.0, 5e-324})
  {
    EXPECT_EQ(parse_value<double>(show_value(value)), value);
  }
}

}  // namespace
}  // namespace tarifa
