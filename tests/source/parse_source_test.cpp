#include <string>

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"
#include "pipeline/source/source.hpp"

using namespace tarifa;

namespace
{

constexpr char const* good = R"ini(# one declaration per line
[source]
table = declarations
title = A title = with a sign; and a mark
delimiter = ;
quote = '
encoding = latin-1
record-limit = 128 KiB
strict-header = true
partition = year(day)
fiscal-year-first-month = 10
duplicates = key
key = number; line
version = day
balance-value = value
decimal-mark = ,
thousands-mark = .
missing = n/a, "-"
schema-version = 3

[column number]
names = Old No (..2019-12-31); Number, new (2020-01-01..); "Weird; (1..2)"
kind = integer
mandatory = true
range = 1..

[column line]
kind = integer
constant = 1

[column day]
kind = date
format = YYYY-MM-DD | YYYY-MM-DDThh:mm:ssZ
mandatory = true
range = 2000-01-01..2099-12-31

[column lodged]
kind = date
format = YYYY-MM-DD

[column value]
kind = decimal
scale = 2
unit = EUR
range = 0..1e12
map = "zero"=0; nought=0,00
decimal-mark = ,

[column origin]
kind = code
upper-case = true
codes = DE, FR; YU (..2003-02-04); "a, b" (2000-01-01..2001-01-01)
valid-on = day
missing = ??

[column goods]
kind = hs
digits = 8
restore-zero = true

[rules]
order = lodged <= day
keep.origin = DE, FR
)ini";

/// Message of the usage error the text causes; "" when it causes none.
std::string fault_of(std::string_view text)
{
  try
  {
    parse_source(text, "s");
  }
  catch (Error const& e)
  {
    EXPECT_EQ(e.fault(), Fault::usage);
    return e.what();
  }
  return "";
}

/// The good source with one piece of its text replaced, which must be there.
std::string fault_after(std::string_view piece, std::string_view by)
{
  std::string text = good;
  std::size_t const at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  return fault_of(text.replace(at, piece.size(), by));
}

void expect_fault(std::string_view piece, std::string_view by, std::string const& expected)
{
  std::string const message = fault_after(piece, by);
  EXPECT_NE(message.find(expected), std::string::npos) << "got: " << message << "\nexpected: " << expected;
  EXPECT_NE(message.find(": 1 fault\n"), std::string::npos) << message;
}

}  // namespace

TEST(ParseSource, ReadsEveryKeyOfTheSource)
{
  Source const s = parse_source(good, "s");
  EXPECT_EQ(s.name, "s");
  EXPECT_EQ(s.table, "declarations");
  EXPECT_EQ(s.title, "A title = with a sign; and a mark");
  EXPECT_EQ(s.dialect.delimiter, ';');
  EXPECT_EQ(s.dialect.quote, '\'');
  EXPECT_EQ(s.dialect.record_limit_bytes, 128U * 1024);
  EXPECT_EQ(s.encoding, Encoding::latin1);
  EXPECT_TRUE(s.strict_header);
  EXPECT_TRUE(s.missing_when_quoted);
  EXPECT_EQ(s.partition_column, "day");
  EXPECT_EQ(s.partition_by, Source::PartitionBy::year_of_date);
  EXPECT_EQ(s.fiscal_year_first_month, 10);
  EXPECT_EQ(s.duplicates, DuplicateRule::key);
  EXPECT_EQ(s.key, (std::vector<std::string>{"number", "line"}));
  EXPECT_EQ(s.version, "day");
  EXPECT_EQ(s.balance_value, "value");
  EXPECT_EQ(s.schema_version, 3);
  ASSERT_EQ(s.order_rules.size(), 1U);
  EXPECT_EQ(s.order_rules[0].left, "lodged");
  EXPECT_EQ(s.order_rules[0].right, "day");
  ASSERT_EQ(s.filters.size(), 1U);
  EXPECT_EQ(s.filters[0].column, "origin");
  EXPECT_EQ(s.filters[0].keep, (std::vector<std::string>{"DE", "FR"}));
}

