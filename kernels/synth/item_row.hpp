#pragma once

#include "kernels/synth/declaration_maker.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{

/// The 27 columns of one item as it is declared, without the line feed.
RowText& write_item(DeclarationMaker const& maker, Declaration const& declaration, int i, RowText& row);

}  // namespace tarifa::kernels
