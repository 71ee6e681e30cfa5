#include "pipeline/ingest/row_run.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "pipeline/run/error.hpp"
#include "pipeline/run/simd.hpp"

namespace tarifa::row_run
{
namespace
{

constexpr std::size_t preamble_bytes = 8;

std::size_t round_up(std::size_t bytes)
{
  return (bytes + 7) & ~std::size_t{7};
}

struct Range
{
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
};

[[gnu::always_inline]] inline Range range_of(std::int64_t const* values, std::size_t rows)
{
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
#pragma omp simd reduction(min : least) reduction(max : most)
  for (std::size_t row = 0; row < rows; ++row)
  {
    least = values[row] < least ? values[row] : least;
    most = values[row] > most ? values[row] : most;
  }
  return {least, most};
}

Range range_of_valid(Column const& column, std::size_t rows)
{
  Range range;
  for (std::size_t row = 0; row < rows; ++row)
  {
    if (column.valid[row] != 0)
    {
      range.least = std::min(range.least, column.values[row]);
      range.most = std::max(range.most, column.values[row]);
    }
  }
  return range.least > range.most ? Range{0, 0} : range;
}

std::uint8_t width_of(std::uint64_t spread)
{
  return spread == 0 ? 0 : spread < 0x100 ? 1 : spread < 0x10000 ? 2 : spread <= 0xFFFFFFFF ? 4 : 8;
}

template <class Narrow>
[[gnu::always_inline]] inline void write_differences(std::int64_t const* values, std::size_t rows,
                                                     std::int64_t least, std::byte* out)
{
  auto const base = static_cast<std::uint64_t>(least);
  auto* const to = reinterpret_cast<Narrow*>(out);  // 8-byte aligned by construction
#pragma omp simd
  for (std::size_t row = 0; row < rows; ++row)
  {
    to[row] = static_cast<Narrow>(static_cast<std::uint64_t>(values[row]) - base);
  }
}

template <class Narrow, class T>
[[gnu::always_inline]] inline void read_differences(std::byte const* in, std::size_t rows, std::uint64_t base,
                                                    T* out)
{
  auto const* const from = reinterpret_cast<Narrow const*>(in);
#pragma omp simd
  for (std::size_t row = 0; row < rows; ++row)
  {
    out[row] = static_cast<T>(base + from[row]);
  }
}

/// Calls `work` with an integral constant of the type that is so many bytes wide.
template <class Work>
[[gnu::always_inline]] inline void with_width(unsigned width, Work&& work)
{
  switch (width)
  {
    case 1:
      return work(std::uint8_t{});
    case 2:
      return work(std::uint16_t{});
    case 4:
      return work(std::uint32_t{});
    case 8:
      return work(std::uint64_t{});
    default:
      return;
  }
}

/// Appends the encoded run. Inlined, so that each instruction set gets its own copy of the loops.
[[gnu::always_inline]] inline void encode_columns(std::span<Column const> columns, std::size_t rows,
                                                  std::vector<std::byte>& out)
{
  std::vector<Head> heads(columns.size());
  std::size_t at = preamble_bytes + columns.size() * sizeof(Head);
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    Column const& column = columns[c];
    bool const missing = column.valid != nullptr;
    Range const range = missing ? range_of_valid(column, rows) : range_of(column.values, rows);
    auto const spread = static_cast<std::uint64_t>(range.most) - static_cast<std::uint64_t>(range.least);
    heads[c] = {range.least, static_cast<std::uint32_t>(at), width_of(spread),
                static_cast<std::uint8_t>(missing), 0};
    at = round_up(at + rows * heads[c].width);
    at = round_up(at + (missing ? rows : 0));
  }
  std::size_t const begin = out.size();
  out.resize(begin + at);
  std::byte* const base = out.data() + begin;
  std::uint32_t const counts[2] = {static_cast<std::uint32_t>(rows),
                                   static_cast<std::uint32_t>(columns.size())};
  std::memcpy(base, counts, sizeof counts);
  std::memcpy(base + preamble_bytes, heads.data(), heads.size() * sizeof(Head));
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    Column const& column = columns[c];
    std::byte* const to = base + heads[c].offset;
    with_width(
        heads[c].width, [&](auto narrow) __attribute__((always_inline)) {
          write_differences<decltype(narrow)>(column.values, rows, heads[c].minimum, to);
        });
    if (column.valid != nullptr)
    {
      std::memcpy(to + round_up(rows * heads[c].width), column.valid, rows);
    }
  }
}

