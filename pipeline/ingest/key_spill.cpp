#include "pipeline/ingest/key_spill.hpp"

#include <span>

namespace tarifa
{

KeySpill::KeySpill(std::filesystem::path path, AppendMode mode)
    : file_(std::move(path), mode)
    , pending_(buckets)
{
}

void KeySpill::add(KeyEntry const& entry)
{
  std::size_t const bucket = entry.hash_low >> 56U;
  pending_[bucket].push_back(entry);
  if (pending_[bucket].size() == entries_per_stretch)
  {
    flush(bucket);
  }
}

void KeySpill::flush(std::size_t bucket)
{
  std::vector<KeyEntry>& entries = pending_[bucket];
  auto const offset = file_.append(std::as_bytes(std::span(entries)));
  stretches_.push_back({static_cast<std::int64_t>(bucket), static_cast<std::int64_t>(offset),
                        static_cast<std::int64_t>(entries.size())});
  entries.clear();
}

void KeySpill::finish()
{
  for (std::size_t bucket = 0; bucket < buckets; ++bucket)
  {
    if (!pending_[bucket].empty())
    {
      flush(bucket);
    }
    pending_[bucket].shrink_to_fit();
  }
  file_.flush();
}

}  // namespace tarifa
