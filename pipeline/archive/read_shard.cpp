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

/// One shard on its way into a buffer.
class ShardRead
{
 public:
  ShardRead(TableContent const& content, Shard const& shard, ShardBuffer& out)
      : content_(content)
      , part_(content.parts[static_cast<std::size_t>(shard.part)])
      , shard_(shard)
      , out_(out)
  {
  }

  /// Reads and verifies all chunks.
  void open()
  {
    auto const number = static_cast<std::size_t>(shard_.part);
    auto const file = guarded("", [&] { return content_.files.get(number, part_.path); });
    out_.content_ = &content_;
    out_.shard_ = &shard_;
    out_.cells_.resize(content_.columns.size());
    out_.first_row_ = out_.rows_ = 0;
    out_.stored_first_ = out_.stored_rows_ = 0;
    out_.shard_stored_rows_ = content_.rows_of(number, static_cast<std::size_t>(shard_.in_part));
    guarded("", [&] { find_superseded(); });
    for (std::size_t c = 0; c < content_.columns.size(); ++c)
    {
      guarded(content_.columns[c].schema.name, [&] { open_column(*file, c); });
    }
  }

  /// Has the system fetch the chunks, from storage that is slower than memory, while other shards are worked
  /// on.
  void announce()
  {
    auto const file =
        guarded("", [&] { return content_.files.get(static_cast<std::size_t>(shard_.part), part_.path); });
    auto const s = static_cast<std::size_t>(shard_.in_part);
    for (TableContent::PartColumn const& stored : part_.columns)
    {
      if (stored.is_present)
      {
        file->will_read(stored.cells[s].address, stored.cells[s].bytes);
      }
      if (stored.is_present && stored.cells[s].facts.missing > 0)
      {
        file->will_read(stored.validity[s].address, stored.validity[s].bytes);
      }
    }
  }

  /// Decodes the stored rows the buffer has been set to and leaves those that count.
  void decode()
  {
    for (std::size_t c = 0; c < content_.columns.size(); ++c)
    {
      guarded(content_.columns[c].schema.name, [&] { decode_column(c); });
    }
    if (static_cast<std::int64_t>(out_.kept_.size()) < out_.stored_rows_ && !out_.superseded_.empty())
    {
      std::ranges::for_each(out_.cells_, [&](ShardBuffer::Cells& cells) { leave_kept(cells); });
    }
  }

 private:
  /// Joins the flags of all vintages that replace rows of this shard.
  void find_superseded()
  {
    out_.superseded_.clear();
    for (TableContent::Superseded const& by : part_.superseded)
    {
      SupersededShard const& flags = by.shards[static_cast<std::size_t>(shard_.in_part)];
      if (flags.rows > 0)
      {
        out_.superseded_.resize(static_cast<std::size_t>(out_.shard_stored_rows_));
        try
        {
          join_superseded(*content_.files.get(by.file, by.path), flags,
                          std::min(part_.place.shard_rows, part_.digest.rows), out_.superseded_);
        }
        catch (Error const& error)
        {
          throw error.within(by.path.string());
        }
      }
    }
  }

  /// Closes the gaps that superseded rows leave in the block.
  void leave_kept(ShardBuffer::Cells& cells) const
  {
    auto const close = [&](auto& values)
    {
      for (std::size_t row = 0; row < out_.kept_.size(); ++row)
      {
        values[row] = values[static_cast<std::size_t>(out_.kept_[row])];
      }
    };
    cells.is_wide ? close(cells.wide) : close(cells.narrow);
    if (cells.has_missing)
    {
      close(cells.valid);
    }
  }

  void open_column(ArchiveFile const& file, std::size_t c)
  {
    TableContent::PartColumn const& stored = part_.columns[c];
    auto const s = static_cast<std::size_t>(shard_.in_part);
    auto& cells = out_.cells_[c];
    cells.is_wide = content_.columns[c].is_wide;
    cells.has_missing = !stored.is_present || stored.cells[s].facts.missing > 0;
    if (stored.is_present)
    {
      cells.chunk = fetch(file, stored.cells[s], stored.storage, cells.bytes);
    }
    if (stored.is_present && cells.has_missing)
    {
      cells.validity = fetch(file, stored.validity[s], Storage::u8, cells.validity_bytes);
    }
  }

  PackedChunk fetch(ArchiveFile const& file, ChunkEntry const& entry, Storage storage,
                    std::vector<std::byte>& bytes) const
  {
    std::span<std::byte> const chunk = room(bytes, entry.bytes);
    file.read_at(entry.address, chunk);
    std::int64_t const values = std::min(part_.place.shard_rows, part_.digest.rows);
    return {chunk, storage, static_cast<std::size_t>(values)};
  }

  void decode_column(std::size_t c)
  {
    auto& cells = out_.cells_[c];
    bool const is_present = part_.columns[c].is_present;
    if (cells.is_wide)
    {
      decode_values(is_present, cells.chunk, room(cells.wide, out_.stored_rows_));
    }
    else
    {
      std::span<std::int32_t> const values = room(cells.narrow, out_.stored_rows_);
      decode_values(is_present, cells.chunk, values);
      if (is_present && content_.columns[c].schema.kind == ColumnKind::code)
      {
        apply(content_.remaps[c][part_.group], values);
      }
    }
    if (cells.has_missing)
    {
      decode_validity(is_present, cells);
    }
  }

  template <class Out>
  void decode_values(bool is_present, PackedChunk const& chunk, std::span<Out> values) const
  {
    if (is_present)
    {
      chunk.unpack(static_cast<std::size_t>(out_.stored_first_), values);
    }
    else
    {
      std::ranges::fill(values, Out{0});
    }
  }

  void decode_validity(bool is_present, ShardBuffer::Cells& cells)
  {
    std::span<std::uint8_t> const valid = room(cells.valid, out_.stored_rows_);
    std::span<std::int32_t> const flags = room(out_.flags_, out_.stored_rows_);
    decode_values(is_present, cells.validity, flags);
    std::ranges::transform(flags, valid.begin(),
                           [](std::int32_t flag) { return static_cast<std::uint8_t>(flag != 0 ? 1 : 0); });
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
};

void TableReader::open(std::size_t shard, ShardBuffer& out) const
{
  ShardRead(*content_, shards_[shard], out).open();
  if (shard + look_ahead_ < shards_.size())
  {
    ShardRead(*content_, shards_[shard + look_ahead_], out).announce();
  }
}

bool ShardBuffer::next()
{
  first_row_ += rows_;
  rows_ = 0;
  while (rows_ == 0 && shard_ != nullptr && stored_first_ + stored_rows_ < shard_stored_rows_)
  {
    stored_first_ += stored_rows_;
    stored_rows_ = std::min(block_rows, shard_stored_rows_ - stored_first_);
    rows_ = stored_rows_;
    if (!superseded_.empty())
    {
      list_kept();
    }
  }
  if (rows_ == 0)
  {
    return false;
  }
  ShardRead(*content_, *shard_, *this).decode();
  return true;
}

void ShardBuffer::list_kept()
{
  kept_.clear();
  for (std::int64_t row = 0; row < stored_rows_; ++row)
  {
    if (superseded_[static_cast<std::size_t>(stored_first_ + row)] == 0)
    {
      kept_.push_back(static_cast<std::int32_t>(row));
    }
  }
  rows_ = static_cast<std::int64_t>(kept_.size());
}

}  // namespace tarifa
