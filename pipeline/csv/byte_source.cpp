#include "pipeline/csv/byte_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include "pipeline/csv/file_input.hpp"

namespace tarifa
{
namespace
{

enum class Packing : std::uint8_t
{
  none,
  gzip,
  zstd,
};

/// Whether the bytes begin like the format, as far as they go.
bool begins_like(std::string_view bytes, std::string_view magic)
{
  std::size_t const common = std::min(bytes.size(), magic.size());
  return bytes.substr(0, common) == magic.substr(0, common);
}

/// A skippable zstd frame (RFC 8878, 3.1.2), as parallel compressors put in front.
bool begins_like_skippable(std::string_view bytes)
{
  return bytes.size() >= 4 && (bytes[0] & 0xF0) == 0x50 && bytes.substr(1, 3) == "\x2A\x4D\x18";
}

Packing packing_of(FileInput const& input)
{
  std::string ending = input.path().extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte; });
  if (!input.is_regular() || (ending != ".gz" && ending != ".zst"))
  {
    return Packing::none;
  }
  char first[4];
  std::string_view const head(first, input.read_at(0, first, sizeof first));
  if (ending == ".gz")
  {
    return begins_like(head, "\x1F\x8B") ? Packing::gzip : Packing::none;
  }
  bool const packed = begins_like(head, "\x28\xB5\x2F\xFD") || begins_like_skippable(head);
  return packed ? Packing::zstd : Packing::none;
}

class PlainSource final : public ByteSource
{
 public:
  explicit PlainSource(std::unique_ptr<FileInput> input) : input_(std::move(input)) {}

  std::size_t read(char* to, std::size_t room) override
  {
    std::size_t filled = 0;
    while (filled < room)
    {
      std::size_t const got = input_->read(to + filled, room - filled);
      if (got == 0)
      {
        break;
      }
      filled += got;
    }
    return filled;
  }

 private:
  std::unique_ptr<FileInput> input_;
};

}  // namespace

Error file_error(std::filesystem::path const& path, int number)
{
  std::string advice;
  switch (number)
  {
    case ENOENT:
    case ENOTDIR:
      advice = "check the path";
      break;
    case EACCES:
    case EPERM:
      advice = "ask its owner for permission to read it";
      break;
    case EISDIR:
      advice = "name the files in it";
      break;
    case EMFILE:
    case ENFILE:
      advice = "raise the limit of open files, ulimit -n";
      break;
    default:
      advice = "check the file system";
  }
  return {Fault::storage,
          path.string() + ": " + std::generic_category().message(number) + " (" + advice + ")"};
}

FileInput::FileInput(std::filesystem::path path) : path_(std::move(path))
{
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts = {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0 || S_ISDIR(facts.st_mode))
  {
    int const number = descriptor_ >= 0 && S_ISDIR(facts.st_mode) ? EISDIR : errno;
    if (descriptor_ >= 0)
    {
      ::close(descriptor_);
    }
    throw file_error(path_, number);
  }
  regular_ = S_ISREG(facts.st_mode);
  bytes_ = regular_ ? static_cast<std::uint64_t>(facts.st_size) : 0;
  static_cast<void>(::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL));
}

FileInput::~FileInput()
{
  ::close(descriptor_);
}

std::size_t FileInput::read(char* to, std::size_t room)
{
  for (;;)
  {
    ssize_t const got = ::read(descriptor_, to, room);
    if (got >= 0)
    {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR)
    {
      throw file_error(path_, errno);
    }
  }
}

std::size_t FileInput::read_at(std::uint64_t offset, char* to, std::size_t room) const
{
  for (;;)
  {
    ssize_t const got = ::pread(descriptor_, to, room, static_cast<off_t>(offset));
    if (got >= 0)
    {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR)
    {
      throw file_error(path_, errno);
    }
  }
}

std::unique_ptr<ByteSource> ByteSource::open(std::filesystem::path const& path)
{
  auto input = std::make_unique<FileInput>(path);
  switch (packing_of(*input))
  {
    case Packing::gzip:
      return open_gzip(std::move(input));
    case Packing::zstd:
      return open_zstd(std::move(input));
    default:
      return std::make_unique<PlainSource>(std::move(input));
  }
}

bool ByteSource::is_seekable(std::filesystem::path const& path)
{
  std::error_code ignored;
  if (std::filesystem::is_fifo(path, ignored))
  {
    return false;  // opening it would wait for its writer, and closing it end the writer
  }
  FileInput const input(path);
  return input.is_regular() && packing_of(input) == Packing::none;
}

PlainFile::PlainFile(std::filesystem::path const& path) : input_(std::make_unique<FileInput>(path))
{
  require(input_->is_regular(), Fault::storage,
          path.string() + ": not a regular file (copy what it delivers into a file)");
}

PlainFile::~PlainFile() = default;
PlainFile::PlainFile(PlainFile&&) noexcept = default;
PlainFile& PlainFile::operator=(PlainFile&&) noexcept = default;

std::uint64_t PlainFile::bytes() const noexcept
{
  return input_->bytes();
}

std::size_t PlainFile::read_at(std::uint64_t offset, char* to, std::size_t room) const
{
  if (offset >= bytes())
  {
    return 0;
  }
  auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes() - offset));
  for (std::size_t filled = 0; filled < wanted;)
  {
    std::size_t const got = input_->read_at(offset + filled, to + filled, wanted - filled);
    require(got > 0, Fault::storage,
            input_->path().string() + ": shrank from " + std::to_string(bytes()) + " bytes to at most "
                + std::to_string(offset + filled)
                + " while it was read (start again when its writer is done)");
    filled += got;
  }
  return wanted;
}

}  // namespace tarifa
