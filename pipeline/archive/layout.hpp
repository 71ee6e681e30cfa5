#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tarifa
{

/// Where things stand in an archive. An archive is a folder:
///
///   archive/<table>/<partition>/<vintage>/part-NNNN.h5
///   archive/<table>/rejects/<vintage>.csv
///   archive/<table>/manifests/<vintage>.json    written last; a vintage without it does not exist
///
/// Vintages are ordered bytewise by name, so dates (2024-03-31) or padded numbers serve.

/// Version of the layout in this header and of everything inside a part.
inline constexpr int archive_schema_version = 2;
/// [rows] of a shard: the unit of work, of checkpoints and of the order of floating sums.
inline constexpr std::int64_t default_shard_rows = 131072;
/// [shards] a part holds at most; H5Dget_chunk_info is quadratic in the chunks of a dataset.
inline constexpr std::int64_t shards_per_part = 64;

/// Folders beside the partitions; no partition may be called so.
inline constexpr std::string_view manifests_folder = "manifests";
inline constexpr std::string_view rejects_folder = "rejects";

std::string part_file_name(int part);  ///< "part-0003.h5"
std::filesystem::path part_folder(std::filesystem::path const& archive, std::string_view table,
                                  std::string_view partition, std::string_view vintage);
std::filesystem::path manifest_path(std::filesystem::path const& archive, std::string_view table,
                                    std::string_view vintage);
/// Records of a vintage that were not kept.
std::filesystem::path rejects_path(std::filesystem::path const& archive, std::string_view table,
                                   std::string_view vintage);

/// True for what can name one folder of an archive: 1 to 128 letters, digits or _ - . + =, not beginning with
/// a dot, and not the folder of manifests.
bool is_plain_name(std::string_view name);
/// Throws Error(usage) unless `name` is plain; `what` says what it names: "partition", "vintage", "table",
/// "column".
void require_plain_name(std::string_view name, std::string_view what);

}  // namespace tarifa
