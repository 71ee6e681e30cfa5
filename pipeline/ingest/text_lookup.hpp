#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run/error.hpp"
#include "pipeline/run/huge_pages.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// Remembers what every text of a column resolved to: text -> 32-bit answer, worked out once per different
/// text.
///
/// Made for short codes looked up by the hundred million: a text of up to 12 bytes without NUL is its own
/// key, and a slot is a quarter of a cache line.
class TextLookup
{
 public:
  TextLookup() : slots_(first_slots) {}

  /// What a text is compared by; made beforehand for many texts, so that their slots can be fetched from
  /// memory while others are still being looked at.
  struct Key
  {
    std::uint64_t tail = 0;  ///< last 8 bytes, the last one on top; of a long text its hash, under a zero
    std::uint32_t head = 0;  ///< the 4 bytes before them; of a long text more of its hash
    std::uint32_t home = 0;  ///< where the search begins, to be masked with the size of the table
  };
  /// Of text[0, size) without NUL, size > 0; the `before` bytes ahead of it may be read too.
  static Key key_of(char const* text, std::size_t size, std::size_t before)
  {
    if (size > short_bytes || size + before < short_bytes)
    {
      return rare_key_of({text, size});
    }
    Key key;
    std::memcpy(&key.tail, text + size - sizeof key.tail, sizeof key.tail);
    std::memcpy(&key.head, text + size - short_bytes, sizeof key.head);
    key.tail &= tail_mask[size];
    key.head &= head_mask[size];
    key.home = home_of(key);
    return key;
  }
  void prefetch(Key const& key) const { __builtin_prefetch(&slots_[key.home & (slots_.size() - 1)]); }

  /// Answer for `text`, whose key is `key`; `resolve(text)` is asked the first time a text is seen.
  template <class Resolve>
  std::uint32_t find(Key const& key, std::string_view text, Resolve&& resolve)
  {
    std::size_t const mask = slots_.size() - 1;
    for (std::size_t at = key.home & mask;; at = (at + 1) & mask)
    {
      Slot const& slot = slots_[at];
      if (slot.tail == key.tail && slot.head == key.head)
      {
        if (!is_long(key))
        {
          return slot.answer;
        }
        if (LongText const& known = long_texts_[slot.answer]; known.text == text)
        {
          return known.answer;
        }
      }
      else if (slot.tail == 0)
      {
        std::uint32_t const answer = resolve(text);
        insert(at, key, text, answer);
        return answer;
      }
    }
  }
  /// Any text that is not empty.
  template <class Resolve>
  std::uint32_t find(std::string_view text, Resolve&& resolve)
  {
    return find(rare_key_of(text), text, resolve);
  }

  /// True when all slots fit into the second-level cache: fetching them beforehand gains nothing.
  bool is_small() const noexcept { return slots_.size() <= (1U << 13U); }

  static constexpr std::size_t most_texts = 1U << 26U;

 private:
  struct Slot
  {
    std::uint64_t tail = 0;  ///< 0 = free
    std::uint32_t head = 0;
    std::uint32_t answer = 0;  ///< of a long text, its place in long_texts_
  };
  struct LongText
  {
    std::string text;
    std::uint32_t answer;
  };

  static constexpr std::size_t first_slots = 1U << 10U;
  static constexpr std::size_t short_bytes = 12;
  /// [bytes of the text] which bytes of the twelve before its end are its own.
  static constexpr std::array<std::uint64_t, short_bytes + 1> tail_mask = []
  {
    std::array<std::uint64_t, short_bytes + 1> masks{};
    for (std::size_t size = 1; size < masks.size(); ++size)
    {
      masks[size] = size < 8 ? ~std::uint64_t{0} << (8 * (8 - size)) : ~std::uint64_t{0};
    }
    return masks;
  }();
  static constexpr std::array<std::uint32_t, short_bytes + 1> head_mask = []
  {
    std::array<std::uint32_t, short_bytes + 1> masks{};
    for (std::size_t size = 9; size < masks.size(); ++size)
    {
      masks[size] = ~std::uint32_t{0} << (8 * (short_bytes - size));
    }
    return masks;
  }();

  /// Short texts end in a byte that is not NUL.
  static bool is_long(Key const& key) { return key.tail >> 56U == 0; }
  static std::uint32_t home_of(Key const& key)
  {
    // Both halves of the product: short texts stand in the top bytes, which only the upper half spreads.
    auto const product =
        static_cast<UInt128>(key.tail ^ (key.head * 0xD1B54A32D192ED03ULL)) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(product)
                                      ^ static_cast<std::uint64_t>(product >> 64U));
  }
  static Key rare_key_of(std::string_view text);
  void insert(std::size_t at, Key const& key, std::string_view text, std::uint32_t answer);

  std::vector<Slot, HugePageAllocator<Slot>> slots_;
  std::size_t used_ = 0;
  std::vector<LongText> long_texts_;
};

}  // namespace tarifa
