#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "pipeline/run/job.hpp"
#include "pipeline/run/placement.hpp"
#include "pipeline/run/process_usage.hpp"
#include "pipeline/run/stages.hpp"

namespace tarifa
{

/// Started with the run; what MPI's start-up took is not the run's.
struct RunClock
{
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  ProcessUsage before = process_usage();
  std::int64_t waited_before = 0;  ///< Comm::waited_microseconds()
};

/// How one run went: different every time, so it never goes into a result.
struct RunFacts
{
  std::string job, command, started_utc;  ///< started_utc: ISO 8601, seconds
  Placement placement;
  double wall_seconds = 0;
  std::int64_t rows = 0;            ///< the job went through, on all ranks; 0 = it does not say
  std::int64_t result_bytes = 0;    ///< on disk, of what it made; 0 = it does not say
  std::string kind;                 ///< as in Run::kind
  bool continued = false;           ///< with what an earlier run had begun: the rest was not measured
  std::vector<ProcessUsage> usage;  ///< [ranks]
  std::vector<std::int64_t> waiting_microseconds;  ///< [ranks] of the CPU time: in collective calls
  std::vector<Stage> stages;
  Bytes memory;  ///< --run.memory, the budget of each rank

  int ranks() const noexcept { return static_cast<int>(usage.size()); }
  double cpu_seconds() const;       ///< of all ranks
  double cpu_share() const;         ///< of what ranks x threads could have used; 1 = all
  std::int64_t peak_bytes() const;  ///< of the rank that needed most
  std::int64_t read_bytes() const;  ///< of all ranks, asked of the system
  std::int64_t written_bytes() const;
  double imbalance() const;             ///< busiest rank's CPU time without waiting over the mean
  std::int64_t memory_of_host() const;  ///< [bytes] of the host whose ranks needed most together
};

/// [all]
RunFacts collect_run_facts(Run const& run, Placement const& placement, std::string command,
                           RunClock const& clock);

/// "wall 318 s, CPU 93 %, peak 3.1 GiB per rank (budget 8 GiB), read 41 GB, wrote 2.1 GB, imbalance 1.04"
std::string summary(RunFacts const& facts);
/// Stages, and least, median and greatest of the ranks, as lines of a table.
std::string facts_table(RunFacts const& facts);
/// What Slurm should be asked for a run that takes so much, with room to spare.
struct SlurmRequest
{
  std::int64_t bytes = 0;  ///< memory of a node
  double seconds = 0;      ///< wall time
};
SlurmRequest slurm_request(std::int64_t bytes, double seconds);
/// "--mem=4G --time=00:10:00": what sbatch should be asked for the same again, with room to spare.
std::string suggestion(RunFacts const& facts);

nlohmann::ordered_json facts_json(RunFacts const& facts);

/// RESULT.run.json beside a result. Throws Error(storage). Root only.
void write_run_facts(std::filesystem::path const& result, RunFacts const& facts);

}  // namespace tarifa
