#pragma once

namespace tarifa
{

/// Sums of money: exact for any number of int64 terms. GCC and clang have it; the standard has not.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

}  // namespace tarifa
