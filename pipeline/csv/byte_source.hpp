#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace tarifa
{

class FileInput;

/// The bytes of one input file in order, decompressed when its name ends in .gz or .zst (any case) and its
/// first bytes agree. A file so named that holds plain text is read as plain text; one that ends within the
/// first bytes of the format, an empty one too, counts as truncated.
///
/// Errors are Error(storage) (cannot open or read) or Error(data) (truncated or damaged compressed stream),
/// with the path and the decompressed offset reached; all bytes before the damage are handed out first.
/// Multi-member gzip and multi-frame zstd are followed to the end; zero bytes after the last gzip member are
/// padding.
class ByteSource
{
 public:
  virtual ~ByteSource() = default;
  /// Fills `room` bytes, fewer only at the end of the file, and returns how many.
  virtual std::size_t read(char* to, std::size_t room) = 0;

  static std::unique_ptr<ByteSource> open(std::filesystem::path const& path);
  /// True when the file can be read at any offset (plain), false when it is one range (compressed, or a
  /// pipe).
  static bool is_seekable(std::filesystem::path const& path);
};

/// A plain file read at offsets from several threads at once.
class PlainFile
{
 public:
  explicit PlainFile(std::filesystem::path const& path);  ///< Error(storage) with path and reason
  ~PlainFile();
  PlainFile(PlainFile&&) noexcept;
  PlainFile& operator=(PlainFile&&) noexcept;
  std::uint64_t bytes() const noexcept;  ///< when it was opened
  /// Reads exactly min(room, bytes() - offset) bytes; a file that shrank meanwhile is Error(storage).
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t room) const;

 private:
  std::unique_ptr<FileInput> input_;
};

}  // namespace tarifa
