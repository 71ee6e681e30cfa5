#pragma once

#include <string>
#include <string_view>

namespace tarifa
{

/// Appends `text` as a quoted CSV field (RFC 4180): every quote in it doubled.
inline void append_quoted(std::string& to, std::string_view text)
{
  to += '"';
  for (char const byte : text)
  {
    to += byte;
    if (byte == '"')
    {
      to += '"';
    }
  }
  to += '"';
}

}  // namespace tarifa
