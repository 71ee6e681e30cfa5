#include "pipeline/archive/schema.hpp"

#include <array>
#include <limits>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

struct KindName
{
  ColumnKind kind;
  std::string_view name;
};

constexpr std::array kind_names = {
    KindName{ColumnKind::integer, "integer"}, KindName{ColumnKind::decimal, "decimal"},
    KindName{ColumnKind::code, "code"},       KindName{ColumnKind::hs, "hs"},
    KindName{ColumnKind::date, "date"},
};

Storage storage_of_codes(std::size_t codes)
{
  if (codes <= std::size_t{1} << 8U)
  {
    return Storage::u8;
  }
  if (codes <= std::size_t{1} << 16U)
  {
    return Storage::u16;
  }
  require(
      codes <= std::size_t{1} << 31U, Fault::data,
      "a dictionary of " + std::to_string(codes) + " codes is larger than 2^31; store the column as integer");
  return Storage::u32;
}

}  // namespace

double ColumnSchema::stored_per_unit() const noexcept
{
  double power = 1;
  for (int place = 0; place < scale; ++place)
  {
    power *= 10;
  }
  return power;
}

std::size_t storage_bytes(Storage storage)
{
  switch (storage)
  {
    case Storage::u8:
      return 1;
    case Storage::u16:
      return 2;
    case Storage::u32:
    case Storage::i32:
      return 4;
    case Storage::i64:
      return 8;
  }
  throw Error(Fault::internal, "unknown storage " + std::to_string(static_cast<int>(storage)));
}

std::string_view name_of(ColumnKind kind)
{
  for (KindName const& known : kind_names)
  {
    if (known.kind == kind)
    {
      return known.name;
    }
  }
  throw Error(Fault::internal, "unknown column kind " + std::to_string(static_cast<int>(kind)));
}

std::string_view name_of(Storage storage)
{
  switch (storage)
  {
    case Storage::u8:
      return "u8";
    case Storage::u16:
      return "u16";
    case Storage::u32:
      return "u32";
    case Storage::i32:
      return "i32";
    case Storage::i64:
      return "i64";
  }
  throw Error(Fault::internal, "unknown storage " + std::to_string(static_cast<int>(storage)));
}

ColumnKind column_kind(std::string_view name)
{
  std::string valid;
  for (KindName const& known : kind_names)
  {
    if (known.name == name)
    {
      return known.kind;
    }
    valid += (valid.empty() ? "" : ", ") + std::string(known.name);
  }
  throw Error(Fault::data, "column kind '" + std::string(name) + "' is unknown; use one of " + valid);
}

Storage storage_of(ColumnKind kind, std::size_t codes)
{
  switch (kind)
  {
    case ColumnKind::integer:
    case ColumnKind::decimal:
    case ColumnKind::hs:
      return Storage::i64;
    case ColumnKind::code:
      return storage_of_codes(codes);
    case ColumnKind::date:
      return Storage::i32;
  }
  throw Error(Fault::internal, "unknown column kind " + std::to_string(static_cast<int>(kind)));
}

bool can_store(ColumnKind kind, Storage storage)
{
  bool const is_code = storage == Storage::u8 || storage == Storage::u16 || storage == Storage::u32;
  return kind == ColumnKind::code ? is_code : storage == storage_of(kind, 0);
}

}  // namespace tarifa
