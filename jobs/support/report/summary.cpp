#include "jobs/support/report/summary.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <unordered_map>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/run/gather_rows.hpp"
#include "pipeline/run/share.hpp"

namespace tarifa::jobs
{
namespace
{

constexpr std::int64_t block_rows = 65'536;
constexpr unsigned whose_bits = 32, by_bits = 58;
constexpr std::uint64_t below_whose = (std::uint64_t{1} << whose_bits) - 1;

/// HS codes and countries have less than 26 bits, periods less than 32.
std::uint64_t key_of(ReportBy by, std::int64_t whose, std::int64_t what)
{
  return static_cast<std::uint64_t>(by) << by_bits | static_cast<std::uint64_t>(whose) << whose_bits
         | (static_cast<std::uint64_t>(what) & below_whose);
}

std::uint64_t key_of(ReportBy by, std::int64_t whose, Sides sides)
{
  return key_of(by, whose, static_cast<std::int64_t>(sides));
}

/// Larger differences first; no two cells have the same row.
bool is_before(ReportCell const& a, ReportCell const& b)
{
  std::int64_t const size_a = std::abs(a.asymmetry), size_b = std::abs(b.asymmetry);
  return size_a != size_b ? size_a > size_b : a.row < b.row;
}

class Cells
{
 public:
  explicit Cells(ResultReader const& reader) : reader_(reader)
  {
    for (ResultColumnInfo const& info : reader.columns("cells"))
    {
      columns_[info.name] = info;
    }
  }
  bool has(std::string const& name) const { return columns_.contains(name); }
  ResultColumnInfo const& info(std::string const& name) const
  {
    auto const found = columns_.find(name);
    require(found != columns_.end(), Fault::usage,
            "the result has no column cells/" + name + ": made by tarifa mirror?");
    return found->second;
  }
  std::vector<std::string> parts() const
  {
    std::vector<std::string> names;
    for (ResultColumnInfo const& one : reader_.columns("cells"))
    {
      if (one.name.starts_with("gap_"))
      {
        names.push_back(one.name);
      }
    }
    return names;
  }
  /// Zeros for a column that is not there.
  std::vector<std::int64_t> read(std::string const& name, std::int64_t first, std::int64_t rows) const
  {
    return has(name) ? reader_.read("cells", info(name), first, rows).whole
                     : std::vector<std::int64_t>(static_cast<std::size_t>(rows));
  }

 private:
  ResultReader const& reader_;
  std::map<std::string, ResultColumnInfo> columns_;
};

ReportSums sums_of(ReportCell const& cell)
{
  ReportSums sums;
  auto const set = [&sums](ReportSum which, std::int64_t value)
  { sums.sum[static_cast<std::size_t>(which)] = value; };
  bool const both = cell.is_two_sided();
  sums.sum[static_cast<std::size_t>(cell.status)] = 1;
  set(ReportSum::import_records, cell.import_records);
  set(ReportSum::export_records, cell.export_records);
  set(ReportSum::import_cif, cell.import_value);
  set(both ? ReportSum::import_both : ReportSum::import_only, cell.import_fob);
  set(both ? ReportSum::export_both : ReportSum::export_only, cell.export_value);
  set(ReportSum::absolute_both, both ? std::abs(cell.asymmetry) : 0);
  set(ReportSum::reconciled, cell.reconciled);
  for (std::size_t part = 0; part < report_parts; ++part)
  {
    sums.sum[static_cast<std::size_t>(ReportSum::first_part) + part] = cell.part[part];
  }
  return sums;
}

/// What goes to all ranks: sums and cells, each with its key.
struct KeyedSums
{
  std::uint64_t key;
  ReportSums sums;
};
struct KeyedCell
{
  std::uint64_t key;
  ReportCell cell;
};

/// Adds up the cells of one rank.
class Scan
{
 public:
  Scan(ReportSummary const& summary, SummarySettings const& settings) : summary_(summary), settings_(settings)
  {
  }

