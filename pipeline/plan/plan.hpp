#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/earlier_run.hpp"
#include "pipeline/plan/estimate.hpp"
#include "pipeline/run/option_value.hpp"

namespace tarifa
{

/// What a run is planned for: section [plan] of every job.
struct PlanSettings
{
  int ranks = 0;  ///< 0 = as many as the plan is made on
  int nodes = 1;
  int node_cores = 0;                     ///< 0 = not known
  Bytes node_memory;                      ///< 0 = not known
  std::chrono::milliseconds most_time{};  ///< of one try; 0 = no limit
  std::string runs;  ///< folder with facts of earlier runs; empty = none but those beside
};

/// A run as it is planned.
struct Layout
{
  int ranks = 1;
  int nodes = 1;
  int threads = 1;                ///< of each rank
  std::int64_t memory_bytes = 0;  ///< --run.memory

  int ranks_per_node() const noexcept { return (ranks + nodes - 1) / nodes; }  ///< of the fullest
};

/// Work of one rank.
struct RankWork
{
  std::int64_t units = 0, rows = 0, bytes = 0;
};

/// What each of so many ranks gets. [ranks] Time grows with units and ranks, not with their product.
std::vector<RankWork> deal(std::vector<WorkUnit> const& units, Dealing dealing, int ranks);

/// What a run will take.
struct Forecast
{
  double wall_seconds = 0;
  std::int64_t rank_bytes = 0;  ///< memory of the rank that needs most
  std::int64_t result_bytes = 0;
  std::int64_t scratch_bytes = 0;
};

/// By the rates of the job: time is shared evenly by all cores, memory is that of a rank, its threads and its
/// rows. An earlier run corrects each figure by what it took over what the rates say of it; when one of the
/// two does not say its rows, they count as equal.
Forecast forecast(Estimate const& estimate, Layout const& layout, std::optional<EarlierRun> const& earlier);

struct Plan
{
  std::string job;
  Estimate estimate;
  Layout layout;
  PlanSettings settings;
  std::optional<EarlierRun> earlier;
  Forecast takes;
  std::vector<RankWork> work;              ///< [ranks]
  std::optional<std::int64_t> free_bytes;  ///< on the disk of what it makes

  std::int64_t node_bytes() const;  ///< memory of the fullest node
  double imbalance() const;         ///< bytes of the busiest rank over the mean; 1 is even
};

Plan make_plan(std::string job, Estimate estimate, Layout const& layout, PlanSettings const& settings);

/// For people, several lines.
std::string plan_text(Plan const& plan);
/// What does not fit, each with what to change; empty when all does.
std::vector<std::string> misfits(Plan const& plan);
/// What is not wrong but slow, or not known.
std::vector<std::string> remarks(Plan const& plan);

}  // namespace tarifa
