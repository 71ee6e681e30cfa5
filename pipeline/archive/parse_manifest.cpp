#include <concepts>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using Json = nlohmann::json;  // quicker than keeping the order of keys

/// 128-bit numbers stand in the manifest as text.
std::optional<Int128> whole_number(std::string_view text)
{
  bool const is_negative = text.starts_with("-");
  text.remove_prefix(is_negative ? 1 : 0);
  if (text.empty() || text.size() > 38 || text.find_first_not_of("0123456789") != std::string_view::npos)
  {
    return std::nullopt;
  }
  Int128 value = 0;
  for (char const digit : text)
  {
    value = value * 10 + (digit - '0');
  }
  return is_negative ? -value : value;
}

/// A value of the manifest together with its place, for messages.
class Node
{
 public:
  Node(Json const& value, std::string place) : value_(value), place_(std::move(place)) {}

  [[noreturn]] void fail(std::string_view what) const
  {
    throw Error(Fault::storage, fmt::format("{}: {}", place_, what));
  }
  void check(bool ok, std::string_view what) const
  {
    if (!ok)
    {
      fail(what);
    }
  }
  template <std::invocable Message>
  void check(bool ok, Message&& what) const
  {
    if (!ok)
    {
      fail(what());
    }
  }

  bool has(char const* key) const { return value_.is_object() && value_.contains(key); }
  Node operator[](char const* key) const
  {
    check(value_.is_object(), "is not an object");
    auto const found = value_.find(key);
    check(found != value_.end(), [&] { return fmt::format("has no '{}'", key); });
    return {*found, place_ + ", " + key};
  }
  template <class Each>
  void each(Each&& work) const
  {
    check(value_.is_array(), "is not a list");
    for (std::size_t i = 0; i < value_.size(); ++i)
    {
      work(Node(value_[i], fmt::format("{} {}", place_, i)));
    }
  }
  /// All values of a list that has `size` of them.
  std::vector<Node> list(std::size_t size) const
  {
    std::vector<Node> all;
    all.reserve(size);
    each([&](Node const& value) { all.push_back(value); });
    check(all.size() == size, [&] { return fmt::format("has {} values, not {}", all.size(), size); });
    return all;
  }

  /// The same of numbers, without a node for each.
  std::vector<std::int64_t> numbers(std::size_t size, std::int64_t least = INT64_MIN,
                                    std::int64_t most = INT64_MAX) const
  {
    check(value_.is_array() && value_.size() == size,
          [&] { return fmt::format("is not a list of {}", size); });
    std::vector<std::int64_t> all;
    all.reserve(size);
    for (Json const& value : value_)
    {
      all.push_back(number_of(value, least, most));
    }
    return all;
  }

  std::string text() const
  {
    check(value_.is_string(), "is not a text");
    return value_.get<std::string>();
  }
  std::string plain_name() const
  {
    std::string name = text();
    check(is_plain_name(name), [&] { return fmt::format("'{}' is not a plain name", name); });
    return name;
  }
  std::int64_t number(std::int64_t least = INT64_MIN, std::int64_t most = INT64_MAX) const
  {
    return number_of(value_, least, most);
  }
  Int128 wide_number() const
  {
    std::optional<Int128> const number = whole_number(text());
    check(number.has_value(), "is not a whole number as text");
    return *number;
  }

 private:
  std::int64_t number_of(Json const& value, std::int64_t least, std::int64_t most) const
  {
    check(value.is_number_integer(), [&] { return value.dump() + " is not a whole number"; });
    bool const too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
    auto const number = value.get<std::int64_t>();
    check(!too_large && number >= least && number <= most,
          [&] { return fmt::format("{} is outside {} to {}", value.dump(), least, most); });
    return number;
  }

  Json const& value_;
  std::string place_;
};

ColumnSchema column_from(Node const& node)
{
  ColumnSchema column;
  column.name = node["name"].plain_name();
  column.scale = static_cast<int>(node["scale"].number(0, 18));
  column.digits = static_cast<int>(node["digits"].number(0, 18));
  column.unit = node["unit"].text();
  column.title = node["title"].text();
  try
  {
    column.kind = column_kind(node["kind"].text());
  }
  catch (Error const& error)
  {
    node.fail(error.what());
  }
  return column;
}

Storage storage_from(Node const& node)
{
  std::string const name = node.text();
  for (Storage const storage : {Storage::u8, Storage::u16, Storage::u32, Storage::i32, Storage::i64})
  {
    if (name == name_of(storage))
    {
      return storage;
    }
  }
  node.fail(fmt::format("'{}' is none of u8, u16, u32, i32, i64", name));
}

PartDigest part_from(Node const& node, Manifest const& manifest)
{
  PartDigest part;
  part.file = node["file"].plain_name();
  part.rows = node["rows"].number(0, manifest.shard_rows * shards_per_part);
  part.bytes = node["bytes"].number(0);
  part.digest = node["digest"].text();
  std::vector<Node> const index = node["index"].list(3);
  part.index = {index[0].number(0, part.bytes), index[1].number(0, part.bytes), index[2].text()};
  std::size_t const columns = manifest.table.columns.size();
  std::vector<Node> const storage = node["storage"].list(columns);
  std::vector<std::int64_t> const minimum = node["minimum"].numbers(columns);
  std::vector<std::int64_t> const maximum = node["maximum"].numbers(columns);
  std::vector<std::int64_t> const missing = node["missing"].numbers(columns, 0, part.rows);
  for (std::size_t c = 0; c < columns; ++c)
  {
    ColumnSchema const& column = manifest.table.columns[c];
    Storage const cells = storage_from(storage[c]);
    storage[c].check(can_store(column.kind, cells), [&]
                     { return fmt::format("a column of kind {} is not stored so", name_of(column.kind)); });
    part.columns.push_back({column.name, cells, {minimum[c], maximum[c], missing[c]}});
  }
  return part;
}

