#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "kernels/synth/products.hpp"

namespace tarifa::kernels
{

/// Some of the products, walked through in their order without a look at each that is not there.
class ProductSet
{
 public:
  bool contains(std::uint32_t product) const noexcept
  {
    return (words_[product / 64] >> (product % 64) & 1) != 0;
  }
  void insert(std::uint32_t product) noexcept { words_[product / 64] |= std::uint64_t{1} << (product % 64); }

  template <class Visit>
  void for_each(Visit const& visit) const
  {
    for (std::uint32_t word = 0; word < words_.size(); ++word)
    {
      for (std::uint64_t left = words_[word]; left != 0; left &= left - 1)
      {
        visit(word * 64 + static_cast<std::uint32_t>(std::countr_zero(left)));
      }
    }
  }

 private:
  std::array<std::uint64_t, (product_count + 63) / 64> words_{};
};

}  // namespace tarifa::kernels
