#include "pipeline/archive/table_reader.hpp"

#include <fstream>
#include <map>

#include "tests/archive/archive_fixture.hpp"
#include <gtest/gtest.h>
#include <mpi.h>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/part_index.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using testing::PlainColumn;
using testing::PlainPartition;
using testing::random_partition;

/// An archive that the root makes and all ranks read.
class TableReaderTest : public ::testing::Test
{
 protected:
  void SetUp() override
  {
    auto const* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string const name = fmt::format("tarifa_{}_{}", test->name(), ::getpid());
    archive = comm.broadcast((std::filesystem::temp_directory_path() / name).string(), 0);
    on_root([&] { std::filesystem::remove_all(archive); });
  }
  void TearDown() override
  {
    comm.barrier();  // others may still be reading
    on_root([&] { std::filesystem::remove_all(archive); });
  }
  void on_root(auto&& work)
  {
    comm.all_or_none("on the root",
                     [&]
                     {
                       if (comm.is_root())
                       {
                         work();
                       }
                     });
    comm.barrier();
  }
  void write(std::string const& vintage, std::vector<PlainPartition> const& partitions,
             std::int64_t shard_rows)
  {
    on_root([&] { testing::write_vintage(archive, "trade", vintage, partitions, shard_rows); });
  }
  std::string opening_error(ReadRequest const& request, std::string const& table = "trade")
  {
    try
    {
      TableReader const reader(comm, archive, table, request);
    }
    catch (Error const& error)
    {
      return error.what();
    }
    return "no error";
  }

  Comm comm{MPI_COMM_WORLD};
  std::filesystem::path archive;
};

/// Cells as people see them: a number or text, or "missing".
std::string cell_text(PlainColumn const& column, std::size_t row)
{
  if (!column.valid.empty() && column.valid[row] == 0)
  {
    return "missing";
  }
  std::int64_t const value = column.values[row];
  return column.dictionary.empty() ? std::to_string(value)
                                   : column.dictionary[static_cast<std::size_t>(value)];
}

std::string cell_text(TableReader const& reader, ShardBuffer const& buffer, std::size_t c, std::size_t row)
{
  TableColumn const& column = reader.column(c);
  if (!buffer.valid(c).empty() && buffer.valid(c)[row] == 0)
  {
    return "missing";
  }
  std::int64_t const value = column.is_wide ? buffer.wide(c)[row] : buffer.narrow(c)[row];
  return column.schema.kind == ColumnKind::code ? column.dictionary[static_cast<std::size_t>(value)]
                                                : std::to_string(value);
}

TableColumn const& named(TableReader const& reader, std::string const& name)
{
  return *std::find_if(reader.columns().begin(), reader.columns().end(),
                       [&](TableColumn const& column) { return column.schema.name == name; });
}

