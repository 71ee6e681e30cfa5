#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tarifa
{

/// Place of one integer column inside a packed key: values `least` .. `least + 2^bits - 1`.
struct KeyField
{
  std::int64_t least = 0;
  int bits = 0;

  /// The narrowest field for values least..most. Error(data) when most < least.
  static KeyField between(std::int64_t least, std::int64_t most);
};

/// Packs integer columns into one unsigned 64-bit key, the first column most significant, so that the order
/// of the keys is the order of the columns.
///
/// Columns may be std::uint8_t, uint16_t, uint32_t, int32_t or int64_t.
class KeyLayout
{
 public:
  /// Error(usage) when the fields need more than 64 bits together; the message lists the widths.
  explicit KeyLayout(std::vector<KeyField> fields);

  std::size_t fields() const noexcept { return fields_.size(); }
  int bits() const noexcept { return bits_; }

  /// Writes one column into keys[rows]. Field 0 overwrites the key, every other field is added to it, so
  /// field 0 comes first. Error(data) when a value is outside its field.
  template <class Integer>
  void pack(std::size_t field, std::span<Integer const> column, std::span<std::uint64_t> keys) const;

  /// Value of one field of a key.
  std::int64_t unpack(std::size_t field, std::uint64_t key) const noexcept;

  /// The same for many keys: column[rows].
  void unpack(std::size_t field, std::span<std::uint64_t const> keys, std::span<std::int64_t> column) const;

 private:
  std::vector<KeyField> fields_;
  std::vector<int> shift_;
  int bits_ = 0;
};

}  // namespace tarifa
