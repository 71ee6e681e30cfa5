#include "jobs/support/synth_actor_truth.hpp"

#include <cmath>

#include "jobs/support/synth_truth.hpp"
#include "jobs/support/synth_truth_table.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::Importer;

TruthTable importers(Comm const& comm, kernels::YearOfActors const& year)
{
  TruthTable table;
  table.column("importer", "1", "number in the files")
      .column("administration", "1", "country of the register", "country")
      .column("seat", "1", "place in the order of size, over all administrations")
      .column("occupant", "1", "which of those who have held the seat")
      .column("person", "1", "occupant this one really is: an earlier one when it has returned")
      .column("successor_of", "1", "importer whose new name this is; -1 = of nobody")
      .column("evader", "1", "1 = evades by habit")
      .column("keeps_shells", "1", "1 = has shell companies of its own send invoices")
      .column("risk_january", "1", "times the usual risk of fraud on 1 January", "", 6)
      .column("risk_july", "1", "times the usual risk of fraud on 1 July", "", 6);
  kernels::Actors const& actors = year.actors();
  for (std::uint32_t reporter = 0; comm.is_root() && reporter < actors.settings().reporters; ++reporter)
  {
    for (Importer const& importer : year.importers(reporter))
    {
      auto const risk = [&](kernels::Day day)
      { return std::llround(actors.weight(actors.risk(importer, day)) * 1e6); };
      std::int64_t const successor_of =
          importer.has_returned()
              ? std::int64_t{actors.occupant(reporter, importer.rank, importer.occupant - 1).number}
              : -1;
      table.row({importer.number, kernels::reporter_country(reporter), importer.seat, importer.occupant,
                 importer.person, successor_of, importer.is_evader ? 1 : 0,
                 actors.keeps_shells(importer) ? 1 : 0, risk(year.from()), risk(year.from() + 181)});
    }
  }
  return table;
}

/// The exporters that are not what they look like; the others are.
TruthTable shells(Comm const& comm, kernels::YearOfActors const& year)
{
  TruthTable table;
  table.column("exporter", "1", "number in the files")
      .column("country", "1", "where it is registered", "country")
      .column("administration", "1", "where its importer declares", "country")
      .column("seat", "1", "seat of its importer")
      .column("person", "1", "person who holds the seat");
  for (std::uint32_t country = 0; comm.is_root() && country < kernels::country_count; ++country)
  {
    for (kernels::Exporter const& exporter : year.exporters(country))
    {
      if (exporter.kind == kernels::ExporterKind::shell)
      {
        Importer const& keeper = exporter.keeper;
        table.row({exporter.number, country, kernels::reporter_country(keeper.reporter), keeper.seat,
                   keeper.person});
      }
    }
  }
  return table;
}

}  // namespace

void write_actor_truth(ResultFile& file, Comm const& comm, kernels::YearOfActors const& year)
{
  file.add_labels("country", country_labels());
  importers(comm, year).write(file, "importers", "what importers really are", comm);
  shells(comm, year).write(file, "shells", "exporters that only send the invoices of one importer", comm);
}

}  // namespace tarifa::jobs