  void add(ReportCell const& cell)
  {
    ReportSums const sums = sums_of(cell);
    auto const put = [&](ReportBy by, std::int64_t whose, std::int64_t what)
    { sums_[key_of(by, whose, what)].add(sums); };
    std::int64_t const chapter = summary_.chapter_of(cell.hs);
    put(ReportBy::all_period, 0, cell.period);
    put(ReportBy::exporter_period, cell.exporter, cell.period);
    put(ReportBy::exporter_importer, cell.exporter, cell.importer);
    put(ReportBy::exporter_chapter, cell.exporter, chapter);
    put(ReportBy::importer_period, cell.importer, cell.period);
    put(ReportBy::importer_exporter, cell.importer, cell.exporter);
    put(ReportBy::importer_chapter, cell.importer, chapter);
    put(ReportBy::chapter_period, chapter, cell.period);
    put(ReportBy::chapter_exporter, chapter, cell.exporter);
    put(ReportBy::chapter_importer, chapter, cell.importer);
    Sides const sides = cell.is_two_sided() ? Sides::both : Sides::one;
    keep(key_of(ReportBy::all_period, 0, sides), cell);
    keep(key_of(ReportBy::exporter_period, cell.exporter, sides), cell);
    keep(key_of(ReportBy::importer_period, cell.importer, sides), cell);
    keep(key_of(ReportBy::chapter_period, chapter, sides), cell);
    if (std::binary_search(summary_.products.begin(), summary_.products.end(), cell.hs))
    {
      put(ReportBy::product_period, cell.hs, cell.period);
      put(ReportBy::product_exporter, cell.hs, cell.exporter);
      put(ReportBy::product_importer, cell.hs, cell.importer);
      keep(key_of(ReportBy::product_period, cell.hs, sides), cell);
    }
  }

  std::vector<KeyedSums> sums() const
  {
    std::vector<KeyedSums> rows;
    for (auto const& [key, sums] : sums_)
    {
      rows.push_back({key, sums});
    }
    return rows;
  }
  std::vector<KeyedCell> cells() const
  {
    std::vector<KeyedCell> rows;
    for (auto const& [key, cells] : cells_)
    {
      for (ReportCell const& cell : cells)
      {
        rows.push_back({key, cell});
      }
    }
    return rows;
  }

 private:
  /// The cells of a key are a heap with the smallest in front.
  void keep(std::uint64_t key, ReportCell const& cell)
  {
    std::vector<ReportCell>& kept = cells_[key];
    if (kept.size() < static_cast<std::size_t>(settings_.cells))
    {
      kept.push_back(cell);
      std::push_heap(kept.begin(), kept.end(), is_before);
    }
    else if (!kept.empty() && is_before(cell, kept.front()))
    {
      std::pop_heap(kept.begin(), kept.end(), is_before);
      kept.back() = cell;
      std::push_heap(kept.begin(), kept.end(), is_before);
    }
  }

