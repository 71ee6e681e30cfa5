#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/part_index.hpp"
#include "pipeline/archive/table_reader.hpp"

namespace tarifa
{

/// Everything a TableReader knows after opening.
struct TableContent
{
  /// One wanted column in one part.
  struct PartColumn
  {
    bool is_present = false;
    Storage storage = Storage::i64;
    std::vector<ChunkEntry> cells;     ///< [shards]
    std::vector<ChunkEntry> validity;  ///< [shards], empty when the part has none
  };
  /// Flags of the rows of one part that one later vintage replaces.
  struct Superseded
  {
    std::size_t file = 0;  ///< number of the file among `files`
    std::filesystem::path path;
    std::vector<SupersededShard> shards;
  };
  struct Part
  {
    PartPlace place;
    PartDigest digest;
    std::filesystem::path path;
    std::size_t group = 0;  ///< parts of one partition and vintage share their dictionaries
    std::vector<PartColumn> columns;
    std::vector<Superseded> superseded;
  };
  /// Codes of one group of parts to codes of the table.
  struct Remap
  {
    std::vector<std::int32_t> to;  ///< [codes]
    bool is_identity = true;
  };

  std::filesystem::path archive;
  std::vector<std::string> vintages;
  std::vector<TableColumn> columns;
  std::vector<Part> parts;                 ///< with at least one row that counts
  std::vector<std::vector<Remap>> remaps;  ///< [columns][groups], empty unless kind code
  std::string content_digest;
  mutable OpenFiles files;  ///< parts first, then those with flags of superseded rows

  /// Facts of one shard of one column, in codes of the table.
  ColumnFacts facts(std::size_t part, std::size_t shard, std::size_t column) const;
  std::int64_t rows_of(std::size_t part, std::size_t shard) const;        ///< as stored
  std::int64_t superseded_of(std::size_t part, std::size_t shard) const;  ///< of them
};

/// [all] `manifests` are those of the vintages that count, oldest first.
std::unique_ptr<TableContent> open_table(Comm const& comm, std::filesystem::path const& archive,
                                         std::vector<Manifest> const& manifests, ReadRequest const& request);

/// [all] Finds the flags of superseded rows of the parts, each file read on one rank, and adds to the content
/// digest what they are.
void survey_superseded(Comm const& comm, std::vector<Manifest> const& manifests, TableContent& content,
                       std::string& identity);

/// [all] Opens the parts, each on one rank, gives every rank their chunks, and returns the dictionaries
/// [columns][groups]; empty for columns of another kind and for parts without the column.
std::vector<std::vector<std::vector<std::string>>> survey_parts(Comm const& comm, TableContent& content);

/// Union of sorted dictionaries, sorted, and for each of them where its texts stand in it.
std::vector<std::string> merge_dictionaries(std::vector<std::vector<std::string>>&& dictionaries,
                                            std::vector<TableContent::Remap>& remaps);

}  // namespace tarifa
