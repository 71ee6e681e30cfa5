#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/source/ini.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{

/// A source while its text is read: what is known so far, where it stands and what was wrong with it.
struct Draft
{
  std::vector<IniSection> sections;
  FaultList faults;
  Source source;
  SourceColumn defaults;  ///< marks and missing texts that [source] gives to every column

  /// [columns] sections of source.columns, and whether all their keys were well-formed (else: no further
  /// tests).
  std::vector<IniSection const*> column_sections;
  std::vector<bool> column_is_sound;
  IniSection const* head = nullptr;   ///< [source]
  IniSection const* rules = nullptr;  ///< [rules]
};

/// Reads [source] into the draft.
void read_head(Draft& draft);
/// Reads every [column NAME].
void read_columns(Draft& draft);
/// Reads [rules], once the columns are known.
void read_rules(Draft& draft);
/// Tests what several keys or sections have to do with each other.
void check_draft(Draft& draft);

/// Marks within numbers; for thousands also the words space, no-break-space ('\xA0') and none (0).
char decimal_mark(std::string_view text);
char thousands_mark(std::string_view text);

/// A fault for each key of `section` that is not among `known`.
void report_unknown_keys(IniSection const& section, std::vector<std::string> const& known, FaultList& faults);

}  // namespace tarifa
