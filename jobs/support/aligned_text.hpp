#pragma once

#include <string>
#include <vector>

namespace tarifa::jobs
{

/// Lines of cells as text, in columns of equal width; `sides` has '<' for a column that is flush left and '>'
/// for one that is flush right.
std::string aligned(std::vector<std::vector<std::string>> const& lines, std::vector<char> const& sides);

}  // namespace tarifa::jobs
