#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline/plan/estimate.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/log.hpp"
#include "pipeline/run/options.hpp"
#include "pipeline/run/stop.hpp"

namespace tarifa
{

/// Options every job has.
struct RunSettings
{
  std::string output = "result.h5";
  std::int64_t seed = 1;
  int threads = 0;                       ///< of each rank; 0 only until the run starts, then at least 1
  Bytes memory = gibibytes(1);           ///< a rank's budget for rows grouped and keys compared
  std::string log;                       ///< file of JSON lines; empty = none
  std::chrono::milliseconds max_time{};  ///< 0 = no limit
  std::string checkpoint;                ///< folder; empty = beside what the job makes
  std::chrono::milliseconds checkpoint_every = std::chrono::minutes(1);
  bool check = false;     ///< look at the inputs only
  bool redo = false;      ///< overwrite a finished result
  bool requeued = false;  ///< Slurm ran this job before: what it left then is its own, --redo or not
};

/// What a job is handed to work with.
struct Run
{
  Comm const& comm;
  Log& log;
  Options const& options;
  Stop const& stop;
  RunSettings settings;
  std::string_view job;   ///< its name
  std::string published;  ///< set by the job when a result has its final name: its run facts go beside it
  std::int64_t rows = 0;  ///< set by the job: of data it went through, on all ranks; what its time depends on
  std::int64_t made_bytes = 0;  ///< set by a job that makes more than one file: their size
  std::string kind{};      ///< set by a job with rows of several kinds: those of runs of one kind cost alike
  bool continued = false;  ///< set by the checkpoint: an earlier run did a part of the work

  /// Where a run that makes `target` leaves what it has done when it is stopped.
  std::string checkpoint_of(std::string const& target) const
  {
    return settings.checkpoint.empty() ? target + ".checkpoint" : settings.checkpoint;
  }
};

/// What a job says about itself besides its options. A flag it does not allow is a usage error.
struct About
{
  std::string_view purpose;  ///< a few lines for --help: what goes in, what comes out
  std::string_view example;  ///< a command line that works
  bool can_check = false;    ///< honours RunSettings::check
  bool can_redo = true;      ///< honours RunSettings::redo
  bool uses_output = true;   ///< has --run.output
  bool uses_memory = true;   ///< keeps to --run.memory
  bool uses_seed = true;     ///< has --run.seed
};

/// One sub-command of the binary.
class Job
{
 public:
  virtual ~Job() = default;
  virtual About about() const { return {}; }
  virtual void declare(Options& options) = 0;
  virtual void run(Run& run) = 0;
  /// [all] For `tarifa plan`: what run() would have to do, found in moments, nothing written. Options that
  /// are wrong and inputs that are not there are errors as in run().
  virtual Estimate estimate(Run const& /*run*/) { return {}; }
};

struct JobEntry
{
  std::string_view group;  ///< the line of the help it stands on
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Job> (*make)();
};

/// [all] The root writes to standard output. A reader that has gone away (`tarifa help | head`) is no fault,
/// a full disk is Error(storage).
void show(Comm const& comm, std::string const& text);

/// Parses the command line, runs one job, maps errors to exit codes. The body of `main`.
int run_tarifa(int argc, char** argv, JobEntry const* first, JobEntry const* last);

}  // namespace tarifa
