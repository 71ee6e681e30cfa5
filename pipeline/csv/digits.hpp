#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "pipeline/run/int128.hpp"

namespace tarifa::digits
{

/// Decimal digits, eight at a time in a general register: byte 0 of the word is the first character.

static_assert(std::endian::native == std::endian::little, "the first character must be the lowest byte");

inline constexpr std::uint64_t ones = 0x0101010101010101;
inline constexpr std::uint64_t zeros_text = ones * '0';
inline constexpr std::uint64_t high_bits = ones << 7;

inline constexpr std::array<std::int64_t, 19> power_of_ten = []
{
  std::array<std::int64_t, 19> powers{1};
  for (std::size_t k = 1; k < powers.size(); ++k)
  {
    powers[k] = powers[k - 1] * 10;
  }
  return powers;
}();

inline std::uint64_t load8(char const* text)
{
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// 1 to 8 characters with zero bytes above them; reads nothing outside the text.
inline std::uint64_t load_up_to8(char const* text, std::size_t size)
{
  if (size >= 4)
  {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, text, sizeof first);
    std::memcpy(&last, text + size - 4, sizeof last);
    return first | std::uint64_t{last} << (8 * (size - 4));
  }
  auto const at = [&](std::size_t k)
  { return std::uint64_t{static_cast<unsigned char>(text[k])} << (8 * k); };
  return at(0) | at(size / 2) | at(size - 1);
}

/// `size` (1 to 8) characters at the bottom of `word` as digit values at its top, zeros in front.
inline std::uint64_t aligned_digits(std::uint64_t word, std::size_t size)
{
  std::size_t const shift = 64 - 8 * size;
  return (word ^ zeros_text) << shift;
}

/// Whether every byte is 0 to 9. Adding 0x76 carries 10 and more into the high bit; carries into the next
/// byte come only from bytes that have their own high bit set.
inline bool all_digits(std::uint64_t values)
{
  return (((values + ones * 0x76) | values) & high_bits) == 0;
}

/// Number of eight digit values: pairs, then fours, then all, each step one multiplication.
inline std::uint64_t eight_digits(std::uint64_t values)
{
  values = values * 10 + (values >> 8);
  constexpr std::uint64_t pair = 0x000000FF000000FF;
  constexpr std::uint64_t high_weights = 100 + (std::uint64_t{1'000'000} << 32);
  constexpr std::uint64_t low_weights = 1 + (std::uint64_t{10'000} << 32);
  return ((values & pair) * high_weights + ((values >> 16) & pair) * low_weights) >> 32;
}

/// Plain digits only, 1 to 16 of them; false for anything else.
[[gnu::always_inline]] inline bool plain_digits(char const* text, std::size_t size, std::uint64_t& value)
{
  if (size - 1 < 8)
  {
    std::uint64_t const values = aligned_digits(load_up_to8(text, size), size);
    value = eight_digits(values);
    return all_digits(values);
  }
  if (size - 9 < 8)
  {
    std::uint64_t const high = aligned_digits(load_up_to8(text, size - 8), size - 8);
    std::uint64_t const low = load8(text + size - 8) ^ zeros_text;
    value = eight_digits(high) * 100'000'000 + eight_digits(low);
    return all_digits(high) && all_digits(low);
  }
  return false;
}

/// Digits with at most one `mark` among them, 2 to 16 characters in all; false for anything else. `after` =
/// digits after the mark.
[[gnu::always_inline]] inline bool marked_digits(char const* text, std::size_t size, char mark,
                                                 std::uint64_t& value, std::size_t& after)
{
  if (size - 2 > 14)
  {
    return false;
  }
  auto const mark_bit = [mark](std::uint64_t word)
  {
    std::uint64_t const difference = word ^ (ones * static_cast<unsigned char>(mark));
    return (difference - ones) & ~difference & high_bits;  // exact for the lowest hit
  };
  std::uint64_t low = load_up_to8(text, size < 8 ? size : 8);
  std::uint64_t found = mark_bit(low);
  if (size <= 8)
  {
    if (found == 0)
    {
      after = 0;
      std::uint64_t const values = aligned_digits(low, size);
      value = eight_digits(values);
      return all_digits(values);
    }
    auto const at = static_cast<std::size_t>(std::countr_zero(found)) & ~std::size_t{7};
    std::uint64_t const below = (std::uint64_t{1} << at) - 1;
    std::uint64_t const joined = (low & below) | ((low >> 8) & ~below);
    after = size - 1 - at / 8;
    std::uint64_t const values = aligned_digits(joined, size - 1);
    value = eight_digits(values);
    return all_digits(values);
  }
  std::uint64_t const high = load_up_to8(text + 8, size - 8);
  std::size_t at = found != 0 ? static_cast<std::size_t>(std::countr_zero(found)) & ~std::size_t{7} : 64;
  std::size_t count = size;
  UInt128 joined = (UInt128{high} << 64) | low;
  if (found == 0)
  {
    found = mark_bit(high);
    at += static_cast<std::size_t>(std::countr_zero(found)) & ~std::size_t{7};
  }
  after = 0;
  if (found != 0)
  {
    UInt128 const below = (UInt128{1} << at) - 1;
    joined = (joined & below) | ((joined >> 8) & ~below);
    after = size - 1 - at / 8;
    --count;
  }
  UInt128 const values = (joined ^ ((UInt128{zeros_text} << 64) | zeros_text)) << (128 - 8 * count);
  auto const first = static_cast<std::uint64_t>(values);
  auto const last = static_cast<std::uint64_t>(values >> 64);
  value = eight_digits(first) * 100'000'000 + eight_digits(last);
  return all_digits(first) && all_digits(last);
}

}  // namespace tarifa::digits
