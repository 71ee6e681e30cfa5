#include <algorithm>
#include <limits>
#include <string>

#include "library_chunk.hpp"
#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using test::packed;
using test::StorageOf;
using test::unpacked;
using test::values_of_width;

template <class T>
class Chunk : public testing::Test
{
};
using Types = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t, std::int64_t>;
TYPED_TEST_SUITE(Chunk, Types, );

constexpr std::size_t sizes[] = {1, 2, 3, 7, 8, 9, 16, 31, 64, 100, 257, 1001};

/// Least values from which `bits` bits still fit: the lowest, the highest, one between.
template <class T>
std::vector<T> minima(unsigned bits)
{
  constexpr auto lowest = std::numeric_limits<T>::min();
  std::uint64_t const mask = bits == 0 ? 0 : ~std::uint64_t{0} >> (64U - bits);
  auto const highest = static_cast<T>(static_cast<std::uint64_t>(std::numeric_limits<T>::max()) - mask);
  std::uint64_t const room = static_cast<std::uint64_t>(highest) - static_cast<std::uint64_t>(lowest);
  auto const between = static_cast<T>(static_cast<std::uint64_t>(lowest) + room / 3);
  return {lowest, between, highest};
}

template <class T>
void expect_as_the_library(test::LibraryChunk const& library, std::vector<T> const& values,
                           std::string const& what)
{
  std::vector<std::byte> const ours = packed(values);
  ASSERT_EQ(library.values_of<T>(ours, values.size()), values) << what;
  std::vector<std::byte> const theirs = library.bytes_of(std::span<T const>(values));
  if (std::ranges::count(values, values.front()) == static_cast<std::ptrdiff_t>(values.size()))
  {
    // The byte after the head of a constant chunk means nothing; the library leaves what it finds there.
    ASSERT_EQ(theirs.size(), ours.size()) << what;
    ASSERT_TRUE(std::equal(ours.begin(), ours.begin() + 21, theirs.begin())) << what;
  }
  else
  {
    ASSERT_EQ(ours, theirs) << what;
  }
  std::vector<std::int64_t> const wide(values.begin(), values.end());
  ASSERT_EQ(unpacked<std::int64_t>(theirs, StorageOf<T>::value, values.size()), wide) << what;
  ASSERT_EQ(unpacked<std::int64_t>(ours, StorageOf<T>::value, values.size()), wide) << what;
  if (std::ranges::max(wide) <= std::numeric_limits<std::int32_t>::max() && sizeof(T) <= 4)
  {
    ASSERT_EQ(packed<std::int32_t>(values), ours) << what;
    std::vector<std::int32_t> const narrow(values.begin(), values.end());
    ASSERT_EQ(unpacked<std::int32_t>(ours, StorageOf<T>::value, values.size()), narrow) << what;
  }
}

TYPED_TEST(Chunk, EveryWidthAndLengthHasTheBytesAndValuesOfTheLibrary)
{
  std::mt19937_64 random(20250101);
  for (std::size_t const size : sizes)
  {
    test::LibraryChunk const library(StorageOf<TypeParam>::type(), size);
    for (unsigned bits = 0; bits <= 8 * sizeof(TypeParam); ++bits)
    {
      for (TypeParam const minimum : minima<TypeParam>(bits))
      {
        std::string const what = std::to_string(bits) + " bits, minimum " + std::to_string(minimum) + ", "
                                 + std::to_string(size) + " values";
        expect_as_the_library(library, values_of_width(bits, minimum, size, random), what);
        if (this->HasFatalFailure())
        {
          return;
        }
      }
    }
  }
}

TYPED_TEST(Chunk, RangesAroundPowersOfTwoAndTheWidestOnesMatchTheLibrary)
{
  using T = TypeParam;
  constexpr T lowest = std::numeric_limits<T>::min();
  constexpr T highest = std::numeric_limits<T>::max();
  test::LibraryChunk const three(StorageOf<T>::type(), 3);
  test::LibraryChunk const two(StorageOf<T>::type(), 2);
  for (T const slack : {T{0}, T{1}, T{2}, T{3}})
  {
    auto const below = static_cast<T>(highest - slack);
    auto const above = static_cast<T>(lowest + slack);
    expect_as_the_library(three, std::vector<T>{lowest, below, T{1}},
                          "from the lowest value, slack " + std::to_string(slack));
    expect_as_the_library(three, std::vector<T>{highest, above, T{1}},
                          "to the highest value, slack " + std::to_string(slack));
  }
  for (unsigned bits = 1; bits + 1 < 8 * sizeof(T); ++bits)
  {
    auto const power = static_cast<T>(T{1} << bits);
    expect_as_the_library(two, std::vector<T>{0, static_cast<T>(power - 1)}, "range 2^n - 1");
    expect_as_the_library(two, std::vector<T>{0, power}, "range 2^n");
    expect_as_the_library(two, std::vector<T>{0, static_cast<T>(power + 1)}, "range 2^n + 1");
  }
}

