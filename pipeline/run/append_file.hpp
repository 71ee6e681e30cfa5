#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

struct XXH3_state_s;

namespace tarifa
{

enum class AppendMode : std::uint8_t
{
  write,
  discard,  ///< count, but keep nothing: for --check
};

/// XXH3-64 of bytes that come piece by piece.
class RunningChecksum
{
 public:
  RunningChecksum();
  ~RunningChecksum();
  RunningChecksum(RunningChecksum const&) = delete;
  RunningChecksum& operator=(RunningChecksum const&) = delete;
  void add(std::span<std::byte const> bytes);
  std::uint64_t value() const;

 private:
  XXH3_state_s* state_;
};

/// Append-only file of one thread. Error(storage) names the file and the system's reason (disk full
/// ...).
class AppendFile
{
 public:
  /// `permissions` as for open(2), less the umask; scratch holds records of people, so others may not read
  /// it.
  AppendFile(std::filesystem::path path, AppendMode mode, unsigned permissions = 0600);
  ~AppendFile();
  AppendFile(AppendFile const&) = delete;
  AppendFile& operator=(AppendFile const&) = delete;

  /// Offset at which `bytes` will stand.
  std::uint64_t append(std::span<std::byte const> bytes);
  std::uint64_t size() const noexcept { return written_ + pending_.size(); }
  void flush();                                                 ///< what was appended can be read afterwards
  std::uint64_t checksum() const { return checksum_.value(); }  ///< of all that was flushed
  void remove() noexcept;  ///< the file is gone afterwards, and nothing more can be appended
  std::filesystem::path const& path() const noexcept { return path_; }

 private:
  void close() noexcept;

  std::filesystem::path path_;
  AppendMode mode_;
  int descriptor_ = -1;
  std::uint64_t written_ = 0;
  RunningChecksum checksum_;
  std::vector<std::byte> pending_;
};

/// Writes all of `bytes` at `offset`, or throws Error(storage) naming `path` and the reason.
void write_fully(int descriptor, std::filesystem::path const& path, std::uint64_t offset,
                 std::span<std::byte const> bytes);

}  // namespace tarifa
