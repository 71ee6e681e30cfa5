#include "pipeline/run/options.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/run/config_text.hpp"
#include "pipeline/run/nearest.hpp"

namespace tarifa
{
namespace po = boost::program_options;

Option& Options::declare(std::string_view name, std::string_view help)
{
  Option& option = options_.emplace_back();
  option.section_ = section_;
  option.name_ = name;
  option.help_ = help;
  return option;
}

template <class T>
Option& Options::add(std::string_view name, T& variable, std::string_view help)
{
  Option& option = declare(name, help);
  option.form_ = value_form<T>();
  option.default_ = show_value(variable);
  option.assign_ = [&variable](std::vector<std::string> const& texts)
  { variable = parse_value<T>(fmt::format("{}", fmt::join(texts, ","))); };
  option.show_ = [&variable] { return std::vector<std::string>{show_value(variable)}; };
  option.repeats_ = value_form<T>().ends_with("...");
  return option;
}

template <class T>
Option& Options::add(std::string_view name, T& variable, Limits<T> limits, std::string_view help)
{
  Option& option = add(name, variable, help);
  bool const open_ended = std::is_integral_v<T> && limits.most == std::numeric_limits<T>::max();
  option.limits_ = open_ended ? fmt::format("at least {}", show_value(limits.least))
                              : fmt::format("{} to {}", show_value(limits.least), show_value(limits.most));
  option.assign_ = [&variable, limits](std::vector<std::string> const& texts)
  {
    T const value = parse_value<T>(texts.front());
    require(limits.least <= value && value <= limits.most, Fault::usage, "outside its limits");
    variable = value;
  };
  return option;
}

void Options::require_choice(std::string const& text, std::vector<std::string> const& valid)
{
  require(std::find(valid.begin(), valid.end(), text) != valid.end(), Fault::usage,
          "no such choice." + suggestion(text, valid));
}

Option& Options::choice(std::string_view name, std::string& variable, std::vector<std::string> const& valid,
                        std::string_view help)
{
  Option& option = add(name, variable, help);
  option.form_ = fmt::format("{}", fmt::join(valid, "|"));
  option.limits_ = fmt::format("{}", fmt::join(valid, ", "));
  option.assign_ = [&variable, valid](std::vector<std::string> const& texts)
  {
    require_choice(texts.front(), valid);
    variable = texts.front();
  };
  return option;
}

Option& Options::positional(std::string_view name, std::string& word, std::string_view help)
{
  Option& option = add(name, word, help);
  option.place_ = Option::Place::one_word;
  return option;
}

Option& Options::positional(std::string_view name, std::vector<std::string>& words, std::string_view help)
{
  Option& option = declare(name, help);
  option.form_ = "TEXT";
  option.assign_ = [&words](std::vector<std::string> const& texts) { words = texts; };
  option.show_ = [&words] { return words; };
  option.repeats_ = true;
  option.place_ = Option::Place::many_words;
  return option;
}

Option& Options::find(std::string_view full, std::string_view where)
{
  auto const found =
      std::find_if(options_.begin(), options_.end(), [&](Option const& o) { return o.full() == full; });
  if (found != options_.end())
  {
    return *found;
  }
  std::string const hint = nearest_options(full);
  throw Error(Fault::usage, fmt::format("{}unknown option '{}'.{}", where, full,
                                        hint.empty() ? " --help lists what there is" : hint));
}

std::string Options::nearest_options(std::string_view full) const
{
  // The key counts before the section: who writes [synht] means every key in it.
  std::string_view const key = full.substr(full.find('.') + 1);
  std::vector<std::string> keys;
  std::vector<std::string> names;
  for (Option const& option : options_)
  {
    keys.push_back(option.name_);
    names.push_back(option.full());
  }
  if (std::string whole = suggestion(full, names); !whole.empty())
  {
    return whole;
  }
  auto const near = nearest_names(key, keys, 1);
  std::vector<std::string> same_key;
  for (Option const& option : options_)
  {
    if (!near.empty() && option.name_ == near.front())
    {
      same_key.push_back(option.full());
    }
  }
  return same_key.empty() ? "" : fmt::format(" Did you mean '{}'?", fmt::join(same_key, "' or '"));
}

Option& Options::preset(std::string_view name, std::string& variable, std::vector<Preset> presets,
                        std::string_view help)
{
  std::vector<std::string> valid;
  valid.reserve(presets.size());
  for (Preset const& preset : presets)
  {
    valid.emplace_back(preset.name);
  }
  Option& option = choice(name, variable, valid, help);
  presets_ = std::move(presets);
  preset_option_ = option.full();
  return option;
}

/// What one place says about one option, in the order first met.
struct Options::Given
{
  Option* option;
  std::vector<std::string> texts;
  std::string where;

