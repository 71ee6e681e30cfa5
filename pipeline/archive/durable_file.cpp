#include "pipeline/archive/durable_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include <unistd.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <xxhash.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

[[noreturn]] void fail(std::filesystem::path const& path, std::string_view what)
{
  throw Error(Fault::storage, fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
}

class Descriptor
{
 public:
  Descriptor(std::filesystem::path const& path, int flags, unsigned permissions = 0666)
      : path_(path)
      , id_(::open(path.c_str(), flags | O_CLOEXEC, permissions))
  {
    if (id_ < 0)
    {
      fail(path_, "cannot be opened");
    }
  }
  ~Descriptor() { ::close(id_); }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;

  void sync() const
  {
    // Some file systems have no fsync for folders (EINVAL); there is nothing better to do on them.
    if (::fsync(id_) != 0 && errno != EINVAL)
    {
      fail(path_, "cannot be synced to disk");
    }
  }
  void write_all(std::string_view text) const
  {
    while (!text.empty())
    {
      ssize_t const done = ::write(id_, text.data(), text.size());
      if (done < 0 && errno != EINTR)
      {
        fail(path_, "cannot be written");
      }
      text.remove_prefix(done > 0 ? static_cast<std::size_t>(done) : 0);
    }
  }
  std::size_t read_some(void* to, std::size_t room) const
  {
    for (;;)
    {
      ssize_t const done = ::read(id_, to, room);
      if (done >= 0)
      {
        return static_cast<std::size_t>(done);
      }
      if (errno != EINTR)
      {
        fail(path_, "cannot be read");
      }
    }
  }

 private:
  std::filesystem::path path_;
  int id_;
};

std::filesystem::path folder_of(std::filesystem::path const& path)
{
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool is_there(std::filesystem::path const& path)
{
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string hex_of(XXH128_hash_t hash)
{
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

void publish(std::filesystem::path const& partial, std::filesystem::path const& final_path)
{
  Descriptor(partial, O_RDWR).sync();
  move_durable(partial, final_path);
}

void move_durable(std::filesystem::path const& from, std::filesystem::path const& to)
{
  if (::rename(from.c_str(), to.c_str()) != 0)
  {
    fail(to, "cannot be given its name");
  }
  Descriptor(folder_of(to), O_RDONLY | O_DIRECTORY).sync();
}

void remove_durable(std::filesystem::path const& path)
{
  if (::unlink(path.c_str()) == 0)
  {
    Descriptor(folder_of(path), O_RDONLY | O_DIRECTORY).sync();
  }
  else if (errno != ENOENT)
  {
    fail(path, "cannot be removed");
  }
}

void sync_durable(std::filesystem::path const& path)
{
  Descriptor(path, O_RDONLY).sync();
}

void write_durable(std::filesystem::path const& path, std::string_view text, unsigned permissions)
{
  std::filesystem::path const partial = path.string() + ".partial";
  try
  {
    Descriptor(partial, O_WRONLY | O_CREAT | O_TRUNC, permissions).write_all(text);
    publish(partial, path);
  }
  catch (...)
  {
    ::unlink(partial.c_str());
    throw;
  }
}

void make_folders(std::filesystem::path const& folder)
{
  std::vector<std::filesystem::path> made_in;
  for (auto level = folder; !level.empty() && !is_there(level); level = level.parent_path())
  {
    made_in.push_back(folder_of(level));
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  require(!failed, Fault::storage, fmt::format("{}: cannot be made: {}", folder.string(), failed.message()));
  for (auto const& parent : made_in)
  {
    Descriptor(parent, O_RDONLY | O_DIRECTORY).sync();
  }
}

std::string read_text(std::filesystem::path const& path)
{
  Descriptor const file(path, O_RDONLY);
  std::string text;
  std::array<char, 1U << 16U> piece;
  while (std::size_t const got = file.read_some(piece.data(), piece.size()))
  {
    text.append(piece.data(), got);
  }
  return text;
}

FileDigest digest_of(std::filesystem::path const& path)
{
  Descriptor const file(path, O_RDONLY);
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> const state(XXH3_createState(),
                                                                              &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> piece(std::size_t{128} << 10U);  // stays in the second-level cache
  FileDigest digest;
  while (std::size_t const got = file.read_some(piece.data(), piece.size()))
  {
    XXH3_128bits_update(state.get(), piece.data(), got);
    digest.bytes += static_cast<std::int64_t>(got);
  }
  digest.hex = hex_of(XXH3_128bits_digest(state.get()));
  return digest;
}

std::string difference(FileDigest const& found, FileDigest const& in_manifest)
{
  if (found.bytes != in_manifest.bytes)
  {
    return fmt::format("has {} bytes, but the manifest has {}", found.bytes, in_manifest.bytes);
  }
  return found.hex == in_manifest.hex
             ? ""
             : fmt::format("digest is {}, but the manifest has {}", found.hex, in_manifest.hex);
}

UInt128 hash_of_text(std::string_view text)
{
  XXH128_hash_t const hash = XXH3_128bits(text.data(), text.size());
  return static_cast<UInt128>(hash.high64) << 64U | hash.low64;
}

std::string digest_of_text(std::string_view text)
{
  return hex_of(XXH3_128bits(text.data(), text.size()));
}

std::int64_t checksum_of(std::string_view text)
{
  return static_cast<std::int64_t>(XXH3_64bits(text.data(), text.size()));
}

}  // namespace tarifa
