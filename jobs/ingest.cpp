/// tarifa ingest: delivered CSV files to a vintage of the archive, with a balance sheet that must be even.
#include "pipeline/ingest/ingest.hpp"

#include <fmt/format.h>

#include "pipeline/ingest/estimate_delivery.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{
namespace
{

class IngestJob final : public Job
{
 public:
  About about() const override
  {
    return {.purpose =
                "Reads delivered CSV or TSV files (plain, .gz, .zst), judges every record by the rules of a "
                "source file,\n"
                "and writes what is kept as a new vintage of the archive. What is not kept is counted by "
                "reason and\n"
                "kept whole in a rejects file. Bytes, records and money read must equal those that went "
                "somewhere.",
            .example =
                "tarifa ingest --ingest.source configs/sources/trade-comtrade-annual.ini --ingest.archive "
                "archive trade.csv.gz",
            .can_check = true,
            .can_redo = true,
            .uses_output = false,
            .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("ingest");
    options.positional("files", files_, "delivered files, in the order of delivery");
    options.add("source", source_, "source file that describes the export").required();
    options.add("archive", archive_, "folder of the archive; made when it is not there");
    options.add("vintage", settings_.vintage, "name of the vintage; empty = the next number");
    options.add("scratch", scratch_,
                "folder for scratch files of about the size of the archive; empty = in the archive");
    options.add("block-size", block_, {kibibytes(256), mebibytes(512)}, "text a thread works on at a time")
        .not_in_result();
    options
        .add("stretch", stretch_, {kibibytes(256), gibibytes(1024)},
             "text each thread reads between two places where the run may stop")
        .not_in_result();
    options.add("shard-rows", settings_.shard_rows, {1, 1 << 20}, "rows of a shard [rows]");
  }

  Estimate estimate(Run const& run) override
  {
    Source const source = prepare(run);
    return estimate_delivery(run, source, paths(), settings_);
  }

  void run(Run& run) override
  {
    Source const source = prepare(run);
    IngestReport const report = ingest(run, source, paths(), settings_);
    show(run.comm, text_of(source, report, run.settings.check));
    run.rows = report.total.read.records;
    run.made_bytes = report.archive_bytes;
    run.kind = source.table;
    if (!report.already_complete && report.total.kept.records == 0)
    {
      run.log.warn(
          "no record was kept: look at the reasons of the rejects before anybody builds upon this vintage");
    }
    if (!report.already_complete && !run.settings.check)
    {
      run.published = facts_place(run.comm, source.table + "-" + report.vintage);
    }
  }

 private:
  std::vector<std::filesystem::path> paths() const { return {files_.begin(), files_.end()}; }

  /// [all] The source; completes settings_.
  Source prepare(Run const& run)
  {
    run.comm.all_or_none("files",
                         [&] {
                           require(!files_.empty(), Fault::usage,
                                   "no files given: name the delivered files after the options");
                         });
    std::string const text = run.comm.all_or_none(
        "source", [&] { return run.comm.is_root() ? source_text(source_) : std::string(); });
    std::string const everywhere = run.comm.broadcast(text, 0);
    settings_.archive = archive_;
    settings_.stage_folder = scratch_;
    settings_.block_bytes = block_.count / kibibytes(256).count * kibibytes(256).count;
    settings_.stretch_bytes = stretch_.count;
    return run.comm.all_or_none(
        "source", [&] { return parse_source(everywhere, std::filesystem::path(source_).stem().string()); });
  }

  /// Beside the archive: what differs from run to run must not stand inside.
  std::string facts_place(Comm const& comm, std::string const& name) const
  {
    std::filesystem::path const folder =
        std::filesystem::absolute(archive_ + "/").lexically_normal().parent_path().string() + ".runs";
    if (comm.is_root())
    {
      std::error_code told_when_written;
      std::filesystem::create_directories(folder, told_when_written);
    }
    return folder / name;
  }

  std::string text_of(Source const& source, IngestReport const& report, bool check_only) const
  {
    if (report.already_complete)
    {
      return fmt::format(
          "ingest: these files are vintage {} of table {} already; nothing to do (--redo replaces it)\n",
          report.vintage, source.table);
    }
    Reasons const reasons(source);
    ColumnSchema const* value =
        source.balance_value.empty() ? nullptr : &source.columns[source.column(source.balance_value)].schema;
    std::string text;
    // Of many files one sheet is read by people; the sheet of each is in the manifest.
    std::string const title = report.files.size() == 1 ? report.files.front().file : report.total.file;
    text += balance_text(report.total, source.table + "  " + title, reasons, value) + "\n";
    if (report.files.size() > 1)
    {
      text += balance_lines(report.files) + "\n";
    }
    std::int64_t const kept = report.total.kept.records;
    text += check_only
                ? "check only: nothing was written\n"
                : fmt::format("vintage {} of table {}: {} partitions, {} bytes, {:.1f} bytes a row, in {}\n",
                              report.vintage, source.table, report.partitions.size(),
                              decimal_text(report.archive_bytes, 0, Grouping::commas),
                              static_cast<double>(report.archive_bytes)
                                  / static_cast<double>(std::max<std::int64_t>(kept, 1)),
                              archive_);
    if (!report.rejects.empty())
    {
      text += "rejected records: " + report.rejects.string() + "\n";
    }
    return text;
  }

  std::vector<std::string> files_;
  std::string source_, archive_ = "archive", scratch_;
  Bytes block_ = kibibytes(512), stretch_ = gibibytes(4);
  IngestSettings settings_;
};

}  // namespace

std::unique_ptr<Job> make_ingest()
{
  return std::make_unique<IngestJob>();
}

}  // namespace tarifa::jobs
