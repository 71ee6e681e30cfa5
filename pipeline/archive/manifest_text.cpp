#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/decimal_text.hpp"

namespace tarifa
{
namespace
{

using Ordered = nlohmann::ordered_json;

Ordered json_of(ColumnSchema const& column)
{
  return {{"name", column.name},     {"kind", name_of(column.kind)}, {"scale", column.scale},
          {"digits", column.digits}, {"unit", column.unit},          {"title", column.title}};
}

/// Facts of the columns lie column by column in the order of the table: a list of each, not an object per
/// column, so that the manifests of many parts are read in little time.
Ordered json_of(PartDigest const& part)
{
  Ordered storage = Ordered::array(), minimum = Ordered::array(), maximum = Ordered::array(),
          missing = Ordered::array();
  for (PartDigest::Column const& column : part.columns)
  {
    storage.push_back(name_of(column.storage));
    minimum.push_back(column.facts.minimum);
    maximum.push_back(column.facts.maximum);
    missing.push_back(column.facts.missing);
  }
  return {{"file", part.file},
          {"rows", part.rows},
          {"bytes", part.bytes},
          {"digest", part.digest},
          {"index", {part.index.chunks, part.index.dictionaries, part.index.digest}},
          {"storage", storage},
          {"minimum", minimum},
          {"maximum", maximum},
          {"missing", missing}};
}

Ordered json_of(SupersededFile const& file)
{
  Ordered parts = Ordered::array();
  for (SupersededFile::Part const& part : file.parts)
  {
    parts.push_back(
        {{"vintage", part.vintage}, {"part", part.part}, {"digest", part.digest}, {"rows", part.rows}});
  }
  return {{"partition", file.partition},
          {"rows", file.rows},
          {"bytes", file.bytes},
          {"digest", file.digest},
          {"index", {file.index, file.index_digest}},
          {"parts", parts}};
}

}  // namespace

std::string manifest_text(Manifest const& manifest)
{
  Ordered columns = Ordered::array();
  for (ColumnSchema const& column : manifest.table.columns)
  {
    columns.push_back(json_of(column));
  }
  Ordered partitions = Ordered::array();
  for (Manifest::Partition const& partition : manifest.partitions)
  {
    Ordered parts = Ordered::array();
    for (PartDigest const& part : partition.parts)
    {
      parts.push_back(json_of(part));
    }
    partitions.push_back({{"name", partition.name}, {"rows", partition.rows}, {"parts", parts}});
  }
  Ordered sources = Ordered::array();
  for (Manifest::SourceFile const& source : manifest.sources)
  {
    sources.push_back({{"name", source.name},
                       {"digest", source.digest},
                       {"bytes", source.bytes},
                       {"records", source.records}});
  }
  Manifest::Description const& read_by = manifest.description;
  Ordered const description = {{"name", read_by.name},
                               {"title", read_by.title},
                               {"origin", read_by.origin},
                               {"version", read_by.version},
                               {"digest", read_by.digest}};
  Ordered superseded = Ordered::array();
  for (SupersededFile const& file : manifest.superseded)
  {
    superseded.push_back(json_of(file));
  }
  Ordered root = {{"tarifa_schema_version", manifest.schema_version},
                  {"table", manifest.table.table},
                  {"vintage", manifest.vintage},
                  {"shard_rows", manifest.shard_rows},
                  {"rows", manifest.rows()},
                  {"columns", columns},
                  {"partitions", partitions},
                  {"description", description},
                  {"sources", sources},
                  {"balance", manifest.balance},
                  {"superseded", superseded}};
  if (manifest.value)
  {
    auto const text = [](Int128 number) { return decimal_text(number, 0, Grouping::none); };
    root["value"] = {{"column", manifest.value->column},
                     {"kept", text(manifest.value->kept)},
                     {"superseded", text(manifest.value->superseded)}};
  }
  if (!manifest.outranked_by.empty())
  {
    root["outranked_by"] = manifest.outranked_by;
  }
  if (manifest.rejects)
  {
    root["rejects"] = {{"bytes", manifest.rejects->bytes}, {"digest", manifest.rejects->digest}};
  }
  // A file name in another encoding must not keep a vintage from being published.
  return root.dump(1, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace tarifa
