#include <algorithm>
#include <numeric>

#include "pipeline/source/ini.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{
namespace
{

// Names are short; a hostile "name" of a megabyte must not cost its square.
constexpr std::size_t longest_compared = 64;

/// Edits (insert, delete, replace, swap of neighbours) between two words, no part of a word edited twice.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i)
  {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j)
    {
      std::size_t const replace = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({replace, row[j] + 1, next[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
      {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row.back();
}

bool is_part_of(std::string_view part, std::string_view whole)
{
  return part.size() >= 3 && whole.find(part) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> const& candidates,
                                       int most)
{
  struct Scored
  {
    std::size_t distance;
    std::string name;
  };
  std::string const wanted = folded(trimmed(word)).substr(0, longest_compared);
  std::vector<Scored> near;
  for (std::string const& candidate : candidates)
  {
    std::string const other = folded(trimmed(candidate)).substr(0, longest_compared);
    std::size_t const distance = edit_distance(wanted, other);
    std::size_t const allowed = std::max<std::size_t>(1, std::max(wanted.size(), other.size()) / 3);
    bool const shares_letters = distance < std::max(wanted.size(), other.size());
    if (shares_letters && (distance <= allowed || is_part_of(wanted, other) || is_part_of(other, wanted)))
    {
      near.push_back({distance, candidate});
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [](auto const& a, auto const& b) { return a.distance < b.distance; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < near.size() && names.size() < static_cast<std::size_t>(std::max(most, 0)); ++i)
  {
    names.push_back(near[i].name);
  }
  return names;
}

std::string did_you_mean(std::string_view word, std::vector<std::string> const& candidates)
{
  std::string text;
  for (std::string const& name : nearest_names(word, candidates))
  {
    text += (text.empty() ? "; nearest: '" : ", '") + name + "'";
  }
  return text;
}

}  // namespace tarifa
