/// Invoices between traders: invoices-YYYY.csv, and what is true of them.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/declarations.hpp"
#include "kernels/synth/invoices.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& options, SynthSettings& settings)
{
  options.add("invoices", settings.invoices, {0, most_synth_rows},
              "invoices between traders [rows], all years");
  options.section("invoice");
  options.add("carousel", settings.invoice.carousel, {0.0, 0.6},
              "share of the invoices that are legs of a carousel, about");
  options.add("carousel-size", settings.invoice.carousel_size, {0.0, 0.9},
              "share by which a missing trader sells below what it paid, typically");
  options.add("circular", settings.invoice.circular, {0.0, 0.2},
              "share of the invoices that are legs of an honest circle, about");
  options.add("below-cost", settings.invoice.below_cost, {0.0, 1.0},
              "share of the other sales that are honest and below cost");
  options.add("insolvent", settings.invoice.insolvent, {0.0, 1.0},
              "share of the other sales whose tax is not paid for want of money");
}

void check(SynthSettings const& settings)
{
  require(settings.of_year(settings.invoices, settings.first_year + settings.years - 1) <= 999'999'999,
          Fault::usage, "synth.invoices: more than 999,999,999 in a year; add years");
}

std::string text_name(int year)
{
  return fmt::format("invoices-{}.csv", year);
}

std::string truth_name(int year)
{
  return fmt::format("truth-invoices-{}.h5", year);
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
  std::vector<std::string> roles, oddities;
  for (std::size_t i = 0; i < kernels::chain_role_count; ++i)
  {
    roles.emplace_back(name_of(static_cast<kernels::ChainRole>(i)));
  }
  for (std::size_t i = 0; i < kernels::chain_oddity_count; ++i)
  {
    oddities.emplace_back(name_of(static_cast<kernels::ChainOddity>(i)));
  }
  file.add_labels("role", roles);
  file.add_labels("oddity", oddities);
  ResultColumn paid = result_column<std::int64_t>("vat_paid", "USD", "tax of the invoice that was ever paid");
  paid.scale = 2;
  ResultColumn role = result_column<std::int8_t>("role", "1", "what the seller is in a carousel");
  role.labels = "role";
  ResultColumn oddity = result_column<std::int8_t>("oddity", "1", "why an honest invoice looks like fraud");
  oddity.labels = "oddity";
  return file.lay_out_table(
      "invoices", "what is true of each row of the invoices of a year",
      {result_column<std::int64_t>("invoice", "1", "invoice_id of the row"),
       result_column<std::int64_t>("chain", "1", "first invoice of the same lot"), paid,
       result_column<std::int8_t>("carousel", "1", "1 = a leg of a carousel"), role, oddity,
       result_column<std::int32_t>("ring", "1", "carousel of the administration, from 1; 0 = none")},
      rows);
}

std::int64_t write(SynthRun const& synth, int year)
{
  SynthSettings const& settings = synth.settings;
  std::int64_t const rows = settings.of_year(settings.invoices, year);
  kernels::Actors const actors(synth.world, actor_settings(settings));
  kernels::InvoiceMaker const maker(synth.world, actors, year, rows, settings.invoice);
  BlockTable table;
  if (settings.truth)
  {
    table = lay_out(synth.truths.open(truth_name(year)), rows);
  }
  constexpr std::int64_t size = kernels::rows_per_block;
  synth.files.write(
      {text_name(year)}, {std::string(kernels::invoices_header())}, (rows + size - 1) / size,
      [&](std::int64_t block, std::span<std::string> texts)
      {
        kernels::InvoiceTruth truth;
        std::int64_t const first = block * size, count = std::min(size, rows - first);
        maker.append(first, count, texts[0], settings.truth ? &truth : nullptr);
        if (settings.truth)
        {
          auto const bytes = [](auto const& column) { return std::as_bytes(std::span(column)); };
          std::array const cells = {bytes(truth.invoice),     bytes(truth.chain), bytes(truth.vat_paid),
                                    bytes(truth.is_carousel), bytes(truth.role),  bytes(truth.oddity),
                                    bytes(truth.ring)};
          table.write(first, cells);
        }
      });
  return rows;
}

}  // namespace

SynthOutput synth_invoices()
{
  return {"invoices", "rows", declare, check, files, write};
}

}  // namespace tarifa::jobs
