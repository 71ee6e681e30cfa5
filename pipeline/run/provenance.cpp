#include "pipeline/run/provenance.hpp"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <span>

#include <sys/resource.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/append_file.hpp"
#include "pipeline/run/version.hpp"

namespace tarifa
{
namespace
{

/// Highest resident memory of this process so far [bytes]; ru_maxrss is inherited from whoever started it.
std::int64_t peak_memory()
{
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
  {
    if (word == "VmHWM:")
    {
      std::int64_t kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024;
    }
  }
  return 0;
}

std::string utc(std::chrono::system_clock::time_point time)
{
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string counted(std::size_t count, std::string_view what)
{
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void write_whole(std::filesystem::path const& path, std::string const& text)
{
  AppendFile file(path.string() + ".partial", AppendMode::write, 0666);
  try
  {
    file.append(std::as_bytes(std::span(text)));
    file.flush();
    std::error_code problem;
    std::filesystem::rename(file.path(), path, problem);
    require(!problem, Fault::storage, fmt::format("{}: {}", path.string(), problem.message()));
  }
  catch (...)
  {
    file.remove();
    throw;
  }
}

}  // namespace

std::int64_t RunClock::cpu_time()
{
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto const micros = [](timeval const& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

std::vector<Note> provenance(Run const& run, std::span<InputFact const> inputs)
{
  BuildFacts const build = build_facts();
  std::string list;
  for (InputFact const& input : inputs)
  {
    list += fmt::format("{}  {} bytes  {}\n", input.digest, input.bytes, input.name);
  }
  return {{"version", build.version},
          {"git_hash", build.git_hash},
          {"compiler", build.compiler + ", " + build.build_type},
          {"mpi", mpi_version()},
          {"hdf5", hdf5_version()},
          {"job", std::string(run.job)},
          {"seed", std::to_string(run.settings.seed)},
          {"config", run.options.text_for_result()},
          {"inputs", list}};
}

RunFacts collect_run_facts(Run const& run, std::string command, RunClock const& clock)
{
  RunFacts facts;
  facts.job = run.job;
  facts.command = std::move(command);
  facts.started_utc = utc(clock.started);
  facts.ranks = run.comm.size();
  facts.threads = run.settings.threads;
  facts.memory = run.settings.memory;
  facts.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - clock.wall).count();
  facts.hosts = run.comm.gather_all(host_name());
  std::sort(facts.hosts.begin(), facts.hosts.end());
  facts.hosts.erase(std::unique(facts.hosts.begin(), facts.hosts.end()), facts.hosts.end());
  std::int64_t const peak = peak_memory();
  facts.peak_bytes = run.comm.gather_all(std::span(&peak, 1));
  std::int64_t const mine = RunClock::cpu_time() - clock.cpu_microseconds;
  auto const busiest = static_cast<double>(run.comm.max(mine));
  auto const all = static_cast<double>(run.comm.sum(mine));
  facts.cpu_seconds = all / 1e6;
  facts.imbalance = all > 0 ? busiest * facts.ranks / all : 1;
  return facts;
}

std::string layout(RunFacts const& facts)
{
  return fmt::format("{} on {}, {} each", counted(static_cast<std::size_t>(facts.ranks), "rank"),
                     counted(facts.hosts.size(), "host"),
                     counted(static_cast<std::size_t>(facts.threads), "thread"));
}

std::string summary(RunFacts const& facts)
{
  std::int64_t const peak = *std::max_element(facts.peak_bytes.begin(), facts.peak_bytes.end());
  double const possible = facts.wall_seconds * facts.ranks * facts.threads;
  return fmt::format("wall {:.1f} s, CPU {:.0f} %, peak {:.2f} GiB per rank (asked {}), imbalance {:.2f}",
                     facts.wall_seconds, possible > 0 ? 100 * facts.cpu_seconds / possible : 0.0,
                     static_cast<double>(peak) / static_cast<double>(gibibytes(1).count),
                     show_value(facts.memory), facts.imbalance);
}

void write_run_facts(std::filesystem::path const& result, RunFacts const& facts)
{
  BuildFacts const build = build_facts();
  nlohmann::ordered_json const json = {{"job", facts.job},
                                       {"command", facts.command},
                                       {"version", build.version},
                                       {"git_hash", build.git_hash},
                                       {"started_utc", facts.started_utc},
                                       {"wall_seconds", facts.wall_seconds},
                                       {"cpu_seconds", facts.cpu_seconds},
                                       {"ranks", facts.ranks},
                                       {"threads_per_rank", facts.threads},
                                       {"hosts", facts.hosts},
                                       {"peak_resident_bytes_per_rank", facts.peak_bytes},
                                       {"memory_asked_bytes", facts.memory.count},
                                       {"imbalance", facts.imbalance}};
  try
  {
    // A command line may hold bytes that are no UTF-8; they are replaced, not fatal.
    write_whole(result.string() + ".run.json",
                json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  }
  catch (Error const& error)
  {
    throw error.within(result.string() + " is whole, but the facts of its run are not beside it");
  }
}

}  // namespace tarifa
