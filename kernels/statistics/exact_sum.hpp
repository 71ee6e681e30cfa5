#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>

namespace tarifa::kernels
{

/// Sum of doubles without rounding, so that it does not depend on the order of the terms, nor on how many
/// threads or ranks share them: a fixed-point number of 320 bits (after Kulisch; Neal, arXiv:1505.05571).
///
/// Each term is cut off below 2^-128 (3e-39); terms up to 2^126 (8e37) fit, and 2^63 of them. A larger term
/// or one that is not finite makes the sum NaN.
class ExactSum
{
 public:
  /// Digits to base 2^32, lowest first, each below 2^32 in size except the last: can be added element by
  /// element, over up to 2^31 sums, and given to from_digits().
  static constexpr std::size_t digits = 11;

  void add(double term) noexcept
  {
    std::uint64_t const bits = std::bit_cast<std::uint64_t>(term);
    int const exponent = static_cast<int>((bits >> 52) & 0x7ff);
    if (exponent == 0)
    {
      return;
    }
    // The mantissa's lowest bit is worth 2^(exponent - 1075); position 0 is worth 2^-128.
    int const position = exponent - 1075 + 128;
    if (position > 128 + 126 - 53)
    {
      ++void_terms_;
      return;
    }
    std::uint64_t mantissa = (bits & ((std::uint64_t{1} << 52) - 1)) | (std::uint64_t{1} << 52);
    if (position < 0)
    {
      mantissa = position > -53 ? mantissa >> -position : 0;
      add_at(mantissa, 0, 0, bits >> 63 != 0);
      return;
    }
    add_at(mantissa, static_cast<std::size_t>(position) / 64, position % 64, bits >> 63 != 0);
  }

  void add(ExactSum const& other) noexcept
  {
    unsigned carry = 0;
    for (std::size_t limb = 0; limb < limbs; ++limb)
    {
      carry = add_limb(limb, other.limb_[limb], carry);
    }
    void_terms_ += other.void_terms_;
  }

  /// The sum, rounded once, half to even.
  double value() const noexcept;

  std::array<std::int64_t, digits> to_digits() const noexcept;
  static ExactSum from_digits(std::span<std::int64_t const, digits> digit) noexcept;

  friend bool operator==(ExactSum const&, ExactSum const&) = default;

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::size_t limbs = 5;

  unsigned add_limb(std::size_t limb, std::uint64_t word, unsigned carry) noexcept
  {
    auto const sum = static_cast<Wide>(limb_[limb]) + word + carry;
    limb_[limb] = static_cast<std::uint64_t>(sum);
    return static_cast<unsigned>(sum >> 64);
  }

  void add_at(std::uint64_t mantissa, std::size_t limb, int shift, bool negative) noexcept
  {
    auto const wide = static_cast<Wide>(mantissa) << shift;
    auto const low = static_cast<std::uint64_t>(wide), high = static_cast<std::uint64_t>(wide >> 64);
    std::uint64_t const sign = negative ? ~std::uint64_t{0} : 0;
    // Two's complement of the term: all bits turned, and one more at the place where it begins.
    unsigned carry = negative ? 1 : 0;
    carry = add_limb(limb, low ^ sign, carry);
    carry = add_limb(limb + 1, high ^ sign, carry);
    for (std::size_t next = limb + 2; next < limbs; ++next)
    {
      carry = add_limb(next, sign, carry);
    }
  }

  std::array<std::uint64_t, limbs> limb_ = {};
  std::int64_t void_terms_ = 0;
};

}  // namespace tarifa::kernels
