#include "pipeline/run/options.hpp"

#include <charconv>
#include <cstdint>
#include <ostream>
#include <sstream>

#include <boost/program_options.hpp>

namespace tarifa
{
namespace po = boost::program_options;
namespace
{

template <class T>
T parse(std::string const& text)
{
  if constexpr (std::is_same_v<T, std::string>)
  {
    return text;
  }
  else if constexpr (std::is_same_v<T, bool>)
  {
    require(text == "true" || text == "false", Fault::usage, "'" + text + "' is neither true nor false");
    return text == "true";
  }
  else
  {
    T value{};
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    require(problem == std::errc{} && end == text.data() + text.size(), Fault::usage,
            "'" + text + "' is not a number of the expected kind");
    return value;
  }
}

template <class T>
std::string show(T const& value)
{
  if constexpr (std::is_same_v<T, std::string>)
  {
    return value;
  }
  else if constexpr (std::is_same_v<T, bool>)
  {
    return value ? "true" : "false";
  }
  else
  {
    char buffer[64];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
  }
}

}  // namespace

template <class T>
void Options::add(std::string_view name, T& variable, std::string_view help)
{
  entries_.push_back({section_, std::string(name), std::string(help), "default",
                      [&variable](std::string const& text) { variable = parse<T>(text); },
                      [&variable] { return show(variable); }});
}

template <class T>
void Options::add(std::string_view name, T& variable, Limits<T> limits, std::string_view help)
{
  add(name, variable, help);
  entries_.back().assign = [&variable, limits](std::string const& text)
  {
    T const value = parse<T>(text);
    require(limits.least <= value && value <= limits.most, Fault::usage,
            text + " is outside [" + show(limits.least) + ", " + show(limits.most) + "]");
    variable = value;
  };
}

void Options::load(std::string_view ini_text, std::vector<std::string> const& arguments)
{
  po::options_description known;
  for (Entry const& entry : entries_)
  {
    known.add_options()(entry.full().c_str(), po::value<std::string>());
  }
  po::variables_map from_file;
  po::variables_map from_command;
  try
  {
    std::istringstream ini{std::string(ini_text)};
    po::store(po::parse_config_file(ini, known), from_file);
    using namespace po::command_line_style;
    po::store(po::command_line_parser(arguments).options(known).style(unix_style & ~allow_guessing).run(),
              from_command);
  }
  catch (po::error const& e)
  {
    throw Error(Fault::usage, e.what());
  }
  for (Entry& entry : entries_)
  {
    for (auto const& [source, origin] :
         {std::pair{&from_file, "file"}, std::pair{&from_command, "command line"}})
    {
      if (source->count(entry.full()) == 0)
      {
        continue;
      }
      try
      {
        entry.assign((*source)[entry.full()].as<std::string>());
        entry.origin = origin;
      }
      catch (Error const& e)
      {
        throw e.within(entry.full() + " (" + origin + ")");
      }
    }
  }
}

void Options::print(std::ostream& out) const
{
  std::string open;
  for (Entry const& entry : entries_)
  {
    if (entry.section != open)
    {
      out << (open.empty() ? "" : "\n") << "[" << entry.section << "]\n";
      open = entry.section;
    }
    out << "# " << entry.help << " (" << entry.origin << ")\n" << entry.name << " = " << entry.show() << "\n";
  }
}

template void Options::add(std::string_view, int&, std::string_view);
template void Options::add(std::string_view, double&, std::string_view);
template void Options::add(std::string_view, bool&, std::string_view);
template void Options::add(std::string_view, std::string&, std::string_view);
template void Options::add(std::string_view, std::int64_t&, Limits<std::int64_t>, std::string_view);
template void Options::add(std::string_view, int&, Limits<int>, std::string_view);
template void Options::add(std::string_view, double&, Limits<double>, std::string_view);

}  // namespace tarifa
