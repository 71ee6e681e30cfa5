#include "jobs/support/mirror/pieces.hpp"

#include <algorithm>
#include <cstring>

#include "pipeline/run/error.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::MirrorCells;

MirrorCells read_cells(std::string_view piece)
{
  std::uint64_t count = 0;
  require(piece.size() >= sizeof count, Fault::internal, "a piece of cells has no length");
  std::memcpy(&count, piece.data(), sizeof count);
  piece.remove_prefix(sizeof count);
  MirrorCells cells;
  cells.each_column(
      [&](auto& column)
      {
        std::size_t const width = sizeof(*column.data());
        require(piece.size() / width >= count, Fault::internal, "a piece of cells is too short");
        column.resize(count);
        if (count > 0)
        {
          std::memcpy(column.data(), piece.data(), count * width);
        }
        piece.remove_prefix(count * width);
      });
  require(piece.empty(), Fault::internal, "a piece of cells is too long");
  return cells;
}

void append(MirrorCells& to, MirrorCells& from, std::size_t begin, std::size_t end)
{
  std::vector<void const*> columns;
  from.each_column([&](auto const& column) { columns.push_back(column.data()); });
  auto next = columns.begin();
  to.each_column(
      [&](auto& column)
      {
        auto const* const first = static_cast<decltype(column.data())>(const_cast<void*>(*next++));
        column.insert(column.end(), first + begin, first + end);
      });
}

}  // namespace

std::string piece_of(std::span<MirrorCells const> ranges)
{
  std::uint64_t count = 0;
  std::size_t columns = 0;
  MirrorCells().each_column([&](auto const&) { ++columns; });
  std::vector<std::string> texts(columns);
  for (MirrorCells const& cells : ranges)
  {
    count += cells.size();
    auto text = texts.begin();
    cells.each_column(
        [&](auto const& column)
        {
          auto const bytes = std::as_bytes(std::span(column));
          (text++)->append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        });
  }
  std::string piece(reinterpret_cast<char const*>(&count), sizeof count);
  for (std::string& text : texts)
  {
    piece += text;
    text = {};
  }
  return piece;
}

void take_piece(std::string_view piece, GroupPlan const& plan, std::vector<MirrorCells>& cells)
{
  MirrorCells kept = read_cells(piece);
  RangeSlice const mine = plan.owned[static_cast<std::size_t>(plan.rank)];
  for (std::size_t begin = 0; begin < kept.size();)
  {
    std::uint64_t const row_key = kept.key[begin] << 1U;
    RangeMap::Index range = 0;
    plan.map.find(&row_key, 1, &range);
    auto const last = std::upper_bound(kept.key.begin() + static_cast<std::ptrdiff_t>(begin), kept.key.end(),
                                       plan.map.most_key(range) >> 1U);
    auto const end = static_cast<std::size_t>(last - kept.key.begin());
    if (range >= mine.begin && range < mine.end)
    {
      append(cells[static_cast<std::size_t>(range - mine.begin)], kept, begin, end);
    }
    begin = end;
  }
}

}  // namespace tarifa::jobs
