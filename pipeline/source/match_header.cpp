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

/// "\n  unread fields: 'a', 'b'": what a person looks through when a field is not found.
std::string unread(std::vector<std::string> const& unused)
{
  constexpr std::size_t most_shown = 10;
  std::string text;
  for (std::size_t i = 0; i < unused.size() && i < most_shown; ++i)
  {
    text += (i == 0 ? "\n  unread fields: '" : ", '") + shown(unused[i]) + "'";
  }
  return text + (unused.size() > most_shown ? " ..." : "");
}

/// What is wrong when a column is not claimed by exactly one field; only a field nobody reads can have been
/// meant.
std::string why_not_one(Source const& source, SourceColumn const& column,
                        std::vector<std::size_t> const& fields, std::vector<std::string> const& names,
                        std::vector<std::string> const& unused)
{
  std::string const subject = "column '" + column.schema.name + "': ";
  if (fields.empty())
  {
    std::string const near = suggestion(column.names.front().name, unused);
    std::string const remedy =
        "dd the name to `names` of [column " + column.schema.name + "] in " + source.name + ".ini";
    return subject + "no field is named " + listed(column.names) + "."
           + (near.empty() ? " If it has another name, a" : near + " Then a") + remedy;
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

std::string name_of_delimiter(char delimiter)
{
  return delimiter == '\t' ? "tab" : std::string(1, delimiter);
}

/// Why not one field is known. The line may be a record, so nothing of it is shown.
std::string why_none(Source const& source, std::vector<std::string> const& names)
{
  for (char const other : {',', ';', '\t', '|'})
  {
    std::string_view rest = names.size() == 1 ? std::string_view(names.front()) : std::string_view();
    if (other == source.dialect.delimiter || rest.find(other) == std::string_view::npos)
    {
      continue;
    }
    for (bool more = true; more;)
    {
      std::size_t const end = rest.find(other);
      std::string_view field = trimmed(rest.substr(0, end));
      if (field.size() > 1 && field.front() == source.dialect.quote && field.back() == field.front())
      {
        field = field.substr(1, field.size() - 2);
      }
      if (std::any_of(source.columns.begin(), source.columns.end(),
                      [&](SourceColumn const& column) { return claims(column, field); }))
      {
        return "the delimiter is '" + name_of_delimiter(source.dialect.delimiter)
               + "' but the first line has '" + name_of_delimiter(other) + "'. Write delimiter = "
               + name_of_delimiter(other) + " under [source] in " + source.name + ".ini";
      }
      more = end != std::string_view::npos;
      rest.remove_prefix(more ? end + 1 : rest.size());
    }
  }
  return "no field of the first line is known: is there a header line?";
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
  bool const needs_a_field = std::any_of(source.columns.begin(), source.columns.end(),
                                         [](SourceColumn const& one) { return one.constant.empty(); });
  if (needs_a_field && match.unused.size() == names.size())
  {
    throw Error(Fault::data,
                "source '" + source.name + "': the header does not fit: " + why_none(source, names));
  }
  std::vector<std::string> faults;
  bool is_field_missing = false;
  for (std::size_t c = 0; c < source.columns.size(); ++c)
  {
    std::vector<std::size_t> const& fields = fields_of[c];
    is_field_missing = is_field_missing || (fields.empty() && source.columns[c].constant.empty());
    if (fields.size() > 1 || (fields.empty() && source.columns[c].constant.empty()))
    {
      faults.push_back(why_not_one(source, source.columns[c], fields, names, match.unused));
    }
    match.field_of_column.push_back(fields.empty() ? -1 : static_cast<int>(fields.front()));
  }
  for (std::size_t i = 0; source.strict_header && i < match.unused.size(); ++i)
  {
    faults.push_back("no column reads the field '" + shown(match.unused[i]) + "' (strict-header)");
  }
  if (!faults.empty())
  {
    throw Error(Fault::data, "source '" + source.name + "': " + message_of(faults)
                                 + (is_field_missing ? unread(match.unused) : ""));
  }
  return match;
}

}  // namespace tarifa
