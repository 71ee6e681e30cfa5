#include "pipeline/ingest/text_lookup.hpp"

#include <xxhash.h>

namespace tarifa
{

std::uint64_t TextLookup::hash_long(std::string_view text)
{
  return XXH3_64bits(text.data(), text.size());
}

bool TextLookup::same_long_text(Slot const& slot, std::string_view text) const
{
  return std::string_view(arena_).substr(slot.tail, text.size()) == text;
}

void TextLookup::insert(std::size_t at, Slot const& slot, std::string_view text)
{
  require(used_ < most_texts, Fault::data,
          "more than " + std::to_string(most_texts) + " different texts: this is no code column");
  slots_[at] = slot;
  if (text.size() > 16)
  {
    slots_[at].tail = arena_.size();
    arena_.append(text);
  }
  if (++used_ * 2 <= slots_.size())
  {
    return;
  }
  std::vector<Slot> const old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  std::size_t const mask = slots_.size() - 1;
  for (Slot const& moved : old)
  {
    if (moved.length_plus_one != 0)
    {
      Key key{moved.head, moved.length_plus_one > 17 ? 0 : moved.tail, moved.length_plus_one, 0};
      std::size_t to = mixed(key) & mask;
      while (slots_[to].length_plus_one != 0)
      {
        to = (to + 1) & mask;
      }
      slots_[to] = moved;
    }
  }
}

}  // namespace tarifa
