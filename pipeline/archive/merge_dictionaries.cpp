#include <algorithm>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "pipeline/archive/table_content.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using Texts = std::vector<std::string>;

/// Texts of a tree of dictionaries: halves first, so that no text is moved more often than
/// log2(dictionaries).
Texts united(std::vector<Texts> const& dictionaries, std::size_t first, std::size_t last)
{
  if (last - first == 1)
  {
    return dictionaries[first];
  }
  std::size_t const middle = first + (last - first) / 2;
  Texts left = united(dictionaries, first, middle);
  Texts right = united(dictionaries, middle, last);
  if (left == right)
  {
    return left;
  }
  Texts all;
  all.reserve(left.size() + right.size());
  std::set_union(std::make_move_iterator(left.begin()), std::make_move_iterator(left.end()),
                 std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()),
                 std::back_inserter(all));
  return all;
}

}  // namespace

std::vector<std::string> merge_dictionaries(std::vector<Texts>&& dictionaries,
                                            std::vector<TableContent::Remap>& remaps)
{
  remaps.assign(dictionaries.size(), {});
  if (dictionaries.empty())
  {
    return {};
  }
  Texts all = united(dictionaries, 0, dictionaries.size());
  require(all.size() <= std::numeric_limits<std::int32_t>::max(), Fault::data,
          fmt::format("{} different codes are more than 2^31 - 1", all.size()));
  for (std::size_t g = 0; g < dictionaries.size(); ++g)
  {
    TableContent::Remap& remap = remaps[g];
    remap.to.reserve(dictionaries[g].size());
    std::size_t at = 0;
    for (std::string const& text : dictionaries[g])
    {
      while (all[at] < text)
      {
        ++at;
      }
      remap.is_identity = remap.is_identity && at == remap.to.size();
      remap.to.push_back(static_cast<std::int32_t>(at));
    }
  }
  return all;
}

}  // namespace tarifa