TYPED_TEST(Chunk, AShardOfEveryWidthSurvivesTheRoundTrip)
{
  using T = TypeParam;
  std::mt19937_64 random(7);
  for (unsigned bits = 1; bits <= 8 * sizeof(T); ++bits)
  {
    std::vector<T> const values = values_of_width(bits, std::numeric_limits<T>::min(), 16387, random);
    std::vector<std::int64_t> const wide(values.begin(), values.end());
    ASSERT_EQ(unpacked<std::int64_t>(packed(values), StorageOf<T>::value, values.size()), wide)
        << bits << " bits";
  }
}

TEST(ChunkBound, IsNeverPassedByThePacker)
{
  std::mt19937_64 random(3);
  for (unsigned bits = 0; bits <= 64; ++bits)
  {
    for (std::size_t const size : sizes)
    {
      std::vector<std::int64_t> const values = values_of_width<std::int64_t>(bits, -5, size, random);
      std::size_t const bound = packed_bound(size, Storage::i64);
      std::vector<std::byte> bytes(bound + 16, std::byte{0xA5});
      std::span<std::int64_t const> const view(values);
      ASSERT_LE(pack_chunk(view, range_of(view), Storage::i64, bytes.data()), bound);
      ASSERT_EQ(std::count(bytes.begin() + static_cast<std::ptrdiff_t>(bound), bytes.end(), std::byte{0xA5}),
                16);
    }
  }
}

TEST(ChunkPacking, AnEmptyChunkIsOurBug)
{
  EXPECT_THROW(range_of(std::span<std::int64_t const>()), Error);
}

/// Definition of the checksum, word by word.
std::uint32_t plain_fletcher32(std::span<std::byte const> bytes)
{
  std::uint64_t words = 0;
  std::uint64_t running = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
  {
    words += std::to_integer<std::uint64_t>(bytes[i]) << 8U;
    words += i + 1 < bytes.size() ? std::to_integer<std::uint64_t>(bytes[i + 1]) : 0;
    words = words > 65535 ? words - 65535 : words;
    running += words;
    running = running > 65535 ? running - 65535 : running;
  }
  return static_cast<std::uint32_t>(running << 16U | words);
}

TEST(Fletcher32, EqualsItsDefinitionForEveryLengthAndForExtremeBytes)
{
  std::mt19937_64 random(11);
  for (std::size_t size = 0; size < 3000; ++size)
  {
    std::vector<std::byte> bytes(size);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    ASSERT_EQ(fletcher32(bytes), plain_fletcher32(bytes)) << size << " random bytes";
  }
  for (std::size_t const size : {1U, 4096U, 8191U, 100001U, 1U << 20U})
  {
    for (std::byte const fill : {std::byte{0}, std::byte{0xFF}, std::byte{0x80}})
    {
      std::vector<std::byte> bytes(size, fill);
      ASSERT_EQ(fletcher32(bytes), plain_fletcher32(bytes)) << size << " equal bytes";
      bytes.back() = std::byte{1};
      ASSERT_EQ(fletcher32(bytes), plain_fletcher32(bytes)) << size << " bytes, the last one different";
    }
  }
}

TEST(Fletcher32, IsTheOneTheLibraryAppends)
{
  std::mt19937_64 random(13);
  for (std::size_t size = 1; size < 1500; size += 7)
  {
    std::vector<std::uint8_t> values(size);
    std::ranges::generate(values, [&] { return static_cast<std::uint8_t>(random()); });
    test::LibraryChunk const chunk(H5T_STD_U8LE, size, test::Filters::checksum);
    std::vector<std::byte> const bytes = chunk.bytes_of(std::span<std::uint8_t const>(values));
    ASSERT_EQ(bytes.size(), size + 4);
    std::uint32_t stored = 0;
    std::copy_n(bytes.end() - 4, 4, reinterpret_cast<std::byte*>(&stored));
    ASSERT_EQ(fletcher32(std::span(bytes).first(size)), stored) << size << " bytes";
  }
}

}  // namespace
}  // namespace tarifa
