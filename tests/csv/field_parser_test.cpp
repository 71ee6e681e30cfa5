#include "pipeline/csv/field_parser.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

constexpr std::int64_t untouched = 777;

/// "ok 1250", "rounded 125 residual -5", "malformed" or "out_of_range".
std::string decimal(std::string_view text, NumberFormat const& format = {'.', 0, 2})
{
  std::int64_t value = untouched;
  std::int64_t residual = untouched;
  // A copy on the heap of exactly this size, so that a sanitizer sees bytes read outside the field.
  std::vector<char> const copy(text.begin(), text.end());
  switch (parse_decimal({copy.data(), copy.size()}, format, value, residual))
  {
    case ParseResult::ok:
      return residual == 0 ? "ok " + std::to_string(value) : "ok with a residual";
    case ParseResult::rounded:
      return "rounded " + std::to_string(value) + " residual " + std::to_string(residual);
    case ParseResult::malformed:
      return value == untouched && residual == untouched ? "malformed" : "malformed, but wrote";
    default:
      return value == untouched && residual == untouched ? "out_of_range" : "out_of_range, but wrote";
  }
}

std::string integer(std::string_view text, char thousands_mark = 0)
{
  std::int64_t value = untouched;
  std::vector<char> const copy(text.begin(), text.end());
  switch (parse_integer({copy.data(), copy.size()}, thousands_mark, value))
  {
    case ParseResult::ok:
      return std::to_string(value);
    case ParseResult::malformed:
      return value == untouched ? "malformed" : "malformed, but wrote";
    case ParseResult::out_of_range:
      return value == untouched ? "out_of_range" : "out_of_range, but wrote";
    default:
      return "rounded";
  }
}

TEST(ParseInteger, reads_whole_numbers_and_nothing_else)
{
  struct Case
  {
    char const* text;
    char const* expected;
  };
  Case const cases[] = {{"0", "0"},
                        {"-0", "0"},
                        {"7", "7"},
                        {"+7", "7"},
                        {"-7", "-7"},
                        {" 12 ", "12"},
                        {"\t12", "12"},
                        {"00012", "12"},
                        {"12345678", "12345678"},
                        {"123456789", "123456789"},
                        {"1234567890123456", "1234567890123456"},
                        {"-1234567890123456", "-1234567890123456"},
                        {"12345678901234567", "12345678901234567"},
                        {"9223372036854775807", "9223372036854775807"},
                        {"9223372036854775808", "out_of_range"},
                        {"-9223372036854775808", "-9223372036854775808"},
                        {"-9223372036854775809", "out_of_range"},
                        {"18446744073709551616", "out_of_range"},
                        {"99999999999999999999", "out_of_range"},
                        {"000000000000000000000000000000000001", "1"},
                        {"", "malformed"},
                        {" ", "malformed"},
                        {"-", "malformed"},
                        {"+", "malformed"},
                        {"--1", "malformed"},
                        {"- 1", "malformed"},
                        {"12.0", "malformed"},
                        {"1 2", "malformed"},
                        {"1e3", "malformed"},
                        {"12a", "malformed"},
                        {"/", "malformed"},
                        {":", "malformed"},
                        {"1234567:", "malformed"},
                        {"\xB1", "malformed"},
                        {"1234\xFF"
                         "78",
                         "malformed"},
                        {"123456789\x80"
                         "12",
                         "malformed"}};
  for (auto const& [text, expected] : cases)
  {
    EXPECT_EQ(integer(text), expected) << '\'' << text << '\'';
  }
  EXPECT_EQ(integer("-1,234,567", ','), "-1234567");
  EXPECT_EQ(integer("12", ','), "12");
  EXPECT_EQ(integer("1,23", ','), "malformed");
  EXPECT_EQ(integer("1,234", 0), "malformed");
  EXPECT_EQ(integer("9,223,372,036,854,775,808", ','), "out_of_range");
}

