#include "pipeline/plan/plan_run.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "pipeline/plan/batch_script.hpp"

namespace tarifa
{
namespace
{

std::string text_of_file(std::filesystem::path const& path)
{
  std::ifstream file(path);
  require(file.good(), Fault::storage, std::strerror(errno));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

nlohmann::ordered_json plan_event(Plan const& plan)
{
  return {{"event", "plan"},
          {"job", plan.job},
          {"ranks", plan.layout.ranks},
          {"nodes", plan.layout.nodes},
          {"threads_per_rank", plan.layout.threads},
          {"rows", plan.estimate.rows},
          {"units", plan.estimate.units.size()},
          {"imbalance", plan.imbalance()},
          {"peak_resident_bytes", plan.takes.rank_bytes},
          {"wall_seconds", plan.takes.wall_seconds},
          {"result_bytes", plan.takes.result_bytes},
          {"scratch_bytes", plan.takes.scratch_bytes},
          {"earlier_run", plan.earlier ? plan.earlier->facts.string() : ""}};
}

}  // namespace

void declare_plan(Options& options, PlanSettings& settings)
{
  options.section("plan");
  options.add("ranks", settings.ranks, {0, 1'000'000}, "ranks of the run; 0 = as many as make the plan")
      .not_in_result();
  options.add("nodes", settings.nodes, {1, 100'000}, "nodes they are on").not_in_result();
  options.add("node-cores", settings.node_cores, {0, 10'000}, "cores of a node; 0 = not checked")
      .not_in_result();
  options
      .add("node-memory", settings.node_memory, {{0}, gibibytes(1 << 20)},
           "memory of a node; 0 = not checked")
      .not_in_result();
  options.add("most-time", settings.most_time, "longest wall time to ask for; 0 = no limit").not_in_result();
  options
      .add("runs", settings.runs,
           "folder with *.run.json of earlier runs to go by; beside the output they are looked for anyway")
      .not_in_result();
}

void plan_run(Run const& run, Job& job, PlanSettings const& settings, std::vector<std::string> const& words)
{
  Estimate estimate = job.estimate(run);
  std::string const script = run.comm.all_or_none(
      "plan",
      [&]
      {
        if (!run.comm.is_root())
        {
          return std::string();
        }
        require(settings.runs.empty() || std::filesystem::is_directory(settings.runs), Fault::usage,
                fmt::format("plan.runs: {} is no folder", settings.runs));
        if (estimate.makes.empty() && job.about().uses_output)
        {
          estimate.makes = run.settings.output;
        }
        int const ranks = settings.ranks > 0 ? settings.ranks : run.comm.size();
        require(ranks >= settings.nodes, Fault::usage,
                fmt::format("{} ranks are too few for {} nodes (--plan.ranks, --plan.nodes)", ranks,
                            settings.nodes));
        Plan const plan =
            make_plan(std::string(run.job), std::move(estimate),
                      {ranks, settings.nodes, run.settings.threads, run.settings.memory.count}, settings);
        run.log.info(plan_text(plan));
        run.log.event(plan_event(plan));
        for (std::string const& remark : remarks(plan))
        {
          run.log.warn(remark);
        }
        std::vector<std::string> const problems = misfits(plan);
        require(problems.empty(), Fault::usage,
                [&] { return fmt::format("does not fit: {}", fmt::join(problems, "; ")); });
        std::filesystem::path const folder = batch_folder();
        try
        {
          return batch_script(text_of_file(folder / "job.sbatch"), folder, plan, words);
        }
        catch (Error const& error)
        {
          throw error.within((folder / "job.sbatch").string());
        }
      });
  show(run.comm, script);
}

}  // namespace tarifa
