#include "pipeline/run/config_text.hpp"

#include <fmt/format.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

constexpr std::string_view blanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text)
{
  auto const first = text.find_first_not_of(blanks);
  return first == text.npos ? text.substr(0, 0)
                            : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_comment(std::string_view text)
{
  for (std::size_t at = text.find('#'); at != text.npos; at = text.find('#', at + 1))
  {
    if (at == 0 || blanks.find(text[at - 1]) != blanks.npos)
    {
      return trimmed(text.substr(0, at));
    }
  }
  return text;
}

std::string_view value_of(std::string_view text, int line)
{
  if (text.empty() || text.front() != '"')
  {
    return without_comment(text);
  }
  auto const last = text.rfind('"');
  std::string_view const after = last == 0 ? text : trimmed(text.substr(last + 1));
  require(last > 0 && (after.empty() || after.front() == '#'), Fault::usage,
          fmt::format("line {}: a value that starts with a double quote must end with one", line));
  return text.substr(1, last - 1);
}

}  // namespace

std::vector<ConfigEntry> read_config_text(std::string_view text)
{
  std::vector<ConfigEntry> entries;
  std::string section;
  if (text.substr(0, 3) == "\xEF\xBB\xBF")
  {
    text.remove_prefix(3);
  }
  for (int line = 1; !text.empty(); ++line)
  {
    auto const end = text.find('\n');
    std::string_view const content = trimmed(text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    if (content.empty() || content.front() == '#' || content.front() == ';')
    {
      continue;
    }
    if (content.front() == '[')
    {
      std::string_view const head = without_comment(content);
      require(head.size() > 2 && head.back() == ']', Fault::usage,
              fmt::format("line {}: '{}' is not a [section]", line, content));
      section = trimmed(head.substr(1, head.size() - 2));
      continue;
    }
    auto const equals = content.find('=');
    require(equals != content.npos && equals > 0, Fault::usage,
            fmt::format("line {}: '{}' is neither [section] nor key = value", line, content));
    entries.push_back({section, std::string(trimmed(content.substr(0, equals))),
                       std::string(value_of(trimmed(content.substr(equals + 1)), line)), line});
  }
  return entries;
}

std::string config_value(std::string const& value)
{
  bool const plain =
      trimmed(value) == value && without_comment(value) == value && (value.empty() || value.front() != '"');
  return plain ? value : '"' + value + '"';
}

}  // namespace tarifa
