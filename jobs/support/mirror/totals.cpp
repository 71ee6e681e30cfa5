#include "jobs/support/mirror/totals.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>

#include "pipeline/run/gather_rows.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::MirrorCells;
using kernels::MirrorTotals;

enum Dimension : std::size_t
{
  by_exporter,
  by_importer,
  by_product,
  by_period,
  in_all,
  dimensions,
};

void add(MirrorTotals& to, MirrorTotals const& more)
{
  require(to.add(more), Fault::data, "a total leaves 64 bits: use a smaller scale for the value column");
}

struct CodeTotals
{
  std::int64_t code;
  MirrorTotals totals;
};

/// Totals of the cells of one thread. Countries have an array; cells are sorted by product, which is looked
/// up once for all cells it has in a range, and the few periods there are stay in the cache.
class Sums
{
 public:
  void add_cells(TradeFlows const& flows, MirrorCells const& cells, kernels::CellFigures const& figures,
                 CellCauses const* causes)
  {
    exporter_.resize(flows.countries().size());
    importer_.resize(flows.countries().size());
    std::int64_t product = 0;
    MirrorTotals of_product;
    for (std::size_t cell = 0; cell < cells.size(); ++cell)
    {
      std::uint64_t const key = cells.key[cell];
      MirrorTotals totals = totals_of(cells, figures, cell);
      for (std::size_t part = 0; causes != nullptr && part < kernels::gap_parts; ++part)
      {
        totals.part[part] = causes->parts.part[part][cell];
      }
      if (std::int64_t const hs = flows.hs(key); cell == 0 || hs != product)
      {
        add_product(product, of_product);
        product = hs;
        of_product = {};
      }
      add(of_product, totals);
      add(exporter_[static_cast<std::size_t>(flows.exporter(key))], totals);
      add(importer_[static_cast<std::size_t>(flows.importer(key))], totals);
      add(period_[flows.period(key)], totals);
    }
    add_product(product, of_product);
  }

  /// Codes that have a cell.
  std::vector<CodeTotals> by(Dimension dimension) const
  {
    std::vector<CodeTotals> rows;
    auto const put = [&](std::int64_t code, MirrorTotals const& totals)
    {
      if (totals.cells() > 0)
      {
        rows.push_back({code, totals});
      }
    };
    auto const put_map = [&](std::map<std::int64_t, MirrorTotals> const& totals, bool all)
    {
      for (auto const& [code, one] : totals)
      {
        put(all ? 0 : code, one);
      }
    };
    auto const& countries = dimension == by_exporter ? exporter_ : importer_;
    switch (dimension)
    {
      case by_exporter:
      case by_importer:
        for (std::size_t code = 0; code < countries.size(); ++code)
        {
          put(static_cast<std::int64_t>(code), countries[code]);
        }
        break;
      case by_product:
        put_map(product_, false);
        break;
      default:
        put_map(period_, dimension == in_all);
    }
    return rows;
  }

 private:
  void add_product(std::int64_t product, MirrorTotals const& totals)
  {
    if (totals.cells() > 0)
    {
      add(product_[product], totals);
    }
  }

  std::vector<MirrorTotals> exporter_, importer_;  ///< [countries]
  std::map<std::int64_t, MirrorTotals> product_, period_;
};

/// Joins the totals of any number of threads and ranks.
TotalsBy joined(std::vector<CodeTotals> const& rows)
{
  std::map<std::int64_t, MirrorTotals> all;
  for (CodeTotals const& row : rows)
  {
    add(all[row.code], row.totals);
  }
  TotalsBy by;
  for (auto const& [code, totals] : all)
  {
    by.codes.push_back(code);
    by.totals.push_back(totals);
  }
  return by;
}

struct Sum
{
  char const* name;
  char const* definition;
  bool is_money;
  std::int64_t MirrorTotals::*member;
};
constexpr Sum columns_of_totals[] = {
    {"cells_both", "cells both sides reported", false, &MirrorTotals::cells_both},
    {"cells_import_only", "cells only the importer reported", false, &MirrorTotals::cells_import_only},
    {"cells_export_only", "cells only the exporter reported", false, &MirrorTotals::cells_export_only},
    {"import_records", "records of importers", false, &MirrorTotals::import_records},
    {"export_records", "records of exporters", false, &MirrorTotals::export_records},
    {"import_value", "value importers reported (CIF)", true, &MirrorTotals::import_value},
    {"export_value", "value exporters reported (FOB)", true, &MirrorTotals::export_value},
    {"import_value_fob", "import value at FOB, sum over cells", true, &MirrorTotals::import_value_fob},
    {"asymmetry", "import value at FOB minus export value, sum over cells", true, &MirrorTotals::asymmetry},
    {"two_sided_import_fob", "import value at FOB of cells both sides reported", true,
     &MirrorTotals::two_sided_import_fob},
    {"two_sided_export", "export value of cells both sides reported", true, &MirrorTotals::two_sided_export},
    {"two_sided_absolute", "sum of absolute asymmetries of cells both sides reported", true,
     &MirrorTotals::two_sided_absolute}};

