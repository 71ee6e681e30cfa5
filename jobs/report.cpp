/// tarifa report: pages that people read, made of a mirror result.
#include <filesystem>

#include <fmt/format.h>

#include "jobs/support/report/pages.hpp"
#include "jobs/support/report/summary.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/result/result_reader.hpp"
#include "pipeline/resume/checkpoint.hpp"
#include "pipeline/resume/claim.hpp"
#include "pipeline/resume/complete_files.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa::jobs
{
namespace
{

class ReportJob final : public Job
{
 public:
  About about() const override
  {
    return {.purpose =
                "Makes pages that people read of a mirror result: an index, one page for each country, each "
                "chapter and "
                "the\nlargest products. What the two sides report, who reports it, what gaps are made of, "
                "where they are.\n"
                "Open FOLDER/index.html in a browser. Nothing in a page comes from the network, no script "
                "runs in it.",
            .example = "tarifa report mirror.h5 --report.folder report",
            .uses_output = false,
            .uses_memory = false,
            .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("report");
    options.positional("result", settings_.result, "result file of tarifa mirror").not_in_result();
    options.add("folder", folder_, "folder for the pages; made when it is not there").not_in_result();
    options.add("products", settings_.products, {0, 10'000},
                "products below chapters that get a page, those with the largest value");
    options.add("gaps", settings_.cells, {1, 1000}, "single gaps shown in a table of a page, the largest");
  }

  Estimate estimate(Run const& run) override
  {
    Estimate estimate;
    run.comm.all_or_none("report",
                         [&]
                         {
                           require(!settings_.result.empty(), Fault::usage, "no result file given");
                           ResultReader const reader(settings_.result);
                           estimate.rows = reader.rows("cells");
                         });
    estimate.units.push_back({estimate.rows, estimate.rows * cell_bytes});
    estimate.unit = "cell";
    estimate.rates.nanoseconds = 2500;
    estimate.makes = folder_;
    estimate.basis = settings_.result;
    return estimate;
  }

  void run(Run& run) override
  {
    run.log.stage("adding up");
    std::string const digest = run.comm.broadcast(
        run.comm.all_or_none("report",
                             [&]
                             {
                               require(!settings_.result.empty(), Fault::usage, "no result file given");
                               ResultReader const known(settings_.result);
                               return run.comm.is_root() ? digest_of(settings_.result).hex : std::string();
                             }),
        0);
    std::vector<Note> const made_of =
        provenance(run, std::vector<InputFact>{{"result", "xxh3:" + digest, 0}});
    Claim const claim(run, {place()});
    ReportSummary summary = summarise(run, settings_);
    summary.result_digest = digest;
    std::vector<ReportPage> const pages = pages_of(summary);
    CompleteFiles whole{place() + ".made", made_of, {}};
    for (ReportPage const& page : pages)
    {
      whole.files.push_back(std::filesystem::path(folder_) / page.file);
    }
    if (whole.are_complete(run))
    {
      return;
    }
    Checkpoint checkpoint(run, run.checkpoint_of(place()), made_of);
    run.log.stage("writing pages");
    begin(run, whole, checkpoint);
    write(run, summary, pages);
    whole.mark_complete(run.comm);
    checkpoint.remove();
    run.published = place();
    run.made_bytes = whole.bytes();
    run.log.info(fmt::format("report: {} pages; open {}", pages.size(), whole.files.front().string()));
  }

 private:
  static constexpr std::int64_t cell_bytes = 150;

  std::string place() const { return std::filesystem::path(folder_ + "/").parent_path().string(); }

  /// [all] Nothing is overwritten unless an earlier try of this run, or --redo, says so.
  void begin(Run const& run, CompleteFiles const& whole, Checkpoint& checkpoint) const
  {
    bool const goes_on = checkpoint.done("pages");
    run.comm.all_or_none(
        "report",
        [&]
        {
          if (!run.comm.is_root())
          {
            return;
          }
          for (std::filesystem::path const& file : whole.files)
          {
            require(goes_on || run.settings.redo || !std::filesystem::exists(file), Fault::usage,
                    file.string() + " exists; choose another --report.folder, or overwrite with --redo");
          }
          make_folders(folder_);
        });
    checkpoint.record_now("pages", "begun");
    if (!goes_on)
    {
      // A try that goes on writes its pages whatever it is asked, so that the work comes to an end.
      checkpoint.stop_if_asked("no page is written");
    }
  }

  /// [all] Pages are dealt to ranks in turn, and to their threads.
  void write(Run& run, ReportSummary const& summary, std::vector<ReportPage> const& pages) const
  {
    run.comm.all_or_none(
        "writing pages",
        [&]
        {
          std::vector<ReportPage> mine;
          for (std::size_t page = 0; page < pages.size(); ++page)
          {
            if (page % static_cast<std::size_t>(run.comm.size()) == static_cast<std::size_t>(run.comm.rank()))
            {
              mine.push_back(pages[page]);
            }
          }
          std::vector<std::int64_t> bytes(mine.size());
          ThreadTeam(run.settings.threads)
              .each(mine.size(),
                    [&](std::size_t page, int)
                    {
                      std::string const html = html_of(summary, mine[page]);
                      bytes[page] = static_cast<std::int64_t>(html.size());
                      write_durable(std::filesystem::path(folder_) / mine[page].file, html);
                    });
          for (std::int64_t const one : bytes)
          {
            run.log.count(1, one);
          }
        });
  }

  SummarySettings settings_;
  std::string folder_ = "report";
};

}  // namespace

std::unique_ptr<Job> make_report()
{
  return std::make_unique<ReportJob>();
}

}  // namespace tarifa::jobs
