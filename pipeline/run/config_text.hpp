#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

struct ConfigEntry
{
  std::string section, key, value;
  int line = 0;  ///< counted from 1
};

/// Reads "[section]" and "key = value" lines in their order. A '#' or ';' at the start of a line, or a '#'
/// after a blank, begins a comment. Blanks around keys and values go; a value in double quotes is kept whole
/// between them. Throws Error(usage) with the line for anything else.
std::vector<ConfigEntry> read_config_text(std::string_view text);

/// `value` as read_config_text() reads it back: in double quotes when it would lose something without them.
std::string config_value(std::string const& value);

}  // namespace tarifa
