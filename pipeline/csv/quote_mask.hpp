#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/csv/record_scanner.hpp"

namespace tarifa
{

inline std::uint64_t lowest_bit(std::uint64_t bits)
{
  return bits & (~bits + 1);
}

/// Tells separators from the same bytes inside quotes, block after block of 64 bytes.
class QuoteMask
{
 public:
  struct Block
  {
    std::size_t base;          ///< offset of bit 0
    std::size_t record_begin;  ///< of the record in hand; in this block or before it
    std::uint64_t quotes, nuls;
  };

  QuoteMask(std::string_view text, Dialect const& dialect)
      : text_(text)
      , delimiter_(dialect.delimiter)
      , quote_(dialect.quote)
  {
  }

  /// The last block ended inside quotes.
  bool open() const { return inside_ != 0; }

  /// A record begins with the next byte.
  void reset() { inside_ = 0; }

  /// A block without quotes or NUL bytes, outside quotes.
  void pass(std::uint64_t separators) { field_start_ = separators >> 63; }

  /// Removes from `separators` what is inside quotes. Bit of the first byte that read_record has to judge: a
  /// NUL, or a closing quote that ends no field; 0 = none.
  [[gnu::always_inline]] inline std::uint64_t mask(Block const& block, std::uint64_t& separators)
  {
    std::uint64_t quotes = block.quotes;
    std::uint64_t const record_start = block.record_begin >= block.base
                                           ? std::uint64_t{1} << (block.record_begin - block.base)
                                           : field_start_;
    for (;;)
    {
      std::uint64_t const inside = parity(quotes) ^ inside_;
      std::uint64_t const outside_separators = separators & ~inside;
      std::uint64_t const opening = quotes & inside;
      std::uint64_t const closing = quotes & ~inside;
      std::uint64_t const field_starts = (outside_separators | closing) << 1 | record_start;
      std::uint64_t const ordinary = opening & ~field_starts;
      std::uint64_t const junk = closing & ~((outside_separators | opening) >> 1);
      std::uint64_t const trouble =
          lowest_bit(block.nuls | (junk == 0 ? 0 : without_line_ends(block.base, junk)));
      if (ordinary == 0 || (trouble != 0 && trouble < lowest_bit(ordinary)))
      {
        inside_ = std::uint64_t{0} - (inside >> 63);
        field_start_ = (outside_separators | closing) >> 63;
        separators = outside_separators;
        return trouble;
      }
      // The first quote that opens no field is an ordinary byte; what follows has to be seen without it.
      quotes ^= lowest_bit(ordinary);
    }
  }

 private:
  /// Bit k = parity of the bits up to k: ones from each opening quote up to before its closing one.
  static std::uint64_t parity(std::uint64_t bits)
  {
    for (unsigned shift = 1; shift < 64; shift *= 2)
    {
      bits ^= bits << shift;
    }
    return bits;
  }

  /// Those of the closing quotes that are not followed by CR LF, or by a field end in the next block.
  std::uint64_t without_line_ends(std::size_t base, std::uint64_t closing) const
  {
    std::uint64_t junk = 0;
    for (; closing != 0; closing &= closing - 1)
    {
      if (!ends_field(base + static_cast<std::size_t>(std::countr_zero(closing)) + 1))
      {
        junk |= lowest_bit(closing);
      }
    }
    return junk;
  }

  /// Whether the bytes at `position` may follow a closing quote.
  bool ends_field(std::size_t position) const
  {
    if (position >= text_.size())
    {
      return false;
    }
    char const byte = text_[position];
    return byte == delimiter_ || byte == '\n' || byte == quote_
           || (byte == '\r' && position + 1 < text_.size() && text_[position + 1] == '\n');
  }

  std::string_view text_;
  char delimiter_, quote_;
  std::uint64_t inside_ = 0;  ///< all ones when the last block ended inside quotes
  std::uint64_t field_start_ =
      0;  ///< 1 when a quote as the next byte would open a field or be half of a doubled one
};

}  // namespace tarifa
