#include <algorithm>
#include <map>

#include "pipeline/run/nearest.hpp"
#include "pipeline/source/draft.hpp"
#include "pipeline/source/values.hpp"

namespace tarifa
{
namespace
{

/// Tests of one draft; each looks only at columns whose own keys were sound, so that one mistake is told
/// once.
class Check
{
 public:
  explicit Check(Draft& draft) : draft_(draft), source_(draft.source) {}

  void run()
  {
    if (source_.columns.empty())
    {
      draft_.faults.add(0, "[column NAME]", "the source has no column");
    }
    check_head();
    check_header_names();
    for (std::size_t c = 0; c < source_.columns.size(); ++c)
    {
      if (draft_.column_is_sound[c])
      {
        check_column(source_.columns[c], *draft_.column_sections[c]);
      }
    }
    check_rules();
  }

 private:
  void fault(IniSection const& section, std::string const& key, std::string_view reason)
  {
    draft_.faults.add(section.line_of(key), section.title() + " " + key, reason);
  }

  /// The named column, or null: with a fault when there is none, without when it has faults of its own.
  SourceColumn const* find(IniSection const& section, std::string const& key, std::string_view name)
  {
    std::vector<std::string> names;
    for (std::size_t c = 0; c < source_.columns.size(); ++c)
    {
      names.push_back(source_.columns[c].schema.name);
      if (names.back() == name)
      {
        return draft_.column_is_sound[c] ? &source_.columns[c] : nullptr;
      }
    }
    fault(section, key, "there is no column '" + std::string(name) + "'." + suggestion(name, names));
    return nullptr;
  }

