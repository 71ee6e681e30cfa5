#include "pipeline/run/job.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <span>
#include <sstream>

#include <fmt/format.h>
#include <omp.h>

#include "pipeline/plan/plan_run.hpp"
#include "pipeline/run/command.hpp"
#include "pipeline/run/run_report.hpp"
#include "pipeline/run/simd.hpp"
#include "pipeline/run/threads.hpp"
#include "pipeline/run/version.hpp"

namespace tarifa
{
namespace
{

/// Read once and broadcast: every rank sees the same text, and a thousand ranks do not open one file.
std::string read_config(Comm const& comm, std::string const& path)
{
  std::string const text =
      comm.all_or_none("config " + path,
                       [&]
                       {
                         std::ostringstream content;
                         if (comm.is_root() && !path.empty())
                         {
                           require(!std::filesystem::is_directory(path), Fault::usage, "is a folder");
                           std::ifstream file(path);
                           require(file.good(), Fault::usage, std::strerror(errno));
                           content << file.rdbuf();
                           require(!file.bad(), Fault::usage, "cannot be read");
                         }
                         return content.str();
                       });
  return comm.broadcast(text, 0);
}

template <class Write>
void show_written(Comm const& comm, Write&& write)
{
  std::ostringstream text;
  write(text);
  show(comm, text.str());
}

void declare_run(Options& options, RunSettings& settings, About const& about)
{
  options.section("run");
  if (about.uses_output)
  {
    options.add("output", settings.output, "result file, HDF5").not_in_result();
  }
  if (about.uses_seed)
  {
    options.add("seed", settings.seed, {0, INT64_MAX}, "seed of every random stream");
  }
  options
      .add("threads", settings.threads, {0, 1024},
           "OpenMP threads of each rank; 0 = OMP_NUM_THREADS, else the cores given to the rank")
      .not_in_result();
  options
      .add("memory", settings.memory, {mebibytes(16), gibibytes(1 << 20)},
           "budget of each rank for rows that are grouped (mirror) and keys that are compared (ingest); "
           "dictionaries, cells of results and buffers of threads come on top")
      .not_in_result();
  options.add("log", settings.log, "file for what happens, one JSON object a line, appended to; empty = none")
      .not_in_result();
  options.add("max-time", settings.max_time, "stop at a checkpoint after this wall time; 0 = no limit")
      .not_in_result();
  options
      .add("checkpoint", settings.checkpoint,
           "folder for what is done when the run is stopped; empty = beside what it makes")
      .not_in_result();
  options
      .add("checkpoint-every", settings.checkpoint_every,
           "time between two checkpoints, for a run that is killed without a word")
      .not_in_result();
}

void require_flag(bool given, bool allowed, std::string_view flag)
{
  require(!given || allowed, Fault::usage, fmt::format("this job has no {}", flag));
}

void execute(Comm const& comm, Command const& command, JobEntry const& entry)
{
  RunSettings settings;
  settings.check = command.check;
  settings.redo = command.redo;
  settings.requeued = std::getenv("SLURM_RESTART_COUNT") != nullptr;
  Options options;
  auto const job = entry.make();
  About const about = job->about();
  job->declare(options);
  PlanSettings plan;
  declare_plan(options, plan);
  declare_run(options, settings, about);
  if (command.help)
  {
    show_written(comm, [&](std::ostream& out) { print_job_help(out, entry, about, options); });
    return;
  }
  std::string const ini = read_config(comm, command.config_path);
  comm.all_or_none("",
                   [&]
                   {
                     require_flag(command.check, about.can_check, "--check");
                     require_flag(command.redo, about.can_redo, "--redo");
                     simd_level();  // a wrong TARIFA_SIMD ends the job before it begins
                     options.load(ini, command.arguments, command.config_path);
                   });
  if (command.print_config)
  {
    show_written(comm, [&](std::ostream& out) { options.print(out); });
    return;
  }
  settings.threads = settings.threads > 0 ? settings.threads : threads_for_this_rank(comm);
  omp_set_num_threads(settings.threads);
  Log log(comm, {std::string(entry.name), ProgressStyle::automatic, settings.log});
  Stop const stop(settings.max_time);
  Run run{comm, log, options, stop, settings, entry.name, ""};
  if (command.dry_run)
  {
    plan_run(run, *job, plan, words_of_run(command));
    return;
  }
  RunReport report(run, command.text, about.uses_seed ? fmt::format(", seed {}", settings.seed) : "");
  if (about.uses_memory)
  {
    report.warn_of_memory();
  }
  try
  {
    job->run(run);
  }
  catch (...)
  {
    report.failed(current_error("").fault());
    throw;
  }
  report.complete();
}

void answer(Comm const& comm, Command const& command, std::span<JobEntry const> table)
{
  if (command.job == "help")
  {
    show_written(comm, [&](std::ostream& out) { print_map(out, table); });
    return;
  }
  if (command.job == "version")
  {
    show_written(comm, [](std::ostream& out) { out << version_text(); });
    return;
  }
  execute(comm, command, *comm.all_or_none("", [&] { return &find_job(command.job, table); }));
}

}  // namespace

void show(Comm const& comm, std::string const& text)
{
  comm.all_or_none("standard output",
                   [&]
                   {
                     if (comm.is_root())
                     {
                       errno = 0;
                       std::cout << text << std::flush;
                       require(std::cout.good() || errno == EPIPE, Fault::storage, std::strerror(errno));
                     }
                   });
}

int run_tarifa(int argc, char** argv, JobEntry const* first, JobEntry const* last)
{
  // A closed pipe shows as a failed write, which is answered where it happens.
  std::signal(SIGPIPE, SIG_IGN);
  // So does a limit on the size of files.
  std::signal(SIGXFSZ, SIG_IGN);
  // A file that has its name no longer changes, so HDF5 is to ask for no locks, whatever the environment
  // says: some file systems refuse them.
  ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
  // Starting MPI on many nodes takes a while: a signal that comes meanwhile is kept for the first checkpoint.
  Stop::listen();
  MpiSession const session(argc, argv);
  Comm const comm(MPI_COMM_WORLD);
  std::string activity;
  try
  {
    Command const command = comm.all_or_none("", [&] { return read_command(argc, argv); });
    activity = command.job;
    answer(comm, command, {first, last});
    return 0;
  }
  catch (...)
  {
    Error error = current_error("");
    std::string const who = activity.empty() || activity == "help" ? "tarifa" : "tarifa " + activity;
    // A job may put its own name in front; once is enough.
    if (std::string_view const text = error.what(); text.starts_with(activity + ": "))
    {
      error = Error(error.fault(), std::string(text.substr(activity.size() + 2)));
    }
    if (!comm.failing_together())
    {
      comm.abort(error.within(who));
    }
    if (comm.is_root())
    {
      std::cerr << who << ": " << error.what() << "\n";
    }
    return static_cast<int>(error.fault());
  }
}

}  // namespace tarifa
