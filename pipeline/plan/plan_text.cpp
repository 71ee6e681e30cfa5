// What people read of a plan.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "pipeline/plan/plan.hpp"
#include "pipeline/run/amount_text.hpp"

namespace tarifa
{
namespace
{

std::string line(std::string_view what, std::string const& text)
{
  return fmt::format("{:<12}{}\n", what, text);
}

/// "19 to 20 shards", "1 part"
std::string least_to_most(std::int64_t least, std::int64_t most, std::string const& unit)
{
  return least == most ? counted(most, unit.c_str())
                       : fmt::format("{} to {}", least, counted(most, unit.c_str()));
}

std::string work_text(Plan const& plan)
{
  Estimate const& estimate = plan.estimate;
  std::int64_t bytes = 0;
  WorkUnit largest;
  for (WorkUnit const& unit : estimate.units)
  {
    bytes += unit.bytes;
    largest = unit.bytes > largest.bytes ? unit : largest;
  }
  std::string text = line(
      "work", estimate.rows == 0 ? "the job does not say how much there is to do"
                                 : fmt::format("{} rows{}; {}", count_text(estimate.rows),
                                               bytes > 0 ? ", " + volume_text(bytes) : "", estimate.basis));
  if (estimate.units.empty())
  {
    return text;
  }
  auto const by_units = [](RankWork const& a, RankWork const& b) { return a.units < b.units; };
  auto const by_bytes = [](RankWork const& a, RankWork const& b) { return a.bytes < b.bytes; };
  auto const [fewest, most] = std::minmax_element(plan.work.begin(), plan.work.end(), by_units);
  auto const [least, busiest] = std::minmax_element(plan.work.begin(), plan.work.end(), by_bytes);
  text += line("divided",
               fmt::format("{}, the largest {} rows and {}",
                           counted(static_cast<std::int64_t>(estimate.units.size()), estimate.unit.c_str()),
                           count_text(largest.rows), volume_text(largest.bytes)));
  text += line(
      "each rank",
      fmt::format("{}, {} to {}; imbalance {:.2f}", least_to_most(fewest->units, most->units, estimate.unit),
                  volume_text(least->bytes), volume_text(busiest->bytes), plan.imbalance()));
  return text;
}

std::string rates_text(Rates const& rates)
{
  std::string text = fmt::format("built-in rates, no earlier run found: memory {} a rank, {} a thread",
                                 memory_text(rates.rank_bytes), memory_text(rates.thread_bytes));
  text += rates.kept_bytes > 0 ? fmt::format(", {:.0f} bytes a row", rates.kept_bytes) : "";
  text += rates.grouped_bytes > 0
              ? fmt::format(", {:.0f} bytes a row within --run.memory", rates.grouped_bytes)
              : "";
  return text
         + (rates.nanoseconds > 0 ? fmt::format("; {:.0f} ns of a core for a row", rates.nanoseconds) : "");
}

std::string basis_text(Plan const& plan)
{
  if (!plan.earlier)
  {
    return rates_text(plan.estimate.rates);
  }
  EarlierRun const& run = *plan.earlier;
  return fmt::format("{}: {}{} x {} of {}, wall {}, peak {} per rank", run.facts.string(),
                     run.rows > 0 ? count_text(run.rows) + " rows, " : "", counted(run.ranks, "rank"),
                     counted(run.threads, "thread"), run.started_utc, duration_text(run.wall_seconds),
                     memory_text(run.peak_bytes));
}

}  // namespace

std::string plan_text(Plan const& plan)
{
  Layout const& layout = plan.layout;
  Forecast const& takes = plan.takes;
  std::string text = fmt::format("{}: plan for {} on {}, {} each\n", plan.job, counted(layout.ranks, "rank"),
                                 counted(layout.nodes, "node"), counted(layout.threads, "thread"));
  text += work_text(plan);
  text += line("memory", fmt::format("{} per rank, {} on the fullest node (budget {} per rank)",
                                     memory_text(takes.rank_bytes), memory_text(plan.node_bytes()),
                                     memory_text(layout.memory_bytes)));
  text += line("time", duration_text(takes.wall_seconds));
  std::string const disk = takes.result_bytes == 0 ? "nothing of size"
                                                   : fmt::format("{} for {}", volume_text(takes.result_bytes),
                                                                 plan.estimate.makes);
  text +=
      line("disk",
           disk
               + (takes.scratch_bytes > 0
                      ? fmt::format(", and up to {} while it runs", volume_text(takes.scratch_bytes))
                      : "")
               + (plan.free_bytes ? fmt::format("; {} are free there", volume_text(*plan.free_bytes)) : ""));
  text += line("as by", basis_text(plan));
  text.pop_back();
  return text;
}

std::vector<std::string> misfits(Plan const& plan)
{
  std::vector<std::string> found;
  Layout const& layout = plan.layout;
  PlanSettings const& settings = plan.settings;
  int const on_node = layout.ranks_per_node();
  if (settings.node_memory.count > 0 && plan.node_bytes() > settings.node_memory.count)
  {
    std::int64_t const room = settings.node_memory.count / plan.takes.rank_bytes;
    found.push_back(fmt::format(
        "{} x {} are {}, more than the {} of a node (--plan.node-memory): {}", counted(on_node, "rank"),
        memory_text(plan.takes.rank_bytes), memory_text(plan.node_bytes()),
        memory_text(settings.node_memory.count),
        room > 0 ? fmt::format("{} fit, so take {} or fewer ranks", room,
                               counted((layout.ranks + room - 1) / room, "node"))
                 : "not even one fits; take more ranks on more nodes, or a smaller --run.memory"));
  }
  if (settings.node_cores > 0 && on_node * layout.threads > settings.node_cores)
  {
    found.push_back(fmt::format("{} x {} are more than the {} of a node (--plan.node-cores)",
                                counted(on_node, "rank"), counted(layout.threads, "thread"),
                                counted(settings.node_cores, "core")));
  }
  std::int64_t const disk = plan.takes.result_bytes + plan.takes.scratch_bytes;
  if (plan.free_bytes && disk > *plan.free_bytes)
  {
    found.push_back(fmt::format("{} of disk are needed for {}, {} are free", volume_text(disk),
                                plan.estimate.makes, volume_text(*plan.free_bytes)));
  }
  return found;
}

std::vector<std::string> remarks(Plan const& plan)
{
  std::vector<std::string> found;
  auto const idle =
      std::count_if(plan.work.begin(), plan.work.end(), [](RankWork const& one) { return one.units == 0; });
  if (!plan.estimate.units.empty() && idle > 0)
  {
    found.push_back(fmt::format("{} of {} have no {} to work on: take fewer", idle,
                                counted(plan.layout.ranks, "rank"), plan.estimate.unit));
  }
  return found;
}

}  // namespace tarifa
