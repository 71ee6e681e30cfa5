#include "pipeline/archive/schema.hpp"

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

TEST(ColumnKindNames, SurviveTheRoundTrip)
{
  for (ColumnKind const kind :
       {ColumnKind::integer, ColumnKind::decimal, ColumnKind::code, ColumnKind::hs, ColumnKind::date})
  {
    EXPECT_EQ(column_kind(name_of(kind)), kind);
  }
}

TEST(ColumnKindNames, AnUnknownNameIsADataFaultThatListsTheValidOnes)
{
  try
  {
    column_kind("money");
    FAIL();
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::data);
    EXPECT_STREQ(error.what(), "column kind 'money' is unknown; use one of integer, decimal, code, hs, date");
  }
  EXPECT_THROW(column_kind(""), Error);
  EXPECT_THROW(column_kind("Code"), Error);
}

TEST(Storage, HasTheBytesItsNameSays)
{
  EXPECT_EQ(storage_bytes(Storage::u8), 1U);
  EXPECT_EQ(storage_bytes(Storage::u16), 2U);
  EXPECT_EQ(storage_bytes(Storage::u32), 4U);
  EXPECT_EQ(storage_bytes(Storage::i32), 4U);
  EXPECT_EQ(storage_bytes(Storage::i64), 8U);
  EXPECT_EQ(name_of(Storage::u16), "u16");
  EXPECT_EQ(name_of(Storage::i64), "i64");
}

TEST(Storage, OfCodesIsTheNarrowestThatHoldsTheDictionary)
{
  EXPECT_EQ(storage_of(ColumnKind::code, 0), Storage::u8);
  EXPECT_EQ(storage_of(ColumnKind::code, 256), Storage::u8);
  EXPECT_EQ(storage_of(ColumnKind::code, 257), Storage::u16);
  EXPECT_EQ(storage_of(ColumnKind::code, 65536), Storage::u16);
  EXPECT_EQ(storage_of(ColumnKind::code, 65537), Storage::u32);
  EXPECT_EQ(storage_of(ColumnKind::code, std::size_t{1} << 31U), Storage::u32);
  EXPECT_THROW(storage_of(ColumnKind::code, (std::size_t{1} << 31U) + 1), Error);
}

TEST(Storage, OfNumbersDependsOnTheKindAndForHsOnTheDigits)
{
  EXPECT_EQ(storage_of(ColumnKind::integer, 0), Storage::i64);
  EXPECT_EQ(storage_of(ColumnKind::decimal, 0), Storage::i64);
  EXPECT_EQ(storage_of(ColumnKind::date, 0), Storage::i32);
  EXPECT_EQ(storage_of(ColumnKind::hs, 0), Storage::i64);
  EXPECT_TRUE(can_store(ColumnKind::code, Storage::u16));
  EXPECT_FALSE(can_store(ColumnKind::code, Storage::i64)) << "readers index the dictionary with narrow codes";
  EXPECT_FALSE(can_store(ColumnKind::hs, Storage::i32));
}

}  // namespace
}  // namespace tarifa
