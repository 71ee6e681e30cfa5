#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/part_writer.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

template <class Source>
ColumnFacts facts_of(std::span<Source const> values, std::span<std::uint8_t const> valid)
{
  Source low = std::numeric_limits<Source>::max();
  Source high = std::numeric_limits<Source>::lowest();
  std::int64_t missing = 0;
  if (valid.empty())
  {
    for (Source const value : values)
    {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  for (std::size_t i = 0; i < valid.size(); ++i)
  {
    bool const there = valid[i] != 0;
    low = there ? std::min(low, values[i]) : low;
    high = there ? std::max(high, values[i]) : high;
    missing += there ? 0 : 1;
  }
  if (missing == static_cast<std::int64_t>(values.size()))
  {
    return {0, 0, missing};
  }
  return {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high), missing};
}

template <class Stored, class Source>
std::vector<std::byte> pack_as(std::span<Source const> values, std::span<std::uint8_t const> valid,
                               ColumnFacts const& facts, std::size_t chunk_rows, Storage storage)
{
  constexpr auto least = std::numeric_limits<Stored>::lowest();
  constexpr auto most = std::numeric_limits<Stored>::max();
  require(std::in_range<Stored>(facts.minimum) && std::in_range<Stored>(facts.maximum), Fault::data,
          fmt::format("values {} to {} do not fit {} ({} to {})", facts.minimum, facts.maximum,
                      name_of(storage), least, most));
  auto const low = static_cast<Stored>(facts.minimum);
  auto const cells = std::make_unique_for_overwrite<Stored[]>(chunk_rows);
  for (std::size_t i = 0; i < values.size(); ++i)
  {
    cells[i] = static_cast<Stored>(values[i]);
  }
  for (std::size_t i = 0; i < valid.size(); ++i)
  {
    cells[i] = valid[i] != 0 ? cells[i] : low;
  }
  std::fill(cells.get() + values.size(), cells.get() + chunk_rows, low);

  std::size_t const bound = packed_bound(chunk_rows, storage);
  auto const packed = std::make_unique_for_overwrite<std::byte[]>(bound);
  std::size_t const bytes = pack_chunk(std::span<Stored const>(cells.get(), chunk_rows), packed.get());
  return {packed.get(), packed.get() + bytes};
}

}  // namespace

ColumnFacts joined(ColumnFacts const& a, std::int64_t a_rows, ColumnFacts const& b, std::int64_t b_rows)
{
  std::int64_t const missing = a.missing + b.missing;
  if (b.missing == b_rows)
  {
    return {a.minimum, a.maximum, missing};
  }
  if (a.missing == a_rows)
  {
    return {b.minimum, b.maximum, missing};
  }
  return {std::min(a.minimum, b.minimum), std::max(a.maximum, b.maximum), missing};
}

template <class Source>
PackedColumn pack_column(std::span<Source const> values, std::span<std::uint8_t const> valid,
                         std::int64_t chunk_rows, Storage storage)
{
  require(!values.empty() && static_cast<std::int64_t>(values.size()) <= chunk_rows
              && (valid.empty() || valid.size() == values.size()),
          Fault::internal,
          fmt::format("a shard of {} values and {} flags does not fit a chunk of {}", values.size(),
                      valid.size(), chunk_rows));
  PackedColumn packed;
  packed.facts = facts_of(values, valid);
  auto const rows = static_cast<std::size_t>(chunk_rows);
  switch (storage)
  {
    case Storage::u8:
      packed.bytes = pack_as<std::uint8_t>(values, valid, packed.facts, rows, storage);
      break;
    case Storage::u16:
      packed.bytes = pack_as<std::uint16_t>(values, valid, packed.facts, rows, storage);
      break;
    case Storage::u32:
      packed.bytes = pack_as<std::uint32_t>(values, valid, packed.facts, rows, storage);
      break;
    case Storage::i32:
      packed.bytes = pack_as<std::int32_t>(values, valid, packed.facts, rows, storage);
      break;
    case Storage::i64:
      packed.bytes = pack_as<std::int64_t>(values, valid, packed.facts, rows, storage);
      break;
  }
  return packed;
}

template PackedColumn pack_column<std::int32_t>(std::span<std::int32_t const>, std::span<std::uint8_t const>,
                                                std::int64_t, Storage);
template PackedColumn pack_column<std::int64_t>(std::span<std::int64_t const>, std::span<std::uint8_t const>,
                                                std::int64_t, Storage);

PackedColumn pack_validity(std::span<std::uint8_t const> valid, std::int64_t rows, std::int64_t chunk_rows)
{
  std::vector<std::int32_t> flags(static_cast<std::size_t>(rows), 1);
  require(valid.empty() || valid.size() == flags.size(), Fault::internal,
          fmt::format("{} validity flags for {} rows", valid.size(), rows));
  std::transform(valid.begin(), valid.end(), flags.begin(),
                 [](std::uint8_t flag) { return flag != 0 ? 1 : 0; });
  return pack_column<std::int32_t>(flags, {}, chunk_rows, Storage::u8);
}

}  // namespace tarifa
