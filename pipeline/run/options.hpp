#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run/error.hpp"

namespace tarifa
{

/// Options of one run: declared once, bound to the variables that use them, read from an INI
/// text and the command line, printed back as an INI text that reproduces the run.
///
/// The default of an option is the value its variable has when it is declared, so a settings
/// struct states its defaults once, in its member initialisers.
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

  template <class T>
  void add(std::string_view name, T& variable, std::string_view help);
  template <class T>
  void add(std::string_view name, T& variable, Limits<T> limits, std::string_view help);

  /// Command line beats INI text beats default. Unknown names are errors in both.
  void load(std::string_view ini_text, std::vector<std::string> const& arguments);

  /// Effective values as INI, each with its help and where it came from.
  void print(std::ostream& out) const;

 private:
  struct Entry
  {
    std::string section, name, help, origin;
    std::function<void(std::string const&)> assign;
    std::function<std::string()> show;
    std::string full() const { return section + "." + name; }
  };

  std::string section_ = "run";
  std::vector<Entry> entries_;
};

}  // namespace tarifa
