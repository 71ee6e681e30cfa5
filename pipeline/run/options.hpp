#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/run/error.hpp"
#include "pipeline/run/option_value.hpp"

namespace tarifa
{

/// One declared option. What add() returns, to say more about it: `options.add(...).required();`
class Option
{
 public:
  /// A run without a value for it is a usage error.
  Option& required()
  {
    required_ = true;
    return *this;
  }
  /// Says where things are or how fast they go, not what comes out: stays out of the config a result stores,
  /// so that equal results are equal bytes.
  Option& not_in_result()
  {
    in_result_ = false;
    return *this;
  }

 private:
  friend class Options;  // declares, fills and prints
  std::string full() const { return section_ + "." + name_; }
  std::string facts() const;  ///< " (default 1; 0 to 9)"
  void print(std::ostream& out) const;
  void take(std::vector<std::string> const& texts, std::string_view where, std::string_view origin);

  std::string section_, name_, help_, form_, limits_, default_, origin_ = "default";  ///< empty: not told
  std::function<void(std::vector<std::string> const&)> assign_;  ///< all texts given at one place
  std::function<std::vector<std::string>()> show_;               ///< one text, or one per element
  bool repeats_ = false;                                         ///< may be given several times
  bool required_ = false;
  bool in_result_ = true;
  enum class Place : char
  {
    option,
    one_word,
    many_words,
  } place_ = Place::option;
};

/// A named set of defaults: an INI text that everything else wins over.
struct Preset
{
  std::string_view name, ini;
};

/// Options of one run: declared once, bound to the variables that use them, read from an INI text and the
/// command line, printed back as an INI text that reproduces the run.
///
/// The default of an option is the value its variable has when it is declared, so a settings struct states
/// its defaults once, in its member initialisers. The variables must outlive the Options.
class Options
{
 public:
  template <class T>
  struct Limits
  {
    T least;
    T most;
  };

  /// Names declared after this call are "section.name" on the command line.
  void section(std::string_view name) { section_ = name; }

  /// T: int, int64, double, bool, string, Bytes, std::chrono::milliseconds, vector of string, int64 or
  /// double.
  template <class T>
  Option& add(std::string_view name, T& variable, std::string_view help);
  /// T: int, int64, double, Bytes; both ends are allowed values.
  template <class T>
  Option& add(std::string_view name, T& variable, Limits<T> limits, std::string_view help);

  /// One of a few names, each standing for a value of E (usually an enum).
  template <class E>
  Option& choice(std::string_view name, E& variable, std::vector<std::pair<std::string, E>> const& table,
                 std::string_view help);
  Option& choice(std::string_view name, std::string& variable, std::vector<std::string> const& valid,
                 std::string_view help);

  /// Bare words of the command line: `tarifa ingest FILE FILE`. Also an option of the section (one line per
  /// value in the INI text), so that a printed config reproduces the run. Single words are filled first, in
  /// the order declared; one list takes the rest.
  Option& positional(std::string_view name, std::string& word, std::string_view help);
  Option& positional(std::string_view name, std::vector<std::string>& words, std::string_view help);

  /// The option that names a preset; at most one. The preset its value names is loaded before the INI text.
  Option& preset(std::string_view name, std::string& variable, std::vector<Preset> presets,
                 std::string_view help);

  /// Command line beats INI text beats preset beats default. Unknown names are errors in both, with the
  /// nearest valid ones. All faults are Error(usage).
  void load(std::string_view ini_text, std::vector<std::string> const& arguments,
            std::string_view ini_name = "config");

  void print(
      std::ostream& out) const;  ///< effective values as INI, each with its help and where it came from
  /// For --help: words, then options with form, default and limits. Those of section [run] belong to every
  /// job and may be given without it.
  void describe(std::ostream& out) const;
  std::string words() const;  ///< for the usage line: " ARCHIVE FILES..."
  /// Values alone, wherever they come from, without the options marked not_in_result().
  std::string text_for_result() const;

 private:
  static void require_choice(std::string const& text, std::vector<std::string> const& valid);
  Option& declare(std::string_view name, std::string_view help);
  Option& find(std::string_view full, std::string_view where);
  std::string nearest_options(std::string_view full) const;  ///< " Did you mean 'a' or 'b'?" or nothing
  struct Given;
  std::vector<Given> read_ini(std::string_view text, std::string_view name);
  std::vector<Given> read_arguments(std::vector<std::string> const& arguments,
                                    std::vector<std::string>& words);
  void load_preset(std::vector<Given> const& from_file, std::vector<Given> const& from_line);
  void load_words(std::vector<std::string> const& words);

  std::string section_ = "run";
  std::vector<Option> options_;
  std::vector<Preset> presets_;
  std::string preset_option_;  ///< full name; empty = there are no presets
};

template <class E>
Option& Options::choice(std::string_view name, E& variable,
                        std::vector<std::pair<std::string, E>> const& table, std::string_view help)
{
  std::vector<std::string> valid;
  valid.reserve(table.size());
  for (auto const& [text, value] : table)
  {
    valid.push_back(text);
  }
  auto const name_of_value = [&variable, table]
  {
    for (auto const& [text, value] : table)
    {
      if (value == variable)
      {
        return text;
      }
    }
    throw Error(Fault::internal, "a choice has no name for its default");
  };
  std::string word = name_of_value();
  Option& option = choice(name, word, valid, help);
  option.show_ = [name_of_value] { return std::vector<std::string>{name_of_value()}; };
  option.assign_ = [&variable, table, valid](std::vector<std::string> const& texts)
  {
    require_choice(texts.front(), valid);
    for (auto const& [text, value] : table)
    {
      if (text == texts.front())
      {
        variable = value;
      }
    }
  };
  return option;
}

}  // namespace tarifa
