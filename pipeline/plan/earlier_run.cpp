#include "pipeline/plan/earlier_run.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <tuple>

#include <nlohmann/json.hpp>

namespace tarifa
{
namespace
{

/// Anybody may have written the file: what does not look like facts of a run is none.
std::optional<EarlierRun> read_facts(std::filesystem::path const& path, PlannedRun const& planned)
{
  std::ifstream file(path);
  nlohmann::json const json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object())
  {
    return std::nullopt;
  }
  try
  {
    auto const peaks = json.at("peak_resident_bytes_per_rank").get<std::vector<std::int64_t>>();
    EarlierRun run{path,
                   json.at("started_utc").get<std::string>(),
                   json.at("rows").get<std::int64_t>(),
                   json.at("ranks").get<int>(),
                   json.at("threads_per_rank").get<int>(),
                   json.at("wall_seconds").get<double>(),
                   peaks.empty() ? 0 : *std::max_element(peaks.begin(), peaks.end()),
                   json.at("memory_asked_bytes").get<std::int64_t>(),
                   json.at("result_bytes").get<std::int64_t>()};
    bool const is_whole = json.at("job").get<std::string>() == planned.job
                          && json.value("kind", std::string()) == planned.kind
                          && !json.value("continued", false);
    bool const makes_sense = run.rows >= 0 && run.ranks > 0 && run.threads > 0 && run.peak_bytes > 0
                             && run.wall_seconds > 0 && std::isfinite(run.wall_seconds)
                             && run.memory_bytes > 0 && run.result_bytes >= 0;
    return is_whole && makes_sense ? std::optional(std::move(run)) : std::nullopt;
  }
  catch (nlohmann::json::exception const&)
  {
    return std::nullopt;
  }
}

/// How many times the one is the other, as a logarithm; of what says nothing, more than of any other.
double distance(std::int64_t there, std::int64_t here)
{
  constexpr double unknown = 1e3;
  return there > 0 && here > 0 ? std::abs(std::log(static_cast<double>(there) / static_cast<double>(here)))
                               : unknown;
}

}  // namespace

std::optional<EarlierRun> find_earlier_run(std::vector<std::filesystem::path> const& folders,
                                           PlannedRun const& planned)
{
  std::optional<EarlierRun> best;
  for (std::filesystem::path const& folder : folders)
  {
    std::error_code cannot_look;
    for (std::filesystem::directory_iterator at(folder, cannot_look), end; !cannot_look && at != end;
         at.increment(cannot_look))
    {
      if (!at->path().string().ends_with(".run.json"))
      {
        continue;
      }
      std::optional<EarlierRun> run = read_facts(at->path(), planned);
      auto const worse = [&planned](EarlierRun const& a, EarlierRun const& b)
      {
        double const of_a = distance(a.rows, planned.rows);
        double const of_b = distance(b.rows, planned.rows);
        return std::tie(of_b, a.started_utc, a.facts) < std::tie(of_a, b.started_utc, b.facts);
      };
      if (run && (!best || worse(*best, *run)))
      {
        best = std::move(run);
      }
    }
  }
  return best;
}

}  // namespace tarifa