TEST(ParseDecimal, reads_the_usual_forms_exactly)
{
  struct Case
  {
    char const* text;
    char const* expected;
  };
  Case const cases[] = {{"0", "ok 0"},
                        {"-0.00", "ok 0"},
                        {"5", "ok 500"},
                        {"5.", "ok 500"},
                        {".5", "ok 50"},
                        {"-.5", "ok -50"},
                        {"+1.25", "ok 125"},
                        {" 12 ", "ok 1200"},
                        {"1234567.89", "ok 123456789"},
                        {"-1234567.89", "ok -123456789"},
                        {"123456.7", "ok 12345670"},
                        {"1.2300000", "ok 123"},
                        {"1234567890123.45", "ok 123456789012345"},
                        {"12345678.9", "ok 1234567890"},
                        {"00000000000000000000000001.50", "ok 150"},
                        {"1.5E2", "ok 15000"},
                        {"1.5e+02", "ok 15000"},
                        {"150E-2", "ok 150"},
                        {"0E999999999999999999999", "ok 0"},
                        {"1E-400", "rounded 0 residual 0"},
                        {"1E400", "out_of_range"},
                        {"1E99999999999999999999", "out_of_range"},
                        {"92233720368547758.07", "ok 9223372036854775807"},
                        {"92233720368547758.08", "out_of_range"},
                        {"-92233720368547758.08", "ok -9223372036854775808"},
                        {"-92233720368547758.09", "out_of_range"},
                        {"99999999999999999999", "out_of_range"},
                        {"9999999999999999", "ok 999999999999999900"},
                        {"", "malformed"},
                        {".", "malformed"},
                        {"-", "malformed"},
                        {"-.", "malformed"},
                        {"+-1", "malformed"},
                        {"1.2.3", "malformed"},
                        {"12345678.9.1", "malformed"},
                        {"1,5", "malformed"},
                        {"1,234.50", "malformed"},
                        {"E5", "malformed"},
                        {"1E", "malformed"},
                        {"1E+", "malformed"},
                        {"1E5.", "malformed"},
                        {"1 000", "malformed"},
                        {"nan", "malformed"},
                        {"0x10", "malformed"},
                        {"12a4.56", "malformed"},
                        {"1234567a.9", "malformed"}};
  for (auto const& [text, expected] : cases)
  {
    EXPECT_EQ(decimal(text), expected) << '\'' << text << '\'';
  }
}

TEST(ParseDecimal, rounds_half_to_even_and_says_by_how_much)
{
  struct Case
  {
    char const* text;
    char const* expected;
  };
  Case const cases[] = {{"0.125", "rounded 12 residual 500000000000"},
                        {"0.135", "rounded 14 residual -500000000000"},
                        {"-0.125", "rounded -12 residual -500000000000"},
                        {"-0.135", "rounded -14 residual 500000000000"},
                        {"0.1251", "rounded 13 residual -490000000000"},
                        {"0.124", "rounded 12 residual 400000000000"},
                        {"0.12500000000000000001", "rounded 13 residual -499999999999"},
                        {"0.1200000000000049", "rounded 12 residual 0"},
                        {"0.12000000000000001", "rounded 12 residual 0"},
                        {"0.005", "rounded 0 residual 500000000000"},
                        {"0.015", "rounded 2 residual -500000000000"},
                        {"1.5E-05", "rounded 0 residual 1500000000"},
                        {"0.999", "rounded 100 residual -100000000000"},
                        {"9999999999999.999", "rounded 1000000000000000 residual -100000000000"},
                        {"92233720368547758.074", "rounded 9223372036854775807 residual 400000000000"},
                        {"92233720368547758.075", "out_of_range"},
                        {"-92233720368547758.085", "rounded -9223372036854775808 residual -500000000000"}};
  for (auto const& [text, expected] : cases)
  {
    EXPECT_EQ(decimal(text), expected) << '\'' << text << '\'';
  }
  EXPECT_EQ(decimal("1.5E-05", {'.', 0, 6}), "ok 15");
  EXPECT_EQ(decimal("1.5", {'.', 0, 0}), "rounded 2 residual -500000000000");
  EXPECT_EQ(decimal("9.223372036854775807", {'.', 0, 18}), "ok 9223372036854775807");
  EXPECT_EQ(decimal("10", {'.', 0, 18}), "out_of_range");
}

TEST(ParseDecimal, takes_thousands_marks_only_in_groups_of_three)
{
  NumberFormat const english{'.', ',', 2};
  NumberFormat const german{',', '.', 2};
  EXPECT_EQ(decimal("1,234,567.89", english), "ok 123456789");
  EXPECT_EQ(decimal("1.234.567,89", german), "ok 123456789");
  EXPECT_EQ(decimal("1234567,89", german), "ok 123456789");
  EXPECT_EQ(decimal("-12,345", english), "ok -1234500");
  EXPECT_EQ(decimal("123,456,789,012.5", english), "ok 12345678901250");
  for (char const* text :
       {"12,34,567", "1234,567", ",123", "1,,234", "1,23", "1,2345", "1,234,", "1.234,5", "1,", "1,234E,5"})
  {
    EXPECT_EQ(decimal(text, english), "malformed") << text;
  }
  EXPECT_EQ(decimal("1.234", german), "ok 123400") << "a point is no decimal mark here";
  EXPECT_EQ(decimal("1.23", german), "malformed");
  EXPECT_EQ(decimal("1'234'567.89", {'.', '\'', 2}), "ok 123456789");
  EXPECT_EQ(decimal(" 1 234 567,89 ", {',', ' ', 2}), "ok 123456789");
  EXPECT_EQ(decimal("1\xA0"
                    "234,5",
                    {',', '\xA0', 2}),
            "ok 123450");
  EXPECT_EQ(decimal("1\xC2\xA0"
                    "234,5",
                    {',', '\xA0', 2}),
            "ok 123450");
}

