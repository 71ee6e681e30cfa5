#pragma once

#include <string>
#include <vector>

#include "pipeline/plan/plan.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa
{

/// Section [plan].
void declare_plan(Options& options, PlanSettings& settings);

/// [all] Plans a job instead of running it: the plan for people to the log, the batch script to standard
/// output. `words` are those behind `tarifa` in the script. Error(usage) when the plan does not fit.
void plan_run(Run const& run, Job& job, PlanSettings const& settings, std::vector<std::string> const& words);

}  // namespace tarifa
