/// The declarations once more, as administrations deliver them: dirty-declarations-YYYY.csv, the amendments
/// that come a year later, and the key to what is wrong with both: truth-dirty-YYYY.h5.
#include <algorithm>

#include <fmt/format.h>

#include "jobs/support/synth_dirty_key.hpp"
#include "jobs/support/synth_output.hpp"
#include "kernels/synth/declaration_maker.hpp"

namespace tarifa::jobs
{
namespace
{

constexpr std::string_view output_name = "dirty";

void declare(Options& options, SynthSettings& settings)
{
  kernels::DirtySettings& dirty = settings.dirty;
  options.section("dirty");
  options.add("delivery", settings.dirty_delivery,
              "write the declarations once more as administrations send them, with a key to all faults");
  options.add("renamed-columns", dirty.renamed_columns, "names and order of columns change with the year");
  options.add("local-encoding", dirty.local_encoding, "Latin-1 until 2020, a byte-order mark from 2021 on");
  options.add("local-separator", dirty.local_separator, "semicolon and CR LF until 2020, tab from 2021 on");
  options.add("local-numbers", dirty.local_numbers, "thousands marks, and a decimal comma until 2020");
  options.add("local-dates", dirty.local_dates, "day first until 2020, month first from 2021 on");
  options.add("lost-zeros", dirty.lost_zeros, "HS codes without their leading zero until 2020");
  options.add("broken-share", dirty.broken_share, {0.0, 1.0}, "share of the records that cannot be read");
  options.add("repeated-share", dirty.repeated_share, {0.0, 1.0},
              "share of the batches of 128 records that are sent twice");
  options.add("amended-share", dirty.amended_share, {0.0, 1.0}, "share of the records amended later");
  options.add("cut-off-share", dirty.cut_off_share, {0.0, 1.0},
              "share of the files that end within their last record");
}

void check(SynthSettings const& settings)
{
  check_declarations(settings);
  bool const is_named =
      std::find(settings.only.begin(), settings.only.end(), output_name) != settings.only.end();
  require(!is_named || settings.dirty_delivery, Fault::usage,
          "synth.only: the table 'dirty' is written with --dirty.delivery true only");
}

std::vector<std::string> texts_of(int year)
{
  return {fmt::format("dirty-declarations-{}.csv", year), fmt::format("dirty-amendments-{}.csv", year)};
}

std::string key_of(int year)
{
  return fmt::format("truth-dirty-{}.h5", year);
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names;
  if (settings.dirty_delivery)
  {
    names = texts_of(year);
  }
  if (settings.dirty_delivery && settings.truth)
  {
    names.push_back(key_of(year));
  }
  return names;
}

/// Tallies of blocks as rows of numbers, to be summed over ranks.
constexpr std::size_t tally_width = 3 + 2 * kernels::dirty_file_count;

void put_tally(kernels::DirtyKey const& key, std::span<std::string const> texts, std::int64_t* row)
{
  *row++ = static_cast<std::int64_t>(key.broken.size());
  *row++ = static_cast<std::int64_t>(key.repeated.size());
  *row++ = static_cast<std::int64_t>(key.amendments.size());
  for (std::string const& text : texts)
  {
    *row++ = std::count(text.begin(), text.end(), '\n');
    *row++ = static_cast<std::int64_t>(text.size());
  }
}

void add_tally(std::int64_t const* row, DirtyTally& to)
{
  to.broken += *row++;
  to.repeated += *row++;
  to.amendments += *row++;
  for (std::size_t file = 0; file < kernels::dirty_file_count; ++file)
  {
    to.lines[file] += *row++;
    to.bytes[file] += *row++;
  }
}

/// [0 .. blocks] What comes before each block, and at the end all there is.
std::vector<DirtyTally> tallies_before(std::vector<std::string> const& headers,
                                       std::vector<std::int64_t> const& rows)
{
  DirtyTally sum;
  for (std::size_t file = 0; file < headers.size(); ++file)
  {
    sum.lines[file] = 1;
    sum.bytes[file] = static_cast<std::int64_t>(headers[file].size());
  }
  std::vector<DirtyTally> before = {sum};
  for (std::size_t at = 0; at < rows.size(); at += tally_width)
  {
    add_tally(rows.data() + at, sum);
    before.push_back(sum);
  }
  return before;
}

std::int64_t write(SynthRun const& synth, int calendar_year)
{
  SynthSettings const& settings = synth.settings;
  if (!settings.dirty_delivery)
  {
    return 0;
  }
  kernels::DeclarationYear const year{calendar_year, settings.of_year(settings.declarations, calendar_year),
                                      0};
  kernels::Actors const actors(synth.world, actor_settings(settings));
  kernels::DeclarationMaker const maker(synth.world, actors, year, settings.fraud);
  kernels::DirtyDelivery const delivery(maker, settings.dirty);
  std::int64_t const blocks = (year.rows + kernels::rows_per_block - 1) / kernels::rows_per_block;
  auto const make = [&](std::int64_t block, std::span<std::string> texts)
  {
    std::int64_t const first = block * kernels::rows_per_block;
    kernels::DirtyKey key;
    delivery.make(first, std::min(kernels::rows_per_block, year.rows - first), {texts[0], texts[1]}, key);
    return key;
  };
  std::vector<std::string> const headers = {delivery.header(kernels::DirtyFile::declarations),
                                            delivery.header(kernels::DirtyFile::amendments)};
  std::vector<std::int64_t> tallies(static_cast<std::size_t>(blocks) * tally_width);
  synth.files.write(texts_of(calendar_year), headers, blocks,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      kernels::DirtyKey const key = make(block, texts);
                      put_tally(key, texts, tallies.data() + static_cast<std::size_t>(block) * tally_width);
                    });
  if (!settings.truth)
  {
    return year.rows;
  }
  // The blocks once more, now that it is known where they begin: making them twice is cheaper than keeping
  // the key.
  std::vector<DirtyTally> const before = tallies_before(headers, synth.run.comm.sum(tallies));
  DirtyKeyFile const key_file(synth.truths.open(key_of(calendar_year)), before.back());
  synth.files.write({}, {}, blocks,
                    [&](std::int64_t block, std::span<std::string> /*texts*/)
                    {
                      std::array<std::string, kernels::dirty_file_count> texts;
                      key_file.write(make(block, texts), before[static_cast<std::size_t>(block)]);
                    });
  return year.rows;
}

}  // namespace

SynthOutput synth_dirty()
{
  return {output_name, "rows", declare, check, files, write};
}

}  // namespace tarifa::jobs
