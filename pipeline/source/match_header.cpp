#include <algorithm>

#include "pipeline/run/error.hpp"
#include "pipeline/run/nearest.hpp"
#include "pipeline/source/ini.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{
namespace
{

/// Header names as people read them: UTF-8, no byte-order mark, no blanks around.
std::vector<std::string> readable_names(Source const& source, std::vector<std::string> const& header)
{
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::vector<std::string> names;
  for (std::string_view name : header)
  {
    if (names.empty() && name.starts_with(byte_order_mark))
    {
      name.remove_prefix(byte_order_mark.size());
    }
    std::string text;
    if (source.encoding == Encoding::latin1)
    {
      append_latin1_as_utf8(name, text);
    }
    else
    {
      text = name;
    }
    names.emplace_back(trimmed(text));
  }
  return names;
}

bool claims(SourceColumn const& column, std::string_view name)
{
  return std::any_of(column.names.begin(), column.names.end(),
                     [&](HeaderAlias const& alias) { return folded(alias.name) == folded(name); });
}

std::string listed(std::vector<HeaderAlias> const& names)
{
  std::string text;
  for (HeaderAlias const& alias : names)
  {
    text += (text.empty() ? "'" : " or '") + alias.name + "'";
  }
  return text;
}

/// A name as a message can show it: what stands there may be anything.
std::string shown(std::string const& name)
{
  constexpr std::size_t most_shown_bytes = 60;
  std::string text = name.substr(0, most_shown_bytes);
  std::replace_if(
      text.begin(), text.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, '?');
  return name.size() > most_shown_bytes ? text + " ..." : text;
}

/// " Unread fields: 'a', 'b'": what a person looks through when no name is near.
std::string unread(std::vector<std::string> const& unused)
{
  constexpr std::size_t most_shown = 10;
  std::string text;
  for (std::size_t i = 0; i < unused.size() && i < most_shown; ++i)
  {
    text += (i == 0 ? " Unread fields: '" : ", '") + shown(unused[i]) + "'";
  }
  return text + (unused.size() > most_shown ? " ..." : "");
}

/// What is wrong when a column is not claimed by exactly one field; only a field nobody reads can have been
/// meant.
std::string why_not_one(SourceColumn const& column, std::vector<std::size_t> const& fields,
                        std::vector<std::string> const& names, std::vector<std::string> const& unused)
{
  std::string const subject = "column '" + column.schema.name + "': ";
  if (fields.empty())
  {
    std::string const near = suggestion(column.names.front().name, unused);
    return subject + "no field is named " + listed(column.names) + "."
           + (near.empty() ? unread(unused) : near);
  }
  std::string places;
  for (std::size_t const field : fields)
  {
    places += (places.empty() ? "" : ", ") + std::to_string(field + 1) + " ('" + shown(names[field]) + "')";
  }
  return subject + std::to_string(fields.size()) + " fields could be it: " + places;
}

std::string message_of(std::vector<std::string> const& faults)
{
  std::string message = "the header does not fit: " + std::to_string(faults.size())
                        + (faults.size() == 1 ? " fault" : " faults");
  for (std::string const& fault : faults)
  {
    message += "\n  " + fault;
  }
  return message;
}

}  // namespace

HeaderMatch match_header(Source const& source, std::vector<std::string> const& header)
{
  std::vector<std::string> const names = readable_names(source, header);
  std::vector<std::vector<std::size_t>> fields_of(source.columns.size());
  HeaderMatch match;
  for (std::size_t f = 0; f < names.size(); ++f)
  {
    bool used = false;
    for (std::size_t c = 0; c < source.columns.size(); ++c)
    {
      if (claims(source.columns[c], names[f]))
      {
        fields_of[c].push_back(f);
        used = true;
      }
    }
    if (!used)
    {
      match.unused.push_back(names[f]);
    }
  }
  std::vector<std::string> faults;
  for (std::size_t c = 0; c < source.columns.size(); ++c)
  {
    std::vector<std::size_t> const& fields = fields_of[c];
    if (fields.size() > 1 || (fields.empty() && source.columns[c].constant.empty()))
    {
      faults.push_back(why_not_one(source.columns[c], fields, names, match.unused));
    }
    match.field_of_column.push_back(fields.empty() ? -1 : static_cast<int>(fields.front()));
  }
  for (std::size_t i = 0; source.strict_header && i < match.unused.size(); ++i)
  {
    faults.push_back("no column reads the field '" + shown(match.unused[i]) + "' (strict-header)");
  }
  if (!faults.empty())
  {
    throw Error(Fault::data, "source '" + source.name + "': " + message_of(faults));
  }
  return match;
}

}  // namespace tarifa
