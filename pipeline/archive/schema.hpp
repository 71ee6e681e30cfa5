#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// What the integers of a column mean.
enum class ColumnKind : std::uint8_t
{
  integer,  ///< a whole number: counts, years, periods (YYYYMM)
  decimal,  ///< money, weight, quantity: units of 10^-scale
  code,     ///< position in the dictionary of the partition, which is sorted bytewise
  hs,       ///< Harmonized System code as a number; print with `digits` digits, zeros in front
  date,     ///< days since 1970-01-01, proleptic Gregorian
};

/// Integer type of a dataset in the archive.
enum class Storage : std::uint8_t
{
  u8,
  u16,
  u32,
  i32,
  i64,
};

std::size_t storage_bytes(Storage storage);
std::string_view name_of(ColumnKind kind);
std::string_view name_of(Storage storage);
/// Throws Error(data) listing the valid names.
ColumnKind column_kind(std::string_view name);

/// One column of a table, as its readers know it.
struct ColumnSchema
{
  std::string name{};  ///< field term: reporter, partner, hs6, value ...
  ColumnKind kind = ColumnKind::integer;
  int scale = 0;                            ///< [decimal places] of kind decimal
  int digits = 0;                           ///< of kind hs: 2, 4, 6, 8 or 10
  std::string unit{};                       ///< "USD", "kg", "1" ...; empty when it has none
  std::string title{};                      ///< one line for people
  double stored_per_unit() const noexcept;  ///< 10^scale, exact
  friend bool operator==(ColumnSchema const&, ColumnSchema const&) = default;
};

/// Storage a column of this kind takes; `codes` = size of the dictionary for kind code, which must not pass
/// 2^31 (else Error(data)). Kind hs alone takes i64, because ten digits pass 32 bits.
Storage storage_of(ColumnKind kind, std::size_t codes);
/// True when a column of this kind can have this storage, whatever its dictionary.
bool can_store(ColumnKind kind, Storage storage);

struct TableSchema
{
  std::string table;  ///< trade, declarations, seizures ...
  std::vector<ColumnSchema> columns;
};

}  // namespace tarifa
