#include "pipeline/run/append_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <unistd.h>

#include <fcntl.h>
#include <xxhash.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

constexpr std::size_t buffer_bytes = 1U << 18U;  // stays in the second-level cache

std::string reason()
{
  return std::strerror(errno);
}

}  // namespace

RunningChecksum::RunningChecksum() : state_(XXH3_createState())
{
  require(state_ != nullptr, Fault::internal, "out of memory");
  XXH3_64bits_reset(state_);
}

RunningChecksum::~RunningChecksum()
{
  XXH3_freeState(state_);
}

void RunningChecksum::add(std::span<std::byte const> bytes)
{
  XXH3_64bits_update(state_, bytes.data(), bytes.size());
}

std::uint64_t RunningChecksum::value() const
{
  return XXH3_64bits_digest(state_);
}

AppendFile::AppendFile(std::filesystem::path path, AppendMode mode, unsigned permissions)
    : path_(std::move(path))
    , mode_(mode)
{
  if (mode_ == AppendMode::write)
  {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
    require(descriptor_ >= 0, Fault::storage, path_.string() + ": cannot be created: " + reason());
    pending_.reserve(2 * buffer_bytes);
  }
}

AppendFile::~AppendFile()
{
  close();
}

void AppendFile::close() noexcept
{
  if (descriptor_ >= 0)
  {
    ::close(std::exchange(descriptor_, -1));
  }
}

void AppendFile::remove() noexcept
{
  if (mode_ == AppendMode::write)
  {
    ::unlink(path_.c_str());
    close();
  }
}

std::uint64_t AppendFile::append(std::span<std::byte const> bytes)
{
  std::uint64_t const offset = size();
  if (mode_ == AppendMode::discard)
  {
    written_ += bytes.size();
    return offset;
  }
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  if (pending_.size() >= buffer_bytes)
  {
    flush();
  }
  return offset;
}

void AppendFile::flush()
{
  if (!pending_.empty())
  {
    write_fully(descriptor_, path_, written_, pending_);
    checksum_.add(pending_);
    written_ += pending_.size();
    pending_.clear();
  }
}

void write_fully(int descriptor, std::filesystem::path const& path, std::uint64_t offset,
                 std::span<std::byte const> bytes)
{
  while (!bytes.empty())
  {
    ssize_t const done = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR)
    {
      continue;
    }
    require(done > 0, Fault::storage, path.string() + ": cannot be written: " + reason());
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
}

}  // namespace tarifa