/// Compares all shards of this rank with partitions in the order the reader promises.
void expect_equal(TableReader const& reader, Comm const& comm,
                  std::vector<PlainPartition const*> const& truth)
{
  std::int64_t rows = 0;
  for (PlainPartition const* partition : truth)
  {
    rows += partition->rows;
  }
  ASSERT_EQ(reader.rows(), rows);
  auto const [first, last] = reader.shards_of(comm.rank());
  ShardBuffer buffer;
  std::int64_t read = 0;
  for (std::size_t s = first; s < last; ++s)
  {
    Shard const& shard = reader.shards()[s];
    std::int64_t in_partition = shard.first_row;
    std::size_t p = 0;
    while (in_partition >= truth[p]->rows)
    {
      in_partition -= truth[p++]->rows;
    }
    EXPECT_EQ(reader.partition_of(s), truth[p]->name);
    std::vector<ColumnFacts> facts(reader.columns().size(), {INT64_MAX, INT64_MIN, 0});
    std::int64_t in_shard = 0;
    reader.open(s, buffer);
    while (buffer.next())
    {
      ASSERT_EQ(buffer.first_row(), in_shard);
      for (std::size_t c = 0; c < reader.columns().size(); ++c)
      {
        auto const column = std::find_if(truth[p]->columns.begin(), truth[p]->columns.end(),
                                         [&](PlainColumn const& one)
                                         { return one.schema.name == reader.column(c).schema.name; });
        for (std::size_t row = 0; row < static_cast<std::size_t>(buffer.rows()); ++row)
        {
          std::string const expected =
              column == truth[p]->columns.end()
                  ? "missing"
                  : cell_text(*column, static_cast<std::size_t>(in_partition + in_shard) + row);
          ASSERT_EQ(cell_text(reader, buffer, c, row), expected)
              << reader.column(c).schema.name << " shard " << s;
          std::int64_t const value = reader.column(c).is_wide ? buffer.wide(c)[row] : buffer.narrow(c)[row];
          facts[c].missing += expected == "missing" ? 1 : 0;
          facts[c].minimum = expected == "missing" ? facts[c].minimum : std::min(facts[c].minimum, value);
          facts[c].maximum = expected == "missing" ? facts[c].maximum : std::max(facts[c].maximum, value);
        }
      }
      in_shard += buffer.rows();
    }
    ASSERT_EQ(in_shard, shard.rows);
    EXPECT_FALSE(buffer.next()) << "the end stays the end";
    read += shard.rows;
    for (std::size_t c = 0; c < reader.columns().size(); ++c)
    {
      if (facts[c].missing == shard.rows)
      {
        facts[c].minimum = facts[c].maximum = 0;
      }
      // Superseded rows of a shard count in its facts: then they are bounds.
      ColumnFacts const noted = reader.facts(s, c);
      bool const is_exact = reader.rows() == reader.stored_rows();
      bool const any = facts[c].missing < shard.rows;
      EXPECT_TRUE(is_exact
                      ? noted == facts[c]
                      : (!any || (noted.minimum <= facts[c].minimum && noted.maximum >= facts[c].maximum))
                            && noted.missing >= facts[c].missing)
          << reader.column(c).schema.name << " shard " << s;
    }
  }
  EXPECT_EQ(comm.sum(read), rows);
}

TEST_F(TableReaderTest, GivesBackEveryCellOfSeveralPartitionsAndParts)
{
  std::vector<PlainPartition> const plain = {random_partition("2019", 70 * 20 + 3, 1),
                                             random_partition("2020", 55, 2, 20),
                                             random_partition("2021", 0, 3)};
  write("v1", plain, 20);
  TableReader const reader(comm, archive, "trade", {});
  EXPECT_EQ(reader.columns().size(), plain[0].columns.size());
  expect_equal(reader, comm, {&plain[0], &plain[1], &plain[2]});
  TableColumn const& partner = named(reader, "partner");
  EXPECT_TRUE(std::is_sorted(partner.dictionary.begin(), partner.dictionary.end()));
  EXPECT_GT(partner.dictionary.size(), 300U);
  EXPECT_FALSE(partner.is_wide);
}

