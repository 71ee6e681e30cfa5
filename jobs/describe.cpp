/// tarifa describe: what an archive holds, as text for people.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jobs/support/aligned_text.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/table_manifests.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/csv/field_parser.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{
namespace
{

/// 1234567 as "1,234,567".
std::string grouped(std::int64_t value)
{
  return decimal_text(value, 0, Grouping::commas);
}

/// "1 part", "1,234 parts".
std::string grouped(std::int64_t count, std::string_view what)
{
  return fmt::format("{} {}{}", grouped(count), what, count == 1 ? "" : "s");
}

std::string date(std::int64_t days)
{
  int year = 0, month = 0, day = 0;
  civil_of(static_cast<std::int32_t>(days), year, month, day);
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

/// Codes may be long texts: what fits a column of the listing, cut between characters.
std::string shortened(std::string const& text)
{
  constexpr std::size_t most = 28;
  std::size_t end = std::min(text.size(), most);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
  {
    --end;
  }
  return end < text.size() ? text.substr(0, end) + "..." : text;
}

/// One value of a column as people write it.
std::string shown(TableColumn const& column, std::int64_t value)
{
  switch (column.schema.kind)
  {
    case ColumnKind::integer:
      return std::to_string(value);
    case ColumnKind::decimal:
      return decimal_text(value, column.schema.scale, Grouping::none);
    case ColumnKind::code:
      return shortened(column.dictionary[static_cast<std::size_t>(value)]);
    case ColumnKind::hs:
      return fmt::format("{:0{}}", value, column.schema.digits);
    case ColumnKind::date:
      return date(value);
  }
  return {};
}

std::string kind_text(TableColumn const& column)
{
  std::string text(name_of(column.schema.kind));
  if (column.schema.kind == ColumnKind::decimal)
  {
    text += fmt::format("({})", column.schema.scale);
  }
  if (column.schema.kind == ColumnKind::hs)
  {
    text += std::to_string(column.schema.digits);
  }
  return text;
}

double per_row(std::int64_t bytes, std::int64_t rows)
{
  return static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(rows, 1));
}

/// What stands in the folder of a partition and vintage.
struct Files
{
  std::int64_t rows = 0;        ///< that count
  std::int64_t superseded = 0;  ///< rows that do not
  std::int64_t parts = 0, bytes = 0;

