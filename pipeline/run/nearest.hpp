#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// Up to `most` candidates nearest to `word`, best first, ties in the order given; empty when none is near.
/// Near is an edit distance (insert, delete, replace, swap neighbours; ASCII case and blanks around ignored)
/// up to a third of the longer word, or one within the other. Beside a good match a much poorer one is left
/// out.
std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> const& candidates,
                                       int most = 3);

/// The same as a sentence: " Did you mean 'scale' or 'scales'?", or "" when none is near.
std::string suggestion(std::string_view word, std::vector<std::string> const& candidates);

}  // namespace tarifa
