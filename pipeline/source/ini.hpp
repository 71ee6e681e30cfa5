#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run/error.hpp"

namespace tarifa
{

/// One `key = value` line, blanks around both cut.
struct IniEntry
{
  std::string key, value;
  int line;  ///< physical line, from 1
};

/// One [section] with its lines in the order of the file. "[column  value ]" has kind "column" and label
/// "value".
struct IniSection
{
  std::string kind, label;
  int line;
  std::vector<IniEntry> entries;

  std::string title() const;  ///< as a message shows it: [column value]
  /// Line of `key`, or of the section when it has no such key.
  int line_of(std::string_view key) const;
  bool has(std::string_view key) const;
};

/// Faults of one text, collected so that a person can mend them all at once.
class FaultList
{
 public:
  void add(int line, std::string_view where, std::string_view reason);
  /// Runs `work`; an Error it throws becomes a fault. True when it threw none.
  template <class Work>
  bool collect(int line, std::string_view where, Work&& work)
  {
    try
    {
      work();
      return true;
    }
    catch (Error const& e)
    {
      add(line, where, e.what());
      return false;
    }
  }
  bool empty() const noexcept { return faults_.empty(); }
  /// Throws Error(usage) "`what`: N faults" with one fault per line of the message, in the order of the text.
  void throw_if_any(std::string_view what) const;

 private:
  struct Entry
  {
    int line;
    std::string text;
  };
  std::vector<Entry> faults_;
};

/// Cuts the text of an INI file. A line is blank, a comment ('#' or ';' first), a [section] or `key = value`;
/// there are no comments behind a value and no continued lines. Other lines, sections and keys given twice
/// are faults.
std::vector<IniSection> parse_ini(std::string_view text, FaultList& faults);

std::string_view trimmed(std::string_view text);
/// ASCII letters to lower case; other bytes stay.
std::string folded(std::string_view text);

}  // namespace tarifa
