#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

/// Error(storage) "PATH: reason (what to do)" of a failed system call.
Error file_error(std::filesystem::path const& path, int number);

/// An open file descriptor for reading, closed at the end.
class FileInput
{
 public:
  explicit FileInput(std::filesystem::path path);  ///< Error(storage); a directory too
  ~FileInput();
  FileInput(FileInput const&) = delete;
  FileInput& operator=(FileInput const&) = delete;

  std::filesystem::path const& path() const noexcept { return path_; }
  bool is_regular() const noexcept { return regular_; }
  std::uint64_t bytes() const noexcept { return bytes_; }  ///< of a regular file when it was opened
  /// Up to `room` bytes in order; 0 only at the end.
  std::size_t read(char* to, std::size_t room);
  /// As pread, once: fewer bytes than asked for are possible, 0 only at the end.
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t room) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  bool regular_ = false;
  std::uint64_t bytes_ = 0;
};

/// A compressed stream: fills the caller's room from decoded pieces and keeps damage until all bytes before
/// it are out.
class CompressedSource : public ByteSource
{
 public:
  std::size_t read(char* to, std::size_t room) final;

 protected:
  explicit CompressedSource(std::unique_ptr<FileInput> input);

  struct Decoded
  {
    std::size_t bytes = 0;  ///< written
    std::string damage;     ///< empty = none
    bool at_end = false;    ///< the stream ended where it should
  };
  /// Decodes from `pending()` into the room; may write nothing when it only took input.
  virtual Decoded decode(char* to, std::size_t room) = 0;

  /// Compressed bytes not yet taken; empty only at the end of the file.
  std::string_view pending();
  void take(std::size_t bytes) { taken_ += bytes; }

 private:
  std::unique_ptr<FileInput> input_;
  std::vector<char> buffer_;
  std::size_t filled_ = 0, taken_ = 0;
  bool input_ended_ = false, finished_ = false;
  std::uint64_t offset_ = 0;
  std::string damage_;
};

std::unique_ptr<ByteSource> open_gzip(std::unique_ptr<FileInput> input);
std::unique_ptr<ByteSource> open_zstd(std::unique_ptr<FileInput> input);

}  // namespace tarifa