  ReportSummary const& summary_;
  SummarySettings const& settings_;
  std::unordered_map<std::uint64_t, ReportSums> sums_;
  std::unordered_map<std::uint64_t, std::vector<ReportCell>> cells_;
};

void scan(Run const& run, ResultReader const& reader, Scan& sums)
{
  Cells const columns(reader);
  std::vector<std::string> const parts = columns.parts();
  std::int64_t const rows = reader.rows("cells");
  std::int64_t const end = first_of_share(rows, run.comm.rank() + 1, run.comm.size());
  struct Place
  {
    char const* name;
    std::int64_t ReportCell::*member;
  };
  constexpr Place places[] = {{"hs", &ReportCell::hs},
                              {"exporter", &ReportCell::exporter},
                              {"importer", &ReportCell::importer},
                              {"period", &ReportCell::period},
                              {"status", &ReportCell::status},
                              {"import_records", &ReportCell::import_records},
                              {"export_records", &ReportCell::export_records},
                              {"import_value", &ReportCell::import_value},
                              {"export_value", &ReportCell::export_value},
                              {"import_value_fob", &ReportCell::import_fob},
                              {"asymmetry", &ReportCell::asymmetry},
                              {"reconciled_value", &ReportCell::reconciled},
                              {"reconciled_value_low", &ReportCell::low},
                              {"reconciled_value_high", &ReportCell::high},
                              {"reasons", &ReportCell::reasons},
                              {"hypothesis", &ReportCell::hypothesis}};
  for (std::int64_t first = first_of_share(rows, run.comm.rank(), run.comm.size()); first < end;
       first += block_rows)
  {
    std::int64_t const count = std::min(block_rows, end - first);
    std::vector<ReportCell> cells(static_cast<std::size_t>(count));
    auto const fill = [&](std::string const& name, auto const& member)
    {
      std::vector<std::int64_t> const values = columns.read(name, first, count);
      for (std::size_t cell = 0; cell < cells.size(); ++cell)
      {
        member(cells[cell]) = values[cell];
      }
    };
    for (Place const& place : places)
    {
      fill(place.name, [&place](ReportCell& cell) -> std::int64_t& { return cell.*place.member; });
    }
    for (std::size_t part = 0; part < parts.size(); ++part)
    {
      fill(parts[part], [part](ReportCell& cell) -> std::int64_t& { return cell.part[part]; });
    }
    for (std::size_t cell = 0; cell < cells.size(); ++cell)
    {
      require(cells[cell].status >= 0 && cells[cell].status <= 2, Fault::storage,
              "cells/status: no such status");
      cells[cell].row = first + static_cast<std::int64_t>(cell);
      sums.add(cells[cell]);
    }
    run.log.count(count, 0);
  }
}

std::vector<std::int64_t> codes_of(ResultReader const& reader, std::string const& table, std::size_t column)
{
  return reader.read(table, reader.columns(table).at(column), 0, reader.rows(table)).whole;
}

/// Products by the larger report, the largest `count`, ascending by code.
std::vector<std::int64_t> largest_products(ResultReader const& reader, std::int64_t count)
{
  std::string const table = "by_product";
  std::vector<std::int64_t> code, imports, exports;
  for (ResultColumnInfo const& info : reader.columns(table))
  {
    auto* const to = info.name == "hs"                 ? &code
                     : info.name == "import_value_fob" ? &imports
                     : info.name == "export_value"     ? &exports
                                                       : nullptr;
    if (to != nullptr)
    {
      *to = reader.read(table, info, 0, reader.rows(table)).whole;
    }
  }
  std::vector<std::size_t> order(code.size());
  for (std::size_t i = 0; i < order.size(); ++i)
  {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b)
                   { return std::max(imports[a], exports[a]) > std::max(imports[b], exports[b]); });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  std::vector<std::int64_t> products;
  for (std::size_t const i : order)
  {
    products.push_back(code[i]);
  }
  std::sort(products.begin(), products.end());
  return products;
}

std::vector<ReportScore> read_scores(ResultReader const& reader, std::string& definition)
{
  std::string const table = "reliability";
  std::vector<ReportScore> scores(static_cast<std::size_t>(reader.rows(table)));
  for (ResultColumnInfo const& info : reader.columns(table))
  {
    ResultCells const cells = reader.read(table, info, 0, reader.rows(table));
    for (std::size_t i = 0; i < scores.size(); ++i)
    {
      ReportScore& one = scores[i];
      if (info.type == ResultType::float64)
      {
        (info.name == "score" ? one.score : one.standard_error) = cells.real[i];
      }
      else
      {
        (info.name == "country" ? one.country
         : info.name == "role"  ? one.role
         : info.name == "flows" ? one.flows
                                : one.measure) = cells.whole[i];
      }
    }
    if (info.name == "score")
    {
      definition = info.definition;
    }
  }
  return scores;
}

std::vector<ReportReason> read_reasons(ResultReader const& reader)
{
  std::string const table = "reasons";
  std::vector<ReportReason> reasons(static_cast<std::size_t>(reader.rows(table)));
  for (ResultColumnInfo const& info : reader.columns(table))
  {
    std::vector<std::int64_t> const cells = reader.read(table, info, 0, reader.rows(table)).whole;
    for (std::size_t i = 0; i < reasons.size(); ++i)
    {
      if (info.name == "bit")
      {
        reasons[i].bit = cells[i];
      }
      else
      {
        std::string const& text = info.labels.at(static_cast<std::size_t>(cells[i]));
        (info.name == "reason"    ? reasons[i].name
         : info.name == "wording" ? reasons[i].wording
                                  : reasons[i].rule) = text;
      }
    }
  }
  return reasons;
}

/// All but the sums: small tables, every rank reads them.
ReportSummary look(ResultReader const& reader, SummarySettings const& settings)
{
  ReportSummary summary;
  std::vector<std::string> const tables = reader.tables();
  auto const has = [&tables](char const* table)
  { return std::find(tables.begin(), tables.end(), table) != tables.end(); };
  require(has("cells") && has("by_product") && has("by_exporter") && has("by_importer"), Fault::usage,
          settings.result + " is no result of tarifa mirror: a report is made of one");
  Cells const cells(reader);
  summary.money = cells.info("export_value").unit;
  summary.scale = cells.info("export_value").scale;
  summary.hs_digits = cells.info("hs").digits;
  summary.countries = cells.info("exporter").labels;
  summary.part_names = cells.parts();
  require(summary.part_names.empty() || summary.part_names.size() == report_parts, Fault::storage,
          "the gaps have other parts than this version knows");
  summary.has_parts = !summary.part_names.empty();
  summary.has_reconciled = cells.has("reconciled_value");
  summary.has_interval = cells.has("reconciled_value_low");
  if (cells.has("hypothesis"))
  {
    summary.hypotheses = cells.info("hypothesis").labels;
  }
  summary.periods = codes_of(reader, "by_period", 0);
  summary.exporters = codes_of(reader, "by_exporter", 0);
  summary.importers = codes_of(reader, "by_importer", 0);
  for (std::int64_t const hs : codes_of(reader, "by_product", 0))
  {
    std::int64_t const chapter = summary.chapter_of(hs);
    if (summary.chapters.empty() || summary.chapters.back() != chapter)
    {
      summary.chapters.push_back(chapter);
    }
  }
  if (summary.hs_digits > 2)
  {
    summary.products = largest_products(reader, settings.products);
  }
  if (has("reliability"))
  {
    summary.scores = read_scores(reader, summary.score_definition);
  }
  if (has("reasons"))
  {
    summary.reasons = read_reasons(reader);
  }
  for (char const* const name : {"version", "git_hash", "compiler", "mpi", "hdf5", "job", "seed", "config",
                                 "inputs", "rows_read", "rows_in_cells", "interval"})
  {
    summary.notes[name] = reader.note(name);
  }
  summary.result_name = std::filesystem::path(settings.result).filename().string();
  return summary;
}

}  // namespace

