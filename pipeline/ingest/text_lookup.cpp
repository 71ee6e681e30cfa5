#include "pipeline/ingest/text_lookup.hpp"

#include <utility>

#include <xxhash.h>

namespace tarifa
{

/// Texts beyond 12 bytes or with a NUL, and short ones at the very beginning of a buffer.
TextLookup::Key TextLookup::rare_key_of(std::string_view text)
{
  if (text.size() <= short_bytes && text.find('\0') == std::string_view::npos)
  {
    std::array<char, 2 * short_bytes> padded{};
    std::memcpy(padded.data() + short_bytes, text.data(), text.size());
    return key_of(padded.data() + short_bytes, text.size(), short_bytes);
  }
  XXH128_hash_t const hash = XXH3_128bits(text.data(), text.size());
  Key key{(hash.low64 >> 8U) | 1U, static_cast<std::uint32_t>(hash.high64), 0};
  key.home = home_of(key);
  return key;
}

void TextLookup::insert(std::size_t at, Key const& key, std::string_view text, std::uint32_t answer)
{
  require(used_ < most_texts, Fault::data,
          "more than " + std::to_string(most_texts) + " different texts: this is no code column");
  slots_[at] = {key.tail, key.head, answer};
  if (is_long(key))
  {
    slots_[at].answer = static_cast<std::uint32_t>(long_texts_.size());
    long_texts_.push_back({std::string(text), answer});
  }
  if (++used_ * 2 <= slots_.size())
  {
    return;
  }
  auto const old = std::exchange(slots_, decltype(slots_)(slots_.size() * 2));
  std::size_t const mask = slots_.size() - 1;
  for (Slot const& moved : old)
  {
    if (moved.tail != 0)
    {
      std::size_t to = home_of({moved.tail, moved.head, 0}) & mask;
      while (slots_[to].tail != 0)
      {
        to = (to + 1) & mask;
      }
      slots_[to] = moved;
    }
  }
}

}  // namespace tarifa
