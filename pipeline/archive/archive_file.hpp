#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace tarifa
{

/// A file open for reading. Any number of threads.
class ArchiveFile
{
 public:
  explicit ArchiveFile(std::filesystem::path const& path);  ///< Error(storage)
  ~ArchiveFile();
  ArchiveFile(ArchiveFile const&) = delete;
  ArchiveFile& operator=(ArchiveFile const&) = delete;
  std::int64_t bytes() const noexcept { return bytes_; }             ///< when it was opened
  void read_at(std::int64_t offset, std::span<std::byte> to) const;  ///< Error(storage) unless all is read
  void will_read(std::int64_t offset, std::int64_t bytes) const;     ///< the system may fetch it meanwhile

 private:
  int descriptor_;
  std::int64_t bytes_ = 0;
};

/// Files of a table, opened when first read; only so many are kept open, since a table may have more parts
/// than a process may have descriptors. Any number of threads.
class OpenFiles
{
 public:
  void resize(std::size_t files) { files_.resize(files); }
  std::shared_ptr<ArchiveFile const> get(std::size_t number, std::filesystem::path const& path);

 private:
  static constexpr std::size_t most_open = 128;
  std::mutex mutex_;
  std::vector<std::shared_ptr<ArchiveFile const>> files_;
  std::vector<std::size_t> order_;  ///< numbers of the open ones, oldest first
};

}  // namespace tarifa
