#include "pipeline/resume/claim.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tarifa
{
namespace
{

using Clock = std::chrono::steady_clock;

// A run that was killed a moment ago may still be there. NFSv4 and Lustre miss a lost node after 90 to 100 s.
constexpr std::chrono::seconds patience(2);
constexpr std::chrono::seconds patience_with_own_job(120);
constexpr std::chrono::milliseconds between_looks(100);

std::string slurm_job()
{
  char const* const job = std::getenv("SLURM_JOB_ID");
  return job == nullptr ? "" : fmt::format(" (Slurm job {})", job);
}

std::string who_i_am()
{
  auto const now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("process {} on {}{}, since {:%Y-%m-%dT%H:%M:%SZ}\n", ::getpid(), host_name(),
                     slurm_job(), fmt::gmtime(now));
}

/// Of a run that has just begun nothing may stand there yet.
std::string read_owner(int descriptor)
{
  std::array<char, 512> text;
  ssize_t const got = ::pread(descriptor, text.data(), text.size(), 0);
  std::string owner(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  owner = owner.substr(0, owner.find('\n'));
  return owner.empty() ? "unknown" : owner;
}

int open_file(std::filesystem::path const& path)
{
  int const descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  // One that somebody else left: the lock is all that is needed.
  return descriptor < 0 && errno == EACCES ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : descriptor;
}

/// Not when the run that held the lock has removed the file meanwhile.
bool has_its_name(int descriptor, std::filesystem::path const& path)
{
  struct stat opened = {};
  struct stat named = {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0
         && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/// For people. When the disk is full the lock holds all the same.
void write_owner(int descriptor)
{
  std::string const me = who_i_am();
  bool const written = ::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, me.data(), me.size(), 0) > 0;
  static_cast<void>(written);
}

}  // namespace

Claim::Claim(Run const& run, std::vector<std::filesystem::path> places)
{
  std::filesystem::path const checkpoint = run.settings.checkpoint;
  if (!checkpoint.empty() && std::find(places.begin(), places.end(), checkpoint) == places.end())
  {
    places.push_back(checkpoint);
  }
  try
  {
    run.comm.all_or_none("",
                         [&]
                         {
                           for (auto const& place : places)
                           {
                             if (run.comm.is_root())
                             {
                               take(run, place);
                             }
                           }
                         });
  }
  catch (...)
  {
    release();
    throw;
  }
}

Claim::~Claim()
{
  release();
}

void Claim::take(Run const& run, std::filesystem::path const& place)
{
  std::filesystem::path const path = place.string() + ".claim";
  for (auto const begun = Clock::now();; std::this_thread::sleep_for(between_looks))
  {
    int const descriptor = open_file(path);
    if (descriptor < 0)
    {
      return;
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    {
      if (has_its_name(descriptor, path))
      {
        write_owner(descriptor);
        held_.push_back({path, descriptor});
        return;
      }
      ::close(descriptor);
      continue;
    }
    int const reason = errno;
    std::string const owner = read_owner(descriptor);
    ::close(descriptor);
    if (reason != EWOULDBLOCK)
    {
      ::unlink(path.c_str());
      run.log.warn(
          fmt::format("{}: no lock on this file system ({}): nothing keeps another run from writing {} too",
                      path.string(), std::strerror(reason), place.string()));
      return;
    }
    bool const own_job = !slurm_job().empty() && owner.find(slurm_job()) != std::string::npos;
    bool const asked = run.stop.asked_here() != StopReason::none;
    // A run that is told to stop while it waits has done nothing wrong: it is to be tried again.
    require(!asked && Clock::now() - begun < (own_job ? patience_with_own_job : patience),
            asked || own_job ? Fault::stopped : Fault::usage,
            [&]
            {
              return fmt::format(
                  "{}: another run is writing it: {}. Wait for its end, or give this one "
                  "an output (or a vintage) of its own",
                  place.string(), owner);
            });
  }
}

void Claim::release() noexcept
{
  for (Held const& held : held_)
  {
    if (has_its_name(held.descriptor, held.path))
    {
      ::unlink(held.path.c_str());
    }
    ::close(held.descriptor);
  }
  held_.clear();
}

}  // namespace tarifa
