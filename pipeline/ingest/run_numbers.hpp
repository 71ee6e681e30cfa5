#pragma once

#include <cstdint>

#include "pipeline/run/error.hpp"

namespace tarifa
{

/// Numbers of the staged runs of one thread: the thread in the upper 8 bits of 32, so that a share
/// has each number once.
class RunNumbers
{
 public:
  static constexpr std::uint32_t most_threads = 256;
  static constexpr std::uint32_t most_runs = std::uint32_t{1} << 24U;  ///< of a thread

  /// `begun` runs are there already. Error(usage) for a thread that has no number.
  explicit RunNumbers(int thread, std::uint32_t begun = 0)
      : thread_(static_cast<std::uint32_t>(thread))
      , begun_(begun)
  {
    require(thread_ < most_threads, Fault::usage,
            "ingest works with at most 256 threads a rank; start more ranks instead");
  }

  /// Error(data) when the thread has used all its numbers, up to 8.6 billion rows.
  std::uint32_t next()
  {
    require(begun_ < most_runs, Fault::data,
            "one thread has staged 16,777,216 runs of rows of one stretch, which is all it can number: read "
            "shorter "
            "stretches (--ingest.stretch), or use more ranks or threads");
    return thread_ << 24U | begun_++;
  }

 private:
  std::uint32_t thread_, begun_;
};

}  // namespace tarifa
