/// tarifa explain: the records of the archive behind a cell of a mirror result, or which cells to open.
#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jobs/support/aligned_text.hpp"
#include "jobs/support/cell_records.hpp"
#include "jobs/support/mirror_result.hpp"
#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/archive/estimate_table.hpp"
#include "pipeline/run/decimal_text.hpp"
#include "pipeline/run/gather_rows.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/run/share.hpp"

namespace tarifa::jobs
{
namespace
{

std::string grouped(Int128 value, int scale = 0)
{
  return decimal_text(value, scale, Grouping::commas);
}

/// "1 cell", "13,113 cells".
std::string grouped(std::int64_t count, char const* what)
{
  return fmt::format("{} {}{}", grouped(count), what, count == 1 ? "" : "s");
}

/// "value [USD]".
std::string with_unit(char const* name, std::string const& unit)
{
  return unit.empty() || unit == "1" ? name : fmt::format("{} [{}]", name, unit);
}

class ExplainJob final : public Job
{
 public:
  About about() const override
  {
    return {
        .purpose =
            "Lists the records of the archive behind a cell of a mirror result, largest value first, with "
            "sums by side\n"
            "and a fingerprint of the set; keys that are left out stand for all. What is found must give "
            "the figures of\n"
            "the cell, else exit code 3. With --explain.top instead: the cells with the largest gaps.",
        .example = "tarifa explain mirror.h5 --explain.cell hs=030211,exporter=NOR,importer=DEU,period=2021",
        .can_redo = false,
        .uses_output = false,
        .uses_memory = false,
        .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("explain");
    options.positional("result", result_, "result file of mirror");
    options.add("cell", cell_, "KEY=VALUE of the keys hs, exporter, importer, period; a key left out: all");
    options.add("archive", archive_, "folder of the archive the result was made of");
    options.add("as-of", as_of_, "vintages up to this one count; empty = as the result was made");
    options.add("limit", limit_, {0, 1'000'000}, "records listed; the others are counted");
    options.add("top", top_, {0, 1'000'000},
                "list that many cells with the largest absolute asymmetry instead; of those of explain.cell");
    options.add("both-sided", both_sided_, "of explain.top: only cells that both sides reported");
  }

  Estimate estimate(Run const& run) override
  {
    std::optional<MirrorResult> result;
    run.comm.all_or_none("", [&] { open(result); });
    Estimate estimate =
        estimate_table(run.comm, archive_, result->scope().flows.table, request(run, result->scope()));
    estimate.rates.nanoseconds = 50;
    return estimate;
  }

  void run(Run& run) override
  {
    run.log.stage("looking up");
    std::optional<MirrorResult> opened;
    run.comm.all_or_none("", [&] { open(opened); });
    MirrorResult const& result = *opened;
    CellKeys const keys = run.comm.all_or_none("", [&] { return result.keys(cell_); });
    if (top_ > 0)
    {
      show(run.comm, ranked_text(result, keys, largest_gaps(run, result, keys)));
      return;
    }
    CellFigure const figure = look_up(run, result, keys);
    run.log.stage("reading");
    MirrorScope const& scope = result.scope();
    TableReader const table(run.comm, archive_, scope.flows.table, request(run, scope));
    run.comm.all_or_none("", [&] { require_same(table, scope); });
    TradeFlows const flows =
        run.comm.all_or_none("trade flows", [&] { return TradeFlows(table, scope.flows); });
    run.rows = table.rows();
    CellRecords const found =
        find_records(run, table, flows, keys_in(result, keys, flows), static_cast<std::size_t>(limit_));
    run.comm.all_or_none("", [&] { require_equal(result, keys, figure, found); });
    show(run.comm,
         fmt::format("{} of {}: {}; table {} of {}, {} {}\n\n", result.text_of(keys), result_,
                     grouped(figure.cells, "cell"), scope.flows.table, archive_,
                     table.vintages().size() == 1 ? "vintage" : "vintages", fmt::join(table.vintages(), ", "))
             + listing(table, found) + "\n" + totals(flows, found));
  }

 private:
  void open(std::optional<MirrorResult>& result) const
  {
    require(!result_.empty(), Fault::usage, "no result given: name its file after the options");
    require(top_ > 0 || !cell_.empty(), Fault::usage,
            "no cell given: name its keys, as --explain.cell exporter=NOR,importer=DEU, or list the largest "
            "gaps with --explain.top 20");
    result.emplace(result_);
  }

  ReadRequest request(Run const& run, MirrorScope const& scope) const
  {
    return {TradeFlows::columns(), scope.partitions, as_of_.empty() ? scope.as_of : as_of_,
            run.settings.threads};
  }

  void require_same(TableReader const& table, MirrorScope const& scope) const
  {
    std::string const digest = "xxh3:" + table.content_digest();
    require(digest == scope.digest, Fault::usage,
            [&]
            {
              return fmt::format(
                  "table {} of {} is not what {} was made of: its content is {} with vintages {}, the result "
                  "has {}. If vintages came since, name the newest of then with --explain.as-of; if it is "
                  "another archive, name the right one with --explain.archive; else run tarifa mirror anew",
                  scope.flows.table, archive_, result_, digest, fmt::join(table.vintages(), ", "),
                  scope.digest);
            });
  }

  /// Countries as the table numbers them.
  static CellKeys keys_in(MirrorResult const& result, CellKeys keys, TradeFlows const& flows)
  {
    auto const place = [&](std::int64_t& country)
    {
      if (country != CellKeys::any)
      {
        auto const& all = flows.countries();
        country =
            std::lower_bound(all.begin(), all.end(), result.countries()[static_cast<std::size_t>(country)])
            - all.begin();
      }
    };
    place(keys.exporter);
    place(keys.importer);
    return keys;
  }

  /// [all] What the result says of the cells.
  CellFigure look_up(Run const& run, MirrorResult const& result, CellKeys const& keys) const
  {
    CellFigure figure = run.comm.all_or_none("",
                                             [&]
                                             {
                                               auto const [first, end] = share_of(run.comm, result);
                                               return result.sum(keys, first, end);
                                             });
    figure.cells = run.comm.sum(figure.cells);
    figure.imported = sum_of_ranks(run.comm, figure.imported);
    figure.exported = sum_of_ranks(run.comm, figure.exported);
    require_cells(run, result, keys, figure.cells);
    return figure;
  }

  /// [all]
  void require_cells(Run const& run, MirrorResult const& result, CellKeys const& keys,
                     std::int64_t cells) const
  {
    std::string const near = run.comm.broadcast(
        run.comm.all_or_none(
            "", [&] { return cells == 0 && run.comm.is_root() ? result.near_cells(keys) : std::string(); }),
        0);
    std::string const which = top_ > 0 && both_sided_ ? " that both sides reported" : "";
    run.comm.all_or_none(
        "",
        [&]
        {
          require(cells > 0, Fault::usage,
                  fmt::format("no cell of {}{} has {}.{}", result_, which, result.text_of(keys), near));
        });
  }

  /// [all] The cells of the ranked list.
  std::vector<RankedCell> largest_gaps(Run const& run, MirrorResult const& result, CellKeys const& keys) const
  {
    auto const which = both_sided_ ? RankedCells::seen_by_both : RankedCells::all;
    std::vector<RankedCell> cells =
        run.comm.all_or_none("",
                             [&]
                             {
                               auto const [first, end] = share_of(run.comm, result);
                               return result.largest(keys, which, static_cast<std::size_t>(top_), first, end);
                             });
    cells = gather_rows(run.comm, cells);
    keep_first(cells, static_cast<std::size_t>(top_));
    require_cells(run, result, keys, std::ssize(cells));
    return cells;
  }

  static std::pair<std::int64_t, std::int64_t> share_of(Comm const& comm, MirrorResult const& result)
  {
    std::int64_t const cells = result.cells();
    return {first_of_share(cells, comm.rank(), comm.size()),
            first_of_share(cells, comm.rank() + 1, comm.size())};
  }

  void require_equal(MirrorResult const& result, CellKeys const& keys, CellFigure const& figure,
                     CellRecords const& found) const
  {
    auto const side = [&](char const* name, RecordSet const& in_result, RecordSet const& in_archive)
    {
      auto const text = [&](RecordSet const& set)
      {
        return fmt::format("{} with a value of {} and a weight of {}{}", grouped(set.records, "record"),
                           grouped(set.value, result.column("import_value").scale),
                           grouped(set.weight, result.column("import_weight").scale),
                           set.without_weight > 0 ? ", some without a weight" : "");
      };
      require(
          in_result.records == in_archive.records && in_result.value == in_archive.value
              && in_result.weight == in_archive.weight
              && (in_result.without_weight > 0) == (in_archive.without_weight > 0),
          Fault::data,
          [&]
          {
            return fmt::format(
                "the records of {} do not give the figures of {} ({}): {} of the {} are found, the result "
                "has {}. One of the two was changed, or the result is of another version ({}): check the "
                "archive with tarifa verify, then run tarifa mirror anew",
                archive_, result_, result.text_of(keys), text(in_archive), name, text(in_result),
                result.scope().version);
          });
    };
    side("importer", figure.imported, found.imported);
    side("exporter", figure.exported, found.exported);
  }

  /// The records shown, and how many are not.
  std::string listing(TableReader const& table, CellRecords const& found) const
  {
    std::string const money = table.column(TradeFlows::value_column).schema.unit;
    std::string const mass = table.column(TradeFlows::weight_column).schema.unit;
    std::vector<std::vector<std::string>> lines{
        {"reported by", "reporter", "partner", "flow", "hs6", "period", with_unit("value", money),
         with_unit("net weight", mass), "partition", "vintage", "part", "row"}};
    for (FoundRecord const& record : found.largest)
    {
      lines.push_back(line(table, record));
    }
    std::int64_t const all = found.imported.records + found.exported.records;
    std::int64_t const more = all - std::ssize(found.largest);
    return aligned(lines, {'<', '<', '<', '<', '<', '<', '>', '>', '<', '<', '>', '>'})
           + (more == 0
                  ? ""
                  : fmt::format("  and {} more, of smaller or equal value (--explain.limit {} lists all)\n",
                                grouped(more, "record"), all));
  }

  static std::vector<std::string> line(TableReader const& table, FoundRecord const& record)
  {
    auto const text = [&](std::size_t column, std::int64_t code)
    { return table.column(column).dictionary[static_cast<std::size_t>(code)]; };
    PartPlace const& place = table.place_of(static_cast<std::size_t>(record.shard));
    return {record.is_import == 1 ? "importer" : "exporter",
            text(TradeFlows::reporter_column, record.reporter),
            text(TradeFlows::partner_column, record.partner),
            text(TradeFlows::flow_column, record.flow),
            fmt::format("{:0{}}", record.hs, table.column(TradeFlows::hs_column).schema.digits),
            std::to_string(record.period),
            grouped(record.value, table.column(TradeFlows::value_column).schema.scale),
            record.weight == kernels::no_weight
                ? "-"
                : grouped(record.weight, table.column(TradeFlows::weight_column).schema.scale),
            place.partition,
            place.vintage,
            std::to_string(place.part),
            std::to_string(record.row)};
  }

  static std::string totals(TradeFlows const& flows, CellRecords const& found)
  {
    RecordSet both = found.imported;
    both += found.exported;
    std::vector<std::vector<std::string>> lines{
        {"reported by", "records", with_unit("value", flows.value_schema().unit),
         with_unit("net weight", flows.weight_schema().unit), "without weight", "fingerprint"}};
    auto const put = [&](char const* name, RecordSet const& set)
    {
      lines.push_back({name, grouped(set.records), grouped(set.value, flows.value_schema().scale),
                       grouped(set.weight, flows.weight_schema().scale), grouped(set.without_weight),
                       set.fingerprint()});
    };
    put("importer", found.imported);
    put("exporter", found.exported);
    put("both", both);
    return aligned(lines, {'<', '>', '>', '>', '>', '<'})
           + "  Records, value and net weight of both sides are those of the result.\n";
  }

  std::string ranked_text(MirrorResult const& result, CellKeys const& keys,
                          std::vector<RankedCell> const& cells) const
  {
    ResultColumnInfo const& money = result.column("asymmetry");
    std::vector<std::string> const& status = result.column("status").labels;
    std::vector<std::vector<std::string>> lines{{"", "exporter", "importer", "hs", "period", "seen by",
                                                 with_unit("asymmetry", money.unit), "import value",
                                                 "export value", "import records", "export records"}};
    for (RankedCell const& cell : cells)
    {
      lines.push_back({std::to_string(lines.size()),
                       result.countries()[static_cast<std::size_t>(cell.exporter)],
                       result.countries()[static_cast<std::size_t>(cell.importer)], result.hs_text(cell.hs),
                       std::to_string(cell.period), status[static_cast<std::size_t>(cell.status)],
                       grouped(cell.asymmetry, money.scale), grouped(cell.import_value, money.scale),
                       grouped(cell.export_value, money.scale), grouped(cell.import_records),
                       grouped(cell.export_records)});
    }
    RankedCell const& first = cells.front();
    return fmt::format("{} of {}: the {} with the largest absolute asymmetry{}\n\n", result.text_of(keys),
                       result_, grouped(std::ssize(cells), "cell"),
                       both_sided_ ? " that both sides reported" : "")
           + aligned(lines, {'>', '<', '<', '<', '<', '<', '>', '>', '>', '>', '>'})
           + fmt::format("\nOpen the first: tarifa explain {} --explain.archive {} --explain.cell {}\n",
                         result_, archive_,
                         result.text_of({first.hs, first.exporter, first.importer, first.period}));
  }

  std::string archive_ = "archive", result_, as_of_;
  std::vector<std::string> cell_;
  int limit_ = 20, top_ = 0;
  bool both_sided_ = false;
};

}  // namespace

std::unique_ptr<Job> make_explain()
{
  return std::make_unique<ExplainJob>();
}

}  // namespace tarifa::jobs
