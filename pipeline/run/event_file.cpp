#include "pipeline/run/event_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <unistd.h>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

std::string utc_now()
{
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)), milliseconds % 1000);
}

}  // namespace

EventFile::EventFile(std::filesystem::path const& path)
    : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666))
{
  require(descriptor_ >= 0, Fault::storage, [&] { return path.string() + ": " + std::strerror(errno); });
}

EventFile::~EventFile()
{
  if (descriptor_ >= 0)
  {
    ::close(descriptor_);
  }
}

EventFile::EventFile(EventFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1))
{
}

EventFile& EventFile::operator=(EventFile&& other) noexcept
{
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

std::string EventFile::write(nlohmann::ordered_json const& event)
{
  if (descriptor_ < 0)
  {
    return "";
  }
  nlohmann::ordered_json line = {{"time", utc_now()}};
  line.update(event);
  // Names of files may hold bytes that are no UTF-8; they are replaced, not fatal.
  std::string const text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  errno = 0;
  if (::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()))
  {
    return "";
  }
  std::string reason = std::strerror(errno != 0 ? errno : ENOSPC);
  ::close(std::exchange(descriptor_, -1));
  return reason;
}

}  // namespace tarifa
