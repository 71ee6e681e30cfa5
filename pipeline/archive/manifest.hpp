#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/archive/part_writer.hpp"
#include "pipeline/archive/schema.hpp"
#include "pipeline/archive/superseded.hpp"
#include "pipeline/run/int128.hpp"

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

  /// Total of the balance column, in the stored units of that column.
  struct Value
  {
    std::string column;
    Int128 kept = 0;        ///< of the rows of the vintage
    Int128 superseded = 0;  ///< of the rows of earlier vintages that it replaces
    friend bool operator==(Value const&, Value const&) = default;
  };

  /// Its rejects file.
  struct Rejects
  {
    std::int64_t bytes = 0;
    std::string digest;  ///< XXH3-128 of the file, 32 hexadecimal digits
    friend bool operator==(Rejects const&, Rejects const&) = default;
  };

  int schema_version = archive_schema_version;
  TableSchema table;
  std::string vintage;
  std::int64_t shard_rows = default_shard_rows;
  std::vector<Partition> partitions;  ///< sorted by name
  Description description;
  std::vector<SourceFile> sources;  ///< in the order given
  nlohmann::ordered_json balance;   ///< balance sheet of the ingest; written, not read back
  std::vector<SupersededFile>
      superseded;              ///< sorted by partition; rows of earlier vintages that this replaces
  std::optional<Value> value;  ///< of a source without a balance column, none
  /// Earlier vintages, sorted, of which a row has a higher version than a record of this delivery: that
  /// record is not here.
  std::vector<std::string> outranked_by;
  std::optional<Rejects> rejects;  ///< none when nothing was rejected

  std::int64_t rows() const;             ///< of its parts, superseded later or not
  std::int64_t superseded_rows() const;  ///< of earlier vintages
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

/// One part of a table.
struct PartKey
{
  std::string partition, vintage;
  int part = 0;
  friend auto operator<=>(PartKey const&, PartKey const&) = default;
};

/// What these manifests, oldest first, say of one part.
struct PartFate
{
  PartDigest const* part = nullptr;
  std::int64_t shard_rows = 0;
  std::int64_t superseded = 0;  ///< rows that later ones of these vintages replace
};

/// All parts of these vintages of one table. Error(storage) when a vintage replaces rows of a part that is
/// not there, or that is another than the one its flags were made for. Points into the manifests.
std::map<PartKey, PartFate> parts_of(std::span<Manifest const> manifests);

/// Names of the tables of an archive that have a manifest, sorted. Error(usage) when `archive` is no folder.
std::vector<std::string> tables_of(std::filesystem::path const& archive);
/// Names of the complete vintages of a table, sorted; empty when there is none.
std::vector<std::string> vintages_of(std::filesystem::path const& archive, std::string_view table);

}  // namespace tarifa
