#include "jobs/support/synth_seizure_truth.hpp"

#include <algorithm>

#include "jobs/support/synth_truth.hpp"
#include "jobs/support/synth_truth_table.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::SeizurePlan;
using kernels::SeizureTally;

void add_labels(ResultFile& file)
{
  std::vector<std::string> countries = country_labels(), products, conveyances;
  countries.emplace_back("");  // none
  for (std::uint32_t i = 0; i < kernels::contraband_count; ++i)
  {
    products.emplace_back(kernels::contraband(i).product);
  }
  for (std::uint32_t i = 0; i < kernels::conveyance_count; ++i)
  {
    conveyances.emplace_back(name_of(static_cast<kernels::Conveyance>(i)));
  }
  file.add_labels("country", countries);
  file.add_labels("product", products);
  file.add_labels("conveyance", conveyances);
}

TruthTable traffic(SeizurePlan const& plan, std::vector<std::int64_t> const& counts)
{
  TruthTable table;
  table.column("month", "1", "month of the year, 1 to 12")
      .column("corridor", "1", "number of the corridor, in all years")
      .column("product", "1", "kind of goods", "product")
      .column("lines", "1", "goods of consignments that were sent")
      .column("quantity", "unit of the product", "quantity that was sent", "", 3)
      .column("seized_lines", "1", "goods that were seized")
      .column("seized_quantity", "unit of the product", "quantity that was seized", "", 3)
      .column("reported_lines", "1", "goods that stand in the file of seizures")
      .column("reported_quantity", "unit of the product", "quantity that was seized and reported", "", 3);
  for (std::size_t cell = 0; cell < counts.size() / SeizureTally::line_facts; ++cell)
  {
    std::size_t const goods = cell % kernels::contraband_count;
    std::size_t const way = cell / kernels::contraband_count;
    std::size_t const corridor = way % kernels::corridor_count;
    std::int64_t const* facts = counts.data() + cell * SeizureTally::line_facts;
    if (plan.traffic().corridors()[corridor].carries.at(goods))
    {
      table.row({static_cast<std::int64_t>(way / kernels::corridor_count) + 1,
                 static_cast<std::int64_t>(corridor), static_cast<std::int64_t>(goods),
                 facts[SeizureTally::lines], facts[SeizureTally::quantity], facts[SeizureTally::seized_lines],
                 facts[SeizureTally::seized_quantity], facts[SeizureTally::reported_lines],
                 facts[SeizureTally::reported_quantity]});
    }
  }
  return table;
}

TruthTable corridors(SeizurePlan const& plan, std::vector<std::int64_t> const& counts)
{
  TruthTable table;
  table.column("month", "1", "month of the year, 1 to 12")
      .column("corridor", "1", "number of the corridor, in all years")
      .column("departure", "1", "country of departure", "country")
      .column("transit", "1", "country of transit, if any", "country")
      .column("destination", "1", "country of destination", "country")
      .column("conveyance", "1", "of seven consignments in ten", "conveyance")
      .column("consignments", "1", "consignments that were sent")
      .column("seized", "1", "consignments that were seized")
      .column("reported", "1", "consignments that stand in the file of seizures")
      .column("expected_seized", "1", "sum of the chances of being seized", "", 6);
  for (std::size_t way = 0; way < counts.size() / SeizureTally::way_facts; ++way)
  {
    std::size_t const number = way % kernels::corridor_count;
    kernels::Corridor const& corridor = plan.traffic().corridors()[number];
    std::int64_t const* facts = counts.data() + way * SeizureTally::way_facts;
    // 10^6 / 2^32 = 15625 / 2^26, in two steps so that nothing is lost above 2^37 consignments.
    std::int64_t const chance = facts[SeizureTally::chance];
    std::int64_t const millionths = (chance >> 26) * 15625 + (((chance & 0x3ffffff) * 15625) >> 26);
    table.row({static_cast<std::int64_t>(way / kernels::corridor_count) + 1,
               static_cast<std::int64_t>(number), corridor.departure, corridor.transit,
               kernels::reporter_country(corridor.destination),
               static_cast<std::int64_t>(corridor.conveyance), facts[SeizureTally::consignments],
               facts[SeizureTally::seized], facts[SeizureTally::reported], millionths});
  }
  return table;
}

TruthTable administrations(SeizurePlan const& plan, std::int32_t year,
                           std::vector<std::int64_t> const& counts)
{
  TruthTable table;
  table.column("month", "1", "month of the year, 1 to 12")
      .column("administration", "1", "country", "country")
      .column("skill_log2", "1", "log2 of the chance to find an ordinary consignment by air", "", 6)
      .column("reports", "1", "1 where the cases of the month are reported")
      .column("in_bursts", "1", "1 where it reports half a year at once")
      .column("seized", "1", "consignments it seized")
      .column("reported", "1", "consignments it seized and reported");
  kernels::Enforcement const& enforcement = plan.enforcement();
  for (std::int32_t month = 0; month < 12; ++month)
  {
    for (std::uint32_t r = 0; r < kernels::reporter_count; ++r)
    {
      std::int64_t const* facts =
          counts.data()
          + (static_cast<std::size_t>(month) * kernels::reporter_count + r) * SeizureTally::desk_facts;
      std::int32_t const at = year * 12 + month;
      table.row({month + 1, kernels::reporter_country(r),
                 enforcement.skill(r, at) * 1'000'000 / (1 << kernels::fixed_bits),
                 enforcement.reports(r, at) ? 1 : 0, enforcement.reports_in_bursts(r) ? 1 : 0,
                 facts[SeizureTally::desk_seized], facts[SeizureTally::desk_reported]});
    }
  }
  return table;
}

/// One row for each administration that takes part.
TruthTable operations(SeizurePlan const& plan, std::int32_t year)
{
  TruthTable table;
  table.column("operation", "1", "number N of OP-YYYY-N")
      .column("first_day", "1", "day of the year, 1 = 1 January")
      .column("last_day", "1", "day of the year, included")
      .column("administration", "1", "country that takes part", "country");
  auto const per_year = static_cast<std::size_t>(plan.settings().enforcement.operations);
  for (std::size_t i = 0; i < per_year; ++i)
  {
    kernels::Operation const& o =
        plan.enforcement().operations()[static_cast<std::size_t>(year) * per_year + i];
    for (std::uint32_t r = 0; r < kernels::reporter_count; ++r)
    {
      if (((o.administrations >> r) & 1) != 0)
      {
        table.row({static_cast<std::int64_t>(i) + 1, o.first_day + 1, o.last_day + 1,
                   kernels::reporter_country(r)});
      }
    }
  }
  return table;
}

}  // namespace

void write_seizure_truth(ResultFile& file, Comm const& comm, SeizurePlan const& plan, std::int32_t year,
                         SeizureTally const& tally)
{
  add_labels(file);
  traffic(plan, comm.sum(tally.by_line)).write(file, "traffic", "what was smuggled, by goods", comm);
  corridors(plan, comm.sum(tally.by_way)).write(file, "corridors", "consignments and their chances", comm);
  administrations(plan, year, comm.sum(tally.by_desk))
      .write(file, "administrations", "who seized and who reported", comm);
  operations(plan, year).write(file, "operations", "joint operations and who took part", comm);
}

}  // namespace tarifa::jobs
