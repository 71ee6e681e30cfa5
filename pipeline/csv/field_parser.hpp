#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/csv/digits.hpp"

namespace tarifa
{

/// How numbers are written in a source.
struct NumberFormat
{
  char decimal_mark = '.';
  /// 0 = none; otherwise another character than the decimal mark, allowed between digits before the decimal
  /// mark, in groups of three. '\xA0' stands for the no-break space as Latin-1 or as UTF-8.
  char thousands_mark = 0;
  int scale = 0;  ///< decimal places kept, 0 to 18
};

enum class ParseResult : std::uint8_t
{
  ok,
  rounded,       ///< ok, but digits beyond the scale were rounded half-even; `residual` says by how much
  malformed,     ///< not a number, date ... of the declared form
  out_of_range,  ///< of the form, but it does not fit: too large, or no such day or time of day
};

/// A plain decimal number with more digits than are kept.
struct ExcessDigits
{
  std::uint64_t magnitude;  ///< below 10^16
  std::size_t beyond;       ///< how many of its digits are beyond the scale, 1 to 16
  bool negative;
};
ParseResult round_decimal(ExcessDigits const& number, std::int64_t& value, std::int64_t& residual);

/// The general forms behind the inline functions below.
ParseResult parse_any_decimal(std::string_view text, NumberFormat const& format, std::int64_t& value,
                              std::int64_t& residual);
ParseResult parse_any_integer(std::string_view text, char thousands_mark, std::int64_t& value);
ParseResult parse_any_hs(std::string_view text, int digits, bool restore_zero, std::int64_t& code);

/// Decimal text to units of 10^-scale: sign, grouping, exponent (1.5E-05), blanks (space, tab) around it.
/// Exact: integer arithmetic only. "5." and ".5" are numbers. `residual` = given minus kept value in units of
/// 10^-(scale + 12), digits beyond that cut; 0 unless rounded. `value` and `residual` are set only with ok
/// and rounded.
inline ParseResult parse_decimal(std::string_view text, NumberFormat const& format, std::int64_t& value,
                                 std::int64_t& residual)
{
  assert(format.scale >= 0 && format.scale <= 18);
  bool const negative = !text.empty() && text.front() == '-';
  std::string_view const number = text.substr(negative ? 1 : 0);
  std::uint64_t magnitude = 0;
  std::size_t after = 0;
  std::int64_t scaled = 0;
  bool const plain = number.size() == 1 ? digits::plain_digits(number.data(), 1, magnitude)
                                        : digits::marked_digits(number.data(), number.size(),
                                                                format.decimal_mark, magnitude, after);
  if (!plain)
  {
    return parse_any_decimal(text, format, value, residual);
  }
  std::size_t const scale = static_cast<std::size_t>(format.scale);
  if (after > scale)
  {
    return round_decimal({magnitude, after - scale, negative}, value, residual);
  }
  if (__builtin_mul_overflow(static_cast<std::int64_t>(magnitude), digits::power_of_ten[scale - after],
                             &scaled))
  {
    return ParseResult::out_of_range;
  }
  value = negative ? -scaled : scaled;
  residual = 0;
  return ParseResult::ok;
}

/// Whole number, optional sign, blanks around it, groups of three between thousands marks (0 = none);
/// "12.0" is malformed.
inline ParseResult parse_integer(std::string_view text, char thousands_mark, std::int64_t& value)
{
  bool const negative = !text.empty() && text.front() == '-';
  std::string_view const number = text.substr(negative ? 1 : 0);
  std::uint64_t magnitude = 0;
  if (!digits::plain_digits(number.data(), number.size(), magnitude))
  {
    return parse_any_integer(text, thousands_mark, value);
  }
  value = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  return ParseResult::ok;
}

/// HS code text ("0302.23", "030223", "30223" when `restore_zero`) to a number with exactly `digits` digits,
/// 1 to 18. Points stand between groups of an even number of digits, counted from the right; blanks around
/// are passed over. At most one leading zero is put back.
inline ParseResult parse_hs(std::string_view text, int digits, bool restore_zero, std::int64_t& code)
{
  std::uint64_t number = 0;
  if (text.size() == static_cast<std::size_t>(digits)
      && digits::plain_digits(text.data(), text.size(), number))
  {
    code = static_cast<std::int64_t>(number);
    return ParseResult::ok;
  }
  return parse_any_hs(text, digits, restore_zero, code);
}

/// As above; ten-digit codes from 2147.48.36.48 on do not fit: out_of_range.
ParseResult parse_hs(std::string_view text, int digits, bool restore_zero, std::int32_t& code);

/// days since 1970-01-01 of a civil date, and back. Throws nothing; month 1-12, day 1-31 are the caller's.
std::int32_t days_of(int year, int month, int day);
void civil_of(std::int32_t days, int& year, int& month, int& day);

/// How dates are written: a pattern of Y M D b and literal marks, e.g. "YYYY-MM-DD", "DD/MM/YYYY",
/// "YYYYMMDD", "D-Mon-YY", "YYYY-MM-DDThh:mm:ssZ" (time of day is checked and dropped).
///
/// YYYY or YY, MM or M, DD or D, hh, mm, ss; "b" or "Mon" is an English month name, three letters or whole,
/// any case. Two-digit years are 1970-2069. D and M alone accept one or two digits. T and Z stand for
/// themselves, as does every mark that is not a letter. Year, month and day occur once each. Blanks around
/// the date are passed over.
class DateFormat
{
 public:
  explicit DateFormat(std::string_view pattern);  ///< Error(usage) naming the letter it does not know

