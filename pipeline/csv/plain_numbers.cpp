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

/// Units of 10^-scale from digits of which `after` stand after the mark; false when they do not fit.
[[gnu::always_inline]] inline bool scaled(std::uint64_t magnitude, std::size_t after, int scale,
                                          bool negative, std::int64_t& value)
{
  std::size_t const missing = static_cast<std::size_t>(scale) - after;
  std::size_t const power = std::min(missing, digits::power_of_ten.size() - 1);
  std::int64_t unsigned_value = 0;
  bool const fits = !__builtin_mul_overflow(static_cast<std::int64_t>(magnitude), digits::power_of_ten[power],
                                            &unsigned_value);
  value = negative ? -unsigned_value : unsigned_value;
  return fits && power == missing;  // more digits after the mark than the scale make `missing` huge
}

std::size_t parse_portable(FieldColumn const& fields, PlainForm const& form, std::int64_t* values,
                           std::uint8_t* is_plain)
{
  std::size_t plain = 0;
  for (std::size_t record = 0; record < fields.size(); ++record)
  {
    std::string_view text = fields[record];
    bool const negative = form.digits == 0 && !text.empty() && text.front() == '-';
    bool const wanted = text.size() <= most_characters && (form.digits == 0 || text.size() == form.digits);
    text.remove_prefix(negative ? 1 : 0);
    std::uint64_t magnitude = 0;
    std::size_t after = 0;
    bool const read = text.size() < 2 || form.mark == 0
                          ? digits::plain_digits(text.data(), text.size(), magnitude)
                          : digits::marked_digits(text.data(), text.size(), form.mark, magnitude, after);
    is_plain[record] = static_cast<std::uint8_t>(
        wanted && read && scaled(magnitude, after, form.scale, negative, values[record]));
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

template <class Bytes>
__attribute__((target("avx2"))) inline __m128i load16(Bytes const* bytes)
{
  return _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
}

/// Characters stand at the end of a register, so that the place of the mark alone says how many digits follow
/// it. One field after the other without a branch: what is wrong with a field only clears its flag.
__attribute__((target("avx2"))) std::size_t parse_avx2(FieldColumn const& fields, PlainForm const& form,
                                                       std::int64_t* values, std::uint8_t* is_plain)
{
  __m128i const mark = _mm_set1_epi8(form.mark);
  __m128i const zero = _mm_set1_epi8('0');
  __m128i const nine = _mm_set1_epi8(9);
  __m128i const tens = _mm_set1_epi16(1 * 256 + 10);
  __m128i const hundreds = _mm_set1_epi32(1 * 65536 + 100);
  __m128i const myriads = _mm_set1_epi32(1 * 65536 + 10000);
  unsigned const marks_allowed = form.mark == 0 ? 0 : 0xFFFF;
  bool const with_sign = form.digits == 0;
  std::size_t plain = 0;
  for (std::size_t record = 0; record < fields.size(); ++record)
  {
    std::uint32_t const begin = fields.begin(record);
    std::uint32_t const end = fields.end(record);
    std::size_t characters = end - begin;
    bool const wanted = characters - 1 < most_characters && (with_sign || characters == form.digits)
                        && end >= most_characters;
    if (!wanted)
    {
      is_plain[record] = 0;
      continue;
    }
    bool const negative = with_sign && fields.text()[begin] == '-';
    characters -= static_cast<std::size_t>(negative);
    __m128i const text = load16(fields.text() + end - most_characters);
    __m128i const inside = load16(last_bytes.data() + characters);
    unsigned const marks =
        marks_allowed
        & static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(text, mark), inside)));
    auto const place = static_cast<std::size_t>(__builtin_ctz(marks | 0x10000U));
    std::size_t const count = characters - static_cast<std::size_t>(marks != 0);
    __m128i const digit =
        _mm_and_si128(_mm_sub_epi8(_mm_shuffle_epi8(text, load16(without_mark[place].data())), zero),
                      load16(last_bytes.data() + count));
    bool const all_digits =
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(digit, nine), digit)) == 0xFFFF && count > 0;
    __m128i const pairs = _mm_maddubs_epi16(digit, tens);
    __m128i const fours = _mm_madd_epi16(pairs, hundreds);
    __m128i const eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), myriads);
    auto const both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
    std::uint64_t const magnitude = (both & 0xFFFFFFFF) * 100'000'000 + (both >> 32);
    std::size_t const after = marks != 0 ? 15 - place : 0;
    is_plain[record] = static_cast<std::uint8_t>(
        scaled(magnitude, after, form.scale, negative, values[record]) & all_digits);
    plain += is_plain[record];
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
  static Lanes const best = best_lanes();
  if ((lanes == Lanes::automatic ? best : lanes) == Lanes::avx2)
  {
    return parse_avx2(fields, form, values.data(), is_plain.data());
  }
#endif
  return parse_portable(fields, form, values.data(), is_plain.data());
}

}  // namespace tarifa
