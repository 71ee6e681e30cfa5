#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "pipeline/run/job.hpp"

namespace tarifa
{

/// A file or part a result was made from.
struct InputFact
{
  std::string name;    ///< path as given
  std::string digest;  ///< of its content, with the method in front: "xxh3:9f..."
  std::int64_t bytes = 0;
};

/// One text a result file stores about how it was made.
struct Note
{
  std::string name, text;
};

/// What made a result: version, git_hash, compiler, mpi, hdf5, job, seed, config, inputs, in this order. The
/// same on any ranks, threads and hosts, so that equal results are equal bytes; the rest is RunFacts.
std::vector<Note> provenance(Run const& run, std::span<InputFact const> inputs);

/// How one run went: different every time, so it never goes into a result.
struct RunFacts
{
  std::string job, command, started_utc;  ///< started_utc: ISO 8601, seconds
  int ranks = 1;
  int threads = 1;                 ///< of each rank
  std::vector<std::string> hosts;  ///< sorted, each once
  double wall_seconds = 0;
  double cpu_seconds = 0;                ///< of all ranks
  double imbalance = 1;                  ///< busiest rank's CPU time over the mean
  std::vector<std::int64_t> peak_bytes;  ///< [ranks] resident memory
  Bytes memory;                          ///< what each rank was allowed
};

/// Started with the run; the CPU time of MPI's start-up is not the run's.
struct RunClock
{
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  std::int64_t cpu_microseconds = cpu_time();

  static std::int64_t cpu_time();  ///< user and system time of this process [microseconds]
};

/// [all]
RunFacts collect_run_facts(Run const& run, std::string command, RunClock const& clock);

/// "16 ranks on 4 hosts, 8 threads each"
std::string layout(RunFacts const& facts);
/// "wall 318 s, CPU 93 %, peak 3.1 GiB per rank (asked 8GiB), imbalance 1.04"
std::string summary(RunFacts const& facts);

/// RESULT.run.json beside a result. Throws Error(storage). Root only.
void write_run_facts(std::filesystem::path const& result, RunFacts const& facts);

}  // namespace tarifa