void ReportSums::add(ReportSums const& other)
{
  for (std::size_t i = 0; i < report_sums; ++i)
  {
    require(!__builtin_add_overflow(sum[i], other.sum[i], &sum[i]), Fault::data, "a total leaves 64 bits");
  }
}

std::map<std::int64_t, ReportSums> ReportSummary::by(ReportBy by, std::int64_t whose) const
{
  std::map<std::int64_t, ReportSums> rows;
  auto const end = sums.upper_bound(key_of(by, whose, static_cast<std::int64_t>(below_whose)));
  for (auto at = sums.lower_bound(key_of(by, whose, std::int64_t{0})); at != end; ++at)
  {
    rows[static_cast<std::int64_t>(at->first & below_whose)] = at->second;
  }
  return rows;
}

std::vector<ReportCell> const& ReportSummary::largest(ReportBy whose_page, std::int64_t whose,
                                                      Sides sides) const
{
  static std::vector<ReportCell> const none;
  auto const found = cells.find(key_of(whose_page, whose, sides));
  return found == cells.end() ? none : found->second;
}

std::int64_t ReportSummary::chapter_of(std::int64_t hs) const noexcept
{
  constexpr std::int64_t from_hs4 = 100, from_hs6 = 10'000;
  return hs / (hs_digits == 6 ? from_hs6 : hs_digits == 4 ? from_hs4 : 1);
}

ReportSummary summarise(Run& run, SummarySettings const& settings)
{
  std::string const activity = "reading " + settings.result;
  ReportSummary summary =
      run.comm.all_or_none(activity, [&] { return look(ResultReader(settings.result), settings); });
  Scan mine(summary, settings);
  run.rows = run.comm.sum(run.comm.all_or_none(activity,
                                               [&]
                                               {
                                                 ResultReader const reader(settings.result);
                                                 scan(run, reader, mine);
                                                 return run.comm.is_root() ? reader.rows("cells") : 0;
                                               }));
  std::vector<KeyedSums> const sums = gather_rows(run.comm, mine.sums());
  std::vector<KeyedCell> const cells = gather_rows(run.comm, mine.cells());
  run.comm.all_or_none(activity,
                       [&]
                       {
                         for (KeyedSums const& more : sums)
                         {
                           summary.sums[more.key].add(more.sums);
                         }
                         for (KeyedCell const& more : cells)
                         {
                           summary.cells[more.key].push_back(more.cell);
                         }
                         for (auto& [key, some] : summary.cells)
                         {
                           std::sort(some.begin(), some.end(), is_before);
                           some.resize(std::min(some.size(), static_cast<std::size_t>(settings.cells)));
                         }
                       });
  return summary;
}

}  // namespace tarifa::jobs
