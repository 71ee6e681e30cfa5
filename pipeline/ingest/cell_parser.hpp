#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/csv/plain_numbers.hpp"
#include "pipeline/ingest/code_column.hpp"
#include "pipeline/ingest/parsed_batch.hpp"

namespace tarifa
{

/// Column that may be named or not: its place in the source, or no_column.
constexpr std::size_t no_column = static_cast<std::size_t>(-1);
inline std::size_t column_or_none(Source const& source, std::string const& name)
{
  return name.empty() ? no_column : source.column(name);
}

/// Turns the records of a batch into typed cells and judges them by the rules of the source. One per thread:
/// it remembers the codes it has seen.
class CellParser
{
 public:
  CellParser(Source const& source, Reasons const& reasons);

  /// Parses batch.text, cut out of `text`; `header` and `fields` are those of the file.
  void parse(std::string_view text, HeaderMatch const& header, std::size_t fields, ParsedBatch& batch);

  std::vector<std::unique_ptr<CodeColumn>> const& codes() const noexcept { return codes_; }

 private:
  struct Place;  ///< one batch being parsed
  struct Cell
  {
    std::int64_t value = 0;
    std::int64_t residual = 0;
    bool valid = true;
    Reasons::Id why = Reasons::kept;
  };

  void check_encoding(Place const& place) const;
  void parse_column(std::size_t column, Place const& place);
  void parse_codes(std::size_t column, Place const& place);
  void parse_numbers(std::size_t column, Place const& place);
  Cell parse_cell(std::size_t column, std::string_view raw, Encoding encoding);
  ParseResult parse_number(std::size_t column, std::string_view text, Cell& cell) const;
  bool is_missing_mark(SourceColumn const& column, bool quoted, Encoding encoding,
                       std::string_view& text) const;
  void check_rules(Place const& place);
  void check_validity(ParsedBatch& batch) const;
  void check_order(ParsedBatch& batch) const;
  void check_partition(ParsedBatch& batch);
  static bool is_year_or_month(std::int64_t period);  ///< YYYY or YYYYMM
  bool is_folder_name(std::size_t code);              ///< of the partition column
  void apply_filters(Place const& place);

  Source const& source_;
  Reasons const& reasons_;
  std::size_t partition_column_;
  std::vector<char> folder_names_;  ///< [codes of the partition column met so far]
  std::size_t value_column_;
  std::vector<std::unique_ptr<CodeColumn>> codes_;  ///< [columns] null unless kind code
  std::vector<std::vector<DateFormat>> dates_;      ///< [columns] empty unless kind date
  std::vector<PlainForm> plain_;                    ///< [columns] of numbers
  /// [columns] 1 when no mark of a missing value and no mapped text is itself a number.
  std::vector<std::uint8_t> plain_is_final_;
  std::vector<std::uint32_t> code_;  ///< of one column of a batch
  std::vector<std::uint8_t> is_plain_;
  std::string scratch_;
};

}  // namespace tarifa
