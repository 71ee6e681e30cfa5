#include "pipeline/archive/verify_part.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "pipeline/archive/archive_file.hpp"
#include "pipeline/archive/chunk_codec.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/part_file.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{
namespace
{

/// What has to be known of a column to check its chunks.
struct ColumnCheck
{
  std::string name;
  Storage storage = Storage::i64;
  std::optional<std::int64_t> codes;  ///< entries of the dictionary, for kind code
  bool is_value = false;              ///< the balance column
  std::vector<ChunkEntry> cells, validity;
};

/// Facts of the rows of a shard, and whether missing cells and padding hold the smallest value.
ColumnFacts facts_of(std::vector<std::int64_t> const& values, std::vector<std::int64_t> const& valid,
                     std::size_t rows)
{
  ColumnFacts all{INT64_MAX, INT64_MIN, 0};
  for (std::size_t i = 0; i < rows; ++i)
  {
    bool const there = valid.empty() || valid[i] != 0;
    all.minimum = there ? std::min(all.minimum, values[i]) : all.minimum;
    all.maximum = there ? std::max(all.maximum, values[i]) : all.maximum;
    all.missing += there ? 0 : 1;
  }
  return all.missing == static_cast<std::int64_t>(rows) ? ColumnFacts{0, 0, all.missing} : all;
}

void check_facts(ColumnFacts const& found, ColumnFacts const& noted, std::string_view where)
{
  require(found == noted, Fault::storage,
          fmt::format("minimum {}, maximum {}, missing {}, but {} has {}, {}, {}", found.minimum,
                      found.maximum, found.missing, where, noted.minimum, noted.maximum, noted.missing));
}

/// Checks one part, keeping every finding.
class PartVerification
{
 public:
  PartVerification(std::filesystem::path path, PartPlace place, PartDigest const& expected, int threads)
      : path_(std::move(path))
      , place_(std::move(place))
      , expected_(expected)
      , team_(threads)
  {
  }

  PartCheck run(Manifest const& manifest)
  {
    guarded("", [&] { check_bytes(); });
    guarded("", [&] { check_content(manifest.table.columns, manifest.value ? manifest.value->column : ""); });
    return std::move(check_);
  }

 private:
  /// Runs `work`; what it throws becomes a finding.
  template <class Work>
  bool guarded(std::string const& place, Work&& work)
  {
    try
    {
      work();
      return true;
    }
    catch (...)
    {
      add(place, current_error("").what());
      return false;
    }
  }

  void add(std::string const& place, std::string text)
  {
    text.erase(0, text.starts_with(": ") ? 2 : 0);
    std::string const prefix = path_.string() + ": ";
    text.erase(0, text.starts_with(prefix) ? prefix.size() : 0);
    std::string const line = prefix + place + (place.empty() ? "" : ": ") + text;
    if (std::find(check_.findings.begin(), check_.findings.end(), line) == check_.findings.end())
    {
      check_.findings.push_back(line);
    }
  }

  void check_bytes()
  {
    require(std::filesystem::exists(path_), Fault::storage, "the file is missing");
    std::string const changed = difference(digest_of(path_), {expected_.bytes, expected_.digest});
    is_intact_ = changed.empty();
    require(is_intact_, Fault::storage, changed);
  }

  void check_content(std::vector<ColumnSchema> const& columns, std::string const& value_column)
  {
    if (!std::filesystem::exists(path_))
    {
      return;
    }
    ArchiveFile const bytes(path_);
    PartIndex const index(bytes, expected_, place_.shard_rows);
    PartFile const file(path_, place_, expected_);
    std::string dictionaries;
    for (std::size_t c = 0; c < columns.size(); ++c)
    {
      ColumnCheck column{
          columns[c].name, expected_.columns[c].storage, {}, columns[c].name == value_column, {}, {}};
      if (guarded("column " + column.name,
                  [&] { describe(file, index, c, columns[c], column, dictionaries); }))
      {
        check_chunks(index, bytes, column, expected_.columns[c].facts);
      }
    }
    check_.dictionaries = digest_of_text(dictionaries);
  }

