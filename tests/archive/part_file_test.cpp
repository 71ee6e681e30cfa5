#include "pipeline/archive/part_file.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tests/archive/archive_fixture.hpp"
#include "tests/archive/file_limit.hpp"
#include <gtest/gtest.h>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/hdf5_items.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using testing::FileLimit;
using testing::packed_cells;
using testing::PlainColumn;
using testing::PlainPartition;
using testing::random_partition;
using testing::ScratchFolder;

PartInfo info_of(PlainPartition const& plain, std::int64_t shard_rows)
{
  PartInfo info;
  info.table = "trade";
  info.partition = plain.name;
  info.vintage = "v1";
  info.rows = plain.rows;
  info.shard_rows = shard_rows;
  return info;
}

PartDigest write(ScratchFolder const& folder, PlainPartition const& plain, std::int64_t shard_rows)
{
  return testing::write_part(folder.path(), info_of(plain, shard_rows), plain, 0);
}

PartPlace place_of(PlainPartition const& plain, std::int64_t shard_rows)
{
  return {"trade", plain.name, "v1", 0, shard_rows};
}

std::vector<std::int64_t> through_hdf5(std::filesystem::path const& path, std::string const& dataset_name)
{
  Hdf5Properties const access = serial_access();
  Hdf5File const file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), "open");
  Hdf5DataSet const dataset(H5Dopen2(file.id(), dataset_name.c_str(), H5P_DEFAULT), dataset_name);
  Hdf5Space const space(H5Dget_space(dataset.id()), dataset_name);
  std::vector<std::int64_t> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
  if (!values.empty())
  {
    hdf5_check(H5Dread(dataset.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
               dataset_name);
  }
  return values;
}

std::string error_of(auto&& work)
{
  try
  {
    work();
  }
  catch (Error const& error)
  {
    return error.what();
  }
  return "no error";
}

bool contains(std::string const& text, std::string const& piece)
{
  return text.find(piece) != std::string::npos;
}

class PartOfRows : public ::testing::TestWithParam<std::int64_t>
{
};

TEST_P(PartOfRows, IsReadByTheLibraryAsItWasWritten)
{
  ScratchFolder const folder("part_file");
  PlainPartition const plain = random_partition("2020", GetParam(), 7);
  PartDigest const digest = write(folder, plain, 100);
  auto const path = folder.path() / "part-0000.h5";
  EXPECT_EQ(digest.bytes, static_cast<std::int64_t>(std::filesystem::file_size(path)));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
  for (std::size_t c = 0; c < plain.columns.size(); ++c)
  {
    PlainColumn const& column = plain.columns[c];
    std::vector<std::int64_t> const read = through_hdf5(path, "columns/" + column.schema.name);
    ASSERT_EQ(read.size(), column.values.size());
    bool const has_missing = std::find(column.valid.begin(), column.valid.end(), 0) != column.valid.end();
    auto const valid = has_missing ? through_hdf5(path, "validity/" + column.schema.name)
                                   : std::vector<std::int64_t>(read.size(), 1);
    ASSERT_EQ(valid.size(), read.size());
    std::int64_t missing = 0, minimum = INT64_MAX, maximum = INT64_MIN;
    for (std::size_t i = 0; i < read.size(); ++i)
    {
      bool const there = column.valid.empty() || column.valid[i] != 0;
      EXPECT_EQ(valid[i], there ? 1 : 0) << column.schema.name << " row " << i;
      EXPECT_TRUE(!there || read[i] == column.values[i]) << column.schema.name << " row " << i;
      missing += there ? 0 : 1;
      minimum = there ? std::min(minimum, read[i]) : minimum;
      maximum = there ? std::max(maximum, read[i]) : maximum;
    }
    bool const any = missing < plain.rows;
    EXPECT_EQ(digest.columns[c].facts, (ColumnFacts{any ? minimum : 0, any ? maximum : 0, missing}))
        << column.schema.name;
  }
}

INSTANTIATE_TEST_SUITE_P(ZeroOneEdgesAndAFullPart, PartOfRows,
                         ::testing::Values(0, 1, 99, 100, 101, 1234, 6400));

TEST(PartFile, OfEqualContentHasEqualBytes)
{
  ScratchFolder const first("part_a"), second("part_b");
  PlainPartition const plain = random_partition("2020", 777, 3);
  PartDigest const a = write(first, plain, 100);
  PartDigest const b = write(second, plain, 100);
  EXPECT_EQ(a, b);
  EXPECT_EQ(read_text(first.path() / a.file), read_text(second.path() / b.file));
}

