#include <algorithm>

#include "pipeline/run/nearest.hpp"
#include "pipeline/source/draft.hpp"
#include "pipeline/source/values.hpp"

namespace tarifa
{
namespace
{

void read_partition(Draft& draft, std::string_view text)
{
  Source& source = draft.source;
  if (text == "none")
  {
    return;
  }
  bool const by_year = text.starts_with("year(") && text.ends_with(")");
  source.partition_column = trimmed(by_year ? text.substr(5, text.size() - 6) : text);
  // Whether it is the year of a date or of a period follows from the kind of the column, known later.
  source.partition_by = by_year ? Source::PartitionBy::year_of_date : Source::PartitionBy::value;
}

struct HeadKey
{
  std::string_view name;
  void (*assign)(Draft&, std::string_view);
};

std::vector<HeadKey> const& head_keys()
{
  static std::vector<HeadKey> const keys = {
      {"table", [](Draft& d, std::string_view v) { d.source.table = v; }},
      {"title", [](Draft& d, std::string_view v) { d.source.title = v; }},
      {"origin", [](Draft& d, std::string_view v) { d.source.origin = v; }},
      {"schema-version",
       [](Draft& d, std::string_view v) { d.source.schema_version = whole_number(v, 1, 999); }},
      {"delimiter",
       [](Draft& d, std::string_view v) {
         d.source.dialect.delimiter = one_of<char>(v, {{",", ','}, {";", ';'}, {"tab", '\t'}, {"|", '|'}});
       }},
      {"quote",
       [](Draft& d, std::string_view v) {
         d.source.dialect.quote = one_of<char>(v, {{"\"", '"'}, {"'", '\''}, {"none", 0}});
       }},
      {"encoding",
       [](Draft& d, std::string_view v) {
         d.source.encoding = one_of<Encoding>(v, {{"utf-8", Encoding::utf8}, {"latin-1", Encoding::latin1}});
       }},
      {"record-limit", [](Draft& d, std::string_view v)
       { d.source.dialect.record_limit_bytes = byte_count(v, 1 << 10, 64 << 20); }},
      {"strict-header", [](Draft& d, std::string_view v) { d.source.strict_header = true_or_false(v); }},
      {"partition", read_partition},
      {"fiscal-year-first-month",
       [](Draft& d, std::string_view v) { d.source.fiscal_year_first_month = whole_number(v, 1, 12); }},
      {"duplicates",
       [](Draft& d, std::string_view v)
       {
         d.source.duplicates = one_of<DuplicateRule>(
             v, {{"none", DuplicateRule::none}, {"row", DuplicateRule::row}, {"key", DuplicateRule::key}});
       }},
      {"key", [](Draft& d, std::string_view v) { d.source.key = list_of_texts(v); }},
      {"version", [](Draft& d, std::string_view v) { d.source.version = v; }},
      {"balance-value", [](Draft& d, std::string_view v) { d.source.balance_value = v; }},
      {"decimal-mark",
       [](Draft& d, std::string_view v) { d.defaults.number.decimal_mark = decimal_mark(v); }},
      {"thousands-mark",
       [](Draft& d, std::string_view v) { d.defaults.number.thousands_mark = thousands_mark(v); }},
      {"missing-when-quoted",
       [](Draft& d, std::string_view v) { d.source.missing_when_quoted = true_or_false(v); }},
      {"missing", [](Draft& d, std::string_view v) { d.defaults.missing = list_of_texts(v); }},
  };
  return keys;
}

OrderRule order_rule(std::string_view text)
{
  std::size_t const sign = text.find("<=");
  OrderRule rule;
  if (sign != std::string_view::npos)
  {
    rule = {std::string(trimmed(text.substr(0, sign))), std::string(trimmed(text.substr(sign + 2)))};
  }
  require(!rule.left.empty() && !rule.right.empty(), Fault::usage,
          "'" + std::string(text) + "' is not written A <= B");
  return rule;
}

void read_rule(Draft& draft, IniEntry const& entry)
{
  if (entry.key == "order")
  {
    for (std::string const& text : list_of_texts(entry.value))
    {
      draft.source.order_rules.push_back(order_rule(text));
    }
  }
  else
  {
    draft.source.filters.push_back({entry.key.substr(5), list_of_texts(entry.value)});
  }
}

/// Sets the section pointers of the draft; unknown sections are faults.
void sort_sections(Draft& draft)
{
  for (IniSection const& section : draft.sections)
  {
    bool const is_column = section.kind == "column";
    if (is_column)
    {
      draft.column_sections.push_back(&section);
    }
    else if (section.title() == "[source]")
    {
      draft.head = &section;
    }
    else if (section.title() == "[rules]")
    {
      draft.rules = &section;
    }
    else
    {
      draft.faults.add(section.line, section.title(),
                       "unknown section." + suggestion(section.kind, {"source", "column", "rules"}));
    }
  }
}

}  // namespace

char decimal_mark(std::string_view text)
{
  return one_of<char>(text, {{".", '.'}, {",", ','}});
}

char thousands_mark(std::string_view text)
{
  return one_of<char>(text, {{",", ','},
                             {".", '.'},
                             {"'", '\''},
                             {"_", '_'},
                             {"space", ' '},
                             {"no-break-space", '\xA0'},
                             {"none", 0}});
}

void report_unknown_keys(IniSection const& section, std::vector<std::string> const& known, FaultList& faults)
{
  for (IniEntry const& entry : section.entries)
  {
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
    {
      faults.add(entry.line, section.title() + " " + entry.key,
                 "unknown key." + suggestion(entry.key, known));
    }
  }
}

void read_head(Draft& draft)
{
  std::vector<std::string> names;
  for (HeadKey const& rule : head_keys())
  {
    names.emplace_back(rule.name);
  }
  report_unknown_keys(*draft.head, names, draft.faults);
  bool sound = true;
  for (IniEntry const& entry : draft.head->entries)
  {
    auto const rule = std::find_if(head_keys().begin(), head_keys().end(),
                                   [&](auto const& r) { return r.name == entry.key; });
    if (rule != head_keys().end())
    {
      sound =
          draft.faults.collect(entry.line, "[source] " + entry.key, [&] { rule->assign(draft, entry.value); })
          && sound;
    }
  }
  if (sound && draft.defaults.number.thousands_mark == draft.defaults.number.decimal_mark)
  {
    draft.faults.add(draft.head->line_of("thousands-mark"), "[source] thousands-mark",
                     "is the decimal mark too");
  }
}

void read_rules(Draft& draft)
{
  std::vector<std::string> names{"order"};
  for (SourceColumn const& column : draft.source.columns)
  {
    names.push_back("keep." + column.schema.name);
  }
  report_unknown_keys(*draft.rules, names, draft.faults);
  for (IniEntry const& entry : draft.rules->entries)
  {
    if (std::find(names.begin(), names.end(), entry.key) != names.end())
    {
      draft.faults.collect(entry.line, "[rules] " + entry.key, [&] { read_rule(draft, entry); });
    }
  }
}

Source parse_source(std::string_view ini_text, std::string_view name)
{
  Draft draft;
  draft.sections = parse_ini(ini_text, draft.faults);
  draft.source.name = name;
  draft.source.text = ini_text;
  sort_sections(draft);
  if (draft.head != nullptr)
  {
    read_head(draft);
  }
  else
  {
    draft.faults.add(0, "[source]", "the section is missing");
  }
  read_columns(draft);
  if (draft.rules != nullptr)
  {
    read_rules(draft);
  }
  check_draft(draft);
  draft.faults.throw_if_any("source '" + std::string(name) + "'");
  return std::move(draft.source);
}

}  // namespace tarifa
