#include <cstring>
#include <limits>
#include <string>

#include "library_chunk.hpp"
#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using test::library_values;
using test::packed;
using test::unpacked;
using test::values_of_width;

using Bytes = std::vector<std::byte>;

/// The same bytes with a checksum that fits them: damage that only the other checks can find.
Bytes resealed(Bytes bytes)
{
  std::uint32_t const sum = fletcher32(std::span(bytes).first(bytes.size() - 4));
  std::memcpy(bytes.data() + bytes.size() - 4, &sum, sizeof sum);
  return bytes;
}

template <class T>
Bytes with(Bytes bytes, std::size_t place, T value)
{
  std::memcpy(bytes.data() + place, &value, sizeof value);
  return bytes;
}

void expect_refused(Bytes const& bytes, Storage storage, std::size_t values, std::string const& reason)
{
  try
  {
    unpacked<std::int64_t>(bytes, storage, values);
    FAIL() << "accepted " << bytes.size() << " bytes, expected: " << reason;
  }
  catch (Error const& error)
  {
    ASSERT_EQ(error.fault(), Fault::storage);
    ASSERT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

Bytes sound_chunk(unsigned bits, std::size_t values)
{
  std::mt19937_64 random(bits);
  return packed(values_of_width<std::int64_t>(bits, -1000, values, random));
}

TEST(HostileChunk, EveryFlippedBitIsFound)
{
  Bytes const sound = sound_chunk(13, 50);
  for (std::size_t place = 0; place < sound.size(); ++place)
  {
    for (unsigned bit = 0; bit < 8; ++bit)
    {
      Bytes bytes = sound;
      bytes[place] ^= std::byte{1} << bit;
      expect_refused(bytes, Storage::i64, 50, "is damaged: its Fletcher32");
    }
  }
}

TEST(HostileChunk, EveryTruncationIsFoundWithOrWithoutAFittingChecksum)
{
  for (unsigned const bits : {1U, 13U, 25U, 40U, 57U, 61U, 64U})
  {
    Bytes const sound = sound_chunk(bits, 50);
    for (std::size_t size = 0; size < sound.size(); ++size)
    {
      Bytes bytes(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
      expect_refused(bytes, Storage::i64, 50, size <= 25 ? "fewer than any chunk" : "is damaged");
      if (size > 25)
      {
        expect_refused(resealed(bytes), Storage::i64, 50, "50 values of");
      }
    }
  }
}

TEST(HostileChunk, AWidthBeyondTheTypeIsRefusedBeforeItIsUsed)
{
  Bytes const sound = sound_chunk(13, 50);
  for (std::uint32_t const bits : {65U, 200U, 0x7FFFFFFFU, 0xFFFFFFFFU})
  {
    expect_refused(resealed(with(sound, 0, bits)), Storage::i64, 50, "bits per value, its type has 64");
  }
  std::mt19937_64 random(1);
  Bytes const codes = packed(values_of_width<std::uint16_t>(9, 3, 50, random));
  expect_refused(resealed(with(codes, 0, 17U)), Storage::u16, 50, "bits per value, its type has 16");
}

TEST(HostileChunk, AnyOtherWidthOrNumberOfValuesDisagreesWithTheSize)
{
  Bytes const sound = sound_chunk(13, 50);
  for (std::uint32_t bits = 0; bits <= 64; ++bits)
  {
    if (bits != 13)
    {
      expect_refused(resealed(with(sound, 0, bits)), Storage::i64, 50, "50 values of");
    }
  }
  expect_refused(sound, Storage::i64, 51, "51 values of 13 bits take");
  expect_refused(sound, Storage::i64, 49, "49 values of 13 bits take");
  expect_refused(sound, Storage::i64, std::size_t{1} << 20, "1048576 values of 13 bits take");
}

TEST(HostileChunk, AMinimumOfAnotherSizeOrTypeIsRefused)
{
  Bytes const sound = sound_chunk(13, 50);
  expect_refused(resealed(with(sound, 4, std::uint8_t{4})), Storage::i64, 50, "a minimum of 4 bytes");
  std::mt19937_64 random(1);
  Bytes const codes = packed(values_of_width<std::uint16_t>(9, 3, 50, random));
  expect_refused(resealed(with(codes, 5, std::uint64_t{65536})), Storage::u16, 50, "outside its type");
  Bytes const days = packed(values_of_width<std::int32_t>(9, -3, 50, random));
  expect_refused(resealed(with(days, 5, std::uint64_t{0xFFFFFFFD})), Storage::i32, 50, "outside its type");
}

/// Random payload under a sound head, minimum anywhere in the type.
template <class T>
Bytes forged_chunk(unsigned bits, std::size_t values, std::mt19937_64& random)
{
  Bytes bytes(21 + values * bits / 8 + 1 + 4);
  for (std::byte& byte : bytes)
  {
    byte = static_cast<std::byte>(random());
  }
  bytes = with(bytes, 0, std::uint32_t{bits});
  bytes = with(bytes, 4, std::uint8_t{8});
  return resealed(with(bytes, 5, static_cast<std::uint64_t>(static_cast<T>(random()))));
}

template <class T>
void expect_forgeries_to_read_like_the_library(Storage storage)
{
  std::mt19937_64 random(99);
  for (unsigned bits = 1; bits < 8 * sizeof(T); ++bits)
  {
    for (std::size_t const values : {1U, 5U, 77U})
    {
      Bytes const bytes = forged_chunk<T>(bits, values, random);
      std::vector<T> const theirs = library_values<T>(bytes, values);
      std::vector<std::int64_t> const wide(theirs.begin(), theirs.end());
      ASSERT_EQ(unpacked<std::int64_t>(bytes, storage, values), wide)
          << bits << " bits, " << values << " values";
    }
  }
}

TEST(HostileChunk, SumsBeyondTheTypeWrapAsInTheLibrary)
{
  expect_forgeries_to_read_like_the_library<std::uint8_t>(Storage::u8);
  expect_forgeries_to_read_like_the_library<std::uint16_t>(Storage::u16);
  expect_forgeries_to_read_like_the_library<std::uint32_t>(Storage::u32);
  expect_forgeries_to_read_like_the_library<std::int32_t>(Storage::i32);
  expect_forgeries_to_read_like_the_library<std::int64_t>(Storage::i64);
}

TEST(HostileChunk, NarrowOutputRefusesWhatItCannotHold)
{
  std::vector<std::uint32_t> const fitting{0, 5, 0x7FFFFFFFU};
  EXPECT_EQ(unpacked<std::int32_t>(packed(fitting), Storage::u32, 3),
            (std::vector<std::int32_t>{0, 5, 0x7FFFFFFF}));
  for (std::vector<std::uint32_t> const& large :
       {std::vector<std::uint32_t>{0, 5, 0x80000000U}, std::vector<std::uint32_t>{0x80000000U, 0x80000000U},
        std::vector<std::uint32_t>{0x80000000U, 0x80000007U}})
  {
    EXPECT_THROW(unpacked<std::int32_t>(packed(large), Storage::u32, large.size()), Error);
  }
  EXPECT_THROW(unpacked<std::int32_t>(sound_chunk(13, 50), Storage::i64, 50), Error);
}

TEST(HostileChunk, AskingForNoValuesIsOurBug)
{
  EXPECT_THROW(unpacked<std::int64_t>(sound_chunk(13, 50), Storage::i64, 0), Error);
}

}  // namespace
}  // namespace tarifa
