#pragma once

#include <vector>

#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{

/// Worlds with a name. The first is the world that the defaults of SynthSettings make.
std::vector<Preset> synth_presets();

}  // namespace tarifa::jobs
