#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/dirty_settings.hpp"

namespace tarifa::kernels
{

/// Columns of a dirty delivery. All but `version` and `description` are those of declarations-YYYY.csv.
enum class DirtyColumn : std::uint8_t
{
  declaration_id,
  item,
  version,  ///< 1 as first delivered, 2, 3 ... amended
  date,
  reporter,
  office,
  importer,
  declarant,
  exporter,
  origin,
  dispatch,
  hs6,
  regime,
  transport,
  incoterm,
  currency,
  description,  ///< of the goods, with accents
  gross_kg,
  net_kg,
  quantity,
  unit,
  invoice_usd,
  freight_usd,
  insurance_usd,
  customs_value_usd,
  duty_rate_pct,
  duty_usd,
  vat_usd,
  year,
};
inline constexpr std::size_t dirty_column_count = 29;

/// One record, field by field.
class DirtyFields
{
 public:
  std::string& operator[](DirtyColumn column) { return texts_[static_cast<std::size_t>(column)]; }
  std::string const& operator[](DirtyColumn column) const { return texts_[static_cast<std::size_t>(column)]; }

 private:
  std::array<std::string, dirty_column_count> texts_;
};

/// What is done with the quotes of the description.
enum class Quoting : std::uint8_t
{
  as_needed,    ///< quoted where it holds a separator or a quote, or everywhere, as the layout has it
  always,       ///< quoted, quotes in it doubled
  never_ended,  ///< the closing quote was lost
  bare,         ///< as it stands, whatever it holds
};

/// How the software of one calendar year writes: one of three, until 2019, in 2020, from 2021 on.
class DirtyLayout
{
 public:
  DirtyLayout(int year, DirtySettings const& settings);

  bool is_latin1() const noexcept { return is_latin1_; }
  char separator() const noexcept { return separator_; }
  std::string_view line_end() const noexcept { return line_end_; }
  std::string header() const;

  /// Fields of a row of declarations-YYYY.csv as this layout writes them. `row` may end in a line feed;
  /// `version` and `description` (UTF-8, characters of Latin-1 only) do not stand there.
  void read(std::string_view row, int version, std::string_view description, DirtyFields& fields) const;
  /// "1234567.5" with the marks of this layout.
  std::string number(std::string_view plain) const;
  /// A number with the decimal mark of the other half of the world.
  std::string foreign_number(std::string_view plain) const;
  /// 30 February of the year.
  std::string impossible_date(std::string_view year) const { return date(year, "02", "30"); }

  /// Appends a record with its line end, but for the column `left_out`, if any.
  void append(DirtyFields const& fields, Quoting quoting, std::string& out,
              DirtyColumn const* left_out = nullptr) const;

 private:
  std::string date(std::string_view year, std::string_view month, std::string_view day) const;
  void append_text(std::string_view text, Quoting quoting, std::string& out) const;

  int software_;  ///< 0 .. 2; -1 = names and order of declarations-YYYY.csv
  bool is_latin1_, marks_byte_order_, quotes_all_texts_, loses_zeros_;
  char separator_;
  std::string_view line_end_;
  char decimal_mark_, thousands_mark_;  ///< thousands mark 0 = none
  int date_order_;                      ///< 0 D/M/Y, 1 D.M.Y, 2 M/D/Y; -1 Y-M-D
  std::array<DirtyColumn, dirty_column_count> order_;
  std::array<int, dirty_column_count> place_;  ///< in declarations-YYYY.csv; -1 = not there
};

/// Field `k` of a row of declarations-YYYY.csv, which holds no quotes.
std::string_view clean_field(std::string_view row, int k);

/// UTF-8 text of characters up to U+00FF -> Latin-1.
std::string latin1_of(std::string_view utf8);

}  // namespace tarifa::kernels
