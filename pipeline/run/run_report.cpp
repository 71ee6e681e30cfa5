#include "pipeline/run/run_report.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/version.hpp"

namespace tarifa
{
namespace
{

/// A shorter run is told in one line.
constexpr double least_seconds_for_table = 5;

char const* slurm_job()
{
  return std::getenv("SLURM_JOB_ID");
}

nlohmann::ordered_json start_event(Run const& run, std::string const& command, Placement const& placement)
{
  BuildFacts const build = build_facts();
  nlohmann::ordered_json hosts = nlohmann::ordered_json::array();
  for (Placement::Host const& host : placement.hosts)
  {
    hosts.push_back({{"host", host.name}, {"ranks", host.ranks}, {"cores", host.cores}});
  }
  nlohmann::ordered_json event = {{"event", "start"},
                                  {"job", run.job},
                                  {"command", command},
                                  {"version", build.version},
                                  {"git_hash", build.git_hash},
                                  {"ranks", placement.host.size()},
                                  {"threads_per_rank", placement.threads},
                                  {"hosts", hosts},
                                  {"host_per_rank", placement.host},
                                  {"cores_per_rank", placement.cores}};
  if (slurm_job() != nullptr)
  {
    event["slurm_job"] = slurm_job();
  }
  return event;
}

}  // namespace

RunReport::RunReport(Run& run, std::string command, std::string_view seed)
    : run_(run)
    , command_(std::move(command))
    , placement_(find_placement(run.comm, run.settings.threads))
{
  clock_.waited_before = run_.comm.waited_microseconds();
  run_.log.info(
      fmt::format("tarifa {} {}   {}{}", build_facts().version, run_.job, placement_text(placement_), seed));
  run_.log.event(start_event(run_, command_, placement_));
  if (run_.comm.is_root())
  {
    for (std::string const& warning : placement_warnings(placement_))
    {
      run_.log.warn(warning);
    }
  }
}

void RunReport::warn_of_memory() const
{
  if (std::string const warning = memory_warning(placement_, run_.settings.memory.count);
      run_.comm.is_root() && !warning.empty())
  {
    run_.log.warn(warning);
  }
}

void RunReport::complete()
{
  run_.log.end_stage();
  run_.log.tell_counted_warnings();
  RunFacts const facts = collect_run_facts(run_, placement_, command_, clock_);
  if (!run_.comm.is_root())
  {
    return;
  }
  bool const is_long = facts.wall_seconds >= least_seconds_for_table;
  if (is_long)
  {
    run_.log.info(fmt::format("{}: how it went\n{}", run_.job, facts_table(facts)));
  }
  if (!run_.published.empty())
  {
    try
    {
      write_run_facts(run_.published, facts);
    }
    catch (Error const& error)
    {
      // What was to be made is whole and has its name.
      run_.log.warn(error.what());
    }
  }
  nlohmann::ordered_json event = {{"event", "end"}, {"outcome", "complete"}, {"exit_code", 0}};
  event.update(facts_json(facts));
  run_.log.event(event);
  run_.log.info(fmt::format("{}: done. {}{}", run_.job, summary(facts),
                            is_long || slurm_job() != nullptr ? ". Next time: " + suggestion(facts) : ""));
}

void RunReport::failed(Fault fault)
{
  run_.log.event({{"event", "end"},
                  {"outcome", fault == Fault::stopped ? "stopped" : "failed"},
                  {"exit_code", static_cast<int>(fault)},
                  {"seconds", run_.log.seconds()}});
}

}  // namespace tarifa
