#include <limits>

#include "pipeline/csv/blanks.hpp"
#include "pipeline/csv/field_parser.hpp"

namespace tarifa
{

ParseResult parse_any_hs(std::string_view text, int digits, bool restore_zero, std::int64_t& code)
{
  text = without_blanks(text);
  std::int64_t number = 0;
  std::int64_t weight = 1;
  int count = 0;
  bool after_point = true;  // a point may neither end the code nor follow another
  for (std::size_t k = text.size(); k-- > 0;)
  {
    if (text[k] == '.')
    {
      if (after_point || count % 2 != 0 || k == 0)
      {
        return ParseResult::malformed;
      }
      after_point = true;
      continue;
    }
    if (text[k] < '0' || text[k] > '9' || count == digits)
    {
      return ParseResult::malformed;
    }
    number += weight * (text[k] - '0');
    weight = count + 1 < digits ? weight * 10 : weight;
    ++count;
    after_point = false;
  }
  if (count != digits && !(restore_zero && count > 0 && count == digits - 1))
  {
    return ParseResult::malformed;
  }
  code = number;
  return ParseResult::ok;
}

ParseResult parse_hs(std::string_view text, int digits, bool restore_zero, std::int32_t& code)
{
  std::int64_t wide = 0;
  ParseResult const result = parse_hs(text, digits, restore_zero, wide);
  if (result != ParseResult::ok)
  {
    return result;
  }
  if (wide > std::numeric_limits<std::int32_t>::max())
  {
    return ParseResult::out_of_range;
  }
  code = static_cast<std::int32_t>(wide);
  return ParseResult::ok;
}

}  // namespace tarifa
