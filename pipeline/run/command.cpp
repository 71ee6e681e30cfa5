#include "pipeline/run/command.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/run/nearest.hpp"
#include "pipeline/run/version.hpp"

namespace tarifa
{
namespace
{

constexpr std::string_view common_options =
    "  --config FILE.ini               options from a file; the command line wins over it\n"
    "  --print-config                  the configuration that would run, and where each value comes from\n";

constexpr std::string_view exit_codes = R"(
exit codes
  0 complete    2 usage    3 data    4 storage    5 internal    6 the balance sheet does not add up
  75 stopped at a checkpoint: the same command line goes on
)";

/// Options that may be given without their section.
std::string in_full(std::string const& word)
{
  for (std::string_view const name : {"output", "seed", "threads", "memory", "log", "max-time"})
  {
    std::string_view const given = std::string_view(word).substr(0, word.find('='));
    if (given == fmt::format("--{}", name))
    {
      return fmt::format("--run.{}{}", name, std::string_view(word).substr(given.size()));
    }
  }
  return word;
}

/// True when the word was one of the flags this layer answers itself.
bool take_flag(Command& command, std::string_view word)
{
  struct Flag
  {
    std::string_view name;
    bool Command::*target;
  };
  for (auto const& [name, target] :
       {Flag{"--help", &Command::help}, Flag{"-h", &Command::help},
        Flag{"--print-config", &Command::print_config}, Flag{"--check", &Command::check},
        Flag{"--dry-run", &Command::dry_run}, Flag{"--redo", &Command::redo}})
  {
    if (word == name)
    {
      command.*target = true;
      return true;
    }
  }
  return false;
}

}  // namespace

Command read_command(int argc, char** argv)
{
  Command command;
  std::vector<std::string> const words(argv + 1, argv + std::max(argc, 1));
  command.text = fmt::format("{}", fmt::join(argv, argv + argc, " "));
  constexpr std::string_view config = "--config";
  for (std::size_t i = 0; i < words.size(); ++i)
  {
    std::string const& word = words[i];
    if (word == "--")
    {
      command.arguments.insert(command.arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(i),
                               words.end());
      break;
    }
    if (word == config)
    {
      require(i + 1 < words.size(), Fault::usage, "--config needs a file: --config FILE.ini");
      command.config_path = words[++i];
    }
    else if (word.starts_with(std::string(config) + "="))
    {
      command.config_path = word.substr(config.size() + 1);
    }
    else if (word == "--version")
    {
      command.job = "version";
    }
    else if (command.job.empty() && !word.starts_with("-"))
    {
      command.job = word;
    }
    else if (command.job == "help" && !word.starts_with("-"))
    {
      command.job = word;
      command.help = true;
    }
    else if (command.job == "plan" && !word.starts_with("-"))
    {
      command.job = word;
      command.dry_run = true;
    }
    else if (!take_flag(command, word))
    {
      command.arguments.push_back(in_full(word));
    }
  }
  if (command.job.empty())
  {
    require(command.arguments.empty(), Fault::usage,
            command.arguments.empty() ? "" : "name a job before '" + command.arguments.front() + "'");
    command.job = "help";
  }
  require(command.job != "plan", Fault::usage,
          "name the job to plan: 'tarifa plan JOB [its options]', as in 'tarifa plan mirror --mirror.archive "
          "archive'");
  return command;
}

std::vector<std::string> words_of_run(Command const& command)
{
  std::vector<std::string> words = {command.job};
  if (!command.config_path.empty())
  {
    words.insert(words.end(), {"--config", command.config_path});
  }
  if (command.check)
  {
    words.emplace_back("--check");
  }
  if (command.redo)
  {
    words.emplace_back("--redo");
  }
  for (auto word = command.arguments.begin(); word != command.arguments.end(); ++word)
  {
    if (*word == "--")
    {
      words.insert(words.end(), word, command.arguments.end());
      break;
    }
    if (!word->starts_with("--plan."))
    {
      words.push_back(*word);
    }
    else if (word->find('=') == std::string::npos && word + 1 != command.arguments.end())
    {
      ++word;
    }
  }
  return words;
}

JobEntry const& find_job(std::string const& name, std::span<JobEntry const> table)
{
  auto const found =
      std::find_if(table.begin(), table.end(), [&](JobEntry const& e) { return e.name == name; });
  if (found != table.end())
  {
    return *found;
  }
  std::vector<std::string> names = {"help", "plan", "version"};
  for (JobEntry const& entry : table)
  {
    names.emplace_back(entry.name);
  }
  throw Error(Fault::usage,
              fmt::format("unknown job '{}'.{} 'tarifa help' lists all jobs", name, suggestion(name, names)));
}

void print_map(std::ostream& out, std::span<JobEntry const> table)
{
  BuildFacts const build = build_facts();
  out << "tarifa " << build.version << " (" << build.git_hash << "): " << build.purpose << "\n";
  std::vector<std::string_view> groups;
  for (JobEntry const& entry : table)
  {
    if (std::find(groups.begin(), groups.end(), entry.group) == groups.end())
    {
      groups.push_back(entry.group);
    }
  }
  for (std::string_view const group : groups)
  {
    out << "\n" << group << "\n";
    for (JobEntry const& entry : table)
    {
      if (entry.group == group)
      {
        out << fmt::format("  {:<14}{}\n", entry.name, entry.summary);
      }
    }
  }
  out << "\n"
         "tarifa JOB --help            what a job does, its inputs, outputs and options with units\n"
         "tarifa JOB --print-config    the configuration that would run, and where each value comes from\n"
         "tarifa plan JOB ...          what it will take, and a batch script for it: > FILE && sbatch FILE\n"
         "tarifa version               version, git hash, compiler, MPI, HDF5, OpenMP\n"
         "mpirun -n 8 tarifa JOB ...   the same job on eight ranks: the same bytes come out\n"
      << exit_codes;
}

void print_job_help(std::ostream& out, JobEntry const& entry, About const& about, Options const& options)
{
  out << "tarifa " << entry.name << ": " << entry.summary << "\n\n"
      << "usage: tarifa " << entry.name << " [--config FILE.ini] [--section.option VALUE ...]"
      << options.words() << "\n";
  if (!about.purpose.empty())
  {
    out << "\n" << about.purpose << "\n";
  }
  options.describe(out << "\n");
  out << common_options;
  if (about.can_check)
  {
    out << "  --check                         look at the inputs only; nothing is written\n";
  }
  out << "  --dry-run                       say what it will take, as 'tarifa plan " << entry.name
      << "' does\n";
  if (about.can_redo)
  {
    out << "  --redo                          overwrite a finished result\n";
  }
  if (!about.example.empty())
  {
    out << "\nexample\n  " << about.example << "\n";
  }
  out << exit_codes;
}

}  // namespace tarifa
