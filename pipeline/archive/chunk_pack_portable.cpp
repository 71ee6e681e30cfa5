#include <cstring>
#include <type_traits>

#include "pipeline/archive/chunk_paths.hpp"

namespace tarifa::chunk_paths
{
namespace
{

/// Appends bit strings, most significant bit first, by whole big-endian words of which only the front counts.
class BitWriter
{
 public:
  explicit BitWriter(std::byte* out) : out_(out) {}

  /// Appends the low `width` (1 to 56) bits of `word`; the bits above must be zero.
  void put(std::uint64_t word, unsigned width)
  {
    unsigned const used = used_ + width;  // at most 63
    pending_ |= word << (64U - used);
    flush();
    pending_ <<= used & ~7U;
    out_ += used >> 3U;
    used_ = used & 7U;
  }

  /// Writes the last, partly filled byte and zeros behind it.
  void flush() const
  {
    std::uint64_t const big_endian = __builtin_bswap64(pending_);
    std::memcpy(out_, &big_endian, sizeof big_endian);
  }

 private:
  std::byte* out_;
  std::uint64_t pending_ = 0;  ///< bits not yet in a finished byte, from the top
  unsigned used_ = 0;          ///< [bits] of `pending_`, below 8
};

template <class T>
std::uint64_t difference(T value, T minimum)
{
  using Unsigned = std::make_unsigned_t<T>;
  return static_cast<Unsigned>(static_cast<Unsigned>(value) - static_cast<Unsigned>(minimum));
}

/// Joins `joined` values in a register before each append, so that the chain of appends is that much shorter.
template <unsigned joined, class T>
void put_joined(std::span<T const> values, T minimum, unsigned bits, BitWriter& writer)
{
  std::size_t const whole = values.size() / joined * joined;
  for (std::size_t i = 0; i < whole; i += joined)
  {
    std::uint64_t word = 0;
    for (unsigned k = 0; k < joined; ++k)
    {
      word |= difference(values[i + k], minimum) << ((joined - 1U - k) * bits);
    }
    writer.put(word, joined * bits);
  }
  for (T const value : values.subspan(whole))
  {
    writer.put(difference(value, minimum), bits);
  }
}

template <class T>
void put_split(std::span<T const> values, T minimum, unsigned bits, BitWriter& writer)
{
  for (T const value : values)
  {
    std::uint64_t const bits_of_value = difference(value, minimum);
    writer.put(bits_of_value >> 32U, bits - 32U);
    writer.put(bits_of_value & 0xFFFFFFFFU, 32);
  }
}

}  // namespace

template <class T>
void pack_portable(std::span<T const> values, T minimum, unsigned bits, std::byte* out)
{
  BitWriter writer(out);
  if (bits <= 7)
  {
    put_joined<8>(values, minimum, bits, writer);
  }
  else if (bits <= 14)
  {
    put_joined<4>(values, minimum, bits, writer);
  }
  else if (bits <= 28)
  {
    put_joined<2>(values, minimum, bits, writer);
  }
  else if (bits <= 56)
  {
    put_joined<1>(values, minimum, bits, writer);
  }
  else
  {
    put_split(values, minimum, bits, writer);
  }
  writer.flush();
}

template void pack_portable(std::span<std::int32_t const>, std::int32_t, unsigned, std::byte*);
template void pack_portable(std::span<std::int64_t const>, std::int64_t, unsigned, std::byte*);

}  // namespace tarifa::chunk_paths