TEST(PartFile, KeepsSchemaStorageDictionaryAndAddresses)
{
  ScratchFolder const folder("part_schema");
  PlainPartition const plain = random_partition("2020", 777, 3);
  PartDigest const digest = write(folder, plain, 100);
  PartFile const file(folder.path() / digest.file, place_of(plain, 100), digest);
  ArchiveFile const bytes(folder.path() / digest.file);
  PartIndex const index(bytes, digest, 100);
  for (std::size_t c = 0; c < plain.columns.size(); ++c)
  {
    PlainColumn const& column = plain.columns[c];
    EXPECT_EQ(file.column_schema(column.schema.name), column.schema);
    EXPECT_EQ(file.column_storage(column.schema.name),
              storage_of(column.schema.kind, column.dictionary.size()));
    EXPECT_NO_THROW(file.check_addresses("columns/" + column.schema.name, index.cells(c)));
    EXPECT_EQ(file.has_validity(column.schema.name), !index.validity(c).empty());
    if (column.schema.kind == ColumnKind::code)
    {
      EXPECT_EQ(file.dictionary(column.schema.name), column.dictionary);
      EXPECT_EQ(index.dictionary(c), column.dictionary);
      EXPECT_EQ(file.dictionary_address(column.schema.name), index.dictionary_place(c).address);
    }
  }
  EXPECT_NO_THROW(file.check_addresses("validity/value", index.validity(1)));
  EXPECT_TRUE(contains(error_of([&] { file.check_addresses("columns/value", index.validity(1)); }),
                       "shard 0, columns/value: HDF5 finds the chunk at"));
  EXPECT_TRUE(file.has_validity("value"));
  EXPECT_FALSE(file.has_validity("period"));
}

TEST(PartFile, StoresMissingCellsAsTheSmallestValueOfTheirShard)
{
  std::vector<std::int64_t> const values = {1000000, 5, 900, 7};
  std::vector<std::uint8_t> const valid = {0, 1, 0, 1};
  PackedColumn const packed = packed_cells(values, valid, 10, Storage::i64);
  EXPECT_EQ(packed.facts, (ColumnFacts{5, 7, 2}));
  EXPECT_EQ(std::to_integer<int>(packed.bytes()[0]), 2);  // bits of 7 - 5
}

TEST(PartFile, RefusesAValueThatDoesNotFitItsStorage)
{
  std::vector<std::int64_t> const values = {0, 256};
  EXPECT_TRUE(contains(error_of([&] { packed_cells(values, {}, 2, Storage::u8); }), "do not fit u8"));
  std::vector<std::uint8_t> const valid = {1, 0};
  EXPECT_NO_THROW(packed_cells(values, valid, 2, Storage::u8));
}