TEST(ParseSource, ReadsNamesWithTheirDates)
{
  SourceColumn const number = parse_source(good, "s").columns[0];
  ASSERT_EQ(number.names.size(), 3U);
  EXPECT_EQ(number.names[0].name, "Old No");
  EXPECT_FALSE(number.names[0].from);
  EXPECT_EQ(number.names[0].to, 18261);  // 2019-12-31
  EXPECT_EQ(number.names[1].name, "Number, new");
  EXPECT_EQ(number.names[1].from, 18262);
  EXPECT_EQ(number.names[2].name, "Weird; (1..2)");
  EXPECT_FALSE(number.names[2].from);
}

TEST(ParseSource, ReadsColumnsInTheirOrderWithDefaultsOfTheSource)
{
  Source const s = parse_source(good, "s");
  TableSchema const schema = s.schema();
  ASSERT_EQ(schema.columns.size(), 7U);
  EXPECT_EQ(schema.table, "declarations");
  EXPECT_EQ(schema.columns[4].name, "value");
  EXPECT_EQ(schema.columns[4].kind, ColumnKind::decimal);
  EXPECT_EQ(schema.columns[4].scale, 2);
  EXPECT_EQ(schema.columns[4].unit, "EUR");
  EXPECT_EQ(schema.columns[0].scale, 0);
  EXPECT_EQ(schema.columns[6].digits, 8);
  SourceColumn const& value = s.columns[s.column("value")];
  EXPECT_EQ(value.number.scale, 2);
  EXPECT_EQ(value.number.decimal_mark, ',');
  EXPECT_EQ(value.number.thousands_mark, '.');
  EXPECT_EQ(value.missing, (std::vector<std::string>{"n/a", "-"}));
  EXPECT_EQ(s.columns[5].missing, std::vector<std::string>{"??"});
  EXPECT_EQ(value.map[0], (std::pair<std::string, std::string>{"zero", "0"}));
  EXPECT_EQ(value.map[1], (std::pair<std::string, std::string>{"nought", "0,00"}));
  EXPECT_EQ(s.columns[1].constant, "1");
  EXPECT_TRUE(s.columns[1].names.empty());
  EXPECT_EQ(s.columns[2].names[0].name, "day");
  EXPECT_EQ(s.columns[2].date_patterns, (std::vector<std::string>{"YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"}));
  EXPECT_TRUE(s.columns[6].restore_zero);
}

TEST(ParseSource, ScalesRangesToStoredUnits)
{
  Source const s = parse_source(good, "s");
  EXPECT_EQ(s.columns[0].least, 1);
  EXPECT_FALSE(s.columns[0].most);
  EXPECT_EQ(s.columns[2].least, 10957);  // 2000-01-01
  EXPECT_EQ(s.columns[4].least, 0);
  EXPECT_EQ(s.columns[4].most, 100'000'000'000'000);
}

TEST(ParseSource, ReadsCodesOncePerPeriod)
{
  SourceColumn const origin = parse_source(good, "s").columns[5];
  ASSERT_EQ(origin.codes.size(), 4U);
  EXPECT_EQ(origin.codes[2].code, "YU");
  EXPECT_EQ(origin.codes[2].to, 12087);  // 2003-02-04
  EXPECT_EQ(origin.codes[3].code, "a, b");
  EXPECT_TRUE(origin.upper_case);
  EXPECT_EQ(origin.valid_on, "day");
}

TEST(ParseSource, TakesTheYearOfAnIntegerAsThatOfAPeriod)
{
  Source const s =
      parse_source("[source]\ntable=t\npartition = year(p)\n[column p]\nkind=integer\nmandatory=true", "s");
  EXPECT_EQ(s.partition_by, Source::PartitionBy::year_of_period);
  EXPECT_EQ(parse_source("[source]\ntable=t\npartition=none\n[column p]\nkind=integer", "s").partition_column,
            "");
}

TEST(ParseSource, DoesNotMindByteOrderMarksAndLineEnds)
{
  EXPECT_EQ(
      parse_source("\xEF\xBB\xBF[source]\r\ntable = t\r\n\r\n[column a]\r\nkind = integer\r\n", "s").table,
      "t");
}

TEST(ParseSource, TellsAllFaultsAtOnceInOrderOfTheText)
{
  std::string const message = fault_of(R"([source]
tabel = t
delimiter = :

[column v]
kind = decimall
[column w]
kind = decimal
scael = 2
range = 0..x
[colum x]
)");
  EXPECT_EQ(message,
            "source 's': 7 faults\n"
            "  line 1: [source] table: the key is missing or empty\n"
            "  line 2: [source] tabel: unknown key. Did you mean 'table'?\n"
            "  line 3: [source] delimiter: ':' is none of ,, ;, tab, |.\n"
            "  line 6: [column v] kind: 'decimall' is none of integer, decimal, code, hs, date. Did you "
            "mean 'decimal'?\n"
            "  line 9: [column w] scael: unknown key. Did you mean 'scale'?\n"
            "  line 10: [column w] range: 'x' is not a number\n"
            "  line 11: [colum x]: unknown section. Did you mean 'column'?");
}