  void describe(PartFile const& file, PartIndex const& index, std::size_t number, ColumnSchema const& schema,
                ColumnCheck& column, std::string& dictionaries)
  {
    require(file.has_column(schema.name), Fault::storage, "is not in the file");
    require(file.column_schema(schema.name) == schema, Fault::storage,
            "kind, unit, scale, digits or title is not that of the manifest");
    Storage const storage = file.column_storage(schema.name);
    require(
        storage == column.storage, Fault::storage,
        fmt::format("is stored as {}, but the manifest has {}", name_of(storage), name_of(column.storage)));
    column.cells = index.cells(number);
    column.validity = index.validity(number);
    require(index.shards() == 0 || file.has_validity(schema.name) == !column.validity.empty(), Fault::storage,
            "the index and the file differ in whether there is a validity");
    if (schema.kind == ColumnKind::code)
    {
      std::vector<std::string> const texts = index.dictionary(number);
      require(file.dictionary_address(schema.name) == index.dictionary_place(number).address
                  && file.dictionary(schema.name) == texts,
              Fault::storage, "HDF5 reads another dictionary than the index names");
      column.codes = static_cast<std::int64_t>(texts.size());
      for (std::string const& text : texts)
      {
        dictionaries += fmt::format("{}:{}", text.size(), text);
      }
      dictionaries += "\n";
    }
    // Only bytes that are as they were written are handed to the library's search for chunks.
    if (is_intact_)
    {
      file.check_addresses("columns/" + schema.name, column.cells);
      if (!column.validity.empty())
      {
        file.check_addresses("validity/" + schema.name, column.validity);
      }
    }
  }

  void check_chunks(PartIndex const& index, ArchiveFile const& bytes, ColumnCheck const& column,
                    ColumnFacts const& noted)
  {
    std::vector<std::string> faults(column.cells.size());
    std::vector<Int128> sums(column.cells.size());
    team_.each(column.cells.size(),
               [&](std::size_t shard, int /*thread*/)
               {
                 try
                 {
                   sums[shard] = check_shard(index, bytes, column, shard);
                 }
                 catch (...)
                 {
                   faults[shard] = current_error("").what();
                 }
               });
    ColumnFacts all;
    std::int64_t rows = 0;
    for (std::size_t s = 0; s < faults.size(); ++s)
    {
      if (!faults[s].empty())
      {
        add(fmt::format("shard {}, column {}", s, column.name), faults[s]);
      }
      std::int64_t const more = index.rows_of(static_cast<std::int64_t>(s));
      all = joined(all, rows, column.cells[s].facts, more);
      rows += more;
    }
    guarded("column " + column.name, [&] { check_facts(all, noted, "the manifest"); });
    if (column.is_value
        && std::all_of(faults.begin(), faults.end(), [](auto const& one) { return one.empty(); }))
    {
      check_.value = std::accumulate(sums.begin(), sums.end(), Int128{0});
    }
  }

  /// Returns the sum of the cells that are there, when it is the balance column.
  static Int128 check_shard(PartIndex const& index, ArchiveFile const& bytes, ColumnCheck const& column,
                            std::size_t shard)
  {
    auto const rows = static_cast<std::size_t>(index.rows_of(static_cast<std::int64_t>(shard)));
    auto const chunk_rows = static_cast<std::size_t>(index.chunk_rows());
    auto const decode = [&](ChunkEntry const& entry, Storage storage)
    {
      std::vector<std::byte> chunk(static_cast<std::size_t>(entry.bytes));
      bytes.read_at(entry.address, chunk);
      std::vector<std::int64_t> values(chunk_rows);
      PackedChunk(chunk, storage, chunk_rows).unpack<std::int64_t>(0, values);
      return values;
    };
    std::vector<std::int64_t> const values = decode(column.cells[shard], column.storage);
    std::vector<std::int64_t> valid;
    if (!column.validity.empty())
    {
      valid = decode(column.validity[shard], Storage::u8);
      require(
          std::all_of(valid.begin(), valid.end(), [](std::int64_t flag) { return flag == 0 || flag == 1; }),
          Fault::storage, "a validity is neither 0 nor 1");
    }
    ColumnFacts const found = facts_of(values, valid, rows);
    check_facts(found, column.cells[shard].facts, "the index");
    Int128 sum = 0;
    for (std::size_t i = 0; column.is_value && i < rows; ++i)
    {
      sum += valid.empty() || valid[i] != 0 ? values[i] : 0;
    }
    for (std::size_t i = 0; i < chunk_rows; ++i)
    {
      bool const is_filling = i >= rows || (!valid.empty() && valid[i] == 0);
      if (is_filling && values[i] != found.minimum)  // no require(): its text would be made for every row
      {
        throw Error(Fault::storage,
                    fmt::format("row {} holds {} where {} fills in", i, values[i], found.minimum));
      }
    }
    bool const any = found.missing < static_cast<std::int64_t>(rows);
    require(!any || !column.codes || (found.minimum >= 0 && found.maximum < *column.codes), Fault::storage,
            fmt::format("codes {} to {} are outside the dictionary of {}", found.minimum, found.maximum,
                        column.codes.value_or(0)));
    return sum;
  }

  std::filesystem::path path_;
  PartPlace place_;
  PartDigest const& expected_;
  ThreadTeam team_;
  bool is_intact_ = false;
  PartCheck check_;
};

}  // namespace

PartCheck verify_part(std::filesystem::path const& path, PartPlace const& place, PartDigest const& expected,
                      Manifest const& manifest, int threads)
{
  return PartVerification(path, place, expected, threads).run(manifest);
}

}  // namespace tarifa
