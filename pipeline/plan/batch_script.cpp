#include "pipeline/plan/batch_script.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/error.hpp"
#include "pipeline/run/run_facts.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

constexpr std::string_view directive = "#SBATCH ";

/// A word as a shell reads it back.
std::string quoted(std::string const& word)
{
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:,%@";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos)
  {
    return word;
  }
  std::string text = "'";
  for (char const c : word)
  {
    text += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return text + "'";
}

/// [s] Before the end of a try, when ranks are told to stop: what they have begun may take a good part of the
/// whole, and Slurm looks at the clock once a minute.
int warning_seconds(double wall_seconds, double limit_seconds)
{
  constexpr double least = 60, most = 3600;
  double const wanted = std::clamp(wall_seconds / 4, least, most);
  return static_cast<int>(limit_seconds > 0 ? std::min(wanted, limit_seconds / 2) : wanted);
}

std::string directives(Plan const& plan)
{
  SlurmRequest ask = slurm_request(plan.node_bytes(), plan.takes.wall_seconds);
  std::string memory = slurm_memory(ask.bytes), time = slurm_time(ask.seconds);
  // What is asked with room to spare must not be more than there is.
  if (Bytes const node = plan.settings.node_memory; node.count > 0 && parse_value<Bytes>(memory) > node)
  {
    memory = fmt::format("{}M", node.count / mebibytes(1).count);
  }
  auto const limit = std::chrono::floor<std::chrono::minutes>(plan.settings.most_time);
  auto const limit_seconds = std::chrono::duration<double>(limit).count();
  if (limit_seconds > 0 && slurm_seconds(ask.seconds) > limit_seconds)
  {
    time = std::to_string(limit.count());
  }
  std::string text;
  auto const add = [&](std::string const& option) { text += fmt::format("{}{}\n", directive, option); };
  add("--job-name=tarifa-" + plan.job);
  add(fmt::format("--nodes={}", plan.layout.nodes));
  add(fmt::format("--ntasks={}", plan.layout.ranks));
  add(fmt::format("--ntasks-per-node={}", plan.layout.ranks_per_node()));
  add(fmt::format("--cpus-per-task={}", plan.layout.threads));
  add("--mem=" + memory);
  add("--time=" + time);
  add(fmt::format("--signal=USR1@{}", warning_seconds(plan.takes.wall_seconds, limit_seconds)));
  return text;
}

}  // namespace

fs::path batch_folder()
{
  char const* const named = std::getenv("TARIFA_HOME");
  std::error_code problem;
  std::vector<fs::path> places;
  if (named != nullptr)
  {
    places.emplace_back(named);
  }
  else
  {
    for (fs::path at = fs::read_symlink("/proc/self/exe", problem).parent_path(); at.has_relative_path();
         at = at.parent_path())
    {
      places.push_back(at / "slurm");
      places.push_back(at / "share/tarifa/slurm");
    }
  }
  auto const found =
      std::find_if(places.begin(), places.end(),
                   [&](fs::path const& place) { return fs::is_regular_file(place / "job.sbatch", problem); });
  require(found != places.end(), Fault::usage,
          "no job.sbatch to make a script from: name the folder it is in with the environment variable "
          "TARIFA_HOME");
  return fs::absolute(*found).lexically_normal();
}

std::string batch_script(std::string const& text, fs::path const& folder, Plan const& plan,
                         std::vector<std::string> const& words)
{
  // Where Slurm is asked, and where the script begins to work.
  std::size_t const last = text.rfind("\n" + std::string(directive));
  std::size_t const begin = text.find("\nset -");
  require(last != std::string::npos && begin != std::string::npos && last < begin, Fault::storage,
          "is not the batch script that belongs to this program");
  std::size_t const ask = text.find('\n', last + 1) + 1;
  std::size_t const work = text.find('\n', begin + 1) + 1;
  char const* const site = std::getenv("TARIFA_SITE");
  std::string mine = fmt::format("cd {}\n", quoted(fs::current_path().string()));
  mine += fmt::format("TARIFA_HOME=${{TARIFA_HOME:-{}}}\n", quoted(folder.string()));
  if (site != nullptr)
  {
    mine += fmt::format("TARIFA_SITE=${{TARIFA_SITE:-{}}}\n", quoted(fs::absolute(site).string()));
  }
  mine += "set --";
  for (std::string const& word : words)
  {
    mine += " " + quoted(word);
  }
  return text.substr(0, ask) + "# By 'tarifa plan'; a later option wins over one before it.\n"
         + directives(plan) + text.substr(ask, work - ask) + mine + "\n" + text.substr(work);
}

}  // namespace tarifa
