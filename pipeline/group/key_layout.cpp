#include "pipeline/group/key_layout.hpp"

#include <bit>

#include "pipeline/run/error.hpp"
#include "pipeline/run/simd.hpp"

namespace tarifa
{
namespace
{

enum class Mode
{
  overwrite,
  add,
};

/// Returns the bits that fell outside the field, over all rows: 0 when every value fits.
template <Mode mode, class Integer>
inline __attribute__((always_inline)) std::uint64_t pack_loop(Integer const* column, std::uint64_t* keys,
                                                              std::size_t rows, std::uint64_t least, int bits,
                                                              int shift)
{
  std::uint64_t outside = 0;
  std::uint64_t const fitting = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
#pragma omp simd reduction(| : outside)
  for (std::size_t i = 0; i < rows; ++i)
  {
    std::uint64_t const value = static_cast<std::uint64_t>(static_cast<std::int64_t>(column[i])) - least;
    outside |= value & ~fitting;
    keys[i] = mode == Mode::overwrite ? value << shift : keys[i] | (value << shift);
  }
  return outside;
}

#if defined(__x86_64__)
template <Mode mode, class Integer>
__attribute__((target("avx2"))) std::uint64_t pack_avx2(Integer const* column, std::uint64_t* keys,
                                                        std::size_t rows, std::uint64_t least, int bits,
                                                        int shift)
{
  return pack_loop<mode>(column, keys, rows, least, bits, shift);
}
#endif

template <Mode mode, class Integer>
std::uint64_t pack_rows(Integer const* column, std::uint64_t* keys, std::size_t rows, std::uint64_t least,
                        int bits, int shift)
{
#if defined(__x86_64__)
  if (simd_level() >= Simd::avx2)
  {
    return pack_avx2<mode>(column, keys, rows, least, bits, shift);
  }
#endif
  return pack_loop<mode>(column, keys, rows, least, bits, shift);
}

template <class Integer>
using Pack = std::uint64_t (*)(Integer const*, std::uint64_t*, std::size_t, std::uint64_t, int, int);

}  // namespace

KeyField KeyField::between(std::int64_t least, std::int64_t most)
{
  require(least <= most, Fault::data, "a key column has no values between its least and its most");
  std::uint64_t const span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
  return {least, static_cast<int>(std::bit_width(span))};
}

KeyLayout::KeyLayout(std::vector<KeyField> fields) : fields_(std::move(fields)), shift_(fields_.size())
{
  std::string widths;
  for (auto const& field : fields_)
  {
    require(field.bits >= 0 && field.bits <= 64, Fault::usage, "a key field is 0 to 64 bits wide");
    bits_ += field.bits;
    widths += (widths.empty() ? "" : " + ") + std::to_string(field.bits);
  }
  require(bits_ <= 64, Fault::usage,
          "the key columns need " + widths + " = " + std::to_string(bits_)
              + " bits, more than 64: group by fewer or coarser columns");
  int shift = bits_;
  for (std::size_t f = 0; f < fields_.size(); ++f)
  {
    shift -= fields_[f].bits;
    // A field of no bits may sit at position 64, where a shift is undefined; its only value is 0 anyway.
    shift_[f] = fields_[f].bits == 0 ? 0 : shift;
  }
}

template <class Integer>
void KeyLayout::pack(std::size_t field, std::span<Integer const> column, std::span<std::uint64_t> keys) const
{
  require(field < fields_.size() && column.size() == keys.size(), Fault::internal,
          "key column " + std::to_string(field) + " has " + std::to_string(column.size()) + " rows, expected "
              + std::to_string(keys.size()));
  auto const least = static_cast<std::uint64_t>(fields_[field].least);
  auto const pack_field = field == 0 ? static_cast<Pack<Integer>>(pack_rows<Mode::overwrite, Integer>)
                                     : pack_rows<Mode::add, Integer>;
  std::uint64_t const outside =
      pack_field(column.data(), keys.data(), keys.size(), least, fields_[field].bits, shift_[field]);
  require(outside == 0, Fault::data,
          "key column " + std::to_string(field) + " has a value outside its declared range");
}

template void KeyLayout::pack(std::size_t, std::span<std::uint8_t const>, std::span<std::uint64_t>) const;
template void KeyLayout::pack(std::size_t, std::span<std::uint16_t const>, std::span<std::uint64_t>) const;
template void KeyLayout::pack(std::size_t, std::span<std::uint32_t const>, std::span<std::uint64_t>) const;
template void KeyLayout::pack(std::size_t, std::span<std::int32_t const>, std::span<std::uint64_t>) const;
template void KeyLayout::pack(std::size_t, std::span<std::int64_t const>, std::span<std::uint64_t>) const;

std::int64_t KeyLayout::unpack(std::size_t field, std::uint64_t key) const noexcept
{
  auto const& f = fields_[field];
  if (f.bits == 0)
  {
    return f.least;
  }
  std::uint64_t const value = (key >> shift_[field]) & (~std::uint64_t{0} >> (64 - f.bits));
  return static_cast<std::int64_t>(value + static_cast<std::uint64_t>(f.least));
}

void KeyLayout::unpack(std::size_t field, std::span<std::uint64_t const> keys,
                       std::span<std::int64_t> column) const
{
  require(column.size() == keys.size(), Fault::internal, "unpacked column and keys differ in length");
  auto const& f = fields_.at(field);
  std::uint64_t const mask = f.bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - f.bits);
  int const shift = shift_[field];
  auto const least = static_cast<std::uint64_t>(f.least);
#pragma omp simd
  for (std::size_t i = 0; i < keys.size(); ++i)
  {
    column[i] = static_cast<std::int64_t>(((keys[i] >> shift) & mask) + least);
  }
}

}  // namespace tarifa
