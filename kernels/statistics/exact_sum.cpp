#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

double ExactSum::value() const noexcept
{
  if (void_terms_ > 0)
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  bool const negative = limb_[limbs - 1] >> 63 != 0;
  std::array<std::uint64_t, limbs> size = limb_;
  unsigned carry = negative ? 1 : 0;
  for (std::uint64_t& word : size)
  {
    word = negative ? ~word : word;
    word += carry;
    carry = carry != 0 && word == 0 ? 1 : 0;
  }
  std::size_t top = limbs;
  while (top > 0 && size[top - 1] == 0)
  {
    --top;
  }
  if (top == 0)
  {
    return 0;
  }
  // The 64 bits from the highest one down; what lies below only matters for ties.
  int const leading = std::countl_zero(size[top - 1]);
  std::uint64_t word = size[top - 1] << leading;
  std::uint64_t below = 0;
  if (top > 1)
  {
    word |= leading > 0 ? size[top - 2] >> (64 - leading) : 0;
    below = size[top - 2] << leading;
    for (std::size_t limb = 0; limb + 2 < top; ++limb)
    {
      below |= size[limb] != 0 ? 1U : 0U;
    }
  }
  std::uint64_t mantissa = word >> 11;
  std::uint64_t const rest = word & 0x7ff, half = 0x400;
  bool const up = rest > half || (rest == half && (below != 0 || (mantissa & 1U) != 0));
  mantissa += up ? 1 : 0;
  int const exponent = static_cast<int>(top) * 64 - leading - 53 - 128;
  // 2^exponent is a normal number here: it lies between 2^-181 and 2^139.
  double const unit = std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
  double const value = static_cast<double>(mantissa) * unit;
  return negative ? -value : value;
}

std::array<std::int64_t, ExactSum::digits> ExactSum::to_digits() const noexcept
{
  std::array<std::int64_t, digits> digit{};
  for (std::size_t limb = 0; limb < limbs; ++limb)
  {
    digit[2 * limb] = static_cast<std::int64_t>(limb_[limb] & 0xffffffff);
    digit[2 * limb + 1] = static_cast<std::int64_t>(limb_[limb] >> 32);
  }
  // The highest digit carries the sign.
  digit[2 * limbs - 1] = static_cast<std::int64_t>(limb_[limbs - 1]) >> 32;
  digit[2 * limbs] = void_terms_;
  return digit;
}

ExactSum ExactSum::from_digits(std::span<std::int64_t const, digits> digit) noexcept
{
  ExactSum sum;
  std::int64_t carry = 0;
  for (std::size_t limb = 0; limb < limbs; ++limb)
  {
    std::int64_t const low = digit[2 * limb] + carry;
    std::int64_t const high = digit[2 * limb + 1] + (low >> 32);
    sum.limb_[limb] =
        (static_cast<std::uint64_t>(low) & 0xffffffff) | (static_cast<std::uint64_t>(high) << 32);
    carry = high >> 32;
  }
  sum.void_terms_ = digit[2 * limbs];
  return sum;
}

}  // namespace tarifa::kernels