TEST_F(TableReaderTest, GivesShardsOfSeveralBlocksRowForRow)
{
  std::vector<PlainPartition> const plain = {random_partition("2019", 2 * 20'000 + 8'195, 1),
                                             random_partition("2020", ShardBuffer::block_rows, 2)};
  write("v1", plain, 20'000);
  TableReader const reader(comm, archive, "trade", {});
  expect_equal(reader, comm, {&plain[0], &plain[1]});
}

TEST_F(TableReaderTest, GivesTheColumnsAskedForInTheOrderAskedFor)
{
  std::vector<PlainPartition> const plain = {random_partition("2019", 100, 1),
                                             random_partition("2020", 150, 2)};
  write("v1", plain, 20);
  TableReader const reader(comm, archive, "trade", {{"office", "value"}, {"2020"}, ""});
  ASSERT_EQ(reader.columns().size(), 2U);
  EXPECT_EQ(reader.column(0).schema, plain[1].columns[7].schema);
  expect_equal(reader, comm, {&plain[1]});
}

TEST_F(TableReaderTest, ReadsAColumnThatAnOlderVintageLacksAsMissing)
{
  PlainPartition old = random_partition("2019", 100, 1);
  PlainPartition const added = random_partition("2019", 50, 2);
  old.columns.erase(old.columns.begin() + 6);  // partner
  old.columns.erase(old.columns.begin() + 1);  // value
  write("2024-01", {old}, 30);
  write("2024-02", {added}, 20);
  TableReader const reader(comm, archive, "trade", {});
  EXPECT_EQ(reader.vintages(), (std::vector<std::string>{"2024-01", "2024-02"}));
  expect_equal(reader, comm, {&old, &added});
  EXPECT_TRUE(named(reader, "value").is_wide);
  EXPECT_GE(named(reader, "value").facts.missing, 100);

  TableReader const before(comm, archive, "trade", {{"period"}, {}, "2024-01-31"});
  EXPECT_EQ(before.rows(), 100);
}

TEST_F(TableReaderTest, AsOfAnOlderDateReadsOnlyWhatWasThere)
{
  PlainPartition const old = random_partition("2019", 100, 1);
  write("2024-01-15", {old}, 30);
  write("2024-02-15", {random_partition("2019", 50, 2)}, 30);
  TableReader const reader(comm, archive, "trade", {{}, {}, "2024-02-01"});
  expect_equal(reader, comm, {&old});
  EXPECT_NE(reader.content_digest(), TableReader(comm, archive, "trade", {}).content_digest());
  EXPECT_NE(opening_error({{}, {}, "2023"}).find("2024-01-15, 2024-02-15"), std::string::npos);
}

TEST_F(TableReaderTest, RefusesAColumnThatChangedItsScale)
{
  PlainPartition changed = random_partition("2020", 50, 2);
  changed.columns[1].schema.scale = 2;
  write("v1", {random_partition("2019", 100, 1)}, 30);
  write("v2", {changed}, 30);
  std::string const error = opening_error({});
  EXPECT_NE(error.find("column value of vintage v1 is decimal of scale 3"), std::string::npos) << error;
}

TEST_F(TableReaderTest, NamesWhatThereIsWhenSomethingUnknownIsAskedFor)
{
  write("v1", {random_partition("2019", 10, 1)}, 30);
  EXPECT_NE(opening_error({{"valeu"}, {}, ""}).find("no column 'valeu'; it has: period, value"),
            std::string::npos);
  EXPECT_NE(opening_error({{}, {"2018"}, ""}).find("no partition '2018'; it has: 2019"), std::string::npos);
  EXPECT_NE(opening_error({}, "tarde").find("no such table; it has: trade"), std::string::npos);
  EXPECT_NE(opening_error({}, "../trade").find("cannot name a table"), std::string::npos);
}

TEST_F(TableReaderTest, SeesNothingOfAVintageWithoutItsManifest)
{
  PlainPartition const plain = random_partition("2019", 10, 1);
  write("v1", {plain}, 30);
  write("v2", {plain}, 30);
  on_root([&] { std::filesystem::remove(manifest_path(archive, "trade", "v2")); });
  expect_equal(TableReader(comm, archive, "trade", {}), comm, {&plain});
}

void flip(std::filesystem::path const& path, std::int64_t at)
{
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  char const byte = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 1));
}

std::vector<std::int64_t> rows_between(std::int64_t first, std::int64_t last, std::int64_t step = 1)
{
  std::vector<std::int64_t> rows;
  for (std::int64_t row = first; row < last; row += step)
  {
    rows.push_back(row);
  }
  return rows;
}

TEST_F(TableReaderTest, PassesOverRowsThatLaterVintagesReplaced)
{
  // Shards of several blocks: rows here and there, a whole block, a whole shard, and the end of the part.
  std::int64_t const shard = 20'000, rows = 3 * shard + 8'195;
  PlainPartition const first = random_partition("2019", rows, 1);
  PlainPartition const other = random_partition("2020", 100, 2, 20);
  PlainPartition const second = random_partition("2019", 500, 3);
  PlainPartition const third = random_partition("2019", 300, 4);
  std::vector<std::int64_t> by_second = rows_between(5, shard, 7);
  std::vector<std::int64_t> const block = rows_between(shard + 8'192, shard + 2 * 8'192);
  std::vector<std::int64_t> const whole = rows_between(2 * shard, 3 * shard);
  by_second.insert(by_second.end(), block.begin(), block.end());
  by_second.insert(by_second.end(), whole.begin(), whole.end());
  std::vector<std::int64_t> const by_third = {0, 6, shard - 1, rows - 1};
  write("v1", {first, other}, shard);
  write("v2", {second}, shard);
  write("v3", {third}, shard);
  on_root(
      [&]
      {
        testing::supersede(archive, "trade", "v2", "2019", {{"v1", 0, by_second}});
        testing::supersede(archive, "trade", "v3", "2019", {{"v1", 0, by_third}, {"v2", 0, {0, 499}}});
      });
  PlainPartition const first_in_second = testing::without(first, by_second);
  std::vector<std::int64_t> both = by_second;
  both.insert(both.end(), by_third.begin(), by_third.end());
  PlainPartition const first_in_third = testing::without(first, both);
  PlainPartition const second_in_third = testing::without(second, {0, 499});

  TableReader const all(comm, archive, "trade", {});
  expect_equal(all, comm, {&first_in_third, &second_in_third, &third, &other});
  EXPECT_EQ(all.stored_rows(), rows - shard + 500 + 300 + 100) << "the shard of superseded rows is left out";
  TableReader const before(comm, archive, "trade", {{}, {}, "v2"});
  expect_equal(before, comm, {&first_in_second, &second, &other});
  TableReader const long_before(comm, archive, "trade", {{}, {}, "v1"});
  expect_equal(long_before, comm, {&first, &other});
  EXPECT_NE(all.content_digest(), before.content_digest());

  // Every row knows its place in the part.
  ShardBuffer buffer;
  std::vector<std::int64_t> stored;
  for (std::size_t s = 0;
       s < all.shards().size() && all.place_of(s).vintage == "v1" && all.partition_of(s) == "2019"; ++s)
  {
    all.open(s, buffer);
    while (buffer.next())
    {
      for (std::int64_t row = 0; row < buffer.rows(); ++row)
      {
        stored.push_back(all.shards()[s].in_part * shard + buffer.stored_row(static_cast<std::size_t>(row)));
      }
    }
  }
  std::vector<std::int64_t> expected;
  std::sort(both.begin(), both.end());
  std::ranges::set_difference(rows_between(0, rows), both, std::back_inserter(expected));
  EXPECT_EQ(stored, expected);
}

