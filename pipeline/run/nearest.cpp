#include "pipeline/run/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace tarifa
{
namespace
{

std::string folded(std::string_view text)
{
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
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
  std::string const wanted = folded(word);
  std::vector<std::pair<std::size_t, std::string const*>> near;
  for (std::string const& candidate : candidates)
  {
    std::string const other = folded(candidate);
    // A third of the letters wrong is still a slip; more is another word.
    std::size_t const allowed = std::max<std::size_t>(1, std::max(wanted.size(), other.size()) / 3);
    std::size_t const distance = edit_distance(wanted, other);
    if (distance <= allowed)
    {
      near.emplace_back(distance, &candidate);
    }
  }
  std::stable_sort(near.begin(), near.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto const& [distance, name] : near)
  {
    // Beside a good match a poor one only confuses.
    if (static_cast<int>(names.size()) < most && distance <= near.front().first + 1)
    {
      names.push_back(*name);
    }
  }
  return names;
}

std::string did_you_mean(std::string_view word, std::vector<std::string> const& candidates)
{
  std::string sentence;
  for (std::string const& name : nearest_names(word, candidates))
  {
    sentence += (sentence.empty() ? " Did you mean '" : " or '") + name + "'";
  }
  return sentence.empty() ? sentence : sentence + "?";
}

}  // namespace tarifa