  ParseResult parse(std::string_view text, std::int32_t& days) const  ///< days since 1970-01-01
  {
    if (text.size() == fixed_.size && fixed_.matches(text.data()))
    {
      char const* const at = text.data();
      int const year = 100 * two_digits(at + fixed_.year) + two_digits(at + fixed_.year + 2);
      return checked_days(year, two_digits(at + fixed_.month), two_digits(at + fixed_.day), days);
    }
    return parse_pieces(text, days);
  }

 private:
  /// A part of the pattern.
  struct Piece
  {
    char what;           ///< Y M D b h m s, or 0 for a literal
    char literal;        ///< the mark
    std::uint8_t least;  ///< digits
    std::uint8_t most;
  };
  /// A pattern of 8 to 16 characters in which everything has its place, compared as two overlapping words.
  struct Fixed
  {
    std::size_t size = 0;  ///< 0 = the pattern is of another kind
    std::size_t year = 0, month = 0, day = 0;
    std::uint64_t first = 0, last = 0;  ///< the text with every digit 0
    std::uint64_t first_guard = 0,
                  last_guard = 0;  ///< carry 10 and more (literals: 1 and more) into the high bit

    bool matches(char const* text) const
    {
      if (size == 0)
      {
        return false;
      }
      std::uint64_t const head = digits::load8(text) ^ first;
      std::uint64_t const tail = digits::load8(text + size - 8) ^ last;
      return (((head + first_guard) | head | (tail + last_guard) | tail) & digits::high_bits) == 0;
    }
  };

  static int two_digits(char const* text) { return (text[0] - '0') * 10 + (text[1] - '0'); }
  static ParseResult checked_days(int year, int month, int day, std::int32_t& days);
  ParseResult parse_pieces(std::string_view text, std::int32_t& days) const;
  void compile();
  void check_pieces() const;
  void fix_places();

  std::string pattern_;
  std::vector<Piece> pieces_;
  Fixed fixed_;
};

/// True when `text` is valid UTF-8 (fast for ASCII): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
bool is_utf8(std::string_view text);
/// Appends Latin-1 text as UTF-8.
void append_latin1_as_utf8(std::string_view text, std::string& out);

}  // namespace tarifa
