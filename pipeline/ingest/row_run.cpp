#include "pipeline/ingest/row_run.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "pipeline/run/error.hpp"

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

Range range_of(std::int64_t const* values, std::size_t rows)
{
  Range range;
  for (std::size_t row = 0; row < rows; ++row)
  {
    range.least = std::min(range.least, values[row]);
    range.most = std::max(range.most, values[row]);
  }
  return range;
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
void write_differences(std::int64_t const* values, std::size_t rows, std::int64_t least, std::byte* out)
{
  auto const base = static_cast<std::uint64_t>(least);
  auto* const to = reinterpret_cast<Narrow*>(out);  // 8-byte aligned by construction
  for (std::size_t row = 0; row < rows; ++row)
  {
    to[row] = static_cast<Narrow>(static_cast<std::uint64_t>(values[row]) - base);
  }
}

template <class Narrow, class T>
void read_differences(std::byte const* in, std::size_t rows, std::uint64_t base, T* out)
{
  auto const* const from = reinterpret_cast<Narrow const*>(in);
  for (std::size_t row = 0; row < rows; ++row)
  {
    out[row] = static_cast<T>(base + from[row]);
  }
}

}  // namespace

void encode(std::span<Column const> columns, std::size_t rows, std::vector<std::byte>& out)
{
  std::size_t const begin = out.size();
  std::size_t const heads = preamble_bytes + columns.size() * sizeof(View::Head);
  // Room for the widest case at once, cut back below: growing per column would move the bytes again and
  // again.
  out.resize(begin + heads + columns.size() * (round_up(rows * 8) + round_up(rows)));
  std::byte* const base = out.data() + begin;
  std::uint32_t const counts[2] = {static_cast<std::uint32_t>(rows),
                                   static_cast<std::uint32_t>(columns.size())};
  std::memcpy(base, counts, sizeof counts);
  std::size_t at = heads;
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    Column const& column = columns[c];
    Range const range =
        column.valid == nullptr ? range_of(column.values, rows) : range_of_valid(column, rows);
    View::Head const head{
        range.least, static_cast<std::uint32_t>(at),
        width_of(static_cast<std::uint64_t>(range.most) - static_cast<std::uint64_t>(range.least)),
        static_cast<std::uint8_t>(column.valid != nullptr), 0};
    std::memcpy(base + preamble_bytes + c * sizeof head, &head, sizeof head);
    switch (head.width)
    {
      case 1:
        write_differences<std::uint8_t>(column.values, rows, range.least, base + at);
        break;
      case 2:
        write_differences<std::uint16_t>(column.values, rows, range.least, base + at);
        break;
      case 4:
        write_differences<std::uint32_t>(column.values, rows, range.least, base + at);
        break;
      case 8:
        write_differences<std::uint64_t>(column.values, rows, range.least, base + at);
        break;
      default:
        break;
    }
    at = round_up(at + rows * head.width);
    if (column.valid != nullptr)
    {
      std::memcpy(base + at, column.valid, rows);
      at = round_up(at + rows);
    }
  }
  out.resize(begin + at);
}

View::View(std::span<std::byte const> bytes) : bytes_(bytes)
{
  require(bytes.size() >= preamble_bytes, Fault::storage, "a staged run is cut short");
  std::memcpy(&rows_, bytes.data(), 4);
  std::memcpy(&columns_, bytes.data() + 4, 4);
  require(rows_ <= most_rows && preamble_bytes + columns_ * sizeof(Head) <= bytes.size(), Fault::storage,
          "a staged run is damaged");
}

View::Head View::head(std::size_t column) const
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
  auto const base = static_cast<std::uint64_t>(head.minimum);
  switch (head.width)
  {
    case 1:
      read_differences<std::uint8_t>(in, rows_, base, out);
      break;
    case 2:
      read_differences<std::uint16_t>(in, rows_, base, out);
      break;
    case 4:
      read_differences<std::uint32_t>(in, rows_, base, out);
      break;
    case 8:
      read_differences<std::uint64_t>(in, rows_, base, out);
      break;
    default:
      std::fill_n(out, rows_, static_cast<T>(head.minimum));
      break;
  }
  if (head.missing != 0)
  {
    auto const* const valid =
        reinterpret_cast<std::uint8_t const*>(in) + round_up(rows_ * std::size_t{head.width});
    for (std::size_t row = 0; row < rows_; ++row)
    {
      out[row] = valid[row] != 0 ? out[row] : static_cast<T>(head.minimum);
    }
  }
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
