#include "pipeline/archive/table_reader.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "pipeline/archive/table_content.hpp"
#include "pipeline/archive/table_manifests.hpp"
#include "pipeline/run/error.hpp"
#include "pipeline/run/share.hpp"

namespace tarifa
{

TableReader::TableReader(Comm const& comm, std::filesystem::path const& archive, std::string const& table,
                         ReadRequest const& request)
    : TableReader(comm, archive, read_manifests(comm, archive, table, request.as_of), request)
{
}

TableReader::TableReader(Comm const& comm, std::filesystem::path const& archive,
                         std::vector<Manifest> const& manifests, ReadRequest const& request)
    : content_(open_table(comm, archive, manifests, request))
    , ranks_(comm.size())
    , look_ahead_(static_cast<std::size_t>(std::max(request.threads, 1)))
{
  list_shards();
}

void TableReader::list_shards()
{
  for (std::size_t p = 0; p < content_->parts.size(); ++p)
  {
    TableContent::Part const& part = content_->parts[p];
    for (std::int64_t s = 0; s * part.place.shard_rows < part.digest.rows; ++s)
    {
      std::int64_t const stored = content_->rows_of(p, static_cast<std::size_t>(s));
      std::int64_t const rows = stored - content_->superseded_of(p, static_cast<std::size_t>(s));
      if (rows > 0)
      {
        shards_.push_back({static_cast<int>(p), static_cast<int>(s), rows, rows_});
        rows_ += rows;
        stored_rows_ += stored;
      }
    }
  }
}

TableReader::~TableReader() = default;

std::vector<TableColumn> const& TableReader::columns() const noexcept
{
  return content_->columns;
}

std::vector<std::string> const& TableReader::vintages() const noexcept
{
  return content_->vintages;
}

std::string const& TableReader::content_digest() const noexcept
{
  return content_->content_digest;
}

ColumnFacts TableReader::facts(std::size_t shard, std::size_t column) const
{
  return content_->facts(static_cast<std::size_t>(shards_[shard].part),
                         static_cast<std::size_t>(shards_[shard].in_part), column);
}

std::string const& TableReader::partition_of(std::size_t shard) const
{
  return content_->parts[static_cast<std::size_t>(shards_[shard].part)].place.partition;
}

PartPlace const& TableReader::place_of(std::size_t shard) const
{
  return content_->parts[static_cast<std::size_t>(shards_[shard].part)].place;
}

std::int64_t TableReader::packed_bytes_of_column(std::size_t column) const
{
  std::int64_t bytes = 0;
  for (TableContent::Part const& part : content_->parts)
  {
    for (auto const* chunks : {&part.columns[column].cells, &part.columns[column].validity})
    {
      bytes = std::accumulate(chunks->begin(), chunks->end(), bytes,
                              [](std::int64_t sum, ChunkEntry const& chunk) { return sum + chunk.bytes; });
    }
  }
  return bytes;
}

std::int64_t TableReader::packed_bytes_of_shard(std::size_t shard) const
{
  TableContent::Part const& part = content_->parts[static_cast<std::size_t>(shards_[shard].part)];
  auto const in_part = static_cast<std::size_t>(shards_[shard].in_part);
  std::int64_t bytes = 0;
  for (TableContent::PartColumn const& column : part.columns)
  {
    for (auto const* chunks : {&column.cells, &column.validity})
    {
      // A column that the part does not have has no chunks.
      bytes += in_part < chunks->size() ? (*chunks)[in_part].bytes : 0;
    }
  }
  return bytes;
}

std::size_t TableReader::parts() const noexcept
{
  return content_->parts.size();
}

std::pair<std::size_t, std::size_t> TableReader::shards_of(int rank, int ranks) const
{
  // A shard belongs to the rank in whose share of the rows its first row lies.
  auto const first_of = [&](int r)
  {
    std::int64_t const row = first_of_share(rows_, r, ranks);
    auto const at = std::partition_point(shards_.begin(), shards_.end(),
                                         [&](Shard const& shard) { return shard.first_row < row; });
    return static_cast<std::size_t>(at - shards_.begin());
  };
  return {first_of(rank), first_of(rank + 1)};
}

}  // namespace tarifa
