/// Any bytes at all through the scanner and the field parsers. The first bytes choose limit, fields and cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/csv/reference_scanner.hpp"

#include "pipeline/csv/field_parser.hpp"
#include "pipeline/csv/record_scanner.hpp"

namespace tarifa
{
namespace
{

void check(bool holds)
{
  if (!holds)
  {
    std::abort();
  }
}

/// Every kind of lanes and the chosen cut give what the reference gives.
void fuzz_scanner(std::string_view head, std::string_view text)
{
  auto const choice = [&](std::size_t k)
  { return static_cast<std::size_t>(static_cast<unsigned char>(head[k])); };
  Dialect const dialect{',', choice(0) % 8 == 0 ? '\0' : '"', 1 + choice(1)};
  std::size_t const fields = 1 + choice(2) % 8;
  std::size_t const block = 1 + choice(3);
  std::size_t const most = 1 + choice(0) / 8;
  CutText const expected = ReferenceScanner(dialect, fields).cut(text);
  std::string scratch;
  for (Lanes const lanes : {best_lanes(), Lanes::sse2, Lanes::swar})
  {
    RecordScanner const scanner(dialect, fields, lanes);
    check(scan_in_blocks(scanner, text, block, most, dialect, fields) == expected);
    std::size_t const guess = scanner.guess_start(text, text.size() / 2);
    check(guess == text.size() || (guess > 0 && text[guess - 1] == '\n'));
  }
  for (auto const& record : expected.records)
  {
    std::size_t begin = record.begin;
    for (std::size_t const end : record.ends)
    {
      check(unquoted(text.substr(begin, end - begin), dialect.quote, scratch).size() <= end - begin);
      begin = end + 1;
    }
  }
}

/// The inline forms agree with the general ones behind them.
void fuzz_fields(std::string_view head, std::string_view text)
{
  auto const choice = [&](std::size_t k) { return static_cast<int>(static_cast<unsigned char>(head[k])); };
  char const marks[] = {0, ',', '.', ' ', '\'', '\xA0'};
  NumberFormat format{choice(0) % 2 == 0 ? '.' : ',', marks[choice(1) % 6], choice(2) % 19};
  format.thousands_mark = format.thousands_mark == format.decimal_mark ? '\0' : format.thousands_mark;
  std::int64_t value = 1;
  std::int64_t general = 1;
  std::int64_t residual = 0;
  std::int64_t general_residual = 0;
  check(parse_integer(text, format.thousands_mark, value)
            == parse_any_integer(text, format.thousands_mark, general)
        && value == general);
  check(parse_decimal(text, format, value, residual)
        == parse_any_decimal(text, format, general, general_residual));
  check(value == general && residual == general_residual);
  int const digits = 1 + choice(3) % 18;
  check(parse_hs(text, digits, false, value) == parse_any_hs(text, digits, false, general)
        && value == general);
  static DateFormat const patterns[] = {DateFormat("YYYY-MM-DD"), DateFormat("YYYYMMDD"),
                                        DateFormat("D-Mon-YY"), DateFormat("YYYY-MM-DDThh:mm:ssZ")};
  for (DateFormat const& pattern : patterns)
  {
    std::int32_t days = 0;
    if (pattern.parse(text, days) == ParseResult::ok)
    {
      int year = 0;
      int month = 0;
      int day = 0;
      civil_of(days, year, month, day);
      check(days_of(year, month, day) == days);
    }
  }
  std::string utf8;
  append_latin1_as_utf8(text, utf8);
  check(is_utf8(utf8));
  static_cast<void>(is_utf8(text));
}

}  // namespace
}  // namespace tarifa

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
  constexpr std::size_t head_bytes = 4;
  if (size >= head_bytes)
  {
    // Copies of their own, so that a read past the text is seen.
    std::vector<char> const head(data, data + head_bytes);
    std::vector<char> const text(data + head_bytes, data + size);
    tarifa::fuzz_scanner({head.data(), head.size()}, {text.data(), text.size()});
    tarifa::fuzz_fields({head.data(), head.size()}, {text.data(), text.size()});
  }
  return 0;
}