template <class T>
[[gnu::always_inline]] inline void read_column(Head const& head, std::byte const* in, std::size_t rows,
                                               T* out)
{
  auto const base = static_cast<std::uint64_t>(head.minimum);
  if (head.width == 0)
  {
    std::fill_n(out, rows, static_cast<T>(head.minimum));
  }
  with_width(
      head.width, [&](auto narrow) __attribute__((always_inline)) {
        read_differences<decltype(narrow)>(in, rows, base, out);
      });
  if (head.missing != 0)
  {
    auto const* const valid =
        reinterpret_cast<std::uint8_t const*>(in) + round_up(rows * std::size_t{head.width});
    for (std::size_t row = 0; row < rows; ++row)
    {
      out[row] = valid[row] != 0 ? out[row] : static_cast<T>(head.minimum);
    }
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void encode_avx2(std::span<Column const> columns, std::size_t rows,
                                                 std::vector<std::byte>& out)
{
  encode_columns(columns, rows, out);
}

template <class T>
__attribute__((target("avx2"))) void read_avx2(Head const& head, std::byte const* in, std::size_t rows,
                                               T* out)
{
  read_column(head, in, rows, out);
}
#endif

}  // namespace

void encode(std::span<Column const> columns, std::size_t rows, std::vector<std::byte>& out)
{
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    return encode_avx2(columns, rows, out);
  }
#endif
  encode_columns(columns, rows, out);
}

View::View(std::span<std::byte const> bytes) : bytes_(bytes)
{
  require(bytes.size() >= preamble_bytes, Fault::storage, "a staged run is cut short");
  std::memcpy(&rows_, bytes.data(), 4);
  std::memcpy(&columns_, bytes.data() + 4, 4);
  require(rows_ <= most_rows && preamble_bytes + columns_ * sizeof(Head) <= bytes.size(), Fault::storage,
          "a staged run is damaged");
}

Head View::head(std::size_t column) const
{
  Head head;
  std::memcpy(&head, bytes_.data() + preamble_bytes + column * sizeof head, sizeof head);
  std::size_t const need = round_up(rows_ * std::size_t{head.width}) + (head.missing != 0 ? rows_ : 0);
  require(head.width <= 8 && head.offset % 8 == 0 && head.offset + need <= bytes_.size(), Fault::storage,
          "a staged run is damaged");
  return head;
}

bool View::has_missing(std::size_t column) const
{
  return head(column).missing != 0;
}

template <class T>
void View::read(std::size_t column, T* out) const
{
  Head const head = this->head(column);
  std::byte const* const in = bytes_.data() + head.offset;
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    return read_avx2(head, in, rows_, out);
  }
#endif
  read_column(head, in, rows_, out);
}

template <class T>
void View::read_mapped(std::size_t column, std::uint32_t const* table, T* out) const
{
  std::uint32_t codes[most_rows];
  read(column, codes);
  for (std::size_t row = 0; row < rows_; ++row)
  {
    out[row] = static_cast<T>(table[codes[row]]);
  }
}

void View::read_valid(std::size_t column, std::uint8_t* out) const
{
  Head const head = this->head(column);
  if (head.missing == 0)
  {
    std::fill_n(out, rows_, std::uint8_t{1});
    return;
  }
  std::memcpy(out, bytes_.data() + head.offset + round_up(rows_ * std::size_t{head.width}), rows_);
}

template void View::read(std::size_t, std::int64_t*) const;
template void View::read(std::size_t, std::int32_t*) const;
template void View::read(std::size_t, std::uint32_t*) const;
template void View::read_mapped(std::size_t, std::uint32_t const*, std::int32_t*) const;

}  // namespace tarifa::row_run
