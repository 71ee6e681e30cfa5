/// tarifa verify: every byte of an archive against its manifests.
#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/table_manifests.hpp"
#include "pipeline/archive/verify_archive.hpp"
#include "pipeline/resume/claim.hpp"
#include "pipeline/run/amount_text.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{
namespace
{

class VerifyJob final : public Job
{
 public:
  About about() const override
  {
    return {.purpose =
                "Proves an archive whole, or names what is not: reads every byte of every vintage, checks "
                "sizes and\n"
                "digests, decodes every chunk, and compares the exact minimum, maximum and missing cells "
                "with the\n"
                "index and the manifests; the value of the rows and the record counts with those of the "
                "manifests. Not\n"
                "covered: names and digests of the sources, and the value of superseded rows beyond the "
                "balance sheet.\n"
                "One line per table when all is well, with the rows that count and "
                "those that\n"
                "later vintages superseded; exit code 4 with the findings when not.",
            .example = "tarifa verify archive",
            .uses_output = false,
            .uses_memory = false,
            .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("verify");
    options.positional("archive", archive_, "folder of the archive");
    options.add("most", most_, {1, 1000000}, "findings printed; the others are counted");
  }

  Estimate estimate(Run const& run) override
  {
    std::vector<std::string> const tables =
        run.comm.all_or_none("archive", [&] { return tables_of(archive_); });
    Estimate estimate;
    for (std::string const& table : tables)
    {
      for (Manifest const& manifest : read_manifests(run.comm, archive_, table, ""))
      {
        for (Manifest::Partition const& partition : manifest.partitions)
        {
          for (PartDigest const& part : partition.parts)
          {
            estimate.units.push_back({part.rows, part.bytes});
            estimate.rows += part.rows;
          }
        }
      }
    }
    estimate.unit = "part";
    estimate.dealing = Dealing::in_turn;
    estimate.rates.nanoseconds = 65;
    estimate.basis = fmt::format("manifests of {}", counted(std::ssize(tables), "table"));
    return estimate;
  }

  void run(Run& run) override
  {
    run.comm.all_or_none(
        "", [&]
        { require(!archive_.empty(), Fault::usage, "no archive given: name its folder after the options"); });
    run.log.stage("checking");
    std::string const checkpoint = run.checkpoint_of(archive_ + ".verify");
    Claim const claim(run, {checkpoint});
    ArchiveCheck const check = verify_archive(run, archive_, checkpoint);
    for (std::string const& notice : check.notices)
    {
      run.log.warn(notice);
    }
    for (ArchiveCheck::Table const& table : check.tables)
    {
      run.rows += table.rows;
    }
    show(run.comm, text_of(check));
    run.comm.all_or_none("",
                         [&]
                         {
                           require(
                               check.findings.empty(), Fault::storage,
                               "archive " + archive_ + " is damaged: "
                                   + counted(static_cast<std::int64_t>(check.findings.size()), "finding"));
                         });
  }

 private:
  std::string text_of(ArchiveCheck const& check) const
  {
    std::string text;
    for (std::size_t i = 0; i < check.findings.size() && i < static_cast<std::size_t>(most_); ++i)
    {
      text += check.findings[i] + "\n";
    }
    if (check.findings.size() > static_cast<std::size_t>(most_))
    {
      text += fmt::format("... and {} more\n", check.findings.size() - static_cast<std::size_t>(most_));
    }
    std::size_t width = 0;
    for (ArchiveCheck::Table const& table : check.tables)
    {
      width = std::max(width, table.name.size());
    }
    for (ArchiveCheck::Table const& table : check.tables)
    {
      text += fmt::format("{:<{}}{:>16} rows{:>20} bytes   {}, {}, {}{}: {}\n", table.name, width,
                          decimal_text(table.rows - table.superseded, 0, Grouping::commas),
                          decimal_text(table.bytes, 0, Grouping::commas), counted(table.vintages, "vintage"),
                          counted(table.partitions, "partition"), counted(table.parts, "part"),
                          table.superseded == 0
                              ? ""
                              : ", " + decimal_text(table.superseded, 0, Grouping::commas)
                                    + (table.superseded == 1 ? " superseded row" : " superseded rows"),
                          judgement(table));
    }
    if (!check.findings.empty())
    {
      text += "What to do: restore what is named from a copy, or ingest its delivery again with --redo.\n";
    }
    return text;
  }

  static std::string judgement(ArchiveCheck::Table const& table)
  {
    std::string const parts =
        table.findings == 0 ? "parts whole" : counted(table.findings, "finding") + " in parts";
    return table.manifests_lost == 0 ? parts
                                     : counted(table.manifests_lost, "manifest") + " missing or damaged"
                                           + (table.parts == 0 ? "" : "; of the others " + parts);
  }

  std::string archive_;
  int most_ = 100;
};

}  // namespace

std::unique_ptr<Job> make_verify()
{
  return std::make_unique<VerifyJob>();
}

}  // namespace tarifa::jobs