  static Given& of(std::vector<Given>& all, Option& option, std::string const& where)
  {
    auto const known =
        std::find_if(all.begin(), all.end(), [&](Given const& g) { return g.option == &option; });
    return known != all.end() ? *known : all.emplace_back(Given{&option, {}, where});
  }
};

void Options::load(std::string_view ini_text, std::vector<std::string> const& arguments,
                   std::string_view ini_name)
{
  std::vector<std::string> words;
  std::vector<Given> const from_file = read_ini(ini_text, ini_name);
  std::vector<Given> const from_line = read_arguments(arguments, words);
  load_preset(from_file, from_line);
  for (Given const& given : from_file)
  {
    given.option->take(given.texts, given.where, "file");
  }
  for (Given const& given : from_line)
  {
    given.option->take(given.texts, given.where, "command line");
  }
  load_words(words);
  for (Option const& option : options_)
  {
    auto const values = option.show_();
    bool const empty = values.empty() || (values.size() == 1 && values.front().empty());
    require(!option.required_ || !empty, Fault::usage,
            fmt::format("{} is needed: {}", option.full(), option.help_));
  }
}

void Options::load_preset(std::vector<Given> const& from_file, std::vector<Given> const& from_line)
{
  if (preset_option_.empty())
  {
    return;
  }
  // Taken again with all others, where a fault in it is told; here its value is needed first.
  for (auto const* place : {&from_file, &from_line})
  {
    for (Given const& given : *place)
    {
      if (given.option->full() == preset_option_)
      {
        given.option->take(given.texts, given.where, "");
      }
    }
  }
  std::string const name = find(preset_option_, "").show_().front();
  auto const chosen =
      std::find_if(presets_.begin(), presets_.end(), [&](Preset const& p) { return p.name == name; });
  std::string const origin = fmt::format("preset {}", name);
  for (Given const& given : read_ini(chosen->ini, origin))
  {
    given.option->take(given.texts, given.where, origin);
  }
}

std::vector<Options::Given> Options::read_ini(std::string_view text, std::string_view name)
{
  std::vector<ConfigEntry> entries;
  try
  {
    entries = read_config_text(text);
  }
  catch (Error const& e)
  {
    throw e.within(name);
  }
  std::vector<Given> all;
  for (ConfigEntry const& entry : entries)
  {
    std::string const where = fmt::format("{}, line {}", name, entry.line);
    Option& option = find(entry.section + "." + entry.key, where + ": ");
    Given::of(all, option, where).texts.push_back(entry.value);
  }
  return all;
}

std::vector<Options::Given> Options::read_arguments(std::vector<std::string> const& arguments,
                                                    std::vector<std::string>& words)
{
  po::options_description known;
  for (Option const& option : options_)
  {
    known.add_options()(option.full().c_str(), po::value<std::string>());
  }
  std::vector<Given> all;
  try
  {
    using namespace po::command_line_style;
    auto const parsed = po::command_line_parser(arguments)
                            .options(known)
                            .style(unix_style & ~allow_guessing)
                            .allow_unregistered()
                            .run();
    for (auto const& [key, position, texts, tokens, unregistered, case_insensitive] : parsed.options)
    {
      if (key.empty())
      {
        words.insert(words.end(), texts.begin(), texts.end());
        continue;
      }
      Option& option = find(key, "");
      auto& given = Given::of(all, option, "command line");
      given.texts.insert(given.texts.end(), texts.begin(), texts.end());
    }
  }
  catch (po::error const& e)
  {
    throw Error(Fault::usage, e.what());
  }
  return all;
}

void Options::load_words(std::vector<std::string> const& words)
{
  auto next = words.begin();
  for (Option& option : options_)
  {
    if (option.place_ == Option::Place::one_word && next != words.end())
    {
      option.take({*next++}, "command line", "command line");
    }
  }
  auto const list = std::find_if(options_.begin(), options_.end(),
                                 [](Option const& o) { return o.place_ == Option::Place::many_words; });
  if (next != words.end() && list != options_.end())
  {
    list->take({next, words.end()}, "command line", "command line");
    next = words.end();
  }
  require(next == words.end(), Fault::usage,
          next == words.end() ? ""
                              : fmt::format("unexpected word '{}': this job takes {}", *next,
                                            this->words().empty() ? "options only" : "only" + this->words()));
}

void Option::take(std::vector<std::string> const& texts, std::string_view where, std::string_view origin)
{
  std::string const given = fmt::format("{} = '{}' ({})", full(), fmt::join(texts, "', '"), where);
  require(texts.size() == 1 || repeats_, Fault::usage, given + ": given more than once");
  try
  {
    assign_(texts);
  }
  catch (Error const& e)
  {
    std::string const allowed = limits_.empty() ? "" : "; allowed: " + limits_;
    throw Error(Fault::usage, fmt::format("{}: {}{}", given, e.what(), allowed));
  }
  origin_ = origin;
}

template Option& Options::add(std::string_view, int&, std::string_view);
template Option& Options::add(std::string_view, std::int64_t&, std::string_view);
template Option& Options::add(std::string_view, double&, std::string_view);
template Option& Options::add(std::string_view, bool&, std::string_view);
template Option& Options::add(std::string_view, std::string&, std::string_view);
template Option& Options::add(std::string_view, Bytes&, std::string_view);
template Option& Options::add(std::string_view, std::chrono::milliseconds&, std::string_view);
template Option& Options::add(std::string_view, std::vector<std::string>&, std::string_view);
template Option& Options::add(std::string_view, std::vector<std::int64_t>&, std::string_view);
template Option& Options::add(std::string_view, std::vector<double>&, std::string_view);
template Option& Options::add(std::string_view, int&, Limits<int>, std::string_view);
template Option& Options::add(std::string_view, std::int64_t&, Limits<std::int64_t>, std::string_view);
template Option& Options::add(std::string_view, double&, Limits<double>, std::string_view);
template Option& Options::add(std::string_view, Bytes&, Limits<Bytes>, std::string_view);

}  // namespace tarifa
