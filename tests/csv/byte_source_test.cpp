#include "pipeline/csv/byte_source.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

class ByteSourceTest : public testing::Test
{
 protected:
  ByteSourceTest()
  {
    std::string pattern = (fs::temp_directory_path() / "tarifa_bytes_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ByteSourceTest() override { fs::remove_all(folder_); }

  fs::path write(std::string const& name, std::string_view bytes) const
  {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  fs::path folder_;
};

std::string text_of(std::size_t bytes)
{
  std::string text;
  for (unsigned k = 0; text.size() < bytes; ++k)
  {
    text += std::to_string(k * 2654435761U) + (k % 7 == 0 ? "\n" : ",");
  }
  text.resize(bytes);
  return text;
}

std::string gzip(std::string_view text)
{
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstd(std::string_view text)
{
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

/// All bytes of a source, read in rooms of `room` bytes.
std::string read_all(ByteSource& source, std::size_t room)
{
  std::string text;
  std::vector<char> buffer(room);
  while (std::size_t const got = source.read(buffer.data(), room))
  {
    text.append(buffer.data(), got);
  }
  EXPECT_EQ(source.read(buffer.data(), room), 0U) << "the end stays the end";
  return text;
}

Error error_of(std::function<void()> const& work)
{
  try
  {
    work();
  }
  catch (Error const& error)
  {
    return error;
  }
  return {Fault::internal, "nothing was thrown"};
}

/// Reads until the error; `text` gets what came before it.
Error damage_of(fs::path const& path, std::string& text)
{
  return error_of(
      [&]
      {
        auto const source = ByteSource::open(path);
        std::vector<char> buffer(1000);
        while (std::size_t const got = source->read(buffer.data(), buffer.size()))
        {
          text.append(buffer.data(), got);
        }
      });
}

TEST_F(ByteSourceTest, plain_gzip_and_zstd_files_give_the_same_bytes_for_any_room)
{
  std::string const text = text_of(700'001);
  fs::path const paths[] = {write("a.csv", text), write("a.csv.gz", gzip(text)),
                            write("a.csv.zst", zstd(text))};
  for (auto const& path : paths)
  {
    for (std::size_t const room : {7UL, 4096UL, 1'000'000UL})
    {
      EXPECT_EQ(read_all(*ByteSource::open(path), room), text) << path << " room " << room;
    }
  }
  EXPECT_TRUE(ByteSource::is_seekable(paths[0]));
  EXPECT_FALSE(ByteSource::is_seekable(paths[1]));
  EXPECT_FALSE(ByteSource::is_seekable(paths[2]));
}

TEST_F(ByteSourceTest, follows_members_and_frames_to_the_end)
{
  std::string const a = text_of(300'000);
  std::string const skippable("\x50\x2A\x4D\x18\x04\0\0\0abcd", 12);
  EXPECT_EQ(read_all(*ByteSource::open(write("a.GZ", gzip(a) + gzip("") + gzip("end"))), 999), a + "end");
  EXPECT_EQ(read_all(*ByteSource::open(write("b.gz", gzip(a) + std::string(1000, '\0'))), 999), a);
  EXPECT_EQ(read_all(*ByteSource::open(write("a.zst", skippable + zstd(a) + zstd("") + zstd("end"))), 999),
            a + "end");
}

TEST_F(ByteSourceTest, empty_text_has_no_bytes)
{
  for (auto const& path : {write("a", ""), write("a.gz", gzip("")), write("a.zst", zstd(""))})
  {
    EXPECT_EQ(read_all(*ByteSource::open(path), 10), "") << path;
  }
}

TEST_F(ByteSourceTest, reads_plain_text_under_a_compressed_name_as_plain)
{
  fs::path const path = write("plain.csv.gz", "a,b\n");
  EXPECT_TRUE(ByteSource::is_seekable(path));
  EXPECT_EQ(read_all(*ByteSource::open(path), 10), "a,b\n");
}

TEST_F(ByteSourceTest, a_compressed_file_cut_anywhere_is_an_error_after_the_bytes_before_the_cut)
{
  std::string const text = text_of(5000);
  for (auto const& [name, packed] :
       {std::pair<std::string, std::string>{"cut.gz", gzip(text)}, {"cut.zst", zstd(text)}})
  {
    for (std::size_t bytes = 0; bytes < packed.size(); bytes += 1 + bytes / 20)
    {
      std::string before;
      Error const error = damage_of(write(name, packed.substr(0, bytes)), before);
      EXPECT_EQ(error.fault(), Fault::data) << name << " cut to " << bytes << ": " << error.what();
      EXPECT_EQ(before, text.substr(0, before.size()));
      EXPECT_NE(std::string(error.what()).find("after " + std::to_string(before.size()) + " bytes"),
                std::string::npos)
          << error.what();
    }
    std::string before;
    EXPECT_EQ(damage_of(write(name, packed + packed.substr(0, packed.size() / 2)), before).fault(),
              Fault::data);
    EXPECT_EQ(before.substr(0, text.size()), text) << "the second member is the cut one";
  }
}

TEST_F(ByteSourceTest, damaged_bytes_are_an_error_that_names_the_file)
{
  std::string const text = text_of(5000);
  std::string damaged_gzip = gzip(text);
  damaged_gzip[damaged_gzip.size() - 6] = static_cast<char>(damaged_gzip[damaged_gzip.size() - 6] ^ 1);
  std::string before;
  Error const error = damage_of(write("crc.gz", damaged_gzip), before);
  EXPECT_EQ(error.fault(), Fault::data);
  EXPECT_NE(std::string(error.what()).find("crc.gz"), std::string::npos);
  EXPECT_EQ(before, text);
  before.clear();
  EXPECT_EQ(damage_of(write("junk.gz", gzip(text) + "junk"), before).fault(), Fault::data);
  before.clear();
  EXPECT_EQ(damage_of(write("junk.zst", zstd(text) + "junk"), before).fault(), Fault::data);
  before.clear();
  EXPECT_EQ(damage_of(write("pad.gz", gzip(text) + std::string(9, '\0') + "x"), before).fault(), Fault::data);
}

TEST_F(ByteSourceTest, what_cannot_be_opened_is_a_storage_error_with_path_reason_and_advice)
{
  Error const missing = error_of([&] { ByteSource::open(folder_ / "none.csv"); });
  EXPECT_EQ(missing.fault(), Fault::storage);
  EXPECT_EQ(missing.what(), (folder_ / "none.csv").string() + ": No such file or directory (check the path)");
  Error const folder = error_of([&] { PlainFile file(folder_); });
  EXPECT_EQ(folder.fault(), Fault::storage);
  EXPECT_EQ(folder.what(), folder_.string() + ": Is a directory (name the files in it)");
  EXPECT_EQ(error_of([&] { ByteSource::is_seekable(folder_ / "none"); }).fault(), Fault::storage);
}

TEST_F(ByteSourceTest, a_file_without_permission_is_a_storage_error)
{
  fs::path const path = write("secret.csv", "a");
  fs::permissions(path, fs::perms::none);
  fs::permissions(folder_, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  constexpr uid_t nobody = 65534;
  bool const root = ::geteuid() == 0;
  if (root && ::seteuid(nobody) != 0)
  {
    GTEST_SKIP() << "root reads everything and cannot become somebody else here";
  }
  Error const error = error_of([&] { ByteSource::open(path); });
  if (root)
  {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_EQ(error.fault(), Fault::storage);
  EXPECT_NE(std::string(error.what()).find("Permission denied (ask its owner"), std::string::npos)
      << error.what();
}

TEST_F(ByteSourceTest, a_plain_file_is_read_at_offsets)
{
  std::string const text = text_of(100'000);
  PlainFile const file(write("a.csv", text));
  EXPECT_EQ(file.bytes(), text.size());
  std::string part(5000, '\0');
  EXPECT_EQ(file.read_at(70'000, part.data(), part.size()), part.size());
  EXPECT_EQ(part, text.substr(70'000, 5000));
  EXPECT_EQ(file.read_at(99'990, part.data(), part.size()), 10U);
  EXPECT_EQ(file.read_at(100'000, part.data(), part.size()), 0U);
  EXPECT_EQ(file.read_at(1'000'000, part.data(), part.size()), 0U);
}

TEST_F(ByteSourceTest, a_plain_file_that_shrank_is_a_storage_error)
{
  fs::path const path = write("a.csv", text_of(10'000));
  PlainFile const file(path);
  fs::resize_file(path, 4000);
  std::string part(10'000, '\0');
  EXPECT_EQ(file.read_at(0, part.data(), 4000), 4000U);
  EXPECT_EQ(error_of([&] { file.read_at(0, part.data(), part.size()); }).fault(), Fault::storage);
}

}  // namespace
}  // namespace tarifa
