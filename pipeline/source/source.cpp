#include "pipeline/source/source.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "pipeline/run/error.hpp"
#include "pipeline/run/nearest.hpp"
#include "pipeline/source/ini.hpp"
#include "pipeline/source/values.hpp"

namespace tarifa
{
namespace
{

std::string bytes_of(std::filesystem::path const& path)
{
  std::error_code ignored;
  require(!std::filesystem::is_directory(path, ignored), Fault::storage,
          path.string() + ": is a folder, not a file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  require(file.good(), Fault::storage, path.string() + ": " + std::generic_category().message(errno));
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  require(!file.bad(), Fault::storage, "cannot read " + path.string());
  return bytes;
}

/// Calls `use(line, number)` for each line of the text, line ends off.
template <class Use>
void for_each_line(std::string_view text, Use&& use)
{
  for (int number = 1; !text.empty(); ++number)
  {
    std::size_t const end = text.find('\n');
    use(text.substr(0, end), number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string in_quotes(std::string_view text)
{
  std::string out = "\"";
  for (char const c : text)
  {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + "\"";
}

/// One line "code[,from,to]" as an item of an inline list.
std::string code_item(std::string_view line)
{
  std::vector<std::string_view> const fields = cut_list(line, ",");
  require(fields.size() == 1 || fields.size() == 3, Fault::usage, "a line is written code or code,from,to");
  std::string item = in_quotes(list_item(fields[0], ItemDates::none).text);
  if (fields.size() == 3)
  {
    item += " (" + list_item(fields[1], ItemDates::none).text + ".."
            + list_item(fields[2], ItemDates::none).text + ")";
  }
  list_items(item, ";", ItemDates::allowed);  // throws when the code is empty or a date is none
  return item;
}

std::string code_list(std::filesystem::path const& path)
{
  std::string items;
  FaultList faults;
  for_each_line(bytes_of(path),
                [&](std::string_view raw, int number)
                {
                  std::string_view const line = trimmed(raw);
                  bool const is_header = number == 1 && folded(line.substr(0, line.find(','))) == "code";
                  if (!line.empty() && line.front() != '#' && !is_header)
                  {
                    faults.collect(number, "",
                                   [&] { items += (items.empty() ? "" : "; ") + code_item(line); });
                  }
                });
  faults.throw_if_any("code list " + path.string());
  require(!items.empty(), Fault::usage, "code list " + path.string() + " is empty");
  return items;
}

/// The list that the key `codes` of a source names.
std::string named_code_list(std::filesystem::path const& source, std::string_view name)
{
  std::filesystem::path const folder = source.has_parent_path() ? source.parent_path() : ".";
  std::error_code ignored;
  require(std::filesystem::exists(folder / name, ignored), Fault::storage,
          "there is no code list " + std::string(name) + " in " + folder.string()
              + ", the folder of the source file");
  return code_list(folder / name);
}

std::string expanded_text(std::filesystem::path const& path)
{
  std::string text, section;
  for_each_line(bytes_of(path),
                [&](std::string_view line, int number)
                {
                  if (trimmed(line).starts_with('['))
                  {
                    section = trimmed(line);
                  }
                  std::size_t const equals = line.find('=');
                  std::string_view const value = equals == std::string_view::npos
                                                     ? std::string_view{}
                                                     : trimmed(line.substr(equals + 1));
                  if (trimmed(line.substr(0, equals)) == "codes" && value.starts_with('@'))
                  {
                    try
                    {
                      text += "codes = " + named_code_list(path, trimmed(value.substr(1)));
                    }
                    catch (Error const& error)
                    {
                      throw error.within(path.string() + ": line " + std::to_string(number) + ": " + section
                                         + " codes");
                    }
                  }
                  else
                  {
                    text += line;
                  }
                  text += '\n';
                });
  return text;
}

}  // namespace

std::string source_text(std::filesystem::path const& path)
{
  std::string text = expanded_text(path);
  try
  {
    // Who gets the text alone does not know the path, which a person wants to be told with a fault.
    parse_source(text, path.stem().string());
  }
  catch (Error const& error)
  {
    throw error.within(path.string());
  }
  return text;
}

Source read_source(std::filesystem::path const& path)
{
  return parse_source(source_text(path), path.stem().string());
}

TableSchema Source::schema() const
{
  TableSchema schema{table, {}};
  for (SourceColumn const& source_column : columns)
  {
    schema.columns.push_back(source_column.schema);
  }
  return schema;
}

std::size_t Source::column(std::string_view wanted) const
{
  std::vector<std::string> names;
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    if (columns[c].schema.name == wanted)
    {
      return c;
    }
    names.push_back(columns[c].schema.name);
  }
  throw Error(Fault::usage, "source '" + name + "' has no column '" + std::string(wanted) + "'."
                                + suggestion(wanted, names));
}

}  // namespace tarifa
