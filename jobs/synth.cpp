/// tarifa synth: a synthetic world, written as the CSV files that administrations and statistical offices
/// send.
#include <algorithm>
#include <array>
#include <atomic>

#include <fmt/format.h>

#include "kernels/synth/declarations.hpp"
#include "kernels/synth/seizures.hpp"
#include "kernels/synth/trade.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/run/text_files.hpp"

namespace tarifa::jobs
{
namespace
{

struct SynthSettings
{
  std::string folder = "synth";
  std::int64_t declarations = 100000;
  std::int64_t trade = 100000;
  std::int64_t seizures = 5000;
  int first_year = 2019;
  int years = 5;
  double broken_share = 0;
};

class SynthJob final : public Job
{
 public:
  About about() const override
  {
    return {.purpose =
                "Writes declarations-YYYY.csv, trade-exports.csv, trade-imports.csv and seizures.csv of a\n"
                "world that follows from the seed: the same bytes on any ranks and threads. Every figure is\n"
                "invented; amounts add up, and the two sides of trade disagree as real ones do. The files\n"
                "configs/sources/synth-*.ini read them.",
            .example = "tarifa synth --synth.folder world --synth.declarations 1000000 --synth.trade 900000",
            .uses_output = false};
  }

  void declare(Options& options) override
  {
    constexpr std::int64_t most_rows = 40'000'000'000;
    options.section("synth");
    options.add("folder", settings_.folder, "folder of the CSV files, made when absent");
    options.add("declarations", settings_.declarations, {0, most_rows},
                "import declarations [rows], all years");
    options.add("trade", settings_.trade, {0, most_rows}, "trade flows [cells], all years; two reports each");
    options.add("seizures", settings_.seizures, {0, 999'999'999}, "seizure cases, all years");
    options.add("first-year", settings_.first_year, {1900, 2099}, "first calendar year");
    options.add("years", settings_.years, {1, 100}, "number of years");
    options.add("broken-share", settings_.broken_share, {0.0, 1.0},
                "share of the declarations with a planted fault");
  }

  void run(Run& run) override
  {
    kernels::World const world(static_cast<std::uint64_t>(run.settings.seed));
    kernels::TradePlan const trade = run.comm.all_or_none("synth.trade", [&] { return plan_trade(world); });
    run.comm.all_or_none("synth.declarations",
                         [&]
                         {
                           require(rows_of(settings_.years - 1) <= 999'999'999, Fault::usage,
                                   "more than 999,999,999 declarations in a year; add years");
                         });
    TextFiles files(run.comm, settings_.folder, run.settings.threads);
    if (!run.settings.redo)
    {
      files.refuse_existing(names());
    }
    write_declarations(run, world, files);
    auto const bytes = files.write(
        {"trade-exports.csv", "trade-imports.csv"},
        {std::string(kernels::trade_header()), std::string(kernels::trade_header())}, trade.blocks(),
        [&](std::int64_t block, std::span<std::string> texts) { trade.append(block, texts[0], texts[1]); });
    run.log.info(fmt::format("trade: {} flows, {} + {} bytes", settings_.trade, bytes[0], bytes[1]));
    write_seizures(run, world, files);
    files.publish();
  }

 private:
  static std::string declarations_name(int year) { return fmt::format("declarations-{}.csv", year); }

  std::vector<std::string> names() const
  {
    std::vector<std::string> all = {"trade-exports.csv", "trade-imports.csv", "seizures.csv"};
    for (int i = 0; i < settings_.years; ++i)
    {
      all.push_back(declarations_name(settings_.first_year + i));
    }
    if (settings_.broken_share > 0)
    {
      all.emplace_back("planted-faults.csv");
    }
    return all;
  }

  kernels::TradePlan plan_trade(kernels::World const& world) const
  {
    std::int64_t const most = kernels::TradePlan::most_flows(settings_.years);
    require(settings_.trade <= most, Fault::usage,
            fmt::format("{} flows do not fit: {} years have at most {} cells with trade", settings_.trade,
                        settings_.years, most));
    return {world, {settings_.first_year, settings_.years, settings_.trade}};
  }

  /// The last years take what does not divide evenly.
  std::int64_t rows_of(int year) const
  {
    return settings_.declarations * (year + 1) / settings_.years
           - settings_.declarations * year / settings_.years;
  }

  void write_declarations(Run& run, kernels::World const& world, TextFiles& files) const
  {
    std::array<std::atomic<std::int64_t>, kernels::row_fault_count> planted{};
    std::int64_t bytes = 0;
    for (int i = 0; i < settings_.years; ++i)
    {
      kernels::DeclarationYear const year{settings_.first_year + i, rows_of(i), settings_.broken_share};
      std::int64_t const blocks = (year.rows + kernels::rows_per_block - 1) / kernels::rows_per_block;
      bytes +=
          files.write({declarations_name(year.year)}, {std::string(kernels::declarations_header())}, blocks,
                      [&](std::int64_t block, std::span<std::string> texts)
                      {
                        std::int64_t const first = block * kernels::rows_per_block;
                        std::int64_t const count = std::min(kernels::rows_per_block, year.rows - first);
                        auto const faults = append_declarations(world, year, first, count, texts[0]);
                        for (std::size_t fault = 0; fault < faults.size(); ++fault)
                        {
                          planted[fault] += faults[fault];
                        }
                      })[0];
      run.log.progress("declarations, years", i + 1, settings_.years);
    }
    run.log.info(fmt::format("declarations: {} rows, {} bytes", settings_.declarations, bytes));
    if (settings_.broken_share > 0)
    {
      write_planted(run, planted, files);
    }
  }

  /// The key to the broken rows: how many of each kind, so that an ingest can be held against it.
  void write_planted(Run& run, std::array<std::atomic<std::int64_t>, kernels::row_fault_count> const& planted,
                     TextFiles& files) const
  {
    std::string table = "fault,rows\n";
    std::int64_t all = 0;
    for (std::size_t i = 0; i < planted.size(); ++i)
    {
      std::int64_t const rows = run.comm.sum(planted[i].load());
      all += rows;
      table += fmt::format("{},{}\n", kernels::name_of(static_cast<kernels::RowFault>(i)), rows);
    }
    files.write({"planted-faults.csv"}, {table}, 0, {});
    run.log.info(fmt::format("declarations: {} rows broken on purpose, by kind in planted-faults.csv", all));
  }

  void write_seizures(Run& run, kernels::World const& world, TextFiles& files) const
  {
    kernels::SeizurePeriod const period{settings_.first_year, settings_.years, settings_.seizures};
    std::int64_t const blocks = (period.cases + kernels::rows_per_block - 1) / kernels::rows_per_block;
    auto const bytes =
        files.write({"seizures.csv"}, {std::string(kernels::seizures_header())}, blocks,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      std::int64_t const first = block * kernels::rows_per_block;
                      append_seizures(world, period, first,
                                      std::min(kernels::rows_per_block, period.cases - first), texts[0]);
                    });
    run.log.info(fmt::format("seizures: {} cases, {} bytes", period.cases, bytes[0]));
  }

  SynthSettings settings_;
};

}  // namespace

std::unique_ptr<Job> make_synth()
{
  return std::make_unique<SynthJob>();
}

}  // namespace tarifa::jobs
