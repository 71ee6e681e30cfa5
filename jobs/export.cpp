/// tarifa export: the tables of a result as CSV, one file each.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/csv/quoted_text.hpp"
#include "pipeline/result/result_reader.hpp"
#include "pipeline/resume/checkpoint.hpp"
#include "pipeline/resume/claim.hpp"
#include "pipeline/resume/complete_files.hpp"
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

/// Powers of ten up to 10^18 are exact, so the quotient is the nearest number.
double at_scale(double value, int scale)
{
  double const power = std::pow(10.0, std::abs(scale));
  return scale < 0 ? value * power : value / power;
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
        .uses_memory = false,
        .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("export");
    options.positional("result", result_, "result file").not_in_result();
    options.add("folder", folder_, "folder for the CSV files; made when it is not there").not_in_result();
    options.add("tables", tables_, "tables to export; empty = all");
    options.add("truth", truth_, "export the planted truth of a synthetic world, which is refused otherwise");
  }

  Estimate estimate(Run const& run) override
  {
    Estimate estimate;
    run.comm.all_or_none(
        "export",
        [&]
        {
          require(!result_.empty(), Fault::usage, "no result file given");
          ResultReader const reader = open();
          for (std::string const& table : tables_.empty() ? reader.tables() : tables_)
          {
            std::int64_t const rows = reader.rows(table);
            estimate.units.push_back({rows, rows * text_bytes_of_cell * std::ssize(reader.columns(table))});
          }
        });
    for (WorkUnit const& table : estimate.units)
    {
      estimate.rows += table.rows;
      estimate.result_bytes += table.bytes;
    }
    estimate.unit = "table";
    estimate.dealing = Dealing::root;
    estimate.rates.nanoseconds = 2000;
    estimate.makes = folder_;
    estimate.basis = fmt::format("{}, {} bytes of text a cell", result_, text_bytes_of_cell);
    return estimate;
  }

  void run(Run& run) override
  {
    run.log.stage("writing tables");
    std::vector<std::string> const known = what_to_export(run);
    std::vector<std::string> const tables(known.begin() + 1, known.end());
    CompleteFiles whole{
        place() + ".made", provenance(run, std::vector<InputFact>{{"result", known.front(), 0}}), {}};
    for (std::string const& table : tables)
    {
      whole.files.push_back(file_of(table, ".csv"));
      whole.files.push_back(file_of(table, ".columns.csv"));
    }
    Claim const claim(run, {place()});
    if (whole.are_complete(run))
    {
      return;
    }
    Checkpoint checkpoint(run, run.checkpoint_of(place()), whole.made_of);
    write_tables(run, tables, checkpoint);
    whole.mark_complete(run.comm);
    checkpoint.remove();
    run.published = place();
    run.made_bytes = whole.bytes();
  }

 private:
  static constexpr std::int64_t block_rows = 65'536;
  static constexpr std::int64_t text_bytes_of_cell = 8;  // about: most are codes and counts

  ResultReader open() const
  {
    return ResultReader(result_, truth_ ? TruthAccess::allow : TruthAccess::refuse);
  }
  std::string place() const { return std::filesystem::path(folder_ + "/").parent_path().string(); }
  std::filesystem::path file_of(std::string const& table, std::string const& ending) const
  {
    return std::filesystem::path(folder_) / (table + ending);
  }

  /// [all] Digest of the result, and the tables to export.
  std::vector<std::string> what_to_export(Run const& run) const
  {
    std::string const text = run.comm.broadcast(
        run.comm.all_or_none("export",
                             [&]
                             {
                               require(!result_.empty(), Fault::usage, "no result file given");
                               return run.comm.is_root() ? look() : "";
                             }),
        0);
    std::vector<std::string> known;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
    {
      known.push_back(line);
    }
    return known;
  }

  std::string look() const
  {
    ResultReader const reader = open();
    std::vector<std::string> const there = reader.tables();
    for (std::string const& table : tables_)
    {
      require(std::find(there.begin(), there.end(), table) != there.end(), Fault::usage,
              fmt::format("{} has no table '{}'; it has {}", result_, table, fmt::join(there, ", ")));
    }
    return fmt::format("xxh3:{}\n{}\n", digest_of(result_).hex,
                       fmt::join(tables_.empty() ? there : tables_, "\n"));
  }

  /// [all] The root writes; the others learn whether the run is to stop.
  void write_tables(Run& run, std::vector<std::string> const& tables, Checkpoint& checkpoint) const
  {
    run.comm.all_or_none("export",
                         [&]
                         {
                           if (run.comm.is_root() && !run.settings.redo)
                           {
                             refuse_existing(tables, checkpoint);
                           }
                         });
    std::size_t done = 0;
    for (std::string const& table : tables)
    {
      ++done;
      if (checkpoint.done(table) && checkpoint.done().at(table) == written)
      {
        continue;
      }
      // First it is known whose files these are, then they get their names.
      checkpoint.record_now(table, begun);
      run.rows += run.comm.all_or_none(
          "export", [&] { return run.comm.is_root() ? export_table(run, table) : std::int64_t{0}; });
      checkpoint.record_now(table, written);
      if (done < tables.size())
      {
        checkpoint.stop_if_asked(fmt::format("{} of {} tables are written", done, tables.size()));
      }
    }
    run.rows = run.comm.sum(run.rows);
  }

  static constexpr char const* begun = "begun";
  static constexpr char const* written = "written";

  std::int64_t export_table(Run const& run, std::string const& table) const
  {
    ResultReader const reader = open();
    make_folders(folder_);
    std::filesystem::path const path = file_of(table, ".csv");
    write_table(reader, table, path);
    std::int64_t const rows = reader.rows(table);
    run.log.info(fmt::format("export: {} ({} rows)", path.string(), rows));
    run.log.count(rows, static_cast<std::int64_t>(std::filesystem::file_size(path)));
    return rows;
  }

  /// Before the first table is written: an old table beside new ones would look like one export.
  void refuse_existing(std::vector<std::string> const& tables, Checkpoint const& checkpoint) const
  {
    for (std::string const& table : tables)
    {
      if (checkpoint.done(table))
      {
        continue;
      }
      for (char const* const ending : {".csv", ".columns.csv"})
      {
        std::filesystem::path const path = file_of(table, ending);
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
    write_durable(file_of(table, ".columns.csv"), about);
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
        fmt::format_to(std::back_inserter(text), "{}", at_scale(cells[c].real[row], columns[c].scale));
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