TEST_F(TableReaderTest, ReadsNothingOfPartsThatAreReplacedAltogether)
{
  std::vector<PlainPartition> const old = {random_partition("2019", 70 * 20, 1)};
  std::vector<PlainPartition> const fresh = {random_partition("2019", 10, 2, 5)};
  write("v1", old, 20);
  write("v2", fresh, 20);
  on_root(
      [&]
      {
        testing::supersede(archive, "trade", "v2", "2019",
                           {{"v1", 0, rows_between(0, 64 * 20)}, {"v1", 1, rows_between(0, 6 * 20)}});
        std::filesystem::remove_all(part_folder(archive, "trade", "2019", "v1"));
      });
  TableReader const reader(comm, archive, "trade", {});
  expect_equal(reader, comm, {&fresh[0]});
  EXPECT_EQ(reader.parts(), 1U);
  EXPECT_EQ(named(reader, "partner").dictionary, fresh[0].columns[6].dictionary);
}

TEST_F(TableReaderTest, SaysWhenThePartsThatAVintageReplacesRowsOfAreGoneOrOthers)
{
  write("v1", {random_partition("2019", 100, 1)}, 20);
  write("v2", {random_partition("2019", 10, 2)}, 20);
  on_root([&] { testing::supersede(archive, "trade", "v2", "2019", {{"v1", 0, {3, 99}}}); });
  write("v1", {random_partition("2019", 100, 9)}, 20);
  EXPECT_NE(opening_error({}).find("vintage v2 of table trade supersedes rows of partition 2019, vintage v1, "
                                   "part-0000.h5, which was replaced by another afterwards"),
            std::string::npos)
      << opening_error({});
  on_root([&] { std::filesystem::remove(manifest_path(archive, "trade", "v1")); });
  EXPECT_NE(opening_error({}).find("part-0000.h5, which is not there"), std::string::npos);
}

TEST_F(TableReaderTest, NamesTheFileOfDamagedFlags)
{
  write("v1", {random_partition("2019", 1000, 1)}, 500);
  write("v2", {random_partition("2019", 10, 2)}, 500);
  on_root([&] { testing::supersede(archive, "trade", "v2", "2019", {{"v1", 0, {3, 501, 999}}}); });
  auto const path = part_folder(archive, "trade", "2019", "v2") / superseded_file_name;
  SupersededFile const noted = read_manifest(archive, "trade", "v2").superseded.at(0);
  ArchiveFile const file(path);
  std::vector<PartShape> const shapes = {{1000, 500}};
  auto const index = read_superseded(file, noted, shapes);
  comm.barrier();
  on_root([&] { flip(path, noted.index + 17); });
  EXPECT_NE(opening_error({}).find(path.string() + ": the index does not have the digest of the manifest"),
            std::string::npos);
  on_root([&] { flip(path, noted.index + 17); });
  TableReader const reader(comm, archive, "trade", {});
  ShardBuffer buffer;
  on_root([&] { flip(path, index[0][1].address + 25); });
  reader.open(0, buffer);
  try
  {
    reader.open(1, buffer);
    ADD_FAILURE() << "the flip was not seen";
  }
  catch (Error const& error)
  {
    std::string const text = error.what();
    EXPECT_NE(text.find("part-0000.h5: shard 1: " + path.string() + ": "), std::string::npos) << text;
    EXPECT_NE(text.find("checksum"), std::string::npos) << text;
  }
}

