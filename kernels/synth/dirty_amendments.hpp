#pragma once

#include <cstdint>
#include <vector>

#include "kernels/synth/dirty_key.hpp"

namespace tarifa::kernels
{

class DeclarationMaker;

/// What becomes later of a row of declarations-YYYY.csv, in the order in which it is sent; `share` (0 .. 1)
/// of the rows are amended. Places are not set. docs/methods/synthetic-dirty.md.
std::vector<Amendment> amendments_of(DeclarationMaker const& maker, std::int64_t row, double share);

}  // namespace tarifa::kernels