TEST(PartFile, WithoutCommitLeavesNothing)
{
  ScratchFolder const folder("part_gone");
  PlainPartition const plain = random_partition("2020", 10, 3);
  {
    PartInfo info = info_of(plain, 100);
    info.columns.push_back({plain.columns[0].schema, Storage::i64, false, {}});
    PartWriter writer(folder.path(), info);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "part-0000.h5.partial"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(PartFile, CommitWantsEveryShard)
{
  ScratchFolder const folder("part_short");
  PlainPartition const plain = random_partition("2020", 10, 3);
  PartInfo info = info_of(plain, 5);
  info.columns.push_back({plain.columns[0].schema, Storage::i64, false, {}});
  PartWriter writer(folder.path(), info);
  EXPECT_TRUE(contains(error_of([&] { writer.commit(); }), "0 of 2 shards"));
}

/// Wherever the disk ends. The disk is still full when the writer goes; that HDF5 can then be closed down is
/// seen when this process ends.
TEST(PartFile, OnADiskThatIsFullAnywhereIsAStorageFaultAndLeavesNothing)
{
  ScratchFolder const folder("part_full");
  PlainPartition const plain = random_partition("2020", 6400, 3);
  PartInfo info = info_of(plain, 100);
  info.columns.push_back({plain.columns[2].schema, Storage::i64, false, {}});
  auto const write_whole = [&]
  {
    PartWriter writer(folder.path(), info);
    for (std::int64_t shard = 0; shard < info.shards(); ++shard)
    {
      std::vector const packed = {
          packed_cells(std::span(plain.columns[2].values).first(100), {}, 100, Storage::i64)};
      writer.write_shard(shard, packed);
    }
    return writer.commit().bytes;
  };
  std::int64_t const whole = write_whole();
  std::filesystem::remove(folder.path() / "part-0000.h5");
  for (std::int64_t limit = 1; limit < whole; limit += whole / 50)
  {
    FileLimit const tight(static_cast<rlim_t>(limit));
    std::string const error = error_of(write_whole);
    EXPECT_TRUE(contains(error, "part-0000.h5")) << limit << " " << error;
    EXPECT_TRUE(contains(error, "File too large")) << limit << " " << error;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << limit;
  }
  FileLimit const enough(static_cast<rlim_t>(whole));
  EXPECT_EQ(write_whole(), whole);
}

TEST(PartFile, ThatWasCutShortIsRefused)
{
  ScratchFolder const folder("part_cut");
  PlainPartition const plain = random_partition("2020", 777, 3);
  PartDigest digest = write(folder, plain, 100);
  auto const path = folder.path() / digest.file;
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(digest.bytes / 2));
  ArchiveFile const bytes(path);
  EXPECT_TRUE(contains(error_of([&] { PartIndex(bytes, digest, 100); }), "but the manifest has"));
  digest.bytes /= 2;
  EXPECT_TRUE(contains(error_of([&] { PartIndex(bytes, digest, 100); }), "ends before it should"));
  EXPECT_TRUE(contains(error_of([&] { PartFile(path, place_of(plain, 100), digest); }), "part-0000.h5"));
}

TEST(PartFile, OfAnotherPlaceIsRefused)
{
  ScratchFolder const folder("part_place");
  PlainPartition const plain = random_partition("2020", 777, 3);
  PartDigest const digest = write(folder, plain, 100);
  PartPlace place = place_of(plain, 100);
  place.partition = "2021";
  std::string const error = error_of([&] { PartFile(folder.path() / digest.file, place, digest); });
  EXPECT_TRUE(contains(error, "partition is '2020', but the manifest has '2021'")) << error;
}

/// Every byte of the index is damaged in turn.
TEST(PartFile, RefusesAnIndexWithAByteDamaged)
{
  ScratchFolder const folder("part_hostile");
  PlainPartition const plain = random_partition("2020", 250, 3, 20);
  PartDigest const digest = write(folder, plain, 100);
  auto const path = folder.path() / digest.file;
  std::string const good = read_text(path);
  auto const index_bytes = static_cast<std::int64_t>(plain.columns.size() * 3 * sizeof(IndexEntry));
  for (std::int64_t at = digest.index.chunks; at < digest.index.chunks + index_bytes; ++at)
  {
    std::string bad = good;
    char& byte = bad[static_cast<std::size_t>(at)];
    byte = static_cast<char>(byte ^ 0x40);
    std::ofstream(path, std::ios::binary) << bad;
    ArchiveFile const bytes(path);
    EXPECT_TRUE(contains(error_of([&] { PartIndex(bytes, digest, 100); }), "digest of the manifest")) << at;
  }
}

/// An index that has its digest may still be wrong: entries that are not possible are refused, never
/// followed.
TEST(PartFile, RefusesEntriesThatAreNotPossible)
{
  ScratchFolder const folder("part_wrong");
  PlainPartition const plain = random_partition("2020", 250, 3, 20);
  PartDigest const digest = write(folder, plain, 100);
  auto const path = folder.path() / digest.file;
  std::string const good = read_text(path);
  std::size_t const columns = plain.columns.size();
  std::size_t const chunks = columns * 3 * sizeof(IndexEntry);
  std::size_t const dictionaries = columns * sizeof(TextPlace);
  // Entries of column 1 (value): shard 1 follows three of column 0 and one of its own; partner is column 6.
  std::size_t const cells = 4 * sizeof(IndexEntry);
  std::size_t const texts = chunks + 6 * sizeof(TextPlace);
  for (std::size_t const at :
       {cells, cells + 8, cells + 16, cells + 32, cells + 40, cells + 48, texts, texts + 8, texts + 16})
  {
    for (std::int64_t const wrong : {std::int64_t{-1}, INT64_MAX, INT64_MIN, std::int64_t{1} << 40})
    {
      auto const first = static_cast<std::size_t>(digest.index.chunks);
      auto const second = static_cast<std::size_t>(digest.index.dictionaries);
      std::string bad = good;
      std::size_t const target = at < chunks ? first + at : second + at - chunks;
      std::memcpy(bad.data() + target, &wrong, sizeof wrong);
      PartDigest noted = digest;
      noted.index.digest = digest_of_text(bad.substr(first, chunks) + bad.substr(second, dictionaries));
      std::ofstream(path, std::ios::binary) << bad;
      ArchiveFile const bytes(path);
      PartIndex const index(bytes, noted, 100);
      std::string const error = error_of(
          [&]
          {
            index.cells(1);
            index.validity(1);
            index.dictionary(6);
          });
      // A minimum may well be very small.
      bool const is_minimum = at == cells + 16 && wrong < 0;
      EXPECT_EQ(error == "no error", is_minimum) << at << " " << wrong << " " << error;
    }
  }
}

}  // namespace
}  // namespace tarifa
