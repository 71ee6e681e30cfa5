/// Exports with a claim for refund of tax: exports-refund-YYYY.csv, and what is true of them.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/declarations.hpp"
#include "kernels/synth/refunds.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& options, SynthSettings& settings)
{
  options.add("exports", settings.exports, {0, most_synth_rows},
              "export declarations with a claim for refund of tax [rows], all years");
  options.section("refund");
  options.add("fake", settings.refund.fake, {0.0, 1.0}, "share of the exports that are fake, about");
  options.add("fake-size", settings.refund.fake_size, {0.0, 1.0},
              "typical share of the value of a fake export that never left");
  options.add("careful", settings.refund.careful, {0.0, 1.0},
              "share of the fake exports with times that could be true");
  options.add("look-alikes", settings.refund.look_alikes, {0.0, 1.0},
              "share of the true exports with times that could not be");
}

void check(SynthSettings const& settings)
{
  require(settings.of_year(settings.exports, settings.first_year + settings.years - 1) <= 999'999'999,
          Fault::usage, "synth.exports: more than 999,999,999 in a year; add years");
}

std::string text_name(int year)
{
  return fmt::format("exports-refund-{}.csv", year);
}

std::string truth_name(int year)
{
  return fmt::format("truth-refunds-{}.h5", year);
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names = {text_name(year)};
  if (settings.truth)
  {
    names.push_back(truth_name(year));
  }
  return names;
}

BlockTable lay_out(ResultFile& file, std::int64_t rows)
{
  std::vector<std::string> oddities;
  for (std::size_t i = 0; i < kernels::time_oddity_count; ++i)
  {
    oddities.emplace_back(name_of(static_cast<kernels::TimeOddity>(i)));
  }
  file.add_labels("oddity", oddities);
  ResultColumn value = result_column<std::int64_t>("true_value", "USD", "value of the goods that left");
  ResultColumn due = result_column<std::int64_t>("refund_due", "USD", "refund by the law on what left");
  value.scale = due.scale = 2;
  ResultColumn oddity =
      result_column<std::int8_t>("oddity", "1", "why a true export has times that could not be");
  oddity.labels = "oddity";
  return file.lay_out_table(
      "exports", "what is true of each row of the exports with refund of a year",
      {result_column<std::int64_t>("export", "1", "export_id of the row"), value, due,
       result_column<std::int32_t>("exporter", "1", "number of the exporter, after the T of the file"),
       result_column<std::int32_t>("seat", "1", "place of the exporter among all of all administrations"),
       result_column<std::int32_t>("person", "1", "who holds the seat: the same under all names"),
       result_column<std::int8_t>("fake", "1", "1 = the goods, or most of them, never left"),
       result_column<std::int8_t>("careful", "1", "1 = fake, with times that could be true"), oddity,
       result_column<double>("fraud_probability", "1",
                             "chance of a fake, given what the exporter is like on that day")},
      rows);
}

std::int64_t write(SynthRun const& synth, int year)
{
  SynthSettings const& settings = synth.settings;
  std::int64_t const rows = settings.of_year(settings.exports, year);
  kernels::Actors const actors(synth.world, actor_settings(settings));
  kernels::RefundMaker const maker(synth.world, actors, year, rows, settings.refund);
  BlockTable table;
  if (settings.truth)
  {
    table = lay_out(synth.truths.open(truth_name(year)), rows);
  }
  constexpr std::int64_t size = kernels::rows_per_block;
  synth.files.write({text_name(year)}, {std::string(kernels::refunds_header())}, (rows + size - 1) / size,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      kernels::RefundTruth truth;
                      std::int64_t const first = block * size, count = std::min(size, rows - first);
                      maker.append(first, count, texts[0], settings.truth ? &truth : nullptr);
                      if (settings.truth)
                      {
                        auto const bytes = [](auto const& column)
                        { return std::as_bytes(std::span(column)); };
                        std::array const cells = {bytes(truth.declaration), bytes(truth.true_value),
                                                  bytes(truth.refund_due),  bytes(truth.exporter),
                                                  bytes(truth.seat),        bytes(truth.person),
                                                  bytes(truth.is_fake),     bytes(truth.is_careful),
                                                  bytes(truth.oddity),      bytes(truth.fraud_probability)};
                        table.write(first, cells);
                      }
                    });
  return rows;
}

}  // namespace

SynthOutput synth_refunds()
{
  return {"refunds", "rows", declare, check, files, write};
}

}  // namespace tarifa::jobs
