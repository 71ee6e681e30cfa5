#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/run/error.hpp"
#include "pipeline/run/int128.hpp"

namespace tarifa
{

/// Remembers what every text of a column resolved to: text -> 32-bit answer, worked out once per different
/// text.
///
/// Made for short codes looked up by the hundred million: texts of up to 16 bytes are compared as two
/// integers, and a slot is less than half a cache line.
class TextLookup
{
 public:
  TextLookup() : slots_(first_slots) {}

  /// What a text is compared by; made beforehand for many texts, so that their slots can be fetched from
  /// memory while others are still being looked at.
  struct Key
  {
    std::uint64_t head = 0;  ///< first bytes; of a text beyond 16 bytes, its hash
    std::uint64_t tail = 0;  ///< last bytes
    std::uint32_t length_plus_one = 0;
    std::uint64_t home = 0;  ///< where the search begins, to be masked with the size of the table
  };
  static Key key_of(std::string_view text)
  {
    Key key;
    key.length_plus_one = static_cast<std::uint32_t>(text.size() + 1);
    if (text.size() < 8)
    {
      key.head = load_short(text.data(), text.size());
    }
    else if (text.size() <= 16)
    {
      key.head = load(text.data(), 8);
      key.tail = load(text.data() + text.size() - 8, 8);
    }
    else
    {
      key.head = hash_long(text);
    }
    key.home = mixed(key);
    return key;
  }
  void prefetch(Key const& key) const { __builtin_prefetch(&slots_[key.home & (slots_.size() - 1)]); }

  /// Answer for `text`; `resolve(text)` is asked the first time a text is seen.
  template <class Resolve>
  std::uint32_t find(Key const& key, std::string_view text, Resolve&& resolve)
  {
    std::size_t const mask = slots_.size() - 1;
    for (std::size_t at = key.home & mask;; at = (at + 1) & mask)
    {
      Slot const& slot = slots_[at];
      if (slot.head == key.head && slot.length_plus_one == key.length_plus_one
          && (text.size() <= 16 ? slot.tail == key.tail : same_long_text(slot, text)))
      {
        return slot.answer;
      }
      if (slot.length_plus_one == 0)
      {
        std::uint32_t const answer = resolve(text);
        insert(at, {key.head, key.tail, key.length_plus_one, answer}, text);
        return answer;
      }
    }
  }
  template <class Resolve>
  std::uint32_t find(std::string_view text, Resolve&& resolve)
  {
    return find(key_of(text), text, std::forward<Resolve>(resolve));
  }

  std::size_t size() const noexcept { return used_; }

  static constexpr std::size_t most_texts = 1U << 26U;

 private:
  struct Slot
  {
    std::uint64_t head = 0;             ///< first bytes; of a text beyond 16 bytes, its hash
    std::uint64_t tail = 0;             ///< last bytes; of a text beyond 16 bytes, its place in the arena
    std::uint32_t length_plus_one = 0;  ///< 0 = free slot
    std::uint32_t answer = 0;
  };

  static constexpr std::size_t first_slots = 1U << 10U;

  static std::uint64_t load(char const* bytes, std::size_t count)
  {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, count);
    return value;
  }
  static std::uint64_t load_short(char const* bytes, std::size_t count)
  {
    // Overlapping loads instead of a byte loop: which bytes go where does not matter, only that none is left
    // out.
    if (count >= 4)
    {
      return load(bytes, 4) | (load(bytes + count - 4, 4) << 32U);
    }
    return count == 0
               ? 0
               : load(bytes, 1) | (load(bytes + count / 2, 1) << 8U) | (load(bytes + count - 1, 1) << 16U);
  }
  static std::uint64_t mixed(Key const& key)
  {
    auto const product = static_cast<UInt128>(key.head ^ 0x9E3779B97F4A7C15ULL ^ key.length_plus_one)
                         * (key.tail ^ 0xD1B54A32D192ED03ULL);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  }
  static std::uint64_t hash_long(std::string_view text);
  bool same_long_text(Slot const& slot, std::string_view text) const;
  void insert(std::size_t at, Slot const& slot, std::string_view text);

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::string arena_;  ///< texts beyond 16 bytes
};

}  // namespace tarifa
