#include "pipeline/run/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace tarifa
{
namespace
{

// Names are short; a hostile "name" of a megabyte must not cost its square.
constexpr std::size_t longest_compared = 64;

/// What is compared of a name.
std::string core(std::string_view name)
{
  auto const first = std::min(name.find_first_not_of(" \t"), name.size());
  auto const last = name.find_last_not_of(" \t");
  std::string lower(name.substr(first, last == name.npos ? 0 : last - first + 1).substr(0, longest_compared));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

bool is_part_of(std::string_view part, std::string_view whole)
{
  return part.size() >= 3 && whole.find(part) != whole.npos;
}

/// Letters to insert, delete, replace or swap with their neighbour to turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i)
  {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j)
    {
      row[j] = std::min({row[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
      {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> const& candidates,
                                       int most)
{
  struct Scored
  {
    std::size_t distance;
    bool within;  ///< one is part of the other
    std::string const* name;
  };
  std::string const wanted = core(word);
  std::vector<Scored> near;
  for (std::string const& candidate : candidates)
  {
    std::string const other = core(candidate);
    std::size_t const longer = std::max(wanted.size(), other.size());
    std::size_t const distance = edit_distance(wanted, other);
    bool const within = is_part_of(wanted, other) || is_part_of(other, wanted);
    bool const shares_letters = distance < longer;
    if (shares_letters && (within || distance <= std::max<std::size_t>(1, longer / 3)))
    {
      near.push_back({distance, within, &candidate});
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [](auto const& a, auto const& b) { return a.distance < b.distance; });
  std::vector<std::string> names;
  for (auto const& [distance, within, name] : near)
  {
    if (static_cast<int>(names.size()) < most && (within || distance <= near.front().distance + 1))
    {
      names.push_back(*name);
    }
  }
  return names;
}

std::string suggestion(std::string_view word, std::vector<std::string> const& candidates)
{
  std::string sentence;
  for (std::string const& name : nearest_names(word, candidates))
  {
    sentence += (sentence.empty() ? " Did you mean '" : " or '") + name + "'";
  }
  return sentence.empty() ? sentence : sentence + "?";
}

}  // namespace tarifa
