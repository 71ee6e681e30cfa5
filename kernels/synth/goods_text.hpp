#pragma once

#include <cstdint>
#include <string>

namespace tarifa::kernels
{

/// Description of goods of a chapter (1 .. 97) of the Harmonized System as a declarant might put it in
/// French: a noun of the section, a quality, a packing. UTF-8, characters of Latin-1 only, the first one an
/// ASCII letter. One in four holds a semicolon, one in twelve a double quote (inches). Invented.
std::string goods_text(int chapter, std::uint64_t bits);

}  // namespace tarifa::kernels
