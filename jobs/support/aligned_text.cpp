#include "jobs/support/aligned_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tarifa::jobs
{

std::string aligned(std::vector<std::vector<std::string>> const& lines, std::vector<char> const& sides)
{
  std::vector<int> width(sides.size(), 0);
  for (auto const& line : lines)
  {
    for (std::size_t c = 0; c < line.size(); ++c)
    {
      width[c] = std::max(width[c], static_cast<int>(line[c].size()));
    }
  }
  std::string text;
  for (auto const& line : lines)
  {
    std::string row;
    for (std::size_t c = 0; c < line.size(); ++c)
    {
      row += sides[c] == '<' ? fmt::format("  {:<{}}", line[c], width[c])
                             : fmt::format("  {:>{}}", line[c], width[c]);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

}  // namespace tarifa::jobs
