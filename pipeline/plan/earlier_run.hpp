#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// What is taken from the facts of a run that was measured, RESULT.run.json.
struct EarlierRun
{
  std::filesystem::path facts;
  std::string started_utc;
  std::int64_t rows = 0;  ///< 0 = it does not say
  int ranks = 1;
  int threads = 1;  ///< of each rank
  double wall_seconds = 0;
  std::int64_t peak_bytes = 0;    ///< of the rank that needed most
  std::int64_t memory_bytes = 0;  ///< --run.memory
  std::int64_t result_bytes = 0;  ///< 0 = it does not say
};

/// What is planned.
struct PlannedRun
{
  std::string_view job, kind;  ///< as in Run
  std::int64_t rows = 0;
};

/// Among the facts of runs of the same job and kind in these folders the one whose rows are nearest as a
/// ratio, the latest of several. Files that are no facts of a run are passed over, and so are runs that went
/// on with what another had begun: they were not measured whole. Nothing when there is none.
std::optional<EarlierRun> find_earlier_run(std::vector<std::filesystem::path> const& folders,
                                           PlannedRun const& planned);

}  // namespace tarifa
