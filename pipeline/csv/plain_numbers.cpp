#include "pipeline/csv/plain_numbers.hpp"

#include <algorithm>
#include <array>

#include "pipeline/csv/digits.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tarifa
{
namespace
{

constexpr std::size_t most_characters = 16;
constexpr std::size_t most_digits = 18;  // of any number in 64 bits

/// [digits wanted minus digits there, modulo 64] what a number is multiplied with; 0 = it has too many.
constexpr std::array<std::int64_t, 64> factors = []
{
  std::array<std::int64_t, 64> powers{};
  std::copy(digits::power_of_ten.begin(), digits::power_of_ten.end(), powers.begin());
  return powers;
}();

/// Units of 10^-scale from a number of `count` digits, of which `after` stand behind the mark. 0 when it is
/// not for us.
[[gnu::always_inline]] inline unsigned in_units(std::uint64_t magnitude, std::size_t count, std::size_t after,
                                                PlainForm const& form, std::int64_t& value)
{
  std::size_t const missing = static_cast<std::size_t>(form.scale) - after;
  std::int64_t const factor = factors[missing % factors.size()];
  value = static_cast<std::int64_t>(magnitude * static_cast<std::uint64_t>(factor));
  return static_cast<unsigned>(factor != 0) & static_cast<unsigned>(count + missing <= most_digits)
         & static_cast<unsigned>(value >= form.least) & static_cast<unsigned>(value <= form.most);
}

std::size_t parse_portable(FieldColumn const& fields, PlainForm const& form, std::int64_t* values,
                           std::uint8_t* is_plain)
{
  std::size_t plain = 0;
  for (std::size_t record = 0; record < fields.size(); ++record)
  {
    std::string_view const text = fields[record];
    std::uint64_t magnitude = 0;
    std::size_t after = 0;
    bool const marked = text.size() > 1 && form.mark != 0;
    bool const wanted =
        text.size() <= most_characters && (form.characters == 0 || text.size() == form.characters);
    bool const read =
        wanted
        && (marked ? digits::marked_digits(text.data(), text.size(), form.mark, magnitude, after)
                   : digits::plain_digits(text.data(), text.size(), magnitude));
    std::size_t const count =
        text.size() - (marked && text.find(form.mark) != std::string_view::npos ? 1 : 0);
    is_plain[record] = static_cast<std::uint8_t>(static_cast<unsigned>(read)
                                                 & in_units(magnitude, count, after, form, values[record]));
    plain += is_plain[record];
  }
  return plain;
}

#if defined(__x86_64__)

/// Loaded from 16 - n, the last n of 16 bytes are set.
alignas(64) constexpr std::array<std::uint8_t, 32> last_bytes = []
{
  std::array<std::uint8_t, 32> bytes{};
  std::fill(bytes.begin() + most_characters, bytes.end(), std::uint8_t{0xFF});
  return bytes;
}();

/// [place of the mark, 16 = none] shuffle that closes the gap the mark leaves, from the left.
alignas(64) constexpr std::array<std::array<std::uint8_t, 16>, 17> without_mark = []
{
  std::array<std::array<std::uint8_t, 16>, 17> shuffles{};
  for (std::size_t mark = 0; mark < shuffles.size(); ++mark)
  {
    for (std::size_t byte = 0; byte < 16; ++byte)
    {
      bool const moves = mark < 16 && byte <= mark;
      std::size_t const from = moves ? byte - 1 : byte;
      shuffles[mark][byte] = static_cast<std::uint8_t>(moves && byte == 0 ? 0x80 : from);
    }
  }
  return shuffles;
}();

/// [place of the mark, 16 = none] digits behind it.
alignas(64) constexpr std::array<std::uint8_t, 17> digits_after = {15, 14, 13, 12, 11, 10, 9, 8, 7,
                                                                   6,  5,  4,  3,  2,  1,  0, 0};

template <class Bytes>
__attribute__((target("avx2"))) inline __m128i load16(Bytes const* bytes)
{
  return _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
}

/// Characters stand at the end of a register, so that the place of the mark alone says how many digits follow
/// it. One field after the other without a branch: what is wrong with a field only clears its flag.
template <bool with_mark>
__attribute__((target("avx2"))) std::size_t parse_avx2(FieldColumn const& fields, PlainForm const& form,
                                                       std::int64_t* values, std::uint8_t* is_plain)
{
  __m128i const mark = _mm_set1_epi8(form.mark);
  __m128i const zero = _mm_set1_epi8('0');
  __m128i const nine = _mm_set1_epi8(9);
  __m128i const tens = _mm_set1_epi16(1 * 256 + 10);
  __m128i const hundreds = _mm_set1_epi32(1 * 65536 + 100);
  __m128i const myriads = _mm_set1_epi32(1 * 65536 + 10000);
  std::size_t const least_characters = form.characters == 0 ? 1 : form.characters;
  std::size_t const spread = form.characters == 0 ? most_characters - 1 : 0;
  std::size_t plain = 0;
  for (std::size_t record = 0; record < fields.size(); ++record)
  {
    std::uint32_t const end = fields.end(record);
    std::size_t count = end - fields.begin(record);
    if (count - least_characters > spread || end < most_characters)
    {
      is_plain[record] = 0;
      continue;
    }
    __m128i text = load16(fields.text() + end - most_characters);
    std::size_t after = 0;
    if constexpr (with_mark)
    {
      __m128i const inside = load16(last_bytes.data() + count);
      auto const marks =
          static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(text, mark), inside)));
      auto const place = static_cast<std::size_t>(__builtin_ctz(marks | 0x10000U));
      text = _mm_shuffle_epi8(text, load16(without_mark[place].data()));
      after = digits_after[place];
      count -= static_cast<std::size_t>(marks != 0);
    }
    __m128i const digit = _mm_and_si128(_mm_sub_epi8(text, zero), load16(last_bytes.data() + count));
    bool const all_digits = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(digit, nine), digit)) == 0xFFFF;
    __m128i const pairs = _mm_maddubs_epi16(digit, tens);
    __m128i const fours = _mm_madd_epi16(pairs, hundreds);
    __m128i const eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), myriads);
    auto const both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
    std::uint64_t const magnitude = (both & 0xFFFFFFFF) * 100'000'000 + (both >> 32);
    unsigned const good = in_units(magnitude, count, after, form, values[record])
                          & static_cast<unsigned>(all_digits) & static_cast<unsigned>(count != 0);
    is_plain[record] = static_cast<std::uint8_t>(good);
    plain += good;
  }
  return plain;
}

#endif

}  // namespace

std::size_t parse_plain_numbers(FieldColumn const& fields, PlainForm const& form,
                                std::span<std::int64_t> values, std::span<std::uint8_t> is_plain,
                                [[maybe_unused]] Lanes lanes)
{
#if defined(__x86_64__)
  if ((lanes == Lanes::automatic ? best_lanes() : lanes) == Lanes::avx2)
  {
    return form.mark != 0 ? parse_avx2<true>(fields, form, values.data(), is_plain.data())
                          : parse_avx2<false>(fields, form, values.data(), is_plain.data());
  }
#endif
  return parse_portable(fields, form, values.data(), is_plain.data());
}

}  // namespace tarifa
