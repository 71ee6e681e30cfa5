#pragma once

#include <string_view>

namespace tarifa
{

/// Text without spaces and tabs around it.
inline std::string_view without_blanks(std::string_view text)
{
  auto const is_blank = [](char byte) { return byte == ' ' || byte == '\t'; };
  while (!text.empty() && is_blank(text.front()))
  {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back()))
  {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace tarifa