struct TableOf
{
  std::string table, column, title, labels;
};

/// Written by the root: a dimension has few rows.
void write_table(Run const& run, ResultFile& result, TradeFlows const& flows, TableOf const& dimension,
                 int digits, TotalsBy const& by, GapColumns gap)
{
  std::vector<std::vector<std::int64_t>> sums;
  std::size_t const rows = run.comm.is_root() ? by.totals.size() : 0;
  std::vector<std::vector<double>> shown;
  double const unit = flows.value_schema().stored_per_unit();
  for (Sum const& sum : columns_of_totals)
  {
    std::vector<std::int64_t>& exact = sums.emplace_back();
    std::vector<double>& display = shown.emplace_back();
    for (MirrorTotals const& total : by.totals)
    {
      exact.push_back(total.*sum.member);
      display.push_back(static_cast<double>(total.*sum.member) / unit);
    }
    exact.resize(rows);
    display.resize(rows);
  }
  if (gap == GapColumns::with_parts)
  {
    for (std::size_t part = 0; part < kernels::gap_parts; ++part)
    {
      std::vector<std::int64_t>& exact = sums.emplace_back();
      for (MirrorTotals const& total : by.totals)
      {
        exact.push_back(total.part[part]);
      }
      exact.resize(rows);
    }
  }
  std::vector<std::int32_t> codes(by.codes.begin(), by.codes.begin() + static_cast<std::ptrdiff_t>(rows));
  std::vector<ResultColumn> columns;
  columns.push_back(result_column<std::int32_t>(dimension.column, "1", dimension.title));
  columns.back().labels = dimension.labels;
  columns.back().digits = digits;
  columns.back().add(std::span<std::int32_t const>(codes));
  for (std::size_t s = 0; s < std::size(columns_of_totals); ++s)
  {
    Sum const& sum = columns_of_totals[s];
    columns.push_back(result_column<std::int64_t>(sum.name, sum.is_money ? flows.value_schema().unit : "1",
                                                  sum.definition));
    columns.back().scale = sum.is_money ? flows.value_schema().scale : 0;
    columns.back().add(std::span<std::int64_t const>(sums[s]));
    if (sum.is_money)
    {
      columns.push_back(
          result_column<double>(std::string(sum.name) + "_display", flows.value_schema().unit,
                                std::string(sum.definition) + "; nearest double, for reading only"));
      columns.back().add(std::span<double const>(shown[s]));
    }
  }
  for (std::size_t s = std::size(columns_of_totals); s < sums.size(); ++s)
  {
    auto const part = static_cast<kernels::GapPart>(s - std::size(columns_of_totals));
    columns.push_back(part_column(part, flows.value_schema()));
    columns.back().add(std::span<std::int64_t const>(sums[s]));
  }
  result.add_table(dimension.table, dimension.title, columns);
}

}  // namespace

std::vector<TotalsBy> add_up(Run const& run, TradeFlows const& flows, std::vector<MirrorCells> const& cells,
                             std::vector<kernels::CellFigures> const& figures,
                             std::vector<CellCauses> const& causes)
{
  std::vector<std::vector<CodeTotals>> const mine = run.comm.all_or_none(
      "adding up",
      [&]
      {
        std::vector<Sums> sums(static_cast<std::size_t>(run.settings.threads));
        ThreadTeam team(run.settings.threads);
        team.each(cells.size(),
                  [&](std::size_t range, int thread)
                  {
                    sums[static_cast<std::size_t>(thread)].add_cells(
                        flows, cells[range], figures[range], causes.empty() ? nullptr : &causes[range]);
                  });
        std::vector<std::vector<CodeTotals>> rows(dimensions);
        for (Sums const& one : sums)
        {
          for (std::size_t d = 0; d < dimensions; ++d)
          {
            std::vector<CodeTotals> const more = one.by(static_cast<Dimension>(d));
            rows[d].insert(rows[d].end(), more.begin(), more.end());
          }
        }
        return rows;
      });
  std::vector<TotalsBy> all;
  for (std::vector<CodeTotals> const& one : mine)
  {
    std::vector<CodeTotals> const gathered = gather_rows(run.comm, one);
    all.push_back(run.comm.all_or_none("adding up", [&] { return joined(gathered); }));
  }
  return all;
}

void write_totals(Run const& run, ResultFile& result, TradeFlows const& flows, int hs_digits,
                  std::vector<TotalsBy> const& totals, GapColumns gap)
{
  std::array<TableOf, dimensions> const tables = {
      {{"by_exporter", "exporter", "Totals by exporter", "country"},
       {"by_importer", "importer", "Totals by importer", "country"},
       {"by_product", "hs", "Totals by product", ""},
       {"by_period", "period", "Totals by period", ""},
       {"total", "all", "Total over all cells", ""}}};
  for (std::size_t d = 0; d < dimensions; ++d)
  {
    write_table(run, result, flows, tables[d], d == by_product ? hs_digits : 0, totals[d], gap);
  }
}

}  // namespace tarifa::jobs