Manifest::Partition partition_from(Node const& node, Manifest const& manifest)
{
  Manifest::Partition partition;
  partition.name = node["name"].plain_name();
  partition.rows = node["rows"].number(0);
  std::int64_t rows = 0;
  node["parts"].each(
      [&](Node const& part)
      {
        partition.parts.push_back(part_from(part, manifest));
        part.check(!__builtin_add_overflow(rows, partition.parts.back().rows, &rows), "rows overflow");
      });
  node.check(rows == partition.rows, fmt::format("partition {} has {} rows but its parts have {}",
                                                 partition.name, partition.rows, rows));
  return partition;
}

SupersededFile superseded_from(Node const& node, std::string_view vintage)
{
  SupersededFile file;
  file.partition = node["partition"].plain_name();
  file.rows = node["rows"].number(1);
  file.bytes = node["bytes"].number(0);
  file.digest = node["digest"].text();
  std::vector<Node> const index = node["index"].list(2);
  file.index = index[0].number(0, file.bytes);
  file.index_digest = index[1].text();
  std::int64_t rows = 0;
  node["parts"].each(
      [&](Node const& one)
      {
        SupersededFile::Part const part{one["vintage"].plain_name(),
                                        static_cast<int>(one["part"].number(0, INT32_MAX)),
                                        one["digest"].text(), one["rows"].number(1)};
        one.check(part.vintage < vintage, "names a vintage that is not earlier");
        bool const follows = file.parts.empty()
                             || std::tie(file.parts.back().vintage, file.parts.back().part)
                                    < std::tie(part.vintage, part.part);
        one.check(follows, "is not in order of vintages and parts");
        one.check(!__builtin_add_overflow(rows, part.rows, &rows), "rows overflow");
        file.parts.push_back(part);
      });
  node["rows"].check(rows == file.rows, [&] { return fmt::format("is not the {} rows of the parts", rows); });
  return file;
}

Manifest manifest_from(Node const& root)
{
  Manifest manifest;
  manifest.schema_version = static_cast<int>(root["tarifa_schema_version"].number(0, INT32_MAX));
  root.check(manifest.schema_version == archive_schema_version,
             fmt::format("is of schema version {}; this program reads version {}", manifest.schema_version,
                         archive_schema_version));
  manifest.table.table = root["table"].plain_name();
  manifest.vintage = root["vintage"].plain_name();
  manifest.shard_rows = root["shard_rows"].number(1, std::int64_t{1} << 28U);
  std::set<std::string> names;
  root["columns"].each(
      [&](Node const& column)
      {
        manifest.table.columns.push_back(column_from(column));
        column.check(names.insert(manifest.table.columns.back().name).second, "names a column a second time");
      });
  std::int64_t rows = 0;
  root["partitions"].each(
      [&](Node const& node)
      {
        auto partition = partition_from(node, manifest);
        node.check(manifest.partitions.empty() || manifest.partitions.back().name < partition.name,
                   "is not in order of names");
        node.check(!__builtin_add_overflow(rows, partition.rows, &rows), "rows overflow");
        manifest.partitions.push_back(std::move(partition));
      });
  root["rows"].check(root["rows"].number() == rows,
                     fmt::format("is not the {} rows of the partitions", rows));
  Node const description = root["description"];
  manifest.description = {
      description["name"].text(), description["title"].text(), description["origin"].text(),
      static_cast<int>(description["version"].number(0, INT32_MAX)), description["digest"].text()};
  root["sources"].each(
      [&](Node const& source)
      {
        manifest.sources.push_back({source["name"].text(), source["digest"].text(), source["bytes"].number(0),
                                    source["records"].number(0)});
      });
  root["superseded"].each(
      [&](Node const& node)
      {
        SupersededFile file = superseded_from(node, manifest.vintage);
        node.check(manifest.superseded.empty() || manifest.superseded.back().partition < file.partition,
                   "is not in order of partitions");
        manifest.superseded.push_back(std::move(file));
      });
  if (root.has("value"))
  {
    Node const value = root["value"];
    manifest.value = {value["column"].plain_name(), value["kept"].wide_number(),
                      value["superseded"].wide_number()};
  }
  if (root.has("rejects"))
  {
    Node const rejects = root["rejects"];
    manifest.rejects = {rejects["bytes"].number(0), rejects["digest"].text()};
  }
  if (root.has("outranked_by"))
  {
    root["outranked_by"].each([&](Node const& name) { manifest.outranked_by.push_back(name.plain_name()); });
  }
  return manifest;
}

}  // namespace

Manifest parse_manifest(std::string_view text, std::string_view name)
{
  try
  {
    return manifest_from(Node(Json::parse(text), "manifest"));
  }
  catch (Json::parse_error const& error)
  {
    throw Error(Fault::storage, fmt::format("{}: is cut short or damaged: byte {} of {} cannot be read on",
                                            name, error.byte, text.size()));
  }
  catch (Json::exception const& error)
  {
    throw Error(Fault::storage, fmt::format("{}: {}", name, error.what()));
  }
  catch (Error const& error)
  {
    throw error.within(name);
  }
}

}  // namespace tarifa