/// Value and residual by long division in 128 bits, for texts of few digits.
std::string decimal_oracle(bool negative, std::int64_t whole, std::string const& fraction, int scale)
{
  __extension__ using Wide = __int128;
  Wide digits = whole;
  Wide unit = 1;
  for (char const byte : fraction)
  {
    digits = digits * 10 + (byte - '0');
    unit *= 10;
  }
  for (int k = 0; k < scale; ++k)
  {
    digits *= 10;
  }
  Wide kept = digits / unit;
  Wide const rest = digits % unit;
  bool const up = rest * 2 > unit || (rest * 2 == unit && kept % 2 != 0);
  Wide residual = rest - (up ? unit : 0);
  kept += up ? 1 : 0;
  for (int k = 0; k < 12; ++k)
  {
    residual *= 10;
  }
  residual /= unit;
  auto const sign = negative ? -1 : 1;
  std::string const value = std::to_string(sign * static_cast<std::int64_t>(kept));
  return rest == 0
             ? "ok " + value
             : "rounded " + value + " residual " + std::to_string(sign * static_cast<std::int64_t>(residual));
}

TEST(ParseDecimal, agrees_with_long_division_on_random_numbers)
{
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 200'000; ++trial)
  {
    bool const negative = random() % 4 == 0;
    auto const whole = static_cast<std::int64_t>((random() % 1'000'000'000) >> (random() % 30));
    std::string fraction;
    for (std::size_t k = random() % 9; k > 0; --k)
    {
      fraction += static_cast<char>('0' + (random() % 3 == 0 ? 5 : random() % 10));
    }
    int const scale = static_cast<int>(random() % 8);
    std::string const text =
        (negative ? "-" : "") + std::to_string(whole) + (fraction.empty() ? "" : ".") + fraction;
    ASSERT_EQ(decimal(text, {'.', 0, scale}), decimal_oracle(negative, whole, fraction, scale))
        << text << " scale " << scale;
  }
}

TEST(ParseHs, wants_exactly_the_declared_digits)
{
  auto const code = [](std::string_view text, int digits, bool restore)
  {
    std::int64_t value = untouched;
    return parse_hs(text, digits, restore, value) == ParseResult::ok ? value : -1;
  };
  EXPECT_EQ(code("030223", 6, false), 30223);
  EXPECT_EQ(code("0302.23", 6, false), 30223);
  EXPECT_EQ(code("03.02.23", 6, false), 30223);
  EXPECT_EQ(code(" 030223 ", 6, false), 30223);
  EXPECT_EQ(code("30223", 6, true), 30223);
  EXPECT_EQ(code("302.23", 6, true), 30223);
  EXPECT_EQ(code("30223", 6, false), -1);
  EXPECT_EQ(code("3022", 6, true), -1) << "only one zero is put back";
  EXPECT_EQ(code("0302230", 6, true), -1);
  EXPECT_EQ(code("0302.2.3", 6, false), -1);
  EXPECT_EQ(code("030.223", 6, false), -1);
  EXPECT_EQ(code("0302.", 4, false), -1);
  EXPECT_EQ(code(".0302", 4, false), -1);
  EXPECT_EQ(code("0302..23", 6, false), -1);
  EXPECT_EQ(code("03022A", 6, false), -1);
  EXPECT_EQ(code("-30223", 6, false), -1);
  EXPECT_EQ(code("", 6, true), -1);
  EXPECT_EQ(code("", 2, true), -1);
  EXPECT_EQ(code("9", 2, true), 9);
  EXPECT_EQ(code("9999.99.99.99", 10, false), 9'999'999'999);
  EXPECT_EQ(code("9999999999", 10, false), 9'999'999'999);
}

TEST(ParseHs, says_when_ten_digits_do_not_fit_into_32_bits)
{
  std::int32_t value = 5;
  EXPECT_EQ(parse_hs("2147483648", 10, false, value), ParseResult::out_of_range);
  EXPECT_EQ(value, 5);
  EXPECT_EQ(parse_hs("2147483647", 10, false, value), ParseResult::ok);
  EXPECT_EQ(value, 2147483647);
}

TEST(IsUtf8, accepts_what_unicode_allows_and_nothing_else)
{
  for (char const* good : {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x9A\xA2", "\xED\x9F\xBF",
                           "\xF4\x8F\xBF\xBF", "sixteen ascii by\xC3\xA9tes and more text", "\xEE\x80\x80"})
  {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (char const* bad : {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3(",
                          "\xF0\x9F\x9A", "\xFF", "sixteen ascii bytes\xE9 and more", "caf\xE9"})
  {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(Latin1, becomes_utf8)
{
  std::string out = "x";
  append_latin1_as_utf8("caf\xE9 \x80\xFF and some plain text", out);
  EXPECT_EQ(out, "xcaf\xC3\xA9 \xC2\x80\xC3\xBF and some plain text");
  EXPECT_TRUE(is_utf8(out));
}

}  // namespace
}  // namespace tarifa
