#include "pipeline/archive/archive_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{

ArchiveFile::ArchiveFile(std::filesystem::path const& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))  // a pipe would wait for a writer
{
  require(descriptor_ >= 0, Fault::storage, std::string("cannot be opened: ") + std::strerror(errno));
  struct stat facts
  {
  };
  bytes_ = ::fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : -1;
}

ArchiveFile::~ArchiveFile()
{
  ::close(descriptor_);
}

void ArchiveFile::read_at(std::int64_t offset, std::span<std::byte> to) const
{
  while (!to.empty())
  {
    ssize_t const got = ::pread(descriptor_, to.data(), to.size(), offset);
    if (got < 0 && errno == EINTR)
    {
      continue;
    }
    require(got >= 0, Fault::storage, std::string("cannot be read: ") + std::strerror(errno));
    require(got > 0, Fault::storage, "the file ends before it should");
    to = to.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
}

void ArchiveFile::will_read(std::int64_t offset, std::int64_t bytes) const
{
  static_cast<void>(::posix_fadvise(descriptor_, offset, bytes, POSIX_FADV_WILLNEED));  // advice only
}

std::shared_ptr<ArchiveFile const> OpenFiles::get(std::size_t number, std::filesystem::path const& path)
{
  std::scoped_lock const lock(mutex_);
  if (!files_[number])
  {
    auto opened = std::make_shared<ArchiveFile const>(path);
    if (order_.size() == most_open)
    {
      files_[order_.front()].reset();
      order_.erase(order_.begin());
    }
    order_.push_back(number);
    files_[number] = std::move(opened);
  }
  return files_[number];
}

}  // namespace tarifa