TEST_F(TableReaderTest, NamesFileShardAndColumnOfADamagedChunk)
{
  write("v1", {random_partition("2019", 1000, 1)}, 100);
  // Bytes all over the file; opened before, so that only chunks are read.
  TableReader const reader(comm, archive, "trade", {{"value", "partner"}, {}, ""});
  auto const path = part_folder(archive, "trade", "2019", "v1") / "part-0000.h5";
  auto const bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  on_root(
      [&]
      {
        std::map<std::string, int> named;
        ShardBuffer buffer;
        for (std::int64_t at = 2048; at < bytes; at += 97)
        {
          flip(path, at);
          for (std::size_t s = 0; s < reader.shards().size(); ++s)
          {
            try
            {
              reader.open(s, buffer);
              while (buffer.next())
              {
              }
            }
            catch (Error const& error)
            {
              EXPECT_EQ(error.fault(), Fault::storage);
              std::string const text = error.what();
              EXPECT_EQ(text.find(path.string() + ": shard " + std::to_string(s) + ", column "), 0U) << text;
              EXPECT_NE(text.find("Run tarifa verify " + archive.string()), std::string::npos) << text;
              ++named[text.find("column value") != std::string::npos ? "value" : "partner"];
            }
          }
          flip(path, at);
        }
        EXPECT_GT(named["value"], 0);
        EXPECT_GT(named["partner"], 0);
      });
}

TEST_F(TableReaderTest, RefusesADamagedIndexOrDictionaryOrAFileOfAnotherLength)
{
  write("v1", {random_partition("2019", 1000, 1)}, 100);
  auto const path = part_folder(archive, "trade", "2019", "v1") / "part-0000.h5";
  PartDigest const part = read_manifest(archive, "trade", "v1").partitions[0].parts[0];
  ArchiveFile const file(path);
  PartIndex const index(file, part, 100);
  std::map<std::int64_t, std::string> const places = {
      {part.index.chunks + 33, "the index does not have the digest of the manifest"},
      {part.index.dictionaries + 1, "the index does not have the digest of the manifest"},
      {index.dictionary_place(6).address + 2, "dictionary of column partner does not have the checksum"}};
  for (auto const& [at, expected] : places)
  {
    on_root([&] { flip(path, at); });
    std::string const error = opening_error({});
    EXPECT_NE(error.find(path.string() + ": " + expected), std::string::npos) << error;
    on_root([&] { flip(path, at); });
  }
  EXPECT_EQ(opening_error({}), "no error");
  on_root([&] { std::filesystem::resize_file(path, static_cast<std::uintmax_t>(part.bytes + 1)); });
  EXPECT_NE(opening_error({}).find("but the manifest has"), std::string::npos);
}

TEST_F(TableReaderTest, FailsEverywhereWhenAPartIsMissing)
{
  write("v1", {random_partition("2019", 10, 1), random_partition("2020", 10, 1)}, 30);
  auto const path = part_folder(archive, "trade", "2020", "v1") / "part-0000.h5";
  on_root([&] { std::filesystem::remove(path); });
  std::string const error = opening_error({});
  EXPECT_NE(error.find(path.string()), std::string::npos) << error;
}

TEST_F(TableReaderTest, SharesOutAllShardsOnce)
{
  write("v1", {random_partition("2019", 997, 1), random_partition("2020", 10, 1)}, 30);
  TableReader const reader(comm, archive, "trade", {{"period"}, {}, ""});
  for (int const ranks : {1, 2, 3, 7, 100})
  {
    std::size_t next = 0;
    for (int rank = 0; rank < ranks; ++rank)
    {
      auto const [first, last] = reader.shards_of(rank, ranks);
      EXPECT_EQ(first, next);
      EXPECT_LE(first, last);
      next = last;
    }
    EXPECT_EQ(next, reader.shards().size());
  }
}

}  // namespace
}  // namespace tarifa
