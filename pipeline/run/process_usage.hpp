#pragma once

#include <cstdint>

namespace tarifa
{

/// What this process has used since it was started. Figures the system does not tell are 0.
struct ProcessUsage
{
  std::int64_t cpu_microseconds = 0;               ///< user and system time of all threads
  std::int64_t peak_bytes = 0;                     ///< highest resident memory
  std::int64_t read_bytes = 0, written_bytes = 0;  ///< asked of the system: from memory or a device alike
  std::int64_t device_read_bytes = 0, device_written_bytes = 0;  ///< fetched from or sent to storage
};

ProcessUsage process_usage();

/// What was used since `before`; the peak stays that of the whole life.
ProcessUsage used_since(ProcessUsage const& before);

/// CPU time of the calling thread [microseconds].
std::int64_t thread_cpu_microseconds();

}  // namespace tarifa
