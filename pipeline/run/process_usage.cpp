#include "pipeline/run/process_usage.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/resource.h>

namespace tarifa
{
namespace
{

/// The numbers behind names in a file of lines "name number ..."; 0 for a name that is not there.
template <std::size_t Names>
std::array<std::int64_t, Names> numbers_in(char const* path, std::array<std::string_view, Names> const& names)
{
  std::array<std::int64_t, Names> numbers{};
  std::ifstream file(path);
  for (std::string word; file >> word;)
  {
    auto const found = std::find(names.begin(), names.end(), word);
    if (found != names.end())
    {
      file >> numbers[static_cast<std::size_t>(found - names.begin())];
    }
  }
  return numbers;
}

}  // namespace

ProcessUsage process_usage()
{
  ProcessUsage usage;
  rusage times{};
  getrusage(RUSAGE_SELF, &times);
  auto const micros = [](timeval const& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  usage.cpu_microseconds = micros(times.ru_utime) + micros(times.ru_stime);
  // ru_maxrss is inherited from whoever started the process.
  usage.peak_bytes = numbers_in<1>("/proc/self/status", {"VmHWM:"})[0] * 1024;
  auto const io = numbers_in<4>("/proc/self/io", {"rchar:", "wchar:", "read_bytes:", "write_bytes:"});
  usage.read_bytes = io[0];
  usage.written_bytes = io[1];
  usage.device_read_bytes = io[2];
  usage.device_written_bytes = io[3];
  return usage;
}

ProcessUsage used_since(ProcessUsage const& before)
{
  ProcessUsage usage = process_usage();
  usage.cpu_microseconds -= before.cpu_microseconds;
  usage.read_bytes -= before.read_bytes;
  usage.written_bytes -= before.written_bytes;
  usage.device_read_bytes -= before.device_read_bytes;
  usage.device_written_bytes -= before.device_written_bytes;
  return usage;
}

std::int64_t thread_cpu_microseconds()
{
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

}  // namespace tarifa
