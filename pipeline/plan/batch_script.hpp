#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/plan/plan.hpp"

namespace tarifa
{

/// Folder of job.sbatch and the site file: TARIFA_HOME, else `slurm` or `share/tarifa/slurm` in a folder
/// above this program. Error(usage) when there is none.
std::filesystem::path batch_folder();

/// `text`, which is that of job.sbatch, for one job: with what the plan asks of Slurm and with the words of
/// the job, so that `sbatch FILE` submits it from any folder. Error(storage) when the text is not as
/// expected.
std::string batch_script(std::string const& text, std::filesystem::path const& folder, Plan const& plan,
                         std::vector<std::string> const& words);

}  // namespace tarifa
