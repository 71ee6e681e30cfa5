#pragma once

#include <chrono>
#include <string_view>

#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// Why a run is to end before its work is done. A greater reason is told before a smaller one.
enum class StopReason : int
{
  none = 0,
  wall_time,  ///< --run.max-time is over
  user_1,     ///< SIGUSR1: what Slurm's --signal sends before the wall time
  terminate,  ///< SIGTERM: scancel, preemption; SIGINT: a person at the keyboard
};

/// Asks whether somebody wants the run to end. Signals come to some ranks only, and clocks differ: ranks act
/// on asked() only after they have agreed.
class Stop
{
 public:
  /// From now on SIGTERM, SIGINT and SIGUSR1 no longer end the process but ask it to stop; a second SIGINT
  /// ends it.
  static void listen();

  explicit Stop(std::chrono::milliseconds max_time) : max_time_(max_time) {}

  /// Of this rank alone; cheap, on any thread.
  StopReason asked_here() const noexcept;
  /// [all] Of any rank.
  StopReason asked(Comm const& comm) const;

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  std::chrono::milliseconds max_time_;
};

std::string_view name_of(StopReason reason);

}  // namespace tarifa
