#include "pipeline/ingest/record_key.hpp"

#include <xxhash.h>

namespace tarifa
{

KeyHash RecordKey::hash_of(std::string_view bytes)
{
  XXH128_hash_t const hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

KeyHash RecordKey::hash() const
{
  return hash_of(bytes_);
}

}  // namespace tarifa
