#include <algorithm>
#include <array>

#include "pipeline/source/draft.hpp"
#include "pipeline/source/values.hpp"

namespace tarifa
{
namespace
{

/// Kinds a key may stand with, one bit each.
using Kinds = unsigned;
constexpr Kinds only(ColumnKind kind)
{
  return 1U << static_cast<unsigned>(kind);
}
constexpr Kinds integer = only(ColumnKind::integer), decimal = only(ColumnKind::decimal),
                code = only(ColumnKind::code), hs = only(ColumnKind::hs), date = only(ColumnKind::date);
constexpr Kinds any = integer | decimal | code | hs | date;

struct ColumnKey
{
  std::string_view name;
  Kinds kinds;
  void (*assign)(SourceColumn&, std::string_view);
};

std::vector<std::pair<std::string_view, ColumnKind>> const& kind_names()
{
  static std::vector<std::pair<std::string_view, ColumnKind>> const names = {{"integer", ColumnKind::integer},
                                                                             {"decimal", ColumnKind::decimal},
                                                                             {"code", ColumnKind::code},
                                                                             {"hs", ColumnKind::hs},
                                                                             {"date", ColumnKind::date}};
  return names;
}

std::string names_of(Kinds kinds)
{
  std::string names;
  for (auto const& [name, kind] : kind_names())
  {
    names += (kinds & only(kind)) == 0 ? "" : (names.empty() ? "" : " or ") + std::string(name);
  }
  return names;
}

void read_names(SourceColumn& column, std::string_view text)
{
  for (ListItem const& item : list_items(text, ";", ItemDates::allowed))
  {
    column.names.push_back({item.text, item.from, item.to});
  }
}

void read_codes(SourceColumn& column, std::string_view text)
{
  require(!text.starts_with('@'), Fault::usage,
          "a code list in a file of its own can only be read with its source file");
  for (ListItem const& item : list_items(text, ",;", ItemDates::allowed))
  {
    column.codes.push_back({item.text, item.from, item.to});
  }
}

void read_formats(SourceColumn& column, std::string_view text)
{
  for (std::string_view const pattern : cut_list(text, "|"))
  {
    [[maybe_unused]] DateFormat const checked(pattern);  // throws when it is no pattern
    column.date_patterns.emplace_back(pattern);
  }
}

std::int64_t stored_units(SourceColumn const& column, std::string_view text)
{
  return column.schema.kind == ColumnKind::date ? iso_date(text) : exact_units(text, column.schema.scale);
}

void read_range(SourceColumn& column, std::string_view text)
{
  std::size_t const dots = text.find("..");
  require(dots != std::string_view::npos, Fault::usage,
          "'" + std::string(text) + "' is not written LEAST..MOST");
  std::string_view const least = trimmed(text.substr(0, dots));
  std::string_view const most = trimmed(text.substr(dots + 2));
  require(!least.empty() || !most.empty(), Fault::usage, "the range has neither end");
  if (!least.empty())
  {
    column.least = stored_units(column, least);
  }
  if (!most.empty())
  {
    column.most = stored_units(column, most);
  }
  require(!column.least || !column.most || *column.least <= *column.most, Fault::usage, "the range is empty");
}

int hs_digits(std::string_view text)
{
  return one_of<int>(text, {{"2", 2}, {"4", 4}, {"6", 6}, {"8", 8}, {"10", 10}});
}

/// In the order they are assigned: `range` needs the scale.
constexpr std::array column_keys = {
    ColumnKey{"names", any, read_names},
    ColumnKey{"constant", any, [](SourceColumn& c, std::string_view v) { c.constant = v; }},
    ColumnKey{"scale", decimal,
              [](SourceColumn& c, std::string_view v) { c.number.scale = whole_number(v, 0, 18); }},
    ColumnKey{"digits", hs, [](SourceColumn& c, std::string_view v) { c.schema.digits = hs_digits(v); }},
    ColumnKey{"unit", any, [](SourceColumn& c, std::string_view v) { c.schema.unit = v; }},
    ColumnKey{"title", any, [](SourceColumn& c, std::string_view v) { c.schema.title = v; }},
    ColumnKey{"format", date, read_formats},
    ColumnKey{"restore-zero", hs,
              [](SourceColumn& c, std::string_view v) { c.restore_zero = true_or_false(v); }},
    ColumnKey{"mandatory", any, [](SourceColumn& c, std::string_view v) { c.mandatory = true_or_false(v); }},
    ColumnKey{"upper-case", code,
              [](SourceColumn& c, std::string_view v) { c.upper_case = true_or_false(v); }},
    ColumnKey{"decimal-mark", decimal,
              [](SourceColumn& c, std::string_view v) { c.number.decimal_mark = decimal_mark(v); }},
    ColumnKey{"thousands-mark", integer | decimal,
              [](SourceColumn& c, std::string_view v) { c.number.thousands_mark = thousands_mark(v); }},
    ColumnKey{"missing", any, [](SourceColumn& c, std::string_view v) { c.missing = list_of_texts(v); }},
    ColumnKey{"map", any, [](SourceColumn& c, std::string_view v) { c.map = replacements(v); }},
    ColumnKey{"codes", code, read_codes},
    ColumnKey{"valid-on", code, [](SourceColumn& c, std::string_view v) { c.valid_on = v; }},
    ColumnKey{"range", integer | decimal | hs | date, read_range},
};

bool read_kind(IniSection const& section, SourceColumn& column, FaultList& faults)
{
  auto const entry = std::find_if(section.entries.begin(), section.entries.end(),
                                  [](IniEntry const& e) { return e.key == "kind"; });
  if (entry == section.entries.end())
  {
    faults.add(section.line, section.title(), "the key kind is missing (" + names_of(any) + ")");
    return false;
  }
  return faults.collect(entry->line, section.title() + " kind",
                        [&] { column.schema.kind = one_of<ColumnKind>(entry->value, kind_names()); });
}

bool read_key(IniSection const& section, ColumnKey const& key, SourceColumn& column, FaultList& faults)
{
  auto const entry = std::find_if(section.entries.begin(), section.entries.end(),
                                  [&](IniEntry const& e) { return e.key == key.name; });
  if (entry == section.entries.end())
  {
    return true;
  }
  std::string const where = section.title() + " " + entry->key;
  if ((key.kinds & only(column.schema.kind)) == 0)
  {
    faults.add(entry->line, where, "only a column of kind " + names_of(key.kinds) + " has this key");
    return false;
  }
  return faults.collect(entry->line, where, [&] { key.assign(column, entry->value); });
}

bool is_column_name(std::string_view name)
{
  return !name.empty() && name.size() <= 64 && name.front() >= 'a' && name.front() <= 'z'
         && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

bool read_column(IniSection const& section, SourceColumn& column, FaultList& faults)
{
  bool sound = is_column_name(section.label);
  if (!sound)
  {
    faults.add(section.line, section.title(),
               "a column is named with a-z, 0-9 and _, a letter first, 64 at most");
  }
  column.schema.name = section.label;
  if (!read_kind(section, column, faults))
  {
    return false;
  }
  for (ColumnKey const& key : column_keys)
  {
    sound = read_key(section, key, column, faults) && sound;
    column.schema.scale = column.schema.kind == ColumnKind::decimal ? column.number.scale : 0;
  }
  if (column.names.empty() && column.constant.empty())
  {
    column.names.push_back({column.schema.name, {}, {}});
  }
  return sound;
}

}  // namespace

void read_columns(Draft& draft)
{
  std::vector<std::string> names{"kind"};
  for (ColumnKey const& key : column_keys)
  {
    names.emplace_back(key.name);
  }
  for (IniSection const* section : draft.column_sections)
  {
    report_unknown_keys(*section, names, draft.faults);
    draft.source.columns.push_back(draft.defaults);
    draft.column_is_sound.push_back(read_column(*section, draft.source.columns.back(), draft.faults));
  }
}

}  // namespace tarifa
