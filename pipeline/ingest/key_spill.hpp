#pragma once

#include <cstdint>

#include "pipeline/ingest/spill.hpp"

namespace tarifa
{

/// Keys are dealt into so many buckets by their hash.
inline constexpr std::size_t key_buckets = 256;

/// Hash of a key: XXH3-128 of RecordKey, or of a whole record where there is no key.
struct KeyHash
{
  std::uint64_t low = 0, high = 0;
  std::size_t bucket() const noexcept { return low >> 56U; }
  friend auto operator<=>(KeyHash const&, KeyHash const&) = default;
};

/// What the search for duplicates and superseded versions has to know of one kept record.
struct KeyEntry
{
  KeyHash key;
  std::uint64_t content;  ///< of the whole record, where only equal records are duplicates; else 0
  std::int64_t version;
  std::uint64_t position;  ///< file << 48 | byte offset: the order of delivery
  std::int64_t value;      ///< of the balance column, stored units
  std::uint32_t run;       ///< run of its share the record was staged in
  std::uint32_t bytes;     ///< of the record, line end included
  std::uint16_t row;       ///< row within the run
  std::uint16_t share;     ///< of the delivery
  std::uint16_t lines;     ///< physical lines of the record
  std::uint16_t has_value;
};

/// The same of one row of the archive whose key a delivered record may have.
struct EarlierEntry
{
  KeyHash key;
  std::int64_t version;
  std::int64_t value;
  std::int64_t row;    ///< of the part
  std::uint32_t part;  ///< number of the part in the search
  std::uint32_t has_value;
};

using KeySpill = Spill<KeyEntry>;

}  // namespace tarifa
