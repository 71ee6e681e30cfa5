#include "pipeline/ingest/block_feed.hpp"

#include <fstream>
#include <string>

#include "tests/archive/archive_fixture.hpp"
#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;
using testing::ScratchFolder;

constexpr std::uint64_t block_bytes = 256 << 10;

Source source_with(std::string const& limit)
{
  return parse_source("[source]\ntable = t\nrecord-limit = " + limit
                          + "\n[column a]\nkind = integer\n[column b]\nkind = code\n",
                      "s");
}

/// A zstd frame of raw blocks (RFC 8878, 3.1.1).
std::string zstd(std::string const& text)
{
  std::string frame("\x28\xB5\x2F\xFD\x00\x38", 6);
  for (std::size_t at = 0; at < text.size(); at += 65536)
  {
    std::string const piece = text.substr(at, 65536);
    auto const head = static_cast<unsigned>(piece.size() << 3U | unsigned{at + 65536 >= text.size()});
    frame += {static_cast<char>(head), static_cast<char>(head >> 8U), static_cast<char>(head >> 16U)};
    frame += piece;
  }
  return frame;
}

std::string table(std::size_t bytes)
{
  std::string text = "a,b\n";
  for (int row = 0; text.size() < bytes; ++row)
  {
    text += std::to_string(row) + ",some text of a usual length\n";
  }
  return text;
}

/// [bytes] this process has asked the system for, as the system counts them; 0 where it does not.
std::int64_t bytes_asked_for()
{
  std::ifstream counts("/proc/self/io");
  std::string name;
  std::int64_t count = 0;
  while (counts >> name >> count)
  {
    if (name == "rchar:")
    {
      return count;
    }
  }
  return 0;
}

/// Of what is read, and of what a block takes of memory, neither depends on how long a record may be.
TEST(BlockFeed, ReadsEveryByteAboutOnceHoweverLongARecordMayBe)
{
  Comm const comm(MPI_COMM_WORLD);
  ScratchFolder const folder("block_feed");
  std::string const text = table(6 << 20);
  for (std::string const name : {"a.csv", "a.csv.zst"})
  {
    fs::path const path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << (name == "a.csv" ? text : zstd(text));
    for (std::string const limit : {"1 KiB", "64 KiB", "64 MiB"})
    {
      Source const source = source_with(limit);
      std::vector<InputFile> const files = examine_inputs(comm, source, {path});
      std::int64_t const before = bytes_asked_for();
      BlockFeed feed(comm, source, files, block_bytes, BlockFeed::whole(files));
      BlockFeed::Block block;
      std::uint64_t bytes = 0;
      while (feed.next(block))
      {
        bytes += block.text.stop - (block.text.begin - block.text.offset);
        EXPECT_LT(block.buffer.size(), block_bytes * 5 / 4) << name << " " << limit;
      }
      EXPECT_EQ(bytes, text.size()) << name << " " << limit;
      std::int64_t const asked = bytes_asked_for() - before;
      EXPECT_LT(asked, static_cast<std::int64_t>(text.size()) * 5 / 4) << name << " " << limit;
    }
  }
}

TEST(BlockFeed, HandsOutEveryBlockInOneStretchHoweverTheDeliveryIsCut)
{
  Comm const comm(MPI_COMM_WORLD);
  ScratchFolder const folder("block_feed");
  std::string const text = table(1 << 20);
  std::vector<fs::path> paths;
  for (std::string const name : {"a.csv", "b.csv.zst", "c.csv"})
  {
    paths.push_back(folder.path() / name);
    std::ofstream(paths.back(), std::ios::binary) << (name == "b.csv.zst" ? zstd(text) : text);
  }
  Source const source = source_with("1 KiB");
  std::vector<InputFile> const files = examine_inputs(comm, source, paths);
  std::uint64_t const all = BlockFeed::whole(files).end;
  for (std::uint64_t const length : {all, all / 3, std::uint64_t{300000}, block_bytes, std::uint64_t{1000}})
  {
    std::vector<std::uint64_t> bytes(files.size());
    std::uint64_t begin = 0;
    while (begin < all)
    {
      std::uint64_t const end = std::min(begin + length, all);
      BlockFeed feed(comm, source, files, block_bytes, {begin, end});
      BlockFeed::Block block;
      std::size_t blocks = 0;
      for (; feed.next(block); ++blocks)
      {
        EXPECT_EQ(block.text.begin, bytes[block.text.file]) << length;
        bytes[block.text.file] += block.text.stop - (block.text.begin - block.text.offset);
      }
      EXPECT_GT(blocks, 0U) << "nothing begins at " << begin << ", length " << length;
      begin = BlockFeed::next_begin(files, block_bytes, end);
    }
    EXPECT_EQ(bytes, std::vector<std::uint64_t>(files.size(), text.size())) << length;
  }
}

TEST(BlockFeed, LengthensTheTextOfABlockUpToTheRecordLimitOrTheEndOfTheFile)
{
  Comm const comm(MPI_COMM_WORLD);
  ScratchFolder const folder("block_feed");
  std::string const text = table(3 << 20);
  for (std::string const name : {"a.csv", "a.csv.zst"})
  {
    fs::path const path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << (name == "a.csv" ? text : zstd(text));
    Source const source = source_with("1 MiB");
    std::vector<InputFile> const files = examine_inputs(comm, source, {path});
    BlockFeed feed(comm, source, files, block_bytes, BlockFeed::whole(files));
    BlockFeed::Block block;
    for (std::uint64_t begin = 0; feed.next(block); begin += block_bytes)
    {
      BlockText const first = block.text;
      int times = 0;
      while (feed.lengthen(block))
      {
        ASSERT_LT(++times, 8);
      }
      std::uint64_t const reach = std::min<std::uint64_t>(begin + block_bytes + (1 << 20), text.size());
      EXPECT_EQ(block.text.offset + block.text.text.size(), reach) << name;
      EXPECT_EQ(block.text.at_end, reach == text.size()) << name;
      EXPECT_EQ(block.text.text, std::string_view(text).substr(block.text.offset, block.text.text.size()));
      EXPECT_EQ(block.text.stop, first.stop);
      EXPECT_EQ(block.text.from, first.from);
      BlockFeed::Block same;
      feed.again(same, 0, begin, begin + 100);
      EXPECT_EQ(same.text.offset + same.text.from, begin + 100);
      EXPECT_EQ(same.text.offset + same.text.stop, first.offset + first.stop);
      EXPECT_EQ(same.text.text, std::string_view(text).substr(same.text.offset, same.text.text.size()));
    }
  }
}

}  // namespace
}  // namespace tarifa
