#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/csv/record_scanner.hpp"

namespace tarifa
{

/// One field of every record of a batch, as it stands in the text: quotes still on.
class FieldColumn
{
 public:
  FieldColumn(std::string_view text, RecordBatch const& batch, std::size_t fields, std::size_t field)
      : text_(text.data())
      , records_(batch.records.data())
      , size_(batch.records.size())
      , ends_(batch.field_end.data() + field)
      , stride_(fields)
      , is_first_(field == 0)
  {
  }

  std::size_t size() const noexcept { return size_; }
  char const* text() const noexcept { return text_; }
  std::uint32_t begin(std::size_t record) const
  {
    return is_first_ ? records_[record].begin : ends_[record * stride_ - 1] + 1;
  }
  std::uint32_t end(std::size_t record) const { return ends_[record * stride_]; }
  std::string_view operator[](std::size_t record) const
  {
    std::uint32_t const from = begin(record);
    return {text_ + from, end(record) - from};
  }

 private:
  char const* text_;
  RecordBatch::Record const* records_;
  std::size_t size_;
  std::uint32_t const* ends_;  ///< of this field in the first record
  std::size_t stride_;
  bool is_first_;
};

}  // namespace tarifa
