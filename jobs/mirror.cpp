/// tarifa mirror: what importers and exporters report of the same flows, cell by cell, with totals that add
/// up.
#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <omp.h>

#include "jobs/support/mirror/causes.hpp"
#include "jobs/support/mirror/cells_table.hpp"
#include "jobs/support/mirror/fob.hpp"
#include "jobs/support/mirror/pieces.hpp"
#include "jobs/support/mirror/reconcile.hpp"
#include "jobs/support/mirror/totals.hpp"
#include "jobs/support/trade_flows.hpp"
#include "jobs/support/trade_geography.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/archive/estimate_table.hpp"
#include "pipeline/archive/table_manifests.hpp"
#include "pipeline/archive/table_reader.hpp"
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
    return {
        .purpose =
            "Compares what importers and exporters report of the same flows: exporter x importer x HS x "
            "period.\n"
            "Import values are brought to FOB at a flat ratio or by a freight model; both reports become one "
            "figure\n"
            "with an interval on demand. Writes every cell, both-sided or one-sided, and totals by exporter, "
            "importer,\n"
            "product and period that add up exactly to the total.",
        .example = "tarifa mirror --mirror.archive archive --run.output mirror.h5",
        .uses_seed = false};
  }

  void declare(Options& options) override
  {
    options.section("mirror");
    options.add("archive", archive_, "folder of the archive").not_in_result();
    options.add("partitions", partitions_, "partitions (years) to read; empty = all");
    options.add("as-of", as_of_, "vintages up to this one count, in the order of their names; empty = all");
    flows_.declare(options);
    fob_.declare(options);
    reconcile_.declare(options);
    parts_.declare(options);
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
    run.log.stage("opening");
    std::vector<Manifest> const manifests = read_manifests(run.comm, archive_, flows_.table, as_of_);
    bool const has_valuation =
        fob_.learns_from_valuation() && has_column(manifests, "cif") && has_column(manifests, "fob");
    TableReader const table(
        run.comm, archive_, manifests,
        request(run, has_valuation ? TradeFlows::values_with_valuation : TradeFlows::values_alone));
    std::vector<InputFact> inputs{{flows_.table, "xxh3:" + table.content_digest(), 0}};
    TradeFlows const flows = run.comm.all_or_none("trade flows", [&] { return TradeFlows(table, flows_); });
    std::optional<TradeGeography> geography;
    if (fob_.needs_geography())
    {
      geography.emplace(read_geography(run.comm, archive_, flows.countries()));
      inputs.insert(inputs.end(), geography->inputs.begin(), geography->inputs.end());
    }
    std::vector<Note> const made_of = provenance(run, inputs);
    Claim const claim(run, {run.settings.output});
    if (is_complete(run, run.settings.output, made_of))
    {
      return;
    }
    Checkpoint checkpoint(run, run.checkpoint_of(run.settings.output), made_of);
    ResultFile result(run, run.settings.output);
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
    std::vector<MirrorCells> const cells =
        has_valuation ? compare<TradeFlows::values_with_valuation>(run, table, flows, checkpoint)
                      : compare<TradeFlows::values_alone>(run, table, flows, checkpoint);
    run.log.stage("estimating");
    CellBlocks const blocks(run, flows, cells);
    FobFigures const figures = bring_to_fob(run, fob_, flows_.hs_digits, flows, blocks, cells,
                                            geography ? geography->pairs : kernels::CountryPairs(0));
    Reconciliation const reconciled = reconcile(run, reconcile_, flows, blocks, figures);
    std::vector<CellCauses> const causes =
        find_causes(run, parts_, flows_.hs_digits, flows, cells, blocks, figures);
    tell(run, geography, figures);
    run.log.stage("writing");
    write(run, result, table, flows, {cells, figures, reconciled, causes}, made_of);
    checkpoint.remove();
  }

 private:
  ReadRequest request(Run const& run, int values = TradeFlows::values_alone) const
  {
    return {TradeFlows::columns(values), partitions_, as_of_, run.settings.threads};
  }

  /// In any vintage; in the others it reads as missing.
  static bool has_column(std::vector<Manifest> const& manifests, std::string_view name)
  {
    return std::any_of(manifests.begin(), manifests.end(),
                       [&](Manifest const& vintage)
                       {
                         auto const& columns = vintage.table.columns;
                         return std::any_of(columns.begin(), columns.end(),
                                            [&](ColumnSchema const& column) { return column.name == name; });
                       });
  }

  void tell(Run const& run, std::optional<TradeGeography> const& geography, FobFigures const& figures) const
  {
    if (geography && !geography->without_pair.empty())
    {
      run.log.warn(fmt::format("table distances knows nothing of {} countries: {}",
                               geography->without_pair.size(), fmt::join(geography->without_pair, ", ")));
    }
    if (fob_.learns_from_valuation())
    {
      run.log.info(fmt::format(
          "mirror: freight model learnt from {} flows with CIF and FOB values; {} more were filled in "
          "with a constant; {} cells have both for all of their imports, and these stand",
          figures.observations, figures.imputed, figures.reported_cells));
      if (figures.observations == 0)
      {
        run.log.warn(
            "no importer gives CIF and FOB values (columns cif and fob): all imports are divided by 1.06");
      }
    }
    if (figures.fallback_cells > 0)
    {
      run.log.warn(
          fmt::format("{} cells with imports take the flat ratio: their distance or unit value is not known",
                      figures.fallback_cells));
    }
  }

  template <int Values>
  std::vector<MirrorCells> compare(Run const& run, TableReader const& table, TradeFlows const& flows,
                                   Checkpoint& checkpoint) const
  {
    GroupCheckpoint kept(run, checkpoint);
    auto const [first, last] = table.shards_of(run.comm.rank());
    std::vector<ShardBuffer> buffers(static_cast<std::size_t>(run.settings.threads));
    auto const produce = [&, begin = first](std::int64_t shard, GroupBuffer<Values>& rows)
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
    GroupPlan const plan = plan_groups<Values>(run.comm, grouping, arena,
                                               {static_cast<std::int64_t>(last - first), rows}, produce);
    std::vector<MirrorCells> cells(static_cast<std::size_t>(plan.ranges()));
    group_rows<Values>(
        run.comm, plan, arena, produce,
        [&](int range, std::span<GroupRow<Values> const> sorted)
        {
          require(kernels::compare_sides(sorted, cells[static_cast<std::size_t>(range)]), Fault::data,
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
             MirrorMade const& made, std::vector<Note> const& made_of) const
  {
    result.add_labels("country", flows.countries());
    result.add_labels("status", {"both", "import only", "export only"});
    if (parts_.wanted)
    {
      write_reasons(run, result);
    }
    write_cells(run, result, flows, {flows_.hs_digits, fob_.method, parts_.wanted}, made);
    write_freight(run, result, made.figures);
    write_reliability(run, result, made.reconciled);
    std::vector<TotalsBy> const totals = add_up(run, flows, made.cells, made.figures.of_range, made.causes);
    write_totals(run, result, flows, flows_.hs_digits, totals,
                 parts_.wanted ? GapColumns::with_parts : GapColumns::left_out);
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

  std::string archive_ = "archive", as_of_;
  std::vector<std::string> partitions_;
  TradeFlowSettings flows_;
  FobSettings fob_;
  ReconcileSettings reconcile_;
  PartsSettings parts_;
};

}  // namespace

std::unique_ptr<Job> make_mirror()
{
  return std::make_unique<MirrorJob>();
}

}  // namespace tarifa::jobs
