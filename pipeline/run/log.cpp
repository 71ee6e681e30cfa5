#include "pipeline/run/log.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace tarifa
{

// Only standard error is asked: Open MPI hands ranks a pseudo-terminal as standard output even
// when the user sends it to a file, so isatty(1) is true in batch jobs.
Log::Log(bool speaks, ProgressStyle style)
    : speaks_(speaks)
    , bar_(style == ProgressStyle::bar
           || (style == ProgressStyle::automatic && isatty(STDERR_FILENO) == 1
               && std::getenv("SLURM_JOB_ID") == nullptr))
    , lines_(!bar_ && style != ProgressStyle::none)
{
}

double Log::seconds() const
{
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Log::info(std::string_view text) const
{
  line("", text);
}

void Log::warn(std::string_view text) const
{
  line("warning: ", text);
}

void Log::count_warning(std::string_view what, std::int64_t times)
{
  counted_[std::string(what)] += times;
}

void Log::line(char const* label, std::string_view text) const
{
  if (speaks_)
  {
    std::fprintf(stderr, "[%7.1f s] %s%.*s\n", seconds(), label, static_cast<int>(text.size()), text.data());
  }
}

void Log::progress(std::string_view what, std::int64_t done, std::int64_t total)
{
  if (!speaks_)
  {
    return;
  }
  std::string const text = std::string(what) + " " + std::to_string(done) + "/" + std::to_string(total);
  if (bar_)
  {
    std::fprintf(stderr, "\r\033[K%s%s", text.c_str(), done == total ? "\n" : "");
  }
  else if (lines_ && (done == total || Clock::now() - last_progress_ > std::chrono::seconds(30)))
  {
    last_progress_ = Clock::now();
    info(text);
  }
}

}  // namespace tarifa
