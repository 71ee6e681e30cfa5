#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/part_writer.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

template <class Cell>
ColumnFacts facts_of(std::span<Cell const> cells, std::span<std::uint8_t const> valid)
{
  if (valid.empty())
  {
    ValueRange<Cell> const range = range_of(cells);
    return {range.least, range.most, 0};
  }
  Cell low = std::numeric_limits<Cell>::max();
  Cell high = std::numeric_limits<Cell>::lowest();
  std::int64_t missing = 0;
  for (std::size_t i = 0; i < valid.size(); ++i)
  {
    bool const there = valid[i] != 0;
    low = there ? std::min(low, cells[i]) : low;
    high = there ? std::max(high, cells[i]) : high;
    missing += there ? 0 : 1;
  }
  return missing == static_cast<std::int64_t>(cells.size()) ? ColumnFacts{0, 0, missing}
                                                            : ColumnFacts{low, high, missing};
}

/// Smallest and largest value of a type of the archive.
std::pair<std::int64_t, std::int64_t> limits_of(Storage storage)
{
  auto const limits = [](auto value)
  {
    using Limits = std::numeric_limits<decltype(value)>;
    return std::pair<std::int64_t, std::int64_t>(Limits::lowest(), Limits::max());
  };
  switch (storage)
  {
    case Storage::u8:
      return limits(std::uint8_t{});
    case Storage::u16:
      return limits(std::uint16_t{});
    case Storage::u32:
      return limits(std::uint32_t{});
    case Storage::i32:
      return limits(std::int32_t{});
    case Storage::i64:
      break;
  }
  return limits(std::int64_t{});
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

template <class Cell>
void pack_column(std::span<Cell> cells, std::size_t rows, std::span<std::uint8_t const> valid,
                 Storage storage, PackedColumn& packed)
{
  require(rows > 0 && rows <= cells.size() && (valid.empty() || valid.size() == rows), Fault::internal,
          [&]
          {
            return fmt::format("a shard of {} values and {} flags does not fit a chunk of {}", rows,
                               valid.size(), cells.size());
          });
  packed.facts = facts_of(std::span<Cell const>(cells.first(rows)), valid);
  auto const limits = limits_of(storage);
  require(limits.first <= packed.facts.minimum && packed.facts.maximum <= limits.second, Fault::data,
          [&]
          {
            return fmt::format("values {} to {} do not fit {} ({} to {})", packed.facts.minimum,
                               packed.facts.maximum, name_of(storage), limits.first, limits.second);
          });
  auto const least = static_cast<Cell>(packed.facts.minimum);
  for (std::size_t i = 0; packed.facts.missing > 0 && i < rows; ++i)
  {
    cells[i] = valid[i] != 0 ? cells[i] : least;
  }
  std::ranges::fill(cells.subspan(rows), least);
  packed.room.resize(std::max(packed.room.size(), packed_bound(cells.size(), storage)));
  packed.size = pack_chunk(std::span<Cell const>(cells), {least, static_cast<Cell>(packed.facts.maximum)},
                           storage, packed.room.data());
}

template void pack_column(std::span<std::int32_t>, std::size_t, std::span<std::uint8_t const>, Storage,
                          PackedColumn&);
template void pack_column(std::span<std::int64_t>, std::size_t, std::span<std::uint8_t const>, Storage,
                          PackedColumn&);

void pack_validity(std::span<std::uint8_t const> valid, std::size_t rows, std::size_t chunk_rows,
                   PackedColumn& packed)
{
  require(rows <= chunk_rows && (valid.empty() || valid.size() == rows), Fault::internal,
          [&] { return fmt::format("{} validity flags for {} rows", valid.size(), rows); });
  std::vector<std::int32_t> flags(chunk_rows, 1);
  std::transform(valid.begin(), valid.end(), flags.begin(),
                 [](std::uint8_t flag) { return flag != 0 ? 1 : 0; });
  pack_column(std::span(flags), rows, {}, Storage::u8, packed);
}

}  // namespace tarifa
