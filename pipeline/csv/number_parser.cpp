#include <algorithm>
#include <limits>

#include "pipeline/csv/blanks.hpp"
#include "pipeline/csv/field_parser.hpp"

namespace tarifa
{
namespace
{

bool is_digit(char byte)
{
  return byte >= '0' && byte <= '9';
}

/// Takes a sign off the front; true for minus.
bool take_sign(std::string_view& text)
{
  bool const negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+'))
  {
    text.remove_prefix(1);
  }
  return negative;
}

/// Magnitude with sign into 64 bits; the one value without a positive twin included.
ParseResult signed_value(std::uint64_t magnitude, bool negative, std::int64_t& value)
{
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (magnitude > most + (negative ? 1 : 0))
  {
    return ParseResult::out_of_range;
  }
  value = static_cast<std::int64_t>(negative ? std::uint64_t{0} - magnitude : magnitude);
  return ParseResult::ok;
}

/// Bytes of a thousands mark at the front of `text`; 0 when there is none.
std::size_t thousands_mark_bytes(std::string_view text, char mark)
{
  constexpr char no_break_space = '\xA0';
  if (mark == 0 || text.empty())
  {
    return 0;
  }
  if (mark == no_break_space && text.substr(0, 2) == "\xC2\xA0")
  {
    return 2;
  }
  return text.front() == mark ? 1 : 0;
}

/// Shape of a decimal text, found before any arithmetic: the exponent comes last but decides where to cut.
struct Shape
{
  std::string_view mantissa;     ///< digits and marks
  std::int64_t significant = 0;  ///< digits from the first that is not 0
  std::int64_t after_mark = 0;   ///< digits after the decimal mark
  std::int64_t exponent = 0;
};

/// Takes the digits before the decimal mark; false when grouping marks are not where they belong.
bool take_whole_digits(std::string_view& text, char mark, std::int64_t& digits)
{
  int in_group = 0;
  bool grouped = false;
  for (;;)
  {
    if (!text.empty() && is_digit(text.front()))
    {
      ++digits;
      ++in_group;
      text.remove_prefix(1);
      continue;
    }
    std::size_t const mark_bytes = thousands_mark_bytes(text, mark);
    if (mark_bytes == 0)
    {
      return !grouped || in_group == 3;
    }
    if (grouped ? in_group != 3 : (in_group == 0 || in_group > 3))
    {
      return false;
    }
    grouped = true;
    in_group = 0;
    text.remove_prefix(mark_bytes);
  }
}

/// Takes the digits of an exponent; far beyond any use it stops counting.
bool take_exponent(std::string_view& text, std::int64_t& exponent)
{
  bool const negative = take_sign(text);
  if (text.empty())
  {
    return false;
  }
  constexpr std::int64_t far_away = std::int64_t{1} << 40;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
  {
    exponent = std::min(exponent * 10 + (text.front() - '0'), far_away);
  }
  exponent = negative ? -exponent : exponent;
  return text.empty();
}

bool find_shape(std::string_view text, NumberFormat const& format, Shape& shape)
{
  std::string_view const all = text;
  std::int64_t digits = 0;
  if (!take_whole_digits(text, format.thousands_mark, digits))
  {
    return false;
  }
  if (!text.empty() && text.front() == format.decimal_mark)
  {
    text.remove_prefix(1);
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
    {
      ++shape.after_mark;
    }
  }
  shape.mantissa = all.substr(0, all.size() - text.size());
  digits += shape.after_mark;
  std::int64_t zeros = 0;
  for (char const byte : shape.mantissa)
  {
    if (is_digit(byte) && byte != '0')
    {
      break;
    }
    zeros += byte == '0' ? 1 : 0;
  }
  shape.significant = digits - zeros;
  if (digits == 0)
  {
    return false;
  }
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E'))
  {
    text.remove_prefix(1);
    return take_exponent(text, shape.exponent);
  }
  return text.empty();
}

/// Significant digits split at the kept scale.
struct Split
{
  std::uint64_t kept = 0;
  std::uint64_t beyond = 0;  ///< the twelve digits after the cut
  bool more = false;         ///< anything but zeros after those
};

constexpr int residual_digits = 12;

/// `kept_digits` = how many significant digits stand before the cut (may be negative or beyond their number),
/// < 20.
Split split_digits(Shape const& shape, std::int64_t kept_digits)
{
  Split split;
  std::int64_t index = 0;
  for (char const byte : shape.mantissa)
  {
    if (!is_digit(byte) || (index == 0 && byte == '0'))
    {
      continue;
    }
    auto const digit = static_cast<std::uint64_t>(byte - '0');
    if (index < kept_digits)
    {
      split.kept = split.kept * 10 + digit;
    }
    else if (index < kept_digits + residual_digits)
    {
      split.beyond = split.beyond * 10 + digit;
    }
    else
    {
      split.more |= digit != 0;
    }
    ++index;
  }
  for (; index < kept_digits; ++index)
  {
    split.kept *= 10;
  }
  for (; index < kept_digits + residual_digits && split.beyond != 0; ++index)
  {
    split.beyond *= 10;
  }
  return split;
}

}  // namespace

ParseResult round_decimal(ExcessDigits const& number, std::int64_t& value, std::int64_t& residual)
{
  auto const unit = static_cast<std::uint64_t>(digits::power_of_ten[number.beyond]);
  std::uint64_t const kept = number.magnitude / unit;
  std::uint64_t const rest = number.magnitude % unit;
  bool const up = rest * 2 == unit ? kept % 2 == 1 : rest * 2 > unit;
  auto const left = static_cast<std::int64_t>(rest) - static_cast<std::int64_t>(up ? unit : 0);
  std::int64_t const scaled = number.beyond <= residual_digits
                                  ? left * digits::power_of_ten[residual_digits - number.beyond]
                                  : left / digits::power_of_ten[number.beyond - residual_digits];
  auto const rounded = static_cast<std::int64_t>(kept + (up ? 1 : 0));
  value = number.negative ? -rounded : rounded;
  residual = number.negative ? -scaled : scaled;
  return rest == 0 ? ParseResult::ok : ParseResult::rounded;
}

ParseResult parse_any_decimal(std::string_view text, NumberFormat const& format, std::int64_t& value,
                              std::int64_t& residual)
{
  text = without_blanks(text);
  bool const negative = take_sign(text);
  Shape shape;
  if (!find_shape(text, format, shape))
  {
    return ParseResult::malformed;
  }
  if (shape.significant == 0)
  {
    value = 0;
    residual = 0;
    return ParseResult::ok;
  }
  constexpr std::int64_t most_digits = 19;  // of a magnitude in 64 bits
  std::int64_t const kept_digits = shape.significant - shape.after_mark + shape.exponent + format.scale;
  if (kept_digits > most_digits)
  {
    return ParseResult::out_of_range;
  }
  Split split = split_digits(shape, kept_digits);
  constexpr std::uint64_t unit = 1'000'000'000'000;
  bool const inexact = split.beyond != 0 || split.more;
  bool const tie = split.beyond == unit / 2 && !split.more;
  bool const up = tie ? split.kept % 2 == 1 : split.beyond >= unit / 2;
  ParseResult const result = signed_value(split.kept + (up ? 1 : 0), negative, value);
  if (result != ParseResult::ok)
  {
    return result;
  }
  // Rounded up, the rest is negative; cutting it towards zero takes the unfinished last digit off its
  // magnitude.
  auto const rest = static_cast<std::int64_t>(split.beyond) - (up ? static_cast<std::int64_t>(unit) : 0)
                    + (up && split.more ? 1 : 0);
  residual = negative ? -rest : rest;
  return inexact ? ParseResult::rounded : ParseResult::ok;
}

ParseResult parse_any_integer(std::string_view text, char thousands_mark, std::int64_t& value)
{
  text = without_blanks(text);
  bool const negative = take_sign(text);
  std::string_view rest = text;
  std::int64_t digits = 0;
  if (!take_whole_digits(rest, thousands_mark, digits) || digits == 0 || !rest.empty())
  {
    return ParseResult::malformed;
  }
  std::uint64_t magnitude = 0;
  for (char const byte : text)
  {
    auto const digit = static_cast<std::uint64_t>(byte - '0');
    if (is_digit(byte)
        && (__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude)
            || __builtin_add_overflow(magnitude, digit, &magnitude)))
    {
      return ParseResult::out_of_range;
    }
  }
  return signed_value(magnitude, negative, value);
}

}  // namespace tarifa
