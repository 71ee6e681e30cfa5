#pragma once

#include <string_view>

#include "jobs/support/synth_settings.hpp"
#include "pipeline/plan/estimate.hpp"

namespace tarifa::jobs
{

/// Adds the rows, blocks and bytes of one output of one year. Bytes a row were measured on worlds of a
/// million rows; tables that do not grow with a setting are left out.
void estimate_synth(SynthSettings const& settings, std::string_view output, int year, Estimate& estimate);

}  // namespace tarifa::jobs
