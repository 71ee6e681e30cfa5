#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarifa
{

/// A run: up to `most_rows` consecutive rows of one partition on their way from the parser to a part. All
/// columns stand together, each as unsigned differences from its minimum in 0, 1, 2, 4 or 8 bytes, so that
/// staging costs little more than the archive itself.
namespace row_run
{

constexpr std::size_t most_rows = 512;

/// One column of a run before encoding.
struct Column
{
  std::int64_t const* values;  ///< [rows]; cells that are missing hold anything
  std::uint8_t const* valid;   ///< [rows] 0 or 1, or null when nothing is missing
};

/// Appends the encoded run to `out`; the size of `out` stays a multiple of 8.
void encode(std::span<Column const> columns, std::size_t rows, std::vector<std::byte>& out);

/// Where a column stands in a run.
struct Head
{
  std::int64_t minimum;
  std::uint32_t offset;  ///< of the differences; the validity follows
  std::uint8_t width;    ///< bytes of a difference
  std::uint8_t missing;
  std::uint16_t unused;
};

/// Reads encoded runs. The bytes are the program's own, but come from a disk: a head that does not fit throws
/// Error(storage).
class View
{
 public:
  explicit View(std::span<std::byte const> bytes);
  std::size_t rows() const noexcept { return rows_; }
  bool has_missing(std::size_t column) const;
  /// Values as T into out[rows]; missing cells get the minimum of the column.
  template <class T>
  void read(std::size_t column, T* out) const;
  /// Codes translated on the way: out[i] = table[code].
  template <class T>
  void read_mapped(std::size_t column, std::uint32_t const* table, T* out) const;
  /// 0 or 1 per row.
  void read_valid(std::size_t column, std::uint8_t* out) const;

 private:
  Head head(std::size_t column) const;

  std::span<std::byte const> bytes_;
  std::uint32_t rows_ = 0;
  std::uint32_t columns_ = 0;
};

}  // namespace row_run
}  // namespace tarifa
