#include "pipeline/csv/plain_numbers.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/csv/field_parser.hpp"

namespace tarifa
{
namespace
{

/// Fields of one column, between others.
struct Text
{
  explicit Text(std::vector<std::string> const& fields)
  {
    for (std::string const& field : fields)
    {
      all += "x," + field + ",1\n";
    }
    RecordScanner const scanner({}, 3);
    scanner.scan(all, 0, all.size(), true, fields.size(), batch);
  }
  FieldColumn column() const { return {all, batch, 3, 1}; }

  std::string all;
  RecordBatch batch;
};

struct Read
{
  std::vector<std::int64_t> values;
  std::vector<std::uint8_t> plain;
};

Read read(Text const& text, PlainForm const& form, Lanes lanes)
{
  Read result{std::vector<std::int64_t>(text.batch.records.size()),
              std::vector<std::uint8_t>(text.batch.records.size())};
  std::size_t const count = parse_plain_numbers(text.column(), form, result.values, result.plain, lanes);
  EXPECT_EQ(static_cast<std::size_t>(std::count(result.plain.begin(), result.plain.end(), 1)), count);
  return result;
}

std::vector<Lanes> all_lanes()
{
  std::vector<Lanes> lanes = {Lanes::swar};
  if (best_lanes() == Lanes::avx2)
  {
    lanes.push_back(Lanes::avx2);
  }
  return lanes;
}

/// Digits, marks and now and then anything else.
std::string random_number(std::mt19937& random)
{
  std::string text;
  std::size_t const size = random() % 19;
  for (std::size_t i = 0; i < size; ++i)
  {
    unsigned const draw = random() % 64;
    text += draw == 0  ? static_cast<char>(33 + random() % 90)
            : draw < 5 ? '.'
                       : static_cast<char>('0' + draw % 10);
  }
  std::erase_if(text, [](char c) { return c == ',' || c == '"'; });
  return random() % 8 == 0 ? "-" + text : text;
}

TEST(PlainNumbers, AreWhatTheGeneralParserReads)
{
  std::mt19937 random(1);
  std::vector<std::string> fields;
  for (int i = 0; i < 20000; ++i)
  {
    fields.push_back(random_number(random));
  }
  Text const text(fields);
  ASSERT_EQ(text.batch.records.size(), fields.size());
  for (Lanes const lanes : all_lanes())
  {
    for (int const scale : {0, 2, 5, 12})
    {
      Read const got = read(text, {'.', scale, 0, 0, INT64_MAX}, lanes);
      std::size_t left = 0;
      for (std::size_t r = 0; r < fields.size(); ++r)
      {
        std::int64_t value = 0;
        std::int64_t residual = 0;
        ParseResult const result = parse_decimal(fields[r], {'.', 0, scale}, value, residual);
        if (got.plain[r] != 0)
        {
          ASSERT_EQ(result, ParseResult::ok) << fields[r];
          ASSERT_EQ(got.values[r], value) << fields[r];
        }
        // Sixteen characters or fewer with nothing odd about them must not be left over, save at the very
        // front of the text and beyond 18 digits.
        std::size_t const mark = std::min(fields[r].find('.'), fields[r].size());
        std::size_t const after = fields[r].size() - std::min(mark + 1, fields[r].size());
        bool const easy = result == ParseResult::ok && fields[r].size() <= 16 && r > 8
                          && fields[r].find_first_not_of(".0123456789") == std::string::npos
                          && after <= static_cast<std::size_t>(scale)
                          && mark + static_cast<std::size_t>(scale) <= 18;
        left += easy && got.plain[r] == 0 ? 1 : 0;
      }
      EXPECT_EQ(left, 0U);
    }
  }
}

TEST(PlainNumbers, WithoutAMarkAreWholeNumbers)
{
  Text const text(
      {"0", "17", "1.", "1.0", "-5", "--5", "-", "", "+3", "1234567890123456", "12345678901234567"});
  for (Lanes const lanes : all_lanes())
  {
    Read const got = read(text, {}, lanes);
    EXPECT_EQ(got.plain[2], 0);
    EXPECT_EQ(got.plain[3], 0);
    EXPECT_EQ(got.plain[5] + got.plain[6] + got.plain[7] + got.plain[8] + got.plain[10], 0);
    EXPECT_EQ(got.values[9], 1234567890123456);
    EXPECT_EQ(got.plain[9], 1);
  }
}

TEST(PlainNumbers, OfAFixedLengthHaveThatLengthAndNoSign)
{
  Text const text({"000000", "000000", "000000", "030223", "30223", "-30223", "0302230", "0302a3"});
  for (Lanes const lanes : all_lanes())
  {
    Read const got = read(text, {'\0', 0, 6, 0, INT64_MAX}, lanes);
    EXPECT_EQ(got.plain[3], 1);
    EXPECT_EQ(got.values[3], 30223);
    EXPECT_EQ(got.plain[4] + got.plain[5] + got.plain[6] + got.plain[7], 0);
  }
}

TEST(PlainNumbers, BeyondSixtyFourBitsAreLeftToTheGeneralParser)
{
  Text const text({"1", "1", "1", "1", "1", "1", "922337203", "9223372037"});
  for (Lanes const lanes : all_lanes())
  {
    Read const got = read(text, {'.', 9, 0, 0, INT64_MAX}, lanes);
    EXPECT_EQ(got.plain[6], 1);
    EXPECT_EQ(got.values[6], 922337203000000000);
    EXPECT_EQ(got.plain[7], 0);
  }
}

TEST(PlainNumbers, OutsideTheRangeAreLeftToTheGeneralParser)
{
  Text const text({"5", "5", "5", "5", "5", "0.99", "1", "2.5", "2.51"});
  for (Lanes const lanes : all_lanes())
  {
    Read const got = read(text, {'.', 2, 0, 100, 250}, lanes);
    EXPECT_EQ(got.plain[5], 0);
    EXPECT_EQ(got.plain[6], 1);
    EXPECT_EQ(got.plain[7], 1);
    EXPECT_EQ(got.plain[8], 0);
  }
}

}  // namespace
}  // namespace tarifa
