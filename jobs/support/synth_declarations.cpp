/// Import declarations: declarations-YYYY.csv, and how many faults were planted in them.
#include <algorithm>
#include <array>
#include <atomic>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/declarations.hpp"

namespace tarifa::jobs
{
namespace
{

using Planted = std::array<std::atomic<std::int64_t>, kernels::row_fault_count>;

std::string rows_name(int year)
{
  return fmt::format("declarations-{}.csv", year);
}

std::string key_name(int year)
{
  return fmt::format("planted-faults-{}.csv", year);
}

void declare(Options& options, SynthSettings& settings)
{
  options.add("declarations", settings.declarations, {0, most_synth_rows},
              "import declarations [rows], all years");
  options.add("broken-share", settings.broken_share, {0.0, 1.0},
              "share of the declarations with a planted fault");
}

void check(SynthSettings const& settings)
{
  require(settings.of_year(settings.declarations, settings.first_year + settings.years - 1) <= 999'999'999,
          Fault::usage, "synth.declarations: more than 999,999,999 in a year; add years");
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = {rows_name(year)};
  if (settings.broken_share > 0)
  {
    names.push_back(key_name(year));
  }
  return names;
}

/// The key to the broken rows: how many of each kind, so that an ingest can be held against it.
std::int64_t write_key(SynthRun const& synth, int year, Planted const& planted)
{
  std::string table = "fault,rows\n";
  for (std::size_t i = 0; i < planted.size(); ++i)
  {
    table += fmt::format("{},{}\n", kernels::name_of(static_cast<kernels::RowFault>(i)),
                         synth.run.comm.sum(planted[i].load()));
  }
  return synth.files.write({key_name(year)}, {table}, 0, {})[0];
}

SynthMade write(SynthRun const& synth, int calendar_year)
{
  SynthSettings const& settings = synth.settings;
  kernels::DeclarationYear const year{calendar_year, settings.of_year(settings.declarations, calendar_year),
                                      settings.broken_share};
  Planted planted{};
  std::int64_t const blocks = (year.rows + kernels::rows_per_block - 1) / kernels::rows_per_block;
  SynthMade made{year.rows, 0};
  made.bytes =
      synth.files.write({rows_name(calendar_year)}, {std::string(kernels::declarations_header())}, blocks,
                        [&](std::int64_t block, std::span<std::string> texts)
                        {
                          std::int64_t const first = block * kernels::rows_per_block;
                          std::int64_t const count = std::min(kernels::rows_per_block, year.rows - first);
                          auto const faults = append_declarations(synth.world, year, first, count, texts[0]);
                          for (std::size_t fault = 0; fault < faults.size(); ++fault)
                          {
                            planted[fault] += faults[fault];
                          }
                        })[0];
  if (settings.broken_share > 0)
  {
    made.bytes += write_key(synth, calendar_year, planted);
  }
  return made;
}

}  // namespace

SynthOutput synth_declarations()
{
  return {"declarations", "rows", declare, check, files, write};
}

}  // namespace tarifa::jobs
