#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarifa
{

/// How numbers are written in a source.
struct NumberFormat
{
  char decimal_mark = '.';
  char thousands_mark = 0;  ///< 0 = none; otherwise allowed between digits before the decimal mark, in groups of three
  int scale = 0;            ///< decimal places kept, 0 to 18
};

enum class ParseResult : std::uint8_t
{
  ok,
  rounded,       ///< ok, but digits beyond the scale were rounded half-even; `residual` says by how much
  malformed,     ///< not a number, date ... of the declared form
  out_of_range,  ///< does not fit
};

/// Decimal text to units of 10^-scale: sign, grouping, exponent (1.5E-05), blanks around it.
/// `residual` = given minus kept value in units of 10^-(scale + 12), digits beyond that cut; 0 unless rounded.
ParseResult parse_decimal(std::string_view text, NumberFormat const& format, std::int64_t& value, std::int64_t& residual);

/// Whole number, optional sign, blanks around it; "12.0" is malformed.
ParseResult parse_integer(std::string_view text, std::int64_t& value);

/// How dates are written: a pattern of Y M D b and literal marks, e.g. "YYYY-MM-DD", "DD/MM/YYYY", "YYYYMMDD",
/// "D-Mon-YY", "YYYY-MM-DDThh:mm:ssZ" (time of day is checked and dropped).
/// Two-digit years are 1970-2069. English month names, any case. D and M alone accept one or two digits.
class DateFormat
{
 public:
  explicit DateFormat(std::string_view pattern);  ///< Error(usage) naming the letter it does not know
  ParseResult parse(std::string_view text, std::int32_t& days) const;  ///< days since 1970-01-01

 private:
  std::string pattern_;
};

/// HS code text ("0302.23", "030223", "30223" when `restore_zero`) to a number with exactly `digits` digits.
ParseResult parse_hs(std::string_view text, int digits, bool restore_zero, std::int32_t& code);

/// True when `text` is valid UTF-8 (fast for ASCII).
bool is_utf8(std::string_view text);
/// Appends Latin-1 text as UTF-8.
void append_latin1_as_utf8(std::string_view text, std::string& out);

/// days since 1970-01-01 of a civil date, and back. Throws nothing; month 1-12, day 1-31 are the caller's.
std::int32_t days_of(int year, int month, int day);
void civil_of(std::int32_t days, int& year, int& month, int& day);

}  // namespace tarifa
