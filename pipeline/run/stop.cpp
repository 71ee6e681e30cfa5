#include "pipeline/run/stop.hpp"

#include <csignal>

#include <unistd.h>

namespace tarifa
{
namespace
{

// A handler may touch nothing else.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t got_user_1 = 0;
volatile std::sig_atomic_t got_terminate = 0;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

void Stop::listen()
{
  std::signal(SIGUSR1, [](int) { got_user_1 = 1; });
  std::signal(SIGTERM, [](int) { got_terminate = 1; });
  std::signal(SIGINT,
              [](int)
              {
                static constexpr char told[] =
                    "\ntarifa: stops at the next checkpoint; Ctrl-C once more ends it at once\n";
                std::signal(SIGINT, SIG_DFL);
                got_terminate = 1;
                [[maybe_unused]] ssize_t const written = ::write(STDERR_FILENO, told, sizeof told - 1);
              });
}

StopReason Stop::asked_here() const noexcept
{
  if (got_terminate != 0)
  {
    return StopReason::terminate;
  }
  if (got_user_1 != 0)
  {
    return StopReason::user_1;
  }
  bool const over = max_time_.count() > 0 && Clock::now() - start_ >= max_time_;
  return over ? StopReason::wall_time : StopReason::none;
}

StopReason Stop::asked(Comm const& comm) const
{
  return static_cast<StopReason>(comm.max(static_cast<std::int64_t>(asked_here())));
}

std::string_view name_of(StopReason reason)
{
  switch (reason)
  {
    case StopReason::wall_time:
      return "--run.max-time is over";
    case StopReason::user_1:
      return "SIGUSR1";
    case StopReason::terminate:
      return "SIGTERM or Ctrl-C";
    default:
      return "nobody asked";
  }
}

}  // namespace tarifa
