#include "pipeline/run/job.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

namespace tarifa
{
namespace
{

struct Command
{
  std::string job, config_path;
  bool print_config = false;
  std::vector<std::string> overrides;
};

Command read_command(int argc, char** argv)
{
  Command command;
  command.job = argc > 1 ? argv[1] : "help";
  for (int i = 2; i < argc; ++i)
  {
    std::string const word = argv[i];
    if (word == "--config" && i + 1 < argc)
    {
      command.config_path = argv[++i];
    }
    else if (word == "--print-config")
    {
      command.print_config = true;
    }
    else
    {
      command.overrides.push_back(word);
    }
  }
  return command;
}

/// Read once and broadcast: every rank sees the same text, and a thousand ranks do not open one file.
std::string read_config(Comm const& comm, std::string const& path)
{
  std::string const text = comm.all_or_none("config " + path,
                                            [&]
                                            {
                                              std::ostringstream content;
                                              if (comm.is_root() && !path.empty())
                                              {
                                                std::ifstream file(path);
                                                require(file.good(), Fault::usage, "cannot be read");
                                                content << file.rdbuf();
                                              }
                                              return content.str();
                                            });
  return comm.broadcast(text, 0);
}

void execute(Comm const& comm, Command const& command, JobEntry const& entry)
{
  RunSettings settings;
  Options options;
  options.section("run");
  options.add("output", settings.output, "result file, HDF5");
  options.add("seed", settings.seed, {0, INT64_MAX}, "seed of every random stream");
  options.add("threads", settings.threads, {1, 1024}, "OpenMP threads of each rank");
  auto const job = entry.make();
  job->declare(options);

  std::string const ini = read_config(comm, command.config_path);
  comm.all_or_none("options", [&] { options.load(ini, command.overrides); });
  if (command.print_config)
  {
    if (comm.is_root())
    {
      options.print(std::cout);
    }
    return;
  }
  Log log(comm.is_root(), ProgressStyle::automatic);
  Run run{comm, log, options, settings};
  job->run(run);
}

}  // namespace

int run_tarifa(int argc, char** argv, JobEntry const* first, JobEntry const* last)
{
  MpiSession const session(argc, argv);
  Comm const comm(MPI_COMM_WORLD);
  Command const command = read_command(argc, argv);
  try
  {
    auto const* entry = std::find_if(first, last, [&](JobEntry const& e) { return e.name == command.job; });
    if (entry == last)
    {
      if (comm.is_root())
      {
        std::cerr << "usage: tarifa JOB [--config FILE.ini] [--print-config] [--section.option VALUE ...]\n";
        std::for_each(first, last,
                      [](JobEntry const& e) { std::cerr << "  " << e.name << "  " << e.summary << "\n"; });
      }
      return command.job == "help" ? 0 : static_cast<int>(Fault::usage);
    }
    execute(comm, command, *entry);
    return 0;
  }
  catch (...)
  {
    Error const error = current_error(command.job);
    if (!comm.failing_together())
    {
      comm.abort(error);
    }
    if (comm.is_root())
    {
      std::cerr << "tarifa: " << error.what() << "\n";
    }
    return static_cast<int>(error.fault());
  }
}

}  // namespace tarifa
