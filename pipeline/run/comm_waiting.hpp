#pragma once

#include <cstdint>

#include "pipeline/run/process_usage.hpp"

namespace tarifa
{

/// Adds the CPU time of its scope, on this thread, to a total.
class Waiting
{
 public:
  explicit Waiting(std::int64_t& total) : total_(total) {}
  ~Waiting() { total_ += thread_cpu_microseconds() - start_; }
  Waiting(Waiting const&) = delete;
  Waiting& operator=(Waiting const&) = delete;

 private:
  std::int64_t& total_;
  std::int64_t start_ = thread_cpu_microseconds();
};

}  // namespace tarifa
