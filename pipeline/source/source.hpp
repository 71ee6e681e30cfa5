#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/archive/schema.hpp"
#include "pipeline/csv/field_parser.hpp"
#include "pipeline/csv/record_scanner.hpp"
#include "pipeline/run/nearest.hpp"

namespace tarifa
{

enum class Encoding : std::uint8_t
{
  utf8,
  latin1,
};

/// What makes two records of one delivery the same.
enum class DuplicateRule : std::uint8_t
{
  none,  ///< every record is its own
  row,   ///< all bytes of the record equal
  key,   ///< the declared key columns equal
};

/// Name of a column in the header of an export, with the dates between which it was used.
struct HeaderAlias
{
  std::string name;
  std::optional<std::int32_t> from, to;  ///< days since 1970-01-01, both inclusive
};

/// One value of a code list, with the dates between which it is valid.
struct CodeEntry
{
  std::string code;
  std::optional<std::int32_t> from, to;
};

/// How one column of the table is read from the export. The text of a field goes through these steps: quotes
/// off, encoding to UTF-8, blanks around cut, `map`, empty or one of `missing` = missing, `upper_case`,
/// parsed as `schema.kind`, then tested against `least` and `most` or `codes`.
struct SourceColumn
{
  ColumnSchema schema;
  std::vector<HeaderAlias>
      names;             ///< matched without regard to ASCII case and blanks around; the dates are for people
  std::string constant;  ///< text of every row when the header has none of `names`; empty = none
  NumberFormat number;   ///< marks and scale, for integer and decimal
  std::vector<std::string> date_patterns;   ///< for kind date: the first that fits a field is taken
  bool restore_zero = false;                ///< kind hs: leading zeros were lost and are put back
  bool mandatory = false;                   ///< a missing value rejects the record
  bool upper_case = false;                  ///< codes are folded to upper case
  std::optional<std::int64_t> least, most;  ///< allowed range, in stored units
  std::vector<std::string> missing;         ///< marks of a missing value, besides the empty field
  std::vector<CodeEntry> codes;  ///< allowed codes, a code once per period of validity; empty = any
  std::string valid_on;          ///< date column against which code validity is tested; empty = no dates
  std::vector<std::pair<std::string, std::string>> map;  ///< text replaced before parsing: "JAN" -> "1"
};

/// A rule between two columns of one record: `left` must be less than or equal to `right` when both are
/// present. Both have the same kind and scale, so that the stored units compare.
struct OrderRule
{
  std::string left, right;
};

/// Keep only the records whose column has one of these texts, compared with the field as it is before it is
/// parsed (blanks cut, mapped, upper case); the others are counted as filtered, those with a missing value
/// too.
struct FilterRule
{
  std::string column;
  std::vector<std::string> keep;
};

/// One export of one administration, as a file in configs/sources/ describes it.
struct Source
{
  std::string name;  ///< file name without folder and ending
  std::string text;  ///< what it was parsed from
  std::string table, title, origin;
  int schema_version = 1;
  Dialect dialect;
  Encoding encoding = Encoding::utf8;
  bool missing_when_quoted =
      true;  ///< false: a field in quotes is never a mark of a missing value, "NA" is a text
  bool strict_header = false;    ///< header columns that no column claims are an error, not a notice
  std::string partition_column;  ///< empty = one partition named "all"
  enum class PartitionBy : std::uint8_t
  {
    value,
    year_of_date,
    year_of_period
  } partition_by = PartitionBy::value;
  int fiscal_year_first_month = 1;  ///< 10: October belongs to the next fiscal year
  DuplicateRule duplicates = DuplicateRule::none;
  std::vector<std::string> key;  ///< columns that identify a record
  std::string version;  ///< column that orders versions of one key, the highest counts; empty = the first of
                        ///< a key counts
  std::string
      balance_value;  ///< decimal or integer column whose total the balance sheet carries; empty = none
  std::vector<SourceColumn> columns;
  std::vector<OrderRule> order_rules;
  std::vector<FilterRule> filters;

  TableSchema schema() const;
  std::size_t column(std::string_view name) const;  ///< position; Error(usage) with the nearest names
};

/// Text of a source file with each code list "@file" put in its place: one text that can be broadcast
/// and parsed anywhere. Error(storage) when a file cannot be read, Error(usage) when a code
/// list is malformed.
std::string source_text(std::filesystem::path const& path);

/// Source of a text as source_text() gives it. All faults of the text are listed in one Error(usage), each
/// with line, section, key and reason; unknown names come with the nearest valid ones.
Source parse_source(std::string_view ini_text, std::string_view name);
/// parse_source() of source_text(); the name is that of the file.
Source read_source(std::filesystem::path const& path);

/// Where each column of the source stands in the header of one file; -1 for a constant column.
struct HeaderMatch
{
  std::vector<int> field_of_column;
  std::vector<std::string> unused;  ///< header names no column claims
};

/// Matches a header line (already cut and unquoted, in the encoding of the file). All faults at once in one
/// Error(data): missing columns with the nearest header names, a column whose name occurs twice, two names
/// for one column, and with strict_header names no column claims. A byte-order mark before the first name is
/// passed over.
HeaderMatch match_header(Source const& source, std::vector<std::string> const& header);

}  // namespace tarifa
