#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/archive/part_writer.hpp"
#include "pipeline/archive/schema.hpp"

namespace tarifa
{

/// All that one vintage of one table consists of. Its file is the completion mark of the vintage.
struct Manifest
{
  struct Partition
  {
    std::string name;
    std::int64_t rows = 0;
    std::vector<PartDigest> parts;  ///< in order, part-0000.h5 first
    friend bool operator==(Partition const&, Partition const&) = default;
  };
  /// One delivered file the vintage was made from.
  struct SourceFile
  {
    std::string name;
    std::string digest;        ///< of the text, decompressed
    std::int64_t bytes = 0;    ///< as delivered
    std::int64_t records = 0;  ///< read from it, kept or not
    friend bool operator==(SourceFile const&, SourceFile const&) = default;
  };

  /// The description the files were read by.
  struct Description
  {
    std::string name, title, origin;
    int version = 1;     ///< its schema-version
    std::string digest;  ///< of its text
    friend bool operator==(Description const&, Description const&) = default;
  };

  int schema_version = archive_schema_version;
  TableSchema table;
  std::string vintage;
  std::int64_t shard_rows = default_shard_rows;
  std::vector<Partition> partitions;  ///< sorted by name
  Description description;
  std::vector<SourceFile> sources;  ///< in the order given
  nlohmann::ordered_json balance;   ///< balance sheet of the ingest; written, not read back
  /// Rows of earlier vintages that no longer count. Room for it is kept; readers refuse a vintage that has
  /// any, since reading both versions of a row would count it twice.
  nlohmann::ordered_json superseded = nlohmann::ordered_json::array();

  std::int64_t rows() const;
};

/// The manifest as text; equal manifests are equal texts. 64-bit integers are written as numbers.
std::string manifest_text(Manifest const& manifest);

/// Reads a manifest; whatever is wrong with the text (syntax, a missing or wrong field, rows that do not add
/// up, a name that leaves the archive) is Error(storage) that begins with `name`.
Manifest parse_manifest(std::string_view text, std::string_view name);

/// Writes the manifest, durably. At its place in the archive, manifest_path(), it makes the vintage exist.
void write_manifest(std::filesystem::path const& path, Manifest const& manifest);
Manifest read_manifest(std::filesystem::path const& archive, std::string_view table,
                       std::string_view vintage);
/// The same from the text of its file.
Manifest whole_manifest(std::string_view text, std::filesystem::path const& archive, std::string_view table,
                        std::string_view vintage);

/// Names of the tables of an archive that have a manifest, sorted. Error(usage) when `archive` is no folder.
std::vector<std::string> tables_of(std::filesystem::path const& archive);
/// Names of the complete vintages of a table, sorted; empty when there is none.
std::vector<std::string> vintages_of(std::filesystem::path const& archive, std::string_view table);

}  // namespace tarifa