  void check_head()
  {
    if (draft_.head == nullptr)
    {
      return;
    }
    IniSection const& head = *draft_.head;
    if (source_.table.empty())
    {
      fault(head, "table", "the key is missing or empty");
    }
    else if (source_.table.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
    {
      fault(head, "table", "a table is named with a-z, 0-9 and _: it becomes a folder");
    }
    check_partition(head);
    check_key(head);
    if (!source_.balance_value.empty())
    {
      SourceColumn const* column = find(head, "balance-value", source_.balance_value);
      if (column != nullptr && column->schema.kind != ColumnKind::decimal
          && column->schema.kind != ColumnKind::integer)
      {
        fault(head, "balance-value", "the column is neither decimal nor integer");
      }
    }
  }

  void check_partition(IniSection const& head)
  {
    if (source_.partition_column.empty())
    {
      return;
    }
    SourceColumn const* column = find(head, "partition", source_.partition_column);
    if (column == nullptr)
    {
      return;
    }
    bool const by_year = source_.partition_by != Source::PartitionBy::value;
    bool const is_integer = column->schema.kind == ColumnKind::integer;
    if (by_year && is_integer)
    {
      source_.partition_by = Source::PartitionBy::year_of_period;
    }
    if (by_year && !is_integer && column->schema.kind != ColumnKind::date)
    {
      fault(head, "partition", "year() takes a date column or an integer period YYYY or YYYYMM");
    }
    else if (!by_year && !is_integer && column->schema.kind != ColumnKind::code)
    {
      fault(head, "partition", "a partition is an integer, a code or year(a date or period)");
    }
    else if (!column->mandatory)
    {
      fault(head, "partition", "the column must say mandatory = true: a record without it has no partition");
    }
  }

  void check_key(IniSection const& head)
  {
    for (std::string const& name : source_.key)
    {
      find(head, "key", name);
    }
    if (source_.duplicates == DuplicateRule::key && source_.key.empty())
    {
      fault(head, "duplicates", "by key, but the key is not given");
    }
    if (source_.version.empty())
    {
      return;
    }
    SourceColumn const* column = find(head, "version", source_.version);
    if (column != nullptr && column->schema.kind != ColumnKind::date
        && column->schema.kind != ColumnKind::integer)
    {
      fault(head, "version", "the column is neither date nor integer, so it has no order");
    }
    if (source_.key.empty())
    {
      fault(head, "version", "orders records of one key, but the key is not given");
    }
  }

  void check_header_names()
  {
    std::map<std::string, std::string> claimed;  // header name -> column
    for (std::size_t c = 0; c < source_.columns.size(); ++c)
    {
      for (HeaderAlias const& alias : source_.columns[c].names)
      {
        auto const [other, is_new] = claimed.emplace(folded(alias.name), source_.columns[c].schema.name);
        if (!is_new && other->second != source_.columns[c].schema.name)
        {
          fault(*draft_.column_sections[c], "names",
                "'" + alias.name + "' is read by column '" + other->second + "' already");
        }
      }
    }
  }

  void check_column(SourceColumn const& column, IniSection const& section)
  {
    if (column.schema.kind == ColumnKind::hs && column.schema.digits == 0)
    {
      fault(section, "digits", "the key is missing (2, 4, 6, 8 or 10)");
    }
    if (column.schema.kind == ColumnKind::date && column.date_patterns.empty())
    {
      fault(section, "format", "the key is missing (for example YYYY-MM-DD)");
    }
    if (column.schema.kind == ColumnKind::decimal && !section.has("scale"))
    {
      fault(section, "scale", "the key is missing (decimal places kept, 0 to 18)");
    }
    bool const has_marks = section.has("thousands-mark") || section.has("decimal-mark");
    if (has_marks && column.number.thousands_mark == column.number.decimal_mark)
    {
      fault(section, "thousands-mark", "is the decimal mark too");
    }
    check_valid_on(column, section);
    check_texts(column, section);
  }

  void check_valid_on(SourceColumn const& column, IniSection const& section)
  {
    if (column.valid_on.empty())
    {
      return;
    }
    SourceColumn const* day = find(section, "valid-on", column.valid_on);
    if (day != nullptr && day->schema.kind != ColumnKind::date)
    {
      fault(section, "valid-on", "the column is not of kind date");
    }
    if (column.codes.empty())
    {
      fault(section, "valid-on", "tests codes, but the key codes is not given");
    }
  }

  /// The texts a source puts in the place of fields must be readable themselves.
  void check_texts(SourceColumn const& column, IniSection const& section)
  {
    std::vector<std::pair<std::string, std::string>> texts = column.map;
    texts.emplace_back("", column.constant);
    for (auto const& [from, to] : texts)
    {
      bool const is_missing =
          std::find(column.missing.begin(), column.missing.end(), to) != column.missing.end();
      if (!to.empty() && !is_missing && !is_readable(column, to))
      {
        fault(section, from.empty() ? "constant" : "map", "'" + to + "' is not a value of this column");
      }
    }
  }

  static bool is_readable(SourceColumn const& column, std::string const& text)
  {
    std::int64_t value = 0, residual = 0;
    std::int32_t days = 0;
    switch (column.schema.kind)
    {
      case ColumnKind::integer:
        return parse_integer(text, column.number.thousands_mark, value) == ParseResult::ok;
      case ColumnKind::decimal:
        return parse_decimal(text, column.number, value, residual) == ParseResult::ok;
      case ColumnKind::hs:
        return column.schema.digits == 0
               || parse_hs(text, column.schema.digits, column.restore_zero, value) == ParseResult::ok;
      case ColumnKind::date:
        return column.date_patterns.empty()
               || std::any_of(column.date_patterns.begin(), column.date_patterns.end(),
                              [&](auto const& pattern)
                              { return DateFormat(pattern).parse(text, days) == ParseResult::ok; });
      case ColumnKind::code:
        return true;
    }
    return true;
  }

  void check_rules()
  {
    for (OrderRule const& rule : source_.order_rules)
    {
      SourceColumn const* left = find(*draft_.rules, "order", rule.left);
      SourceColumn const* right = find(*draft_.rules, "order", rule.right);
      if (left == nullptr || right == nullptr)
      {
        continue;
      }
      bool const comparable = left->schema.kind == right->schema.kind
                              && left->schema.scale == right->schema.scale
                              && left->schema.kind != ColumnKind::code && left->schema.kind != ColumnKind::hs;
      if (!comparable || left == right)
      {
        fault(*draft_.rules, "order",
              "'" + rule.left + " <= " + rule.right
                  + "' needs two columns of one kind and scale, not code or hs");
      }
    }
  }

  Draft& draft_;
  Source& source_;
};

}  // namespace

void check_draft(Draft& draft)
{
  Check(draft).run();
}

}  // namespace tarifa