  Files& operator+=(Files const& more)
  {
    rows += more.rows;
    superseded += more.superseded;
    parts += more.parts;
    bytes += more.bytes;
    return *this;
  }
};

class DescribeJob final : public Job
{
 public:
  About about() const override
  {
    return {.purpose =
                "Prints what an archive holds: tables, vintages, partitions, and of every column its kind, "
                "unit, range,\n"
                "missing cells and size. Reads manifests and indices, never the rows.",
            .example = "tarifa describe archive",
            .can_redo = false,
            .uses_output = false,
            .uses_memory = false,
            .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("describe");
    options.positional("archive", archive_, "folder of the archive");
    options.add("table", table_, "the only table to describe; empty = all");
    options.add("as-of", as_of_, "vintages up to this one count, in the order of their names; empty = all");
  }

  void run(Run& run) override
  {
    run.comm.all_or_none(
        "", [&]
        { require(!archive_.empty(), Fault::usage, "no archive given: name its folder after the options"); });
    std::vector<std::string> tables = {table_};
    if (table_.empty())
    {
      tables = run.comm.all_or_none("archive", [&] { return tables_of(archive_); });
    }
    std::vector<std::string> const as_of = run.comm.all_or_none("archive", [&] { return newest(tables); });
    for (std::size_t t = 0; t < tables.size(); ++t)
    {
      std::string const& table = tables[t];
      bool const is_first = t == 0;
      std::vector<Manifest> const manifests = read_manifests(run.comm, archive_, table, as_of[t]);
      TableReader const reader(run.comm, archive_, manifests, {{}, {}, {}, run.settings.threads});
      show(run.comm, (is_first ? "" : "\n") + summary_text(table, reader) + superseded_text(manifests)
                         + value_text(manifests, reader) + "\n" + columns_text(reader) + "\n"
                         + files_text(manifests));
    }
  }

 private:
  /// The vintage up to which each table is described; empty = all. Tables are not delivered together: of
  /// several tables only one must have the vintage asked for, and those that begin later are left out.
  std::vector<std::string> newest(std::vector<std::string>& tables) const
  {
    if (as_of_.empty() || !table_.empty())
    {
      return std::vector<std::string>(tables.size(), as_of_);
    }
    std::vector<std::string> described, as_of, all;
    for (std::string const& table : tables)
    {
      std::vector<std::string> const vintages = vintages_of(archive_, table);
      auto const end = std::upper_bound(vintages.begin(), vintages.end(), as_of_);
      if (end != vintages.begin())
      {
        described.push_back(table);
        as_of.push_back(*(end - 1));
      }
      all.insert(all.end(), vintages.begin(), vintages.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    require(std::binary_search(all.begin(), all.end(), as_of_), Fault::usage,
            [&]
            {
              return fmt::format("{} has no vintage '{}' (as-of); there are: {}", archive_, as_of_,
                                 fmt::join(all, ", "));
            });
    tables = described;
    return as_of;
  }

  static std::string summary_text(std::string const& table, TableReader const& reader)
  {
    return fmt::format("{}: {} in {} and {}; {} {}\n", table, grouped(reader.rows(), "row"),
                       grouped(static_cast<std::int64_t>(reader.shards().size()), "shard"),
                       grouped(static_cast<std::int64_t>(reader.parts()), "part"),
                       reader.vintages().size() == 1 ? "vintage" : "vintages",
                       fmt::join(reader.vintages(), ", "));
  }

  /// Which vintages replaced how many rows.
  static std::string superseded_text(std::vector<Manifest> const& manifests)
  {
    std::int64_t rows = 0;
    std::vector<std::string> by;
    for (Manifest const& manifest : manifests)
    {
      if (std::int64_t const more = manifest.superseded_rows(); more > 0)
      {
        rows += more;
        by.push_back(fmt::format("{} by {}", grouped(more), manifest.vintage));
      }
    }
    return rows == 0
               ? ""
               : fmt::format("{} superseded rows are left out: {}\n", grouped(rows), fmt::join(by, ", "));
  }

  /// Total of the balance column, when all vintages have the same one.
  static std::string value_text(std::vector<Manifest> const& manifests, TableReader const& reader)
  {
    Int128 kept = 0, superseded = 0;
    for (Manifest const& manifest : manifests)
    {
      if (!manifest.value || manifest.value->column != manifests.front().value->column)
      {
        return "";
      }
      kept += manifest.value->kept;
      superseded += manifest.value->superseded;
    }
    std::string const& name = manifests.front().value->column;
    auto const column = std::find_if(reader.columns().begin(), reader.columns().end(),
                                     [&](TableColumn const& one) { return one.schema.name == name; });
    if (column == reader.columns().end())
    {
      return "";
    }
    auto const text = [&](Int128 value)
    { return decimal_text(value, column->schema.scale, Grouping::commas) + " " + column->schema.unit; };
    return fmt::format(
        "{}: {} in all{}\n", name, text(kept - superseded),
        superseded == 0 ? "" : fmt::format("; {} of superseded rows are left out", text(superseded)));
  }

  static std::string columns_text(TableReader const& reader)
  {
    std::vector<std::vector<std::string>> lines = {
        {"column", "kind", "unit", "from", "to", "codes", "missing", "bytes/row", "title"}};
    for (std::size_t c = 0; c < reader.columns().size(); ++c)
    {
      TableColumn const& column = reader.column(c);
      bool const any = column.facts.missing < reader.stored_rows();
      lines.push_back({column.schema.name, kind_text(column), column.schema.unit,
                       any ? shown(column, column.facts.minimum) : "-",
                       any ? shown(column, column.facts.maximum) : "-",
                       column.schema.kind == ColumnKind::code
                           ? grouped(static_cast<std::int64_t>(column.dictionary.size()))
                           : "",
                       grouped(column.facts.missing),
                       fmt::format("{:.2f}", per_row(reader.packed_bytes_of_column(c), reader.rows())),
                       column.schema.title});
    }
    std::string const text = aligned(lines, {'<', '<', '<', '>', '>', '>', '>', '>', '<'});
    std::int64_t const superseded = reader.stored_rows() - reader.rows();
    return superseded == 0 ? text
                           : text
                                 + fmt::format(
                                     "  (from, to and missing are those of {} rows: {} superseded ones "
                                     "stand among the others)\n",
                                     grouped(reader.stored_rows()), grouped(superseded));
  }

  static std::string files_text(std::vector<Manifest> const& manifests)
  {
    std::map<std::pair<std::string, std::string>, Files> files;  // by partition and vintage
    for (auto const& [key, fate] : parts_of(manifests))
    {
      files[{key.partition, key.vintage}] +=
          {fate.part->rows - fate.superseded, fate.superseded, 1, fate.part->bytes};
    }
    for (Manifest const& manifest : manifests)
    {
      for (SupersededFile const& file : manifest.superseded)
      {
        files[{file.partition, manifest.vintage}] += {0, 0, 0, file.bytes};
      }
    }
    std::vector<std::vector<std::string>> lines = {
        {"partition", "vintage", "rows", "superseded", "parts", "bytes", "bytes/row"}};
    Files all;
    for (auto const& [key, one] : files)
    {
      lines.push_back(line(key.first, key.second, one));
      all += one;
    }
    lines.push_back(line("all", "", all));
    if (all.superseded == 0)
    {
      std::ranges::for_each(lines, [](auto& cells) { cells.erase(cells.begin() + 3); });
      return aligned(lines, {'<', '<', '>', '>', '>', '>'});
    }
    return aligned(lines, {'<', '<', '>', '>', '>', '>', '>'});
  }

  static std::vector<std::string> line(std::string const& partition, std::string const& vintage,
                                       Files const& files)
  {
    return {partition,
            vintage,
            grouped(files.rows),
            grouped(files.superseded),
            std::to_string(files.parts),
            grouped(files.bytes),
            fmt::format("{:.2f}", per_row(files.bytes, files.rows))};
  }

  std::string archive_, table_, as_of_;
};

}  // namespace

std::unique_ptr<Job> make_describe()
{
  return std::make_unique<DescribeJob>();
}

}  // namespace tarifa::jobs
