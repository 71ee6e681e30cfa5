#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/table_content.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

/// A buffer that only grows, so that shards after the first take no memory.
template <class T>
std::span<T> room(std::vector<T>& buffer, std::int64_t values)
{
  auto const size = static_cast<std::size_t>(values);
  if (buffer.size() < size)
  {
    buffer.resize(size);
  }
  return {buffer.data(), size};
}

/// Codes of a part to codes of the table; the chunk may be hostile even though its checksum is right.
void apply(TableContent::Remap const& remap, std::span<std::int32_t> codes)
{
  std::uint32_t highest = 0;
  for (std::int32_t const code : codes)
  {
    highest = std::max(highest, static_cast<std::uint32_t>(code));
  }
  if (remap.to.empty() && highest == 0)
  {
    return;  // every cell is missing
  }
  require(highest < remap.to.size(), Fault::storage,
          fmt::format("code {} is outside the dictionary of {}", highest, remap.to.size()));
  if (remap.is_identity)
  {
    return;
  }
  for (std::int32_t& code : codes)
  {
    code = remap.to[static_cast<std::size_t>(code)];
  }
}

}  // namespace

std::span<std::int32_t const> ShardBuffer::narrow(std::size_t column) const
{
  return {cells_[column].narrow.data(), cells_[column].is_wide ? 0 : static_cast<std::size_t>(rows_)};
}

std::span<std::int64_t const> ShardBuffer::wide(std::size_t column) const
{
  return {cells_[column].wide.data(), cells_[column].is_wide ? static_cast<std::size_t>(rows_) : 0};
}

std::span<std::uint8_t const> ShardBuffer::valid(std::size_t column) const
{
  return {cells_[column].valid.data(), cells_[column].has_missing ? static_cast<std::size_t>(rows_) : 0};
}

/// Reads the columns of one shard into a buffer, one after the other.
class ShardRead
{
 public:
  ShardRead(TableContent const& content, Shard const& shard, ShardBuffer& out)
      : content_(content)
      , part_(content.parts[static_cast<std::size_t>(shard.part)])
      , shard_(shard)
      , out_(out)
  {
    auto const number = static_cast<std::size_t>(shard.part);
    file_ = guarded("", [&] { return content_.files.get(number, part_.path); });
    out_.cells_.resize(content_.columns.size());
    out_.rows_ = shard.rows;
    chunk_rows_ = std::min(part_.place.shard_rows, part_.digest.rows);
  }

  void column(std::size_t c)
  {
    guarded(content_.columns[c].schema.name, [&] { read_column(c); });
  }

 private:
  void read_column(std::size_t c)
  {
    TableColumn const& column = content_.columns[c];
    TableContent::PartColumn const& stored = part_.columns[c];
    auto& cells = out_.cells_[c];
    cells.is_wide = column.is_wide;
    cells.has_missing = false;
    if (!stored.is_present)
    {
      fill_missing(cells);
      return;
    }
    auto const s = static_cast<std::size_t>(shard_.in_part);
    std::span<std::byte const> const chunk = fetch(stored.cells[s]);
    if (column.is_wide)
    {
      unpack_chunk(chunk, stored.storage, room(cells.wide, chunk_rows_));
    }
    else
    {
      std::span<std::int32_t> const values = room(cells.narrow, chunk_rows_);
      unpack_chunk(chunk, stored.storage, values);
      if (column.schema.kind == ColumnKind::code)
      {
        apply(content_.remaps[c][part_.group], values.first(static_cast<std::size_t>(shard_.rows)));
      }
    }
    if (stored.cells[s].facts.missing > 0)
    {
      read_validity(stored.validity[s], cells);
    }
  }

  void fill_missing(ShardBuffer::Cells& cells)
  {
    auto const rows = static_cast<std::size_t>(shard_.rows);
    if (cells.is_wide)
    {
      std::ranges::fill(room(cells.wide, shard_.rows).first(rows), 0);
    }
    else
    {
      std::ranges::fill(room(cells.narrow, shard_.rows).first(rows), 0);
    }
    std::ranges::fill(room(cells.valid, shard_.rows), std::uint8_t{0});
    cells.has_missing = true;
  }

  void read_validity(ChunkEntry const& entry, ShardBuffer::Cells& cells)
  {
    std::span<std::int32_t> const flags = room(out_.flags_, chunk_rows_);
    unpack_chunk(fetch(entry), Storage::u8, flags);
    std::span<std::uint8_t> const valid = room(cells.valid, shard_.rows);
    std::transform(flags.begin(), flags.begin() + shard_.rows, valid.begin(),
                   [](std::int32_t flag) { return static_cast<std::uint8_t>(flag != 0 ? 1 : 0); });
    cells.has_missing = true;
  }

  std::span<std::byte const> fetch(ChunkEntry const& entry)
  {
    std::span<std::byte> const chunk = room(out_.chunk_, entry.bytes);
    file_->read_at(entry.address, chunk);
    return chunk;
  }

  template <class Work>
  auto guarded(std::string_view column, Work&& work) -> decltype(work())
  {
    try
    {
      return work();
    }
    catch (Error const& error)
    {
      throw Error(
          error.fault(),
          fmt::format("{}: shard {}{}{}: {}. Run tarifa verify {}", part_.path.string(), shard_.in_part,
                      column.empty() ? "" : ", column ", column, error.what(), content_.archive.string()));
    }
  }

  TableContent const& content_;
  TableContent::Part const& part_;
  Shard const& shard_;
  ShardBuffer& out_;
  std::shared_ptr<ArchiveFile const> file_;
  std::int64_t chunk_rows_ = 0;
};

void TableReader::read(std::size_t shard, ShardBuffer& out) const
{
  ShardRead one(*content_, shards_[shard], out);
  for (std::size_t c = 0; c < content_->columns.size(); ++c)
  {
    one.column(c);
  }
}

void TableReader::read(std::size_t shard, std::span<std::size_t const> columns, ShardBuffer& out) const
{
  ShardRead one(*content_, shards_[shard], out);
  for (std::size_t const c : columns)
  {
    one.column(c);
  }
}

}  // namespace tarifa
