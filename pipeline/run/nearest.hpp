#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// Up to `most` candidates nearest to `word` (edit distance, case folded), best first, ties in the order
/// given; empty when none is near enough to be a slip of the keyboard.
std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> const& candidates,
                                       int most = 3);

/// "Did you mean 'a' or 'b'?" with a blank in front, or nothing when no candidate is near.
std::string did_you_mean(std::string_view word, std::vector<std::string> const& candidates);

}  // namespace tarifa