TEST(ParseSource, RefusesLinesThatAreNone)
{
  expect_fault("[rules]", "[rules", "line 61: a section is written [name]");
  expect_fault("unit = EUR", "unit EUR", "a line is written key = value");
  expect_fault("unit = EUR", "= EUR", "a line is written key = value");
  expect_fault("unit = EUR", "kind = decimal", "[column value] kind: the key stands twice in its section");
  expect_fault("[rules]", "[rules]\n[ rules ]", "[rules]: the section stands twice");
  expect_fault("[source]", "a = b\n[source]", "line 2: a: stands before the first [section]");
  EXPECT_NE(fault_of("").find("[source]: the section is missing"), std::string::npos);
  EXPECT_NE(fault_of("[source]\ntable=t").find("the source has no column"), std::string::npos);
}

TEST(ParseSource, RefusesValuesThatAreNotAllowed)
{
  expect_fault("strict-header = true", "strict-header = yes", "'yes' is none of true, false");
  expect_fault("record-limit = 128 KiB", "record-limit = 128 GiB", "'GiB' is none of");
  expect_fault("record-limit = 128 KiB", "record-limit = 12", "is outside 1024 to 67108864 bytes");
  expect_fault("record-limit = 128 KiB", "record-limit = -1", "is not a number of bytes");
  expect_fault("first-month = 10", "first-month = 13", "'13' is not a whole number from 1 to 12");
  expect_fault("scale = 2\nunit", "scale = 19\nunit", "'19' is not a whole number from 0 to 18");
  expect_fault("digits = 8", "digits = 7", "'7' is none of 2, 4, 6, 8, 10");
  expect_fault("decimal-mark = ,\nthousands", "decimal-mark = -\nthousands", "'-' is none of");
  expect_fault("table = declarations", "table = ../etc", "it becomes a folder");
  expect_fault("[column number]", "[column Number]\nkind=integer\n[column number]",
               "a column is named with a-z");
}

TEST(ParseSource, RefusesListsThatAreBroken)
{
  expect_fault("keep.origin = DE, FR", "keep.origin = DE,, FR", "the list has an empty item");
  expect_fault("keep.origin = DE, FR", "keep.origin =", "the list has an empty item");
  expect_fault("codes = DE, FR", "codes = DE, DE", "'DE' stands twice in the list");
  expect_fault("\"a, b\" (2000", "\"a, b (2000", "has no closing quote");
  expect_fault("codes = DE, FR", "codes = \"DE\" x, FR", "'x' follows a closing quote");
  expect_fault("YU (..2003-02-04)", "YU (..2003-02-30)", "'2003-02-30' is not a date YYYY-MM-DD");
  expect_fault("YU (..2003-02-04)", "YU (2004-01-01..2003-02-04)", "ends before it begins");
  expect_fault("nought=0,00", "nought", "'nought' is not written TEXT=VALUE");
  expect_fault("nought=0,00", "zero=1", "'zero' is replaced twice");
  expect_fault("codes = DE, FR; YU", "codes = @list.csv; YU", "can only be read with its source file");
}

TEST(ParseSource, RefusesRangesThatDoNotFit)
{
  expect_fault("range = 1..", "range = 1", "'1' is not written LEAST..MOST");
  expect_fault("range = 1..", "range = ..", "the range has neither end");
  expect_fault("range = 1..", "range = 2..1", "the range is empty");
  expect_fault("range = 1..", "range = 1.5..2", "'1.5' has more than 0 decimal places");
  expect_fault("range = 0..1e12", "range = 0..1e17", "does not fit 64 bits at scale 2");
  expect_fault("range = 2000-01-01..", "range = 2000..", "'2000' is not a date");
}

