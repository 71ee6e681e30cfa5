#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "pipeline/run/job.hpp"

namespace tarifa
{

/// The words behind `tarifa`, sorted into what this layer knows and what the options of the job must explain.
struct Command
{
  std::string job;                     ///< a job, "help" or "version"
  std::string config_path;             ///< of --config; empty = none
  std::vector<std::string> arguments;  ///< options and words of the job
  std::string text;                    ///< all of it, as it was given
  bool help = false;
  bool print_config = false;
  bool check = false;
  bool dry_run = false;  ///< plan only
  bool redo = false;
};

/// Throws Error(usage) when --config has no file.
Command read_command(int argc, char** argv);

/// The words behind `tarifa` of the run that is planned: without --dry-run and the options of the plan.
std::vector<std::string> words_of_run(Command const& command);

/// Throws Error(usage) with the nearest names.
JobEntry const& find_job(std::string const& name, std::span<JobEntry const> table);

/// The grouped list of jobs, and how to go on from there.
void print_map(std::ostream& out, std::span<JobEntry const> table);
/// What one job does, from its own declarations.
void print_job_help(std::ostream& out, JobEntry const& entry, About const& about, Options const& options);

}  // namespace tarifa
