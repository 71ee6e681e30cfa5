#include "pipeline/plan/plan.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "pipeline/run/share.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

void add(RankWork& work, WorkUnit const& unit)
{
  ++work.units;
  work.rows += unit.rows;
  work.bytes += unit.bytes;
}

double ratio(std::int64_t a, std::int64_t b)
{
  return static_cast<double>(a) / static_cast<double>(b);
}

std::int64_t scaled(std::int64_t bytes, double times)
{
  return static_cast<std::int64_t>(static_cast<double>(bytes) * times);
}

/// What the rates say of a run of the job with so many rows. The parts that do not grow with the rows keep a
/// small earlier run from being blown up.
Forecast modelled(Estimate const& estimate, std::int64_t rows, Layout const& layout)
{
  constexpr double start_seconds = 0.2, nano = 1e-9;
  constexpr std::int64_t head_bytes = 64 << 10;
  Rates const& rates = estimate.rates;
  double const mine = static_cast<double>(rows) / layout.ranks;
  double const memory = static_cast<double>(rates.rank_bytes)
                        + static_cast<double>(rates.thread_bytes) * layout.threads + rates.kept_bytes * mine
                        + std::min(static_cast<double>(layout.memory_bytes), rates.grouped_bytes * mine);
  double const times = estimate.rows > 0 ? ratio(rows, estimate.rows) : 1;
  return {start_seconds + rates.nanoseconds * nano * mine / layout.threads, static_cast<std::int64_t>(memory),
          estimate.result_bytes > 0 ? head_bytes + scaled(estimate.result_bytes, times) : 0,
          scaled(estimate.scratch_bytes, times)};
}

fs::path made_at(Estimate const& estimate)
{
  return fs::absolute(estimate.makes + "/").lexically_normal().parent_path();
}

/// Beside what the job makes, and where jobs whose result is a folder leave them.
std::vector<fs::path> places_of_facts(Estimate const& estimate, PlanSettings const& settings)
{
  std::vector<fs::path> places;
  if (!estimate.makes.empty())
  {
    fs::path const made = made_at(estimate);
    places = {made.parent_path(), made.string() + ".runs"};
  }
  if (!settings.runs.empty())
  {
    places.emplace_back(settings.runs);
  }
  return places;
}

std::optional<std::int64_t> free_space(Estimate const& estimate)
{
  if (estimate.makes.empty())
  {
    return std::nullopt;
  }
  fs::path place = made_at(estimate);
  std::error_code problem;
  while (!fs::is_directory(place, problem) && place.has_relative_path())
  {
    place = place.parent_path();
  }
  fs::space_info const space = fs::space(place, problem);
  return problem ? std::nullopt : std::optional(static_cast<std::int64_t>(space.available));
}

}  // namespace

std::vector<RankWork> deal(std::vector<WorkUnit> const& units, Dealing dealing, int ranks)
{
  std::vector<RankWork> work(static_cast<std::size_t>(ranks));
  std::int64_t const rows =
      std::accumulate(units.begin(), units.end(), std::int64_t{0},
                      [](std::int64_t sum, WorkUnit const& one) { return sum + one.rows; });
  std::size_t rank = 0;
  std::int64_t first_row = 0;
  for (std::size_t u = 0; u < units.size(); ++u)
  {
    if (dealing == Dealing::in_turn)
    {
      rank = u % work.size();
    }
    while (dealing == Dealing::shares && rank + 1 < work.size()
           && first_row >= first_of_share(rows, static_cast<int>(rank) + 1, ranks))
    {
      ++rank;
    }
    add(work[rank], units[u]);
    first_row += units[u].rows;
  }
  return work;
}

Forecast forecast(Estimate const& estimate, Layout const& layout, std::optional<EarlierRun> const& earlier)
{
  Forecast const now = modelled(estimate, estimate.rows, layout);
  if (!earlier)
  {
    return now;
  }
  bool const knows_rows = earlier->rows > 0 && estimate.rows > 0;
  Layout const layout_then{earlier->ranks, 1, earlier->threads, earlier->memory_bytes};
  Forecast const then = modelled(estimate, knows_rows ? earlier->rows : estimate.rows, layout_then);
  double const disk = earlier->result_bytes > 0 && then.result_bytes > 0
                          ? ratio(earlier->result_bytes, then.result_bytes)
                          : 1;
  return {now.wall_seconds * earlier->wall_seconds / then.wall_seconds,
          scaled(now.rank_bytes, ratio(earlier->peak_bytes, then.rank_bytes)), scaled(now.result_bytes, disk),
          scaled(now.scratch_bytes, disk)};
}

std::int64_t Plan::node_bytes() const
{
  return takes.rank_bytes * layout.ranks_per_node();
}

double Plan::imbalance() const
{
  std::int64_t most = 0;
  double sum = 0;
  for (RankWork const& one : work)
  {
    most = std::max(most, one.bytes);
    sum += static_cast<double>(one.bytes);
  }
  return sum > 0 ? static_cast<double>(most) * static_cast<double>(work.size()) / sum : 1;
}

Plan make_plan(std::string job, Estimate estimate, Layout const& layout, PlanSettings const& settings)
{
  Plan plan;
  plan.job = std::move(job);
  plan.layout = layout;
  plan.settings = settings;
  plan.earlier =
      find_earlier_run(places_of_facts(estimate, settings), {plan.job, estimate.kind, estimate.rows});
  plan.takes = forecast(estimate, layout, plan.earlier);
  plan.work = deal(estimate.units, estimate.dealing, layout.ranks);
  plan.free_bytes = free_space(estimate);
  plan.estimate = std::move(estimate);
  return plan;
}

}  // namespace tarifa