TEST(ParseSource, RefusesKeysOfAnotherKind)
{
  expect_fault("kind = hs", "kind = hs\nscale = 2",
               "[column goods] scale: only a column of kind decimal has this key");
  expect_fault("unit = EUR", "upper-case = true", "only a column of kind code has this key");
  expect_fault("constant = 1", "digits = 6\nconstant = 1", "only a column of kind hs has this key");
  expect_fault("upper-case = true", "range = 1..2",
               "only a column of kind integer or decimal or hs or date has");
}

TEST(ParseSource, AsksForKeysAKindNeeds)
{
  expect_fault("digits = 8", "", "[column goods] digits: the key is missing");
  expect_fault("kind = date\nformat = YYYY-MM-DD\n\n[column value]", "kind = date\n[column value]",
               "[column lodged] format: the key is missing");
  expect_fault("scale = 2\nunit", "unit", "[column value] scale: the key is missing");
  EXPECT_NE(fault_of("[source]\ntable=t\n[column a]").find("line 3: [column a]: the key kind is missing"),
            std::string::npos);
}

TEST(ParseSource, RefusesNamesOfColumnsThatAreNotThere)
{
  expect_fault("balance-value = value", "balance-value = vlaue",
               "there is no column 'vlaue'. Did you mean 'value'?");
  expect_fault("key = number; line", "key = number; lime", "there is no column 'lime'. Did you mean 'line'?");
  expect_fault("valid-on = day", "valid-on = dya", "there is no column 'dya'. Did you mean 'day'?");
  expect_fault("order = lodged", "order = lodge", "there is no column 'lodge'. Did you mean 'lodged'?");
  expect_fault("keep.origin", "keep.orign", "unknown key. Did you mean 'keep.origin'?");
  expect_fault("partition = year(day)", "partition = year(dy)",
               "there is no column 'dy'. Did you mean 'day'?");
}

TEST(ParseSource, RefusesColumnsThatCannotDoWhatIsAsked)
{
  expect_fault("partition = year(day)", "partition = year(origin)", "year() takes a date column");
  expect_fault("partition = year(day)", "partition = day", "a partition is an integer, a code or year(");
  expect_fault("partition = year(day)", "partition = year(lodged)", "the column must say mandatory = true");
  expect_fault("balance-value = value", "balance-value = origin",
               "the column is neither decimal nor integer");
  expect_fault("version = day", "version = origin", "so it has no order");
  expect_fault("key = number; line\nversion = day", "", "by key, but the key is not given");
  expect_fault("duplicates = key\nkey = number; line", "",
               "orders records of one key, but the key is not given");
  expect_fault("valid-on = day", "valid-on = goods", "the column is not of kind date");
  expect_fault("order = lodged <= day", "order = lodged <= value", "needs two columns of one kind and scale");
  expect_fault("order = lodged <= day", "order = lodged < day", "is not written A <= B");
  expect_fault("quote = '", "quote = x", "is none of");
  expect_fault("decimal-mark = ,\nthousands", "decimal-mark = .\nthousands",
               "[source] thousands-mark: is the decimal mark too");
}

TEST(ParseSource, RefusesTextsThatAreNoValuesOfTheirColumn)
{
  expect_fault("constant = 1", "constant = one",
               "[column line] constant: 'one' is not a value of this column");
  expect_fault("nought=0,00", "nought=null", "[column value] map: 'null' is not a value of this column");
}

TEST(ParseSource, TakesTenDigitsOfAnyChapter)
{
  Source const s =
      parse_source("[source]\ntable=t\n[column g]\nkind=hs\ndigits=10\nconstant=9706000000", "s");
  EXPECT_EQ(s.columns[0].schema.digits, 10);
}

TEST(ParseSource, TakesTheNoBreakSpaceAsAMark)
{
  Source const s =
      parse_source("[source]\ntable=t\nthousands-mark=no-break-space\n[column g]\nkind=integer", "s");
  EXPECT_EQ(s.columns[0].number.thousands_mark, '\xA0');
}

TEST(ParseSource, RefusesOneHeaderNameForTwoColumns)
{
  expect_fault("[column line]", "[column line]\nnames = OLD NO",
               "'OLD NO' is read by column 'number' already");
}

TEST(ParseSource, ColumnNamesTheNearestOnes)
{
  try
  {
    parse_source(good, "s").column("orgin");
    FAIL();
  }
  catch (Error const& e)
  {
    EXPECT_STREQ(e.what(), "source 's' has no column 'orgin'. Did you mean 'origin'?");
  }
}
