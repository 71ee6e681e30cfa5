#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/ingest/key_spill.hpp"

namespace tarifa
{

/// The values of the key columns of one record, one after the other, in stored units: the same whether they
/// come from a delivery or from the archive, and different when any of them differs.
class RecordKey
{
 public:
  void clear() { bytes_.clear(); }
  void add_missing() { bytes_ += '\0'; }
  void add_number(std::int64_t value)
  {
    bytes_ += '\1';
    bytes_.append(reinterpret_cast<char const*>(&value), sizeof value);
  }
  void add_text(std::string_view text)
  {
    auto const size = static_cast<std::uint32_t>(text.size());
    bytes_ += '\2';
    bytes_.append(reinterpret_cast<char const*>(&size), sizeof size);
    bytes_ += text;
  }
  KeyHash hash() const;

  static KeyHash hash_of(std::string_view bytes);

 private:
  std::string bytes_;
};

}  // namespace tarifa
