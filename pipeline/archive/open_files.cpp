#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>

#include <fcntl.h>

#include "pipeline/archive/table_content.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{

OpenFiles::File::File(std::filesystem::path const& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
{
  require(descriptor_ >= 0, Fault::storage, std::string("cannot be opened: ") + std::strerror(errno));
}

OpenFiles::File::~File()
{
  ::close(descriptor_);
}

void OpenFiles::File::read_at(std::int64_t offset, std::span<std::byte> to) const
{
  while (!to.empty())
  {
    ssize_t const got = ::pread(descriptor_, to.data(), to.size(), offset);
    if (got < 0 && errno == EINTR)
    {
      continue;
    }
    require(got >= 0, Fault::storage, std::string("cannot be read: ") + std::strerror(errno));
    require(got > 0, Fault::storage, "the file ends before the chunk does");
    to = to.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
}

void OpenFiles::File::expect_soon(std::int64_t offset, std::int64_t bytes) const noexcept
{
  ::posix_fadvise(descriptor_, offset, bytes, POSIX_FADV_WILLNEED);
}

std::shared_ptr<OpenFiles::File const> OpenFiles::get(std::size_t number, std::filesystem::path const& path)
{
  std::scoped_lock const lock(mutex_);
  if (!files_[number])
  {
    auto opened = std::make_shared<File const>(path);
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
