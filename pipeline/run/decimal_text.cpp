#include "pipeline/run/decimal_text.hpp"

#include <algorithm>

namespace tarifa
{

std::string decimal_text(Int128 value, int scale, Grouping grouping)
{
  bool const negative = value < 0;
  auto rest = negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::string reversed;
  int digits = 0;
  while (rest > 0 || digits <= scale)
  {
    if (scale > 0 && digits == scale)
    {
      reversed += '.';
    }
    int const whole = digits - scale;
    if (grouping == Grouping::commas && whole > 0 && whole % 3 == 0)
    {
      reversed += ',';
    }
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    ++digits;
  }
  if (negative)
  {
    reversed += '-';
  }
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

}  // namespace tarifa
