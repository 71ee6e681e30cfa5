#include "pipeline/run/progress_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/run/amount_text.hpp"

namespace tarifa
{
namespace
{

/// 0 to 1.
double share(Progress const& progress)
{
  return progress.total <= 0
             ? 1
             : std::clamp(static_cast<double>(progress.done) / static_cast<double>(progress.total), 0.0, 1.0);
}

int percent(Progress const& progress)
{
  return static_cast<int>(100 * share(progress));  // cut, so that 100 % means all
}

std::string amounts(Progress const& progress)
{
  return progress.unit == "bytes"
             ? fmt::format("{} of {}", volume_text(progress.done), volume_text(progress.total))
             : fmt::format("{} of {} {}", count_text(progress.done), count_text(progress.total),
                           progress.unit);
}

/// ", 264 MB/s"; empty while nobody can know.
std::string rate(Progress const& progress)
{
  return progress.unit != "bytes" || progress.seconds < 1 || progress.done <= 0
             ? ""
             : fmt::format(", {}/s", volume_text(static_cast<std::int64_t>(static_cast<double>(progress.done)
                                                                           / progress.seconds)));
}

std::string to_go(Progress const& progress)
{
  double const done = share(progress);
  return progress.seconds < 1 || done <= 0 || done >= 1
             ? ""
             : fmt::format(", {} to go", duration_text(progress.seconds * (1 - done) / done));
}

}  // namespace

std::string progress_line(Progress const& progress)
{
  return fmt::format("{} {} ({} %){}{}", progress.what, amounts(progress), percent(progress), rate(progress),
                     to_go(progress));
}

std::string progress_bar(Progress const& progress, int width)
{
  constexpr int widest = 30;
  std::string const before = fmt::format("{} ", progress.what);
  std::string const behind =
      fmt::format(" {:3} %  {}{}{}", percent(progress), amounts(progress), rate(progress), to_go(progress));
  int const room = std::min(widest, width - static_cast<int>(before.size() + behind.size()) - 2);
  std::string bar;
  if (room > 4)
  {
    auto const full = static_cast<std::size_t>(share(progress) * room);
    bar = "[" + std::string(full, '#') + std::string(static_cast<std::size_t>(room) - full, '.') + "]";
  }
  return (before + bar + behind).substr(0, static_cast<std::size_t>(std::max(width, 1)));
}

}  // namespace tarifa
