/// tarifa export: the tables of a result as CSV, one file each.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/csv/quoted_text.hpp"
#include "pipeline/result/result_reader.hpp"
#include "pipeline/run/append_file.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{
namespace
{

/// A text as a CSV field. A field that a spreadsheet would run as a formula gets an apostrophe in front.
void append_text(std::string& to, std::string_view text)
{
  bool const formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  std::string const field = (formula ? "'" : "") + std::string(text);
  if (text.find_first_of(",\"\r\n") == std::string_view::npos)
  {
    to += field;
  }
  else
  {
    append_quoted(to, field);
  }
}

void append_whole(std::string& to, ResultColumnInfo const& column, std::int64_t value)
{
  if (!column.labels.empty())
  {
    auto const code = static_cast<std::size_t>(value);
    require(code < column.labels.size(), Fault::storage, column.name + ": a number without a label");
    append_text(to, column.labels[code]);
  }
  else if (column.digits > 0)
  {
    fmt::format_to(std::back_inserter(to), "{:0{}}", value, column.digits);
  }
  else if (column.scale > 0)
  {
    to += decimal_text(value, column.scale, Grouping::none);
  }
  else
  {
    fmt::format_to(std::back_inserter(to), "{}", value);
  }
}

class ExportJob final : public Job
{
 public:
  About about() const override
  {
    return {
        .purpose =
            "Writes the tables of a result file as CSV: numbers at their scale, codes as their labels, NaN "
            "as nothing.\n"
            "The first line names the columns; units and definitions stand in TABLE.columns.csv beside it.",
        .example = "tarifa export mirror.h5 --export.folder tables",
        .uses_output = false,
        .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("export");
    options.positional("result", result_, "result file");
    options.add("folder", folder_, "folder for the CSV files; made when it is not there");
    options.add("tables", tables_, "tables to export; empty = all");
    options.add("truth", truth_, "export the planted truth of a synthetic world, which is refused otherwise");
  }

  void run(Run& run) override
  {
    run.log.stage("writing tables");
    run.comm.all_or_none("export",
                         [&]
                         {
                           require(!result_.empty(), Fault::usage, "no result file given");
                           if (run.comm.is_root())
                           {
                             export_all(run);
                           }
                         });
  }

 private:
  static constexpr std::int64_t block_rows = 65'536;

  void export_all(Run& run) const
  {
    ResultReader const reader(result_, truth_ ? TruthAccess::allow : TruthAccess::refuse);
    std::vector<std::string> const there = reader.tables();
    for (std::string const& table : tables_)
    {
      require(std::find(there.begin(), there.end(), table) != there.end(), Fault::usage,
              fmt::format("{} has no table '{}'; it has {}", result_, table, fmt::join(there, ", ")));
    }
    std::vector<std::string> const& tables = tables_.empty() ? there : tables_;
    if (!run.settings.redo)
    {
      refuse_existing(tables);
    }
    make_folders(folder_);
    for (std::string const& table : tables)
    {
      std::filesystem::path const path = std::filesystem::path(folder_) / (table + ".csv");
      write_table(reader, table, path);
      run.log.info(fmt::format("export: {} ({} rows)", path.string(), reader.rows(table)));
      run.log.count(reader.rows(table), static_cast<std::int64_t>(std::filesystem::file_size(path)));
      run.rows += reader.rows(table);
    }
  }

  /// Before the first table is written: an old table beside new ones would look like one export.
  void refuse_existing(std::vector<std::string> const& tables) const
  {
    for (std::string const& table : tables)
    {
      for (char const* const ending : {".csv", ".columns.csv"})
      {
        std::filesystem::path const path = std::filesystem::path(folder_) / (table + ending);
        require(!std::filesystem::exists(path), Fault::usage,
                path.string() + " exists; choose another --export.folder, or overwrite with --redo");
      }
    }
  }

  void write_table(ResultReader const& reader, std::string const& table,
                   std::filesystem::path const& path) const
  {
    std::vector<ResultColumnInfo> const columns = reader.columns(table);
    std::string text, about = "column,unit,definition\n";
    for (ResultColumnInfo const& column : columns)
    {
      text += (&column == columns.data() ? "" : ",") + column.name;
      append_text(about, column.name);
      about += ',';
      append_text(about, column.unit);
      about += ',';
      append_text(about, column.definition);
      about += '\n';
    }
    text += '\n';
    std::filesystem::path const partial = path.string() + ".partial";
    {
      AppendFile file(partial, AppendMode::write, truth_ ? 0600 : 0666);
      std::int64_t const rows = reader.rows(table);
      std::vector<ResultCells> cells(columns.size());
      for (std::int64_t first = 0; first < rows; first += block_rows)
      {
        std::int64_t const count = std::min(block_rows, rows - first);
        for (std::size_t c = 0; c < columns.size(); ++c)
        {
          cells[c] = reader.read(table, columns[c], first, count);
        }
        for (std::size_t row = 0; row < static_cast<std::size_t>(count); ++row)
        {
          append_row(text, columns, cells, row);
        }
        file.append(std::as_bytes(std::span(text)));
        text.clear();
      }
      file.append(std::as_bytes(std::span(text)));
      file.flush();
    }
    publish(partial, path);
    write_durable(std::filesystem::path(folder_) / (table + ".columns.csv"), about);
  }

  static void append_row(std::string& text, std::vector<ResultColumnInfo> const& columns,
                         std::vector<ResultCells> const& cells, std::size_t row)
  {
    for (std::size_t c = 0; c < columns.size(); ++c)
    {
      if (c > 0)
      {
        text += ',';
      }
      if (columns[c].type != ResultType::float64)
      {
        append_whole(text, columns[c], cells[c].whole[row]);
      }
      else if (!std::isnan(cells[c].real[row]))
      {
        fmt::format_to(std::back_inserter(text), "{}", cells[c].real[row]);
      }
    }
    text += '\n';
  }

  std::string result_, folder_ = "tables";
  std::vector<std::string> tables_;
  bool truth_ = false;
};

}  // namespace

std::unique_ptr<Job> make_export()
{
  return std::make_unique<ExportJob>();
}

}  // namespace tarifa::jobs
