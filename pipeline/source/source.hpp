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

/// How one column of the table is read from the export.
struct SourceColumn
{
  ColumnSchema schema;
  std::vector<HeaderAlias> names;      ///< matched without regard to case and blanks around
  std::string constant;                ///< value of every row when the export has no such column; empty = none
  NumberFormat number;                 ///< marks and scale, for integer and decimal
  std::string date_pattern;            ///< for kind date
  bool restore_zero = false;           ///< kind hs: leading zeros were lost and are put back
  bool mandatory = false;              ///< a missing value rejects the record
  bool upper_case = false;             ///< codes are folded to upper case
  std::optional<std::int64_t> least, most;  ///< allowed range, in stored units
  std::vector<std::string> missing;    ///< marks of a missing value, besides the empty field
  std::vector<CodeEntry> codes;        ///< allowed codes; empty = any
  std::string valid_on;                ///< date column against which code validity is tested; empty = no dates
  std::vector<std::pair<std::string, std::string>> map;  ///< text replaced before parsing: "JAN" -> "1"
};

/// A rule between two columns of one record: `left` must be less than or equal to `right` when both are present.
struct OrderRule
{
  std::string left, right;
};

/// Keep only the records whose column has one of these texts; the others are counted as filtered.
struct FilterRule
{
  std::string column;
  std::vector<std::string> keep;
};

/// One export of one administration, as a file in configs/sources/ describes it.
struct Source
{
  std::string name;   ///< file name without folder and ending
  std::string table, title, origin;
  int schema_version = 1;
  Dialect dialect;
  Encoding encoding = Encoding::utf8;
  bool strict_header = false;          ///< header columns that no column claims are an error, not a notice
  std::string partition_column;        ///< empty = one partition named "all"
  enum class PartitionBy : std::uint8_t { value, year_of_date, year_of_period } partition_by = PartitionBy::value;
  int fiscal_year_first_month = 1;     ///< 10: October belongs to the next fiscal year
  DuplicateRule duplicates = DuplicateRule::none;
  std::vector<std::string> key;        ///< columns that identify a record
  std::string version;                 ///< column that orders versions of one key, the highest counts; empty = the first record of a key counts
  std::string balance_value;           ///< decimal or integer column whose total the balance sheet carries; empty = none
  std::vector<SourceColumn> columns;
  std::vector<OrderRule> order_rules;
  std::vector<FilterRule> filters;

  TableSchema schema() const;
  std::size_t column(std::string_view name) const;  ///< position; Error(usage) with the nearest names
};

/// Reads a source file. All faults of the file are listed in one Error(usage), each with section, key and reason;
/// unknown keys name the nearest valid one.
Source read_source(std::filesystem::path const& path);
Source parse_source(std::string_view ini_text, std::string_view name);

/// Where each column of the source stands in the header of one file; -1 for a constant column.
struct HeaderMatch
{
  std::vector<int> field_of_column;
  std::vector<std::string> unused;  ///< header names no column claims
};

/// Matches a header line (already cut and unquoted). All faults at once in one Error(data): missing columns with the
/// nearest header names, names that occur twice, two names for one column.
HeaderMatch match_header(Source const& source, std::vector<std::string> const& header);

/// Up to `most` candidates nearest to `word` (edit distance, case folded), best first; empty when none is near.
std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> const& candidates, int most = 3);

}  // namespace tarifa
