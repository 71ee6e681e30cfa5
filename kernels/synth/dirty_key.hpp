#pragma once

#include <cstdint>
#include <vector>

#include "kernels/synth/dirty_faults.hpp"

namespace tarifa::kernels
{

/// The two files of a year.
enum class DirtyFile : std::uint8_t
{
  declarations,  ///< as lodged, with batches sent twice
  amendments,    ///< later versions of some records, sent a year later
};
inline constexpr std::size_t dirty_file_count = 2;

/// Where a record stands in what was written of its file by one call.
struct DirtyPlace
{
  std::int64_t line = 0;        ///< physical lines before it
  std::int64_t first_byte = 0;  ///< bytes before it
  std::int64_t bytes = 0;       ///< without the line end
};

/// A record that no reader should accept.
struct BrokenRecord
{
  DirtyFile file = DirtyFile::declarations;
  DirtyPlace place;
  std::int64_t row = 0;  ///< of declarations-YYYY.csv
  int version = 1;
  DirtyFault fault = DirtyFault::missing_field;
  bool is_copy = false;            ///< stands in a batch that was sent before
  std::int64_t customs_value = 0;  ///< [US cents] it would have had
};

/// A batch that was sent twice.
struct RepeatedBatch
{
  std::int64_t records = 0;
  DirtyPlace first, second;  ///< bytes with the last line end
};

/// A record of the file of amendments. Money in US cents.
struct Amendment
{
  DirtyPlace place;
  std::int64_t row = 0;  ///< of declarations-YYYY.csv
  int version = 2;
  bool is_broken = false;
  std::int64_t invoice = 0, customs_value = 0, duty = 0, vat = 0;
  std::int64_t customs_value_before = 0;  ///< of version 1
};

/// What was done to the records of one block.
struct DirtyKey
{
  std::vector<BrokenRecord> broken;
  std::vector<RepeatedBatch> repeated;
  std::vector<Amendment> amendments;
};

}  // namespace tarifa::kernels
