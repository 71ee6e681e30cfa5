#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using Json = nlohmann::ordered_json;

Json json_of(ColumnSchema const& column)
{
  return {{"name", column.name},     {"kind", name_of(column.kind)}, {"scale", column.scale},
          {"digits", column.digits}, {"unit", column.unit},          {"title", column.title}};
}

Json json_of(PartDigest const& part)
{
  Json columns = Json::object();
  for (PartDigest::Column const& column : part.columns)
  {
    columns[column.name] = {name_of(column.storage), column.facts.minimum, column.facts.maximum,
                            column.facts.missing};
  }
  return {{"file", part.file},
          {"rows", part.rows},
          {"bytes", part.bytes},
          {"digest", part.digest},
          {"index", {part.index.chunks, part.index.dictionaries, part.index.digest}},
          {"columns", columns}};
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

  Node operator[](char const* key) const
  {
    check(value_.is_object(), "is not an object");
    auto const found = value_.find(key);
    check(found != value_.end(), fmt::format("has no '{}'", key));
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
  template <class Each>
  void each_named(Each&& work) const
  {
    check(value_.is_object(), "is not an object");
    for (auto const& [key, value] : value_.items())
    {
      work(key, Node(value, fmt::format("{} '{}'", place_, key)));
    }
  }

  std::string text() const
  {
    check(value_.is_string(), "is not a text");
    return value_.get<std::string>();
  }
  std::string plain_name() const
  {
    std::string name = text();
    check(is_plain_name(name), fmt::format("'{}' is not a plain name", name));
    return name;
  }
  std::int64_t number(std::int64_t least = INT64_MIN, std::int64_t most = INT64_MAX) const
  {
    check(value_.is_number_integer(), "is not a whole number");
    bool const too_large = value_.is_number_unsigned() && value_.get<std::uint64_t>() > INT64_MAX;
    check(!too_large && value_.get<std::int64_t>() >= least && value_.get<std::int64_t>() <= most,
          fmt::format("is {}, outside {} to {}", value_.dump(), least, most));
    return value_.get<std::int64_t>();
  }
  Json const& json() const { return value_; }

 private:
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
  std::vector<Node> index;
  node["index"].each([&](Node const& entry) { index.push_back(entry); });
  node["index"].check(index.size() == 3, "is not [chunks, dictionaries, digest]");
  part.index = {index[0].number(0, part.bytes), index[1].number(0, part.bytes), index[2].text()};
  node["columns"].each_named(
      [&](std::string const& name, Node const& column)
      {
        std::vector<Node> entries;
        column.each([&](Node const& entry) { entries.push_back(entry); });
        column.check(entries.size() == 4, "is not [storage, minimum, maximum, missing]");
        part.columns.push_back(
            {name, storage_from(entries[0]),
             ColumnFacts{entries[1].number(), entries[2].number(), entries[3].number(0, part.rows)}});
      });
  auto const same_name = [](PartDigest::Column const& a, ColumnSchema const& b) { return a.name == b.name; };
  node.check(std::equal(part.columns.begin(), part.columns.end(), manifest.table.columns.begin(),
                        manifest.table.columns.end(), same_name),
             "does not list the columns of the table in order");
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
  root["sources"].each(
      [&](Node const& source)
      {
        manifest.sources.push_back({source["name"].text(), source["digest"].text(), source["bytes"].number(0),
                                    source["records"].number(0)});
      });
  manifest.balance = root["balance"].json();
  manifest.superseded = root["superseded"].json();
  root["superseded"].check(manifest.superseded.is_array(), "is not a list");
  return manifest;
}

}  // namespace

std::string manifest_text(Manifest const& manifest)
{
  Json columns = Json::array();
  for (ColumnSchema const& column : manifest.table.columns)
  {
    columns.push_back(json_of(column));
  }
  Json partitions = Json::array();
  for (Manifest::Partition const& partition : manifest.partitions)
  {
    Json parts = Json::array();
    for (PartDigest const& part : partition.parts)
    {
      parts.push_back(json_of(part));
    }
    partitions.push_back({{"name", partition.name}, {"rows", partition.rows}, {"parts", parts}});
  }
  Json sources = Json::array();
  for (Manifest::SourceFile const& source : manifest.sources)
  {
    sources.push_back({{"name", source.name},
                       {"digest", source.digest},
                       {"bytes", source.bytes},
                       {"records", source.records}});
  }
  Json const root = {{"tarifa_schema_version", manifest.schema_version},
                     {"table", manifest.table.table},
                     {"vintage", manifest.vintage},
                     {"shard_rows", manifest.shard_rows},
                     {"rows", manifest.rows()},
                     {"columns", columns},
                     {"partitions", partitions},
                     {"sources", sources},
                     {"balance", manifest.balance},
                     {"superseded", manifest.superseded}};
  // A file name in another encoding must not keep a vintage from being published.
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(std::string_view text, std::string_view name)
{
  try
  {
    return manifest_from(Node(Json::parse(text), "manifest"));
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
