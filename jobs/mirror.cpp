/// tarifa mirror: what importers and exporters report of the same flows, cell by cell, with totals that add
/// up.
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <omp.h>

#include "jobs/support/mirror_pieces.hpp"
#include "jobs/support/mirror_totals.hpp"
#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/archive/estimate_table.hpp"
#include "pipeline/group/group_rows.hpp"
#include "pipeline/result/complete_result.hpp"
#include "pipeline/result/result_file.hpp"
#include "pipeline/resume/claim.hpp"
#include "pipeline/resume/group_checkpoint.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::MirrorCells;
using kernels::MirrorTotals;

class MirrorJob final : public Job
{
 public:
  About about() const override
  {
    return {.purpose =
                "Compares what importers and exporters report of the same flows: exporter x importer x HS x "
                "period.\n"
                "Import values are brought to FOB at one flat CIF/FOB ratio. Writes every cell, both-sided "
                "or one-sided,\n"
                "and totals by exporter, importer, product and period that add up exactly to the total.",
            .example = "tarifa mirror --mirror.archive archive --run.output mirror.h5",
            .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("mirror");
    options.add("archive", archive_, "folder of the archive").not_in_result();
    options.add("cif-fob-ratio", cif_fob_ratio_, {0.5, 2.0}, "CIF/FOB ratio of an honest flow [1]");
    options.add("partitions", partitions_, "partitions (years) to read; empty = all");
    options.add("as-of", as_of_, "vintages up to this one count, in the order of their names; empty = all");
    flows_.declare(options);
  }

  Estimate estimate(Run const& run) override
  {
    Estimate estimate = estimate_table(run.comm, archive_, flows_.table, request(run));
    estimate.rates.nanoseconds = 350;
    // Cells stay until they are written, and so does what is kept of them at a checkpoint.
    estimate.rates.kept_bytes = 65;
    estimate.rates.grouped_bytes = 25;
    constexpr std::int64_t result_bytes_of_row = 70;
    estimate.result_bytes = estimate.rows * result_bytes_of_row;
    estimate.scratch_bytes = estimate.result_bytes;
    return estimate;
  }

  void run(Run& run) override
  {
    kernels::MirrorSettings const settings{std::llround(cif_fob_ratio_ * 1e6)};
    run.log.stage("opening");
    TableReader const table(run.comm, archive_, flows_.table, request(run));
    std::vector<Note> const made_of =
        provenance(run, std::vector<InputFact>{{flows_.table, "xxh3:" + table.content_digest(), 0}});
    Claim const claim(run, {run.settings.output});
    if (is_complete(run, run.settings.output, made_of))
    {
      return;
    }
    Checkpoint checkpoint(run, run.checkpoint_of(run.settings.output), made_of);
    ResultFile result(run, run.settings.output);
    TradeFlows const flows = run.comm.all_or_none("trade flows", [&] { return TradeFlows(table, flows_); });
    if (std::int64_t const left_out = flows.incomplete_rows(); left_out > 0)
    {
      run.log.warn(
          fmt::format("up to {} rows lack a value or a part of their key and are left out", left_out));
    }
    if (!as_of_.empty())
    {
      run.log.info(fmt::format("mirror: as of {} table {} has: {}", as_of_, flows_.table,
                               fmt::join(table.vintages(), ", ")));
    }
    run.rows = table.rows();
    run.log.stage("comparing");
    std::vector<MirrorCells> const cells = compare(run, table, flows, settings, checkpoint);
    run.log.stage("writing");
    write(run, result, table, flows, cells, made_of);
    checkpoint.remove();
  }

 private:
  ReadRequest request(Run const& run) const
  {
    return {TradeFlows::columns(), partitions_, as_of_, run.settings.threads};
  }

  std::vector<MirrorCells> compare(Run const& run, TableReader const& table, TradeFlows const& flows,
                                   kernels::MirrorSettings const& settings, Checkpoint& checkpoint) const
  {
    GroupCheckpoint kept(run, checkpoint);
    auto const [first, last] = table.shards_of(run.comm.rank());
    std::vector<ShardBuffer> buffers(static_cast<std::size_t>(run.settings.threads));
    auto const produce = [&, begin = first](std::int64_t shard, GroupBuffer<2>& rows)
    {
      if (!kept.is_ending())
      {
        flows.produce(begin + static_cast<std::size_t>(shard),
                      buffers[static_cast<std::size_t>(omp_get_thread_num())], rows);
      }
    };
    std::int64_t rows = 0;
    for (std::size_t shard = first; shard < last; ++shard)
    {
      rows += table.shards()[shard].rows;
      run.log.count(table.shards()[shard].rows, table.packed_bytes_of_shard(shard));
    }
    GroupSettings grouping;
    grouping.key_bits = flows.key_bits();
    // The two sides of a cell differ in the lowest bit and are compared in one range.
    grouping.together_bits = 1;
    grouping.memory_bytes = run.settings.memory.count;
    grouping.threads = run.settings.threads;
    grouping.done = kept.done();
    GroupArena arena;
    GroupPlan const plan =
        plan_groups<2>(run.comm, grouping, arena, {static_cast<std::int64_t>(last - first), rows}, produce);
    std::vector<MirrorCells> cells(static_cast<std::size_t>(plan.ranges()));
    group_rows<2>(
        run.comm, plan, arena, produce,
        [&](int range, std::span<GroupRow<2> const> sorted)
        {
          require(kernels::compare_sides(sorted, settings, cells[static_cast<std::size_t>(range)]),
                  Fault::data,
                  "the value of a cell leaves 64 bits: use a smaller scale for the value column");
        },
        kept.pauses(plan,
                    [&](int begin, int end)
                    {
                      return piece_of(std::span(cells).subspan(static_cast<std::size_t>(begin),
                                                               static_cast<std::size_t>(end - begin)));
                    }));
    kept.take(plan, [&](std::string_view piece) { take_piece(piece, plan, cells); });
    return cells;
  }

  void write(Run& run, ResultFile& result, TableReader const& table, TradeFlows const& flows,
             std::vector<MirrorCells> const& cells, std::vector<Note> const& made_of) const
  {
    result.add_labels("country", flows.countries());
    result.add_labels("status", {"both", "import only", "export only"});
    write_cells(run, result, flows, cells);
    std::vector<TotalsBy> const totals = add_up(run, flows, cells);
    write_totals(run, result, flows, flows_.hs_digits, totals);
    MirrorTotals const all = totals.back().totals.empty() ? MirrorTotals{} : totals.back().totals.front();
    std::int64_t const counted = all.import_records + all.export_records;
    result.note("rows_read", std::to_string(table.rows()));
    result.note("rows_in_cells", std::to_string(counted));
    for (Note const& note : made_of)
    {
      result.note(note.name, note.text);
    }
    result.commit(run);
    run.log.info(
        fmt::format("mirror: {} rows: {} in cells, {} left out (other flows, other years, or incomplete)",
                    table.rows(), counted, table.rows() - counted));
    run.log.info(fmt::format(
        "mirror: {} cells: {} seen by both sides, {} by the importer only, {} by the exporter only",
        all.cells_both + all.cells_import_only + all.cells_export_only, all.cells_both, all.cells_import_only,
        all.cells_export_only));
    if (counted == 0)
    {
      run.log.warn("the result is empty: table " + flows_.table + " has no row that counts");
    }
    run.log.info("mirror: wrote " + run.settings.output);
  }

  void write_cells(Run const& run, ResultFile& result, TradeFlows const& flows,
                   std::vector<MirrorCells> const& cells) const
  {
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
        [&]<class T>(std::string name, std::string definition, std::vector<T> Keys::*member)
    {
      ResultColumn& column =
          columns.emplace_back(result_column<T>(std::move(name), "1", std::move(definition)));
      for (Keys const& part : keys)
      {
        column.add(std::span<T const>(part.*member));
      }
      return columns.size() - 1;
    };
    auto const column = [&]<class T>(std::string name, std::string unit, int scale, std::string definition,
                                     std::vector<T> MirrorCells::*member)
    {
      ResultColumn& one =
          columns.emplace_back(result_column<T>(std::move(name), std::move(unit), std::move(definition)));
      one.scale = scale;
      for (MirrorCells const& part : cells)
      {
        one.add(std::span<T const>(part.*member));
      }
      return columns.size() - 1;
    };
    columns[key_column("hs", "product", &Keys::hs)].digits = flows_.hs_digits;
    columns[key_column("exporter", "exporting country", &Keys::exporter)].labels = "country";
    columns[key_column("importer", "importing country", &Keys::importer)].labels = "country";
    key_column("period", "year, or year and month (YYYYMM)", &Keys::period);
    columns[column("status", "1", 0, "which sides reported the cell", &MirrorCells::status)].labels =
        "status";
    column("import_records", "1", 0, "records of the importer", &MirrorCells::import_records);
    column("export_records", "1", 0, "records of the exporter", &MirrorCells::export_records);
    column("import_value", money, money_scale, "value the importer reported (CIF)",
           &MirrorCells::import_value);
    column("export_value", money, money_scale, "value the exporter reported (FOB)",
           &MirrorCells::export_value);
    column("import_value_fob", money, money_scale, "import value / CIF-FOB ratio, half to even",
           &MirrorCells::import_value_fob);
    column("asymmetry", money, money_scale, "import value at FOB minus export value",
           &MirrorCells::asymmetry);
    column("relative_asymmetry", "1", 0, "asymmetry / (import value at FOB + export value)",
           &MirrorCells::relative_asymmetry);
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
    result.add_table("cells",
                     "Importer against exporter, cell by cell, sorted by product, exporter, importer, period",
                     columns);
  }

  std::string archive_ = "archive", as_of_;
  std::vector<std::string> partitions_;
  double cif_fob_ratio_ = 1.10;
  TradeFlowSettings flows_;
};

}  // namespace

std::unique_ptr<Job> make_mirror()
{
  return std::make_unique<MirrorJob>();
}

}  // namespace tarifa::jobs
