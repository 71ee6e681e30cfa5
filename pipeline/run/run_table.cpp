// What people read of a run at its end.
#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/run_facts.hpp"

namespace tarifa
{
namespace
{

constexpr std::int64_t least_told_bytes = 1'000'000;

/// Of a stage: less is what the run reads of itself.
std::string told_volume(std::int64_t bytes)
{
  constexpr std::int64_t least = 100'000;
  return bytes >= least ? volume_text(bytes) : "";
}

/// A line of a table, without blanks at its end.
std::string trimmed(std::string line)
{
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

double seconds(std::int64_t microseconds)
{
  return static_cast<double>(microseconds) / 1e6;
}

std::string of_second(std::int64_t count, double in_seconds)
{
  return in_seconds <= 0 || count == 0
             ? ""
             : count_text(static_cast<std::int64_t>(static_cast<double>(count) / in_seconds));
}

std::string stage_line(RunFacts const& facts, std::string const& name, StageWork const& work, double wall,
                       double imbalance)
{
  double const possible = wall * facts.ranks() * facts.placement.threads;
  return trimmed(fmt::format(
      "{:<24}{:>9.1f}{:>7}{:>12}{:>12}{:>11}{:>11}{:>11}", name, wall,
      possible > 0 ? fmt::format("{:.0f} %", 100 * seconds(work.cpu_microseconds) / possible) : "",
      work.rows > 0 ? count_text(work.rows) : "", of_second(work.rows, wall), told_volume(work.read_bytes),
      told_volume(work.written_bytes), facts.ranks() > 1 ? fmt::format("{:.2f}", imbalance) : ""));
}

std::string stage_table(RunFacts const& facts)
{
  std::string text =
      trimmed(fmt::format("{:<24}{:>9}{:>7}{:>12}{:>12}{:>11}{:>11}{:>11}", "stage", "seconds", "CPU", "rows",
                          "rows/s", "read", "written", facts.ranks() > 1 ? "imbalance" : ""));
  for (Stage const& stage : facts.stages)
  {
    StageWork const all = stage.total();
    text += stage_line(facts, stage.name, all, seconds(all.wall_microseconds), stage.imbalance());
  }
  StageWork whole;
  whole.rows = facts.rows;
  whole.cpu_microseconds = static_cast<std::int64_t>(facts.cpu_seconds() * 1e6);
  whole.read_bytes = facts.read_bytes();
  whole.written_bytes = facts.written_bytes();
  return text + stage_line(facts, "all", whole, facts.wall_seconds, facts.imbalance());
}

std::string rank_line(RunFacts const& facts, std::string_view what,
                      std::function<std::int64_t(std::size_t)> const& of,
                      std::function<std::string(std::int64_t)> const& shown)
{
  std::vector<std::pair<std::int64_t, std::size_t>> values;
  for (std::size_t rank = 0; rank < facts.usage.size(); ++rank)
  {
    values.emplace_back(of(rank), rank);
  }
  std::sort(values.begin(), values.end());
  auto const [most, rank] = values.back();
  return fmt::format("{:<24}{:>12}{:>12}{:>12}   rank {} on {}\n", what, shown(values.front().first),
                     shown(values[values.size() / 2].first), shown(most), rank,
                     facts.placement.hosts[static_cast<std::size_t>(facts.placement.host[rank])].name);
}

std::string rank_table(RunFacts const& facts)
{
  auto const of = [&](std::int64_t ProcessUsage::*member)
  { return [&facts, member](std::size_t rank) { return facts.usage[rank].*member; }; };
  auto const time = [](std::int64_t microseconds) { return duration_text(seconds(microseconds)); };
  return fmt::format("{:<24}{:>12}{:>12}{:>12}   most on\n", "each rank", "least", "median", "most")
         + rank_line(facts, "CPU time", of(&ProcessUsage::cpu_microseconds), time)
         + rank_line(
             facts, "of it waiting", [&](std::size_t rank) { return facts.waiting_microseconds[rank]; }, time)
         + rank_line(facts, "peak memory", of(&ProcessUsage::peak_bytes), memory_text)
         + rank_line(facts, "read", of(&ProcessUsage::read_bytes), volume_text)
         + rank_line(facts, "written", of(&ProcessUsage::written_bytes), volume_text);
}

}  // namespace

std::string summary(RunFacts const& facts)
{
  std::string text =
      fmt::format("wall {}, CPU {:.0f} %, peak {}{} (budget {})", duration_text(facts.wall_seconds),
                  100 * facts.cpu_share(), memory_text(facts.peak_bytes()),
                  facts.ranks() > 1 ? " per rank" : "", memory_text(facts.memory.count));
  if (facts.read_bytes() + facts.written_bytes() >= least_told_bytes)
  {
    text += fmt::format(", read {}, wrote {}", volume_text(facts.read_bytes()),
                        volume_text(facts.written_bytes()));
  }
  return text + (facts.ranks() > 1 ? fmt::format(", imbalance {:.2f}", facts.imbalance()) : "");
}

std::string facts_table(RunFacts const& facts)
{
  return stage_table(facts) + (facts.ranks() > 1 ? "\n" + rank_table(facts) : "");
}

SlurmRequest slurm_request(std::int64_t bytes, double seconds)
{
  // A quarter more memory and half as much time again: a neighbour on the file system costs that.
  constexpr double more_memory = 1.25, more_time = 1.5;
  return {static_cast<std::int64_t>(static_cast<double>(bytes) * more_memory), seconds * more_time};
}

std::string suggestion(RunFacts const& facts)
{
  SlurmRequest const ask = slurm_request(facts.memory_of_host(), facts.wall_seconds);
  return fmt::format("--mem={} --time={}", slurm_memory(ask.bytes), slurm_time(ask.seconds));
}

}  // namespace tarifa
