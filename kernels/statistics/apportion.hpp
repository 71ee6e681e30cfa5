#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarifa::kernels
{

/// `total` in proportion to `weights`, in whole units that add up to `total` exactly: each part is the quota
/// rounded towards zero, and the units left over go one by one to the largest remainders, the first of equal
/// ones first (method of Hamilton, or largest remainder). In integers throughout: the same on any machine.
///
/// The total may be negative, weights may not; with no weight above 0 all parts are 0. The weights must add
/// up to less than 2^63. `parts` has the length of `weights` and may not overlap it.
void apportion(std::int64_t total, std::span<std::int64_t const> weights, std::span<std::int64_t> parts);

/// Shares as integer weights that add up to `units` exactly, for apportion(). Shares are finite and not
/// negative; they are scaled to add up to 1, so any positive sum will do. None above 0: all weights are 0.
std::vector<std::int64_t> whole_weights(std::span<double const> shares, std::int64_t units);

/// `value` x `numerator` / `denominator`, rounded half to even, with 128 bits between; denominator > 0. The
/// result must fit.
std::int64_t scaled(std::int64_t value, std::int64_t numerator, std::int64_t denominator);

}  // namespace tarifa::kernels
