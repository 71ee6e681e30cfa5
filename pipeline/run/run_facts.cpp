#include "pipeline/run/run_facts.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/append_file.hpp"
#include "pipeline/run/version.hpp"

namespace tarifa
{
namespace
{

std::string utc(std::chrono::system_clock::time_point time)
{
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

double seconds(std::int64_t microseconds)
{
  return static_cast<double>(microseconds) / 1e6;
}

template <class Of>
auto each_rank(RunFacts const& facts, Of&& of)
{
  std::vector<decltype(of(facts.usage.front()))> values;
  std::transform(facts.usage.begin(), facts.usage.end(), std::back_inserter(values), of);
  return values;
}

std::int64_t sum(RunFacts const& facts, std::int64_t ProcessUsage::*of)
{
  return std::accumulate(facts.usage.begin(), facts.usage.end(), std::int64_t{0},
                         [of](std::int64_t all, ProcessUsage const& one) { return all + one.*of; });
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

nlohmann::ordered_json stage_json(Stage const& stage)
{
  StageWork const all = stage.total();
  return {{"stage", stage.name},
          {"seconds", seconds(all.wall_microseconds)},
          {"cpu_seconds", seconds(all.cpu_microseconds)},
          {"rows", all.rows},
          {"bytes", all.bytes},
          {"read_bytes", all.read_bytes},
          {"written_bytes", all.written_bytes},
          {"imbalance", stage.imbalance()}};
}

}  // namespace

double RunFacts::cpu_seconds() const
{
  return seconds(sum(*this, &ProcessUsage::cpu_microseconds));
}

double RunFacts::cpu_share() const
{
  double const possible = wall_seconds * ranks() * placement.threads;
  return possible > 0 ? cpu_seconds() / possible : 0;
}

std::int64_t RunFacts::peak_bytes() const
{
  auto const peaks = each_rank(*this, [](ProcessUsage const& one) { return one.peak_bytes; });
  return *std::max_element(peaks.begin(), peaks.end());
}

std::int64_t RunFacts::read_bytes() const
{
  return sum(*this, &ProcessUsage::read_bytes);
}

std::int64_t RunFacts::written_bytes() const
{
  return sum(*this, &ProcessUsage::written_bytes);
}

double RunFacts::imbalance() const
{
  std::vector<std::int64_t> work;
  for (std::size_t rank = 0; rank < usage.size(); ++rank)
  {
    work.push_back(usage[rank].cpu_microseconds - waiting_microseconds[rank]);
  }
  return imbalance_of(work);
}

std::int64_t RunFacts::memory_of_host() const
{
  std::vector<std::int64_t> of_host(placement.hosts.size());
  for (std::size_t rank = 0; rank < usage.size(); ++rank)
  {
    of_host[static_cast<std::size_t>(placement.host[rank])] += usage[rank].peak_bytes;
  }
  return *std::max_element(of_host.begin(), of_host.end());
}

RunFacts collect_run_facts(Run const& run, Placement const& placement, std::string command,
                           RunClock const& clock)
{
  RunFacts facts;
  facts.job = run.job;
  facts.command = std::move(command);
  facts.started_utc = utc(clock.started);
  facts.placement = placement;
  facts.memory = run.settings.memory;
  facts.rows = run.rows;
  facts.stages = run.log.stages();
  facts.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - clock.wall).count();
  std::error_code is_no_file;
  auto const bytes = std::filesystem::file_size(run.published, is_no_file);
  facts.result_bytes = is_no_file ? run.made_bytes : static_cast<std::int64_t>(bytes);
  facts.kind = run.kind;
  facts.continued = run.continued;
  ProcessUsage const used = used_since(clock.before);
  std::int64_t const mine[] = {used.cpu_microseconds,
                               used.peak_bytes,
                               used.read_bytes,
                               used.written_bytes,
                               used.device_read_bytes,
                               used.device_written_bytes,
                               run.comm.waited_microseconds() - clock.waited_before};
  std::vector<std::int64_t> const all = run.comm.gather_all(mine);
  for (auto at = all.begin(); at != all.end(); at += std::ssize(mine))
  {
    facts.usage.push_back({at[0], at[1], at[2], at[3], at[4], at[5]});
    facts.waiting_microseconds.push_back(at[6]);
  }
  return facts;
}

nlohmann::ordered_json facts_json(RunFacts const& facts)
{
  BuildFacts const build = build_facts();
  std::vector<std::string> hosts;
  for (Placement::Host const& host : facts.placement.hosts)
  {
    hosts.push_back(host.name);
  }
  std::vector<double> waiting;
  std::transform(facts.waiting_microseconds.begin(), facts.waiting_microseconds.end(),
                 std::back_inserter(waiting), seconds);
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  std::transform(facts.stages.begin(), facts.stages.end(), std::back_inserter(stages), stage_json);
  return {
      {"job", facts.job},
      {"command", facts.command},
      {"version", build.version},
      {"git_hash", build.git_hash},
      {"started_utc", facts.started_utc},
      {"wall_seconds", facts.wall_seconds},
      {"cpu_seconds", facts.cpu_seconds()},
      {"cpu_share", facts.cpu_share()},
      {"rows", facts.rows},
      {"result_bytes", facts.result_bytes},
      {"kind", facts.kind},
      {"continued", facts.continued},
      {"ranks", facts.ranks()},
      {"threads_per_rank", facts.placement.threads},
      {"hosts", hosts},
      {"host_per_rank", facts.placement.host},
      {"cores_per_rank", facts.placement.cores},
      {"cpu_seconds_per_rank",
       each_rank(facts, [](ProcessUsage const& one) { return seconds(one.cpu_microseconds); })},
      {"waiting_cpu_seconds_per_rank", waiting},
      {"peak_resident_bytes_per_rank",
       each_rank(facts, [](ProcessUsage const& one) { return one.peak_bytes; })},
      {"read_bytes_per_rank", each_rank(facts, [](ProcessUsage const& one) { return one.read_bytes; })},
      {"written_bytes_per_rank", each_rank(facts, [](ProcessUsage const& one) { return one.written_bytes; })},
      {"device_read_bytes_per_rank",
       each_rank(facts, [](ProcessUsage const& one) { return one.device_read_bytes; })},
      {"device_written_bytes_per_rank",
       each_rank(facts, [](ProcessUsage const& one) { return one.device_written_bytes; })},
      {"memory_asked_bytes", facts.memory.count},
      {"imbalance", facts.imbalance()},
      {"next_time", suggestion(facts)},
      {"stages", stages}};
}

void write_run_facts(std::filesystem::path const& result, RunFacts const& facts)
{
  try
  {
    // A command line may hold bytes that are no UTF-8; they are replaced, not fatal.
    write_whole(
        result.string() + ".run.json",
        facts_json(facts).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  }
  catch (Error const& error)
  {
    throw error.within(result.string() + " is whole, but the facts of its run are not beside it");
  }
}

}  // namespace tarifa
