#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline/run/comm.hpp"
#include "pipeline/run/log.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa
{

/// Options every job has.
struct RunSettings
{
  std::string output = "result.h5";
  std::int64_t seed = 1;
  int threads = 1;
};

/// What a job is handed to work with.
struct Run
{
  Comm const& comm;
  Log& log;
  Options const& options;
  RunSettings settings;
};

/// One sub-command of the binary.
class Job
{
 public:
  virtual ~Job() = default;
  virtual void declare(Options& options) = 0;
  virtual void run(Run& run) = 0;
};

struct JobEntry
{
  std::string_view group;  ///< the line of the help it stands on
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Job> (*make)();
};

/// Parses the command line, runs one job, maps errors to exit codes. The body of `main`.
int run_tarifa(int argc, char** argv, JobEntry const* first, JobEntry const* last);

}  // namespace tarifa
