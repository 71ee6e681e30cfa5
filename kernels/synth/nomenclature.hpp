#pragma once

#include <string>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// nomenclature.csv: every code of 2, 4, 6, 8 and 10 digits that is valid at some time, with its parent,
/// supplementary unit (from 6 digits on) and validity; valid_to is empty while a code is in force. With
/// header.
std::string nomenclature_text(World const& world);

/// nomenclature-changes.csv: what the revision did to codes of 6 digits. A code that was split or merged has
/// a line for each code it is connected with. With header.
std::string nomenclature_changes_text(World const& world);

}  // namespace tarifa::kernels
