#include "jobs/support/mirror/cells_table.hpp"

#include <span>
#include <tuple>

#include <omp.h>

namespace tarifa::jobs
{

using kernels::CellFigures;
using kernels::MirrorCells;

void write_cells(Run const& run, ResultFile& result, TradeFlows const& flows, CellsSettings const& settings,
                 MirrorMade const& made)
{
  std::vector<MirrorCells> const& cells = made.cells;
  std::string const money = flows.value_schema().unit;
  std::string const weight = flows.weight_schema().unit;
  int const money_scale = flows.value_schema().scale;
  int const weight_scale = flows.weight_schema().scale;
  // Keys are unpacked range by range on all threads.
  struct Keys
  {
    std::vector<std::int32_t> hs, period;
    std::vector<std::int16_t> exporter, importer;
  };
  std::vector<Keys> keys(cells.size());
#pragma omp parallel for schedule(dynamic, 8) num_threads(run.settings.threads)
  for (std::size_t range = 0; range < cells.size(); ++range)
  {
    for (std::uint64_t const key : cells[range].key)
    {
      keys[range].hs.push_back(static_cast<std::int32_t>(flows.hs(key)));
      keys[range].exporter.push_back(static_cast<std::int16_t>(flows.exporter(key)));
      keys[range].importer.push_back(static_cast<std::int16_t>(flows.importer(key)));
      keys[range].period.push_back(static_cast<std::int32_t>(flows.period(key)));
    }
  }
  std::vector<ResultColumn> columns;
  auto const key_column =
      [&]<class T>(std::string const& name, std::string const& definition, std::vector<T> Keys::*member)
  {
    ResultColumn& column = columns.emplace_back(result_column<T>(name, "1", definition));
    for (Keys const& part : keys)
    {
      column.add(std::span<T const>(part.*member));
    }
    return columns.size() - 1;
  };
  auto const column_of = [&]<class T, class Parts, class Part>(
                             std::string const& name, std::string const& unit, int scale,
                             std::string const& definition, Parts const& parts, std::vector<T> Part::*member)
  {
    ResultColumn& one = columns.emplace_back(result_column<T>(name, unit, definition));
    one.scale = scale;
    for (auto const& part : parts)
    {
      one.add(std::span<T const>(part.*member));
    }
    return columns.size() - 1;
  };
  auto const column = [&](std::string const& name, std::string const& unit, int scale,
                          std::string const& definition, auto member)
  { return column_of(name, unit, scale, definition, cells, member); };
  auto const figure = [&](std::string const& name, std::string const& unit, int scale,
                          std::string const& definition, auto member)
  { column_of(name, unit, scale, definition, made.figures.of_range, member); };
  auto const reconciled = [&](std::string const& name, std::string const& unit, int scale,
                              std::string const& definition, auto member)
  { column_of(name, unit, scale, definition, made.reconciled.of_range, member); };
  columns[key_column("hs", "product", &Keys::hs)].digits = settings.hs_digits;
  columns[key_column("exporter", "exporting country", &Keys::exporter)].labels = "country";
  columns[key_column("importer", "importing country", &Keys::importer)].labels = "country";
  key_column("period", "year, or year and month (YYYYMM)", &Keys::period);
  columns[column("status", "1", 0, "which sides reported the cell", &MirrorCells::status)].labels = "status";
  column("import_records", "1", 0, "records of the importer", &MirrorCells::import_records);
  column("export_records", "1", 0, "records of the exporter", &MirrorCells::export_records);
  column("import_value", money, money_scale, "value the importer reported (CIF)", &MirrorCells::import_value);
  column("export_value", money, money_scale, "value the exporter reported (FOB)", &MirrorCells::export_value);
  figure("import_value_fob", money, money_scale, "import value / CIF-FOB ratio, half to even",
         &CellFigures::import_value_fob);
  figure("asymmetry", money, money_scale, "import value at FOB minus export value", &CellFigures::asymmetry);
  figure("relative_asymmetry", "1", 0, "asymmetry / (import value at FOB + export value)",
         &CellFigures::relative_asymmetry);
  column("import_weight", weight, weight_scale, "net weight of the importer's records that have one",
         &MirrorCells::import_weight);
  column("export_weight", weight, weight_scale, "net weight of the exporter's records that have one",
         &MirrorCells::export_weight);
  column("weight_status", "1", 0,
         "1 = an import record has no weight, 2 = an export record has none, 3 = both",
         &MirrorCells::weight_status);
  int const price_scale = money_scale - weight_scale;
  column("import_unit_value", money + "/" + weight, price_scale,
         "import value / weight; NaN unless every record has a weight", &MirrorCells::import_unit_value);
  column("export_unit_value", money + "/" + weight, price_scale,
         "export value / weight; NaN unless every record has a weight", &MirrorCells::export_unit_value);
  if (settings.fob != FobMethod::flat)
  {
    figure("cif_fob_ratio", "1", 0, "CIF/FOB ratio by which the import value is divided",
           &CellFigures::cif_fob_ratio);
  }
  for (auto const& [name, definition, parts] :
       {std::tuple{"cif_fob_ratio_low", "lower end of the 90 % interval of the ratio",
                   &made.figures.ratio_low},
        std::tuple{"cif_fob_ratio_high", "upper end of the 90 % interval of the ratio",
                   &made.figures.ratio_high}})
  {
    if (settings.fob == FobMethod::freight)
    {
      ResultColumn& one = columns.emplace_back(result_column<double>(name, "1", definition));
      for (std::vector<double> const& part : *parts)
      {
        one.add(std::span<double const>(part));
      }
    }
  }
  if (!made.reconciled.interval.empty())
  {
    reconciled("reconciled_value", money, money_scale, "value at FOB from both reports; 0: none is above 0",
               &ReconciledCells::value);
    reconciled("reconciled_weight", weight, weight_scale, "net weight from both reports; 0: none is above 0",
               &ReconciledCells::weight);
    reconciled("exporter_weight", "1", 0, "weight of the exporter's report in the reconciled value",
               &ReconciledCells::exporter_weight);
    if (made.reconciled.has_interval)
    {
      std::string const& interval = made.reconciled.interval;
      reconciled("reconciled_value_low", money, money_scale, "lower end of the " + interval,
                 &ReconciledCells::value_low);
      reconciled("reconciled_value_high", money, money_scale, "upper end of the " + interval,
                 &ReconciledCells::value_high);
      reconciled("reconciled_weight_low", weight, weight_scale, "lower end of the " + interval,
                 &ReconciledCells::weight_low);
      reconciled("reconciled_weight_high", weight, weight_scale, "upper end of the " + interval,
                 &ReconciledCells::weight_high);
    }
  }
  if (settings.with_causes)
  {
    for (std::size_t part = 0; part < kernels::gap_parts; ++part)
    {
      ResultColumn& one =
          columns.emplace_back(part_column(static_cast<kernels::GapPart>(part), flows.value_schema()));
      for (CellCauses const& causes : made.causes)
      {
        one.add(std::span<std::int64_t const>(causes.parts.part[part]));
      }
    }
    column_of("reasons", "1", 0, "bits of table reasons: signs of causes that the cell shows", made.causes,
              &CellCauses::reasons);
    columns[column_of("hypothesis", "1", 0, "what customs would look into; a label, not a finding",
                      made.causes, &CellCauses::hypothesis)]
        .labels = "hypothesis";
  }
  result.add_table("cells",
                   "Importer against exporter, cell by cell, sorted by product, exporter, importer, period",
                   columns);
}

}  // namespace tarifa::jobs
