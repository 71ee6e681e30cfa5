#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// Files that are either whole or not there. All errors are Error(storage) with path and reason.

/// Gives a finished "PATH.partial" its final name: fsync of the file, rename, fsync of the folder.
void publish(std::filesystem::path const& partial, std::filesystem::path const& final_path);

/// Gives what was synced already, such as a folder of published files, its final name: rename, fsync of the
/// folder it is in.
void move_durable(std::filesystem::path const& from, std::filesystem::path const& to);

/// Removes a file if it is there, fsync of its folder.
void remove_durable(std::filesystem::path const& path);

/// Writes `text` to "PATH.partial" and publishes it as PATH. `permissions` as for open(2), less the umask.
void write_durable(std::filesystem::path const& path, std::string_view text, unsigned permissions = 0666);

/// Waits until a file that another part of the program wrote is on the disk.
void sync_durable(std::filesystem::path const& path);

/// Makes a folder and its parents.
void make_folders(std::filesystem::path const& folder);

/// Whole file as text.
std::string read_text(std::filesystem::path const& path);

struct FileDigest
{
  std::int64_t bytes = 0;
  std::string hex;  ///< XXH3-128 of the content, 32 hexadecimal digits
};

FileDigest digest_of(std::filesystem::path const& path);
/// In which way a file is not as the manifest has it; empty when it is.
std::string difference(FileDigest const& found, FileDigest const& in_manifest);
UInt128 hash_of_text(std::string_view text);        ///< XXH3-128
std::string digest_of_text(std::string_view text);  ///< XXH3-128, 32 hexadecimal digits
std::int64_t checksum_of(std::string_view text);    ///< XXH3-64, its bits as a signed number

}  // namespace tarifa
