#include "pipeline/run/log.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/progress_text.hpp"

namespace tarifa
{
namespace
{

/// Of distinct warnings a rank keeps; texts with a number inside would have no end.
constexpr std::size_t most_warnings = 200;

// Only standard error is asked: Open MPI hands ranks a pseudo-terminal as standard output even
// when the user sends it to a file, so isatty(1) is true in batch jobs.
bool is_terminal()
{
  char const* const kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && std::getenv("SLURM_JOB_ID") == nullptr && kind != nullptr
         && std::string_view(kind) != "dumb";
}

int terminal_width()
{
  constexpr int usual = 80;
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

/// "ingest: reading: 19.4 M rows, 3.11 GB in 11.8 s, 264 MB/s"
std::string stage_text(std::string const& job, Stage const& stage)
{
  StageWork const all = stage.total();
  double const seconds = static_cast<double>(all.wall_microseconds) / 1e6;
  std::string text = fmt::format("{}: {}: ", job, stage.name);
  if (all.rows > 0)
  {
    text += count_text(all.rows) + (all.rows == 1 ? " row" : " rows") + (all.bytes > 0 ? ", " : " in ");
  }
  if (all.bytes > 0)
  {
    text += volume_text(all.bytes) + " in ";
  }
  text += duration_text(seconds);
  constexpr double least_seconds = 1;
  if (all.bytes > 0 && seconds >= least_seconds)
  {
    text += fmt::format(", {}/s",
                        volume_text(static_cast<std::int64_t>(static_cast<double>(all.bytes) / seconds)));
  }
  constexpr double uneven = 1.2;
  if (seconds >= least_seconds && stage.imbalance() >= uneven)
  {
    text += fmt::format("; uneven, the busiest rank worked {:.1f} times the mean", stage.imbalance());
  }
  return text;
}

nlohmann::ordered_json stage_event(Stage const& stage, std::size_t rank)
{
  auto const seconds = [](std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; };
  StageWork const& work = stage.ranks[rank];
  return {{"event", "stage"},
          {"stage", stage.name},
          {"rank", rank},
          {"rows", work.rows},
          {"bytes", work.bytes},
          {"seconds", seconds(work.wall_microseconds)},
          {"cpu_seconds", seconds(work.cpu_microseconds)},
          {"waiting_cpu_seconds", seconds(work.waiting_microseconds)},
          {"read_bytes", work.read_bytes},
          {"written_bytes", work.written_bytes},
          {"peak_resident_bytes", work.peak_bytes}};
}

}  // namespace

Log::Log(Comm const& comm, LogSettings settings)
    : comm_(comm)
    , settings_(std::move(settings))
    , clock_(comm)
    , speaks_(comm.is_root() && settings_.style != ProgressStyle::none)
    , bar_(settings_.style == ProgressStyle::bar
           || (settings_.style == ProgressStyle::automatic && is_terminal()))
{
  if (!settings_.events.empty())
  {
    events_ = comm_.all_or_none("--run.log",
                                [&] { return comm_.is_root() ? EventFile(settings_.events) : EventFile(); });
  }
}

Log::~Log()
{
  clear_bar();
}

double Log::seconds() const
{
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Log::info(std::string_view text)
{
  line("", text);
}

void Log::warn(std::string_view text)
{
  if (!comm_.is_root())
  {
    count_warning(text);
    return;
  }
  line("warning: ", text);
  event({{"event", "warning"}, {"text", text}});
  if (told_.size() < most_warnings)
  {
    told_.emplace(text);
  }
}

void Log::count_warning(std::string_view what, std::int64_t times)
{
  auto const known = counted_.find(std::string(what));
  if (known != counted_.end())
  {
    known->second += times;
    return;
  }
  counted_[counted_.size() < most_warnings ? std::string(what) : "further warnings"] += times;
}

void Log::tell_counted_warnings()
{
  std::map<std::string, std::int64_t> ranks = counted_;
  for (auto& [what, count] : ranks)
  {
    count = 1;
  }
  auto const on_ranks = comm_.sum(ranks);
  for (auto const& [what, times] : comm_.sum(counted_))
  {
    // What every rank warned of alike, the root has told when it happened.
    if (comm_.is_root() && !told_.contains(what))
    {
      std::string const where =
          comm_.size() == 1 ? "" : fmt::format(", on {} of {} ranks", on_ranks.at(what), comm_.size());
      warn(fmt::format("{} ({} {}{})", what, times, times == 1 ? "time" : "times", where));
    }
  }
  counted_.clear();
}

void Log::stage(std::string_view name)
{
  end_stage();
  stage_start_ = last_progress_ = Clock::now();
  clock_.begin(std::string(name));
}

void Log::end_stage()
{
  if (!clock_.is_open())
  {
    return;
  }
  Stage const& stage = stages_.emplace_back(clock_.end());
  line("", stage_text(settings_.job, stage));
  for (std::size_t rank = 0; rank < stage.ranks.size() && comm_.is_root(); ++rank)
  {
    event(stage_event(stage, rank));
  }
}

void Log::progress(std::int64_t done, std::int64_t total, std::string_view unit, Whose whose)
{
  constexpr std::chrono::milliseconds between_drawings{100};
  constexpr std::chrono::seconds between_lines{30};
  auto const now = Clock::now();
  bool const draws = bar_ && speaks_;
  if (!comm_.is_root()
      || now - last_progress_ < (draws ? between_drawings : std::chrono::milliseconds(between_lines)))
  {
    return;
  }
  last_progress_ = now;
  bool const is_part = comm_.size() > 1 && whose == Whose::this_rank;
  std::string const what = settings_.job + ": " + clock_.name() + (is_part ? " on rank 0" : "");
  Progress const progress{what, done, total, unit, std::chrono::duration<double>(now - stage_start_).count()};
  if (draws)
  {
    std::fprintf(stderr, "\r\033[K%s", progress_bar(progress, terminal_width() - 1).c_str());
    bar_is_drawn_ = true;
    return;
  }
  line("", progress_line(progress));
  event({{"event", "progress"},
         {"stage", clock_.name()},
         {"of", is_part ? "rank 0" : "all ranks"},
         {"done", done},
         {"total", total},
         {"unit", unit}});
}

void Log::event(nlohmann::ordered_json const& event)
{
  std::string const problem = events_.write(event);
  if (!problem.empty())
  {
    line("warning: ",
         fmt::format("{}: {}; the run goes on without this log", settings_.events.string(), problem));
  }
}

void Log::line(char const* label, std::string_view text)
{
  if (speaks_)
  {
    clear_bar();
    std::string const first = fmt::format("[{:7.1f} s] ", seconds());
    std::string const indent(first.size(), ' ');
    std::string whole = first + label;
    std::string_view const without_end = text.substr(0, text.find_last_not_of('\n') + 1);
    for (std::size_t at = 0; at < without_end.size(); ++at)
    {
      whole += without_end[at];
      whole += without_end[at] == '\n' && without_end[at + 1] != '\n' ? indent : "";
    }
    std::fprintf(stderr, "%s\n", whole.c_str());
  }
}

void Log::clear_bar()
{
  if (std::exchange(bar_is_drawn_, false))
  {
    std::fprintf(stderr, "\r\033[K");
  }
}

}  // namespace tarifa
