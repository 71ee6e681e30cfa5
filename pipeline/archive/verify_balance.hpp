#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/archive/manifest.hpp"

namespace tarifa
{

/// Holds the balance sheet in the text of a manifest against itself and against the rows, values and records
/// of the sources that the manifest names elsewhere; returns what differs. No balance, no findings.
std::vector<std::string> verify_balance(Manifest const& manifest, std::string_view text);

}  // namespace tarifa
