#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/ingest/reasons.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// One line of the balance sheet: how much went one way. Additive.
struct Tally
{
  std::int64_t bytes = 0;  ///< of the decompressed input, line ends included
  std::int64_t lines = 0;  ///< physical lines
  std::int64_t records = 0;
  Int128 value = 0;                ///< of the balance column, stored units
  std::int64_t without_value = 0;  ///< records whose balance column is missing or cannot be read

  Tally& operator+=(Tally const& other) noexcept;
  Tally operator-(Tally const& other) const noexcept;
  bool is_zero() const noexcept;
  friend bool operator==(Tally const&, Tally const&) = default;
};

/// Where every byte, line, record and unit of value of one file (or of all of them) went.
/// `read` is measured on the way in, before any record is judged; the other lines where the records ended up.
struct BalanceSheet
{
  std::string file;
  Tally read, header, blank, kept, filtered, duplicate, superseded;
  Tally earlier;  ///< rows of earlier vintages that the kept records supersede: no part of `read`
  std::vector<Tally> rejected;  ///< [reasons]
  Int128 rounding = 0;          ///< given minus kept value of the balance column, units of 10^-(scale + 12)
  std::int64_t rounded = 0;     ///< kept records of which that value was rounded

  explicit BalanceSheet(std::size_t reasons = 0) : rejected(reasons) {}
  BalanceSheet& operator+=(BalanceSheet const& other);  ///< keeps its own file name
  Tally rejected_total() const;
  Tally difference() const;  ///< read minus everything else; all zero when the sheet balances
  bool balances() const { return difference().is_zero(); }

  /// Flat numbers for sums over ranks, and back.
  std::vector<std::int64_t> numbers() const;
  void set_numbers(std::span<std::int64_t const> numbers);
};

/// The sheet as an aligned table for people.
std::string balance_text(BalanceSheet const& sheet, std::string_view title, Reasons const& reasons,
                         ColumnSchema const* value_column);

/// One line per file: where its records went, and whether its whole sheet balances.
std::string balance_lines(std::span<BalanceSheet const> sheets);

/// The sheet as it is stored in manifests and results; integers as text, since JSON readers lose bits above
/// 2^53.
nlohmann::ordered_json balance_json(BalanceSheet const& sheet, Reasons const& reasons);

}  // namespace tarifa
