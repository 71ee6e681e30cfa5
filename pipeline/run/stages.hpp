#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/run/comm.hpp"
#include "pipeline/run/process_usage.hpp"

namespace tarifa
{

/// What one rank did in one stage of a run.
struct StageWork
{
  std::int64_t rows = 0, bytes = 0;  ///< as the job counts them: of data, not of input and output
  std::int64_t wall_microseconds = 0;
  std::int64_t cpu_microseconds = 0;      ///< all threads, with waiting: a rank that waits in MPI is busy
  std::int64_t waiting_microseconds = 0;  ///< of the CPU time: in collective calls of Comm
  std::int64_t read_bytes = 0, written_bytes = 0;  ///< asked of the system
  std::int64_t peak_bytes = 0;                     ///< highest resident memory of the rank's life so far
};

struct Stage
{
  std::string name;
  std::vector<StageWork> ranks;

  StageWork total() const;   ///< sums; wall and peak are those of the greatest
  double imbalance() const;  ///< greatest CPU time without waiting over the mean; 1 = even
};

/// Times and counts the stages of a run, each rank for itself, and brings them together when a stage ends.
class StageClock
{
 public:
  explicit StageClock(Comm const& comm) : comm_(comm) {}

  void begin(std::string name);  ///< ends nothing: end() first
  bool is_open() const noexcept { return !name_.empty(); }
  Stage end();                                                 ///< [all]
  void count(std::int64_t rows, std::int64_t bytes) noexcept;  ///< from any thread
  std::string const& name() const noexcept { return name_; }

 private:
  Comm const& comm_;
  std::string name_;
  std::atomic<std::int64_t> rows_{0}, bytes_{0};
  std::chrono::steady_clock::time_point start_;
  ProcessUsage before_;
  std::int64_t waited_before_ = 0;
};

/// Greatest over mean; 1 when nothing was done.
double imbalance_of(std::vector<std::int64_t> const& work);

}  // namespace tarifa
