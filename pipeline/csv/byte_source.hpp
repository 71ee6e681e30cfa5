#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace tarifa
{

/// The bytes of one input file in order, decompressed when its name ends in .gz or .zst (and its first bytes agree).
///
/// Errors are Error(storage) (cannot open or read) or Error(data) (truncated or damaged compressed stream), with the
/// path and the decompressed offset reached. Multi-member gzip and multi-frame zstd are followed to the end.
class ByteSource
{
 public:
  virtual ~ByteSource() = default;
  /// Fills up to `room` bytes and returns how many; 0 only at the end of the file.
  virtual std::size_t read(char* to, std::size_t room) = 0;

  static std::unique_ptr<ByteSource> open(std::filesystem::path const& path);
  /// True when the file can be read at any offset (plain), false when it is one range (compressed).
  static bool is_seekable(std::filesystem::path const& path);
};

/// A plain file read at offsets from several threads at once.
class PlainFile
{
 public:
  explicit PlainFile(std::filesystem::path const& path);  ///< Error(storage) with path and reason
  ~PlainFile();
  PlainFile(PlainFile const&) = delete;
  PlainFile& operator=(PlainFile const&) = delete;
  std::uint64_t bytes() const noexcept { return bytes_; }
  /// Reads exactly min(room, bytes() - offset) bytes; a file that shrank meanwhile is Error(storage).
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t room) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace tarifa
