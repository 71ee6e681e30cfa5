#include "jobs/support/mirror/fob_by_freight_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/mirror/freight/freight_model.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::FlowBlock;
using kernels::FreightErrors;
using kernels::FreightModel;
using kernels::FreightSettings;
using kernels::FreightSums;
using kernels::FreightTruth;
using kernels::ImportBasis;
using kernels::ImputedRatios;
using kernels::MirrorCells;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Importers are left out in so many groups for the intervals.
constexpr int folds = 5;
constexpr double interval_share = 0.9;

/// Adds a summary up over threads and ranks: numbers() are whole.
template <class Summary>
void over_all(Comm const& comm, std::vector<Summary>& of_threads)
{
  Summary& sum = of_threads.front();
  for (std::size_t thread = 1; thread < of_threads.size(); ++thread)
  {
    sum.add(of_threads[thread]);
  }
  std::vector<std::int64_t> const all = comm.sum(std::span<std::int64_t const>(sum.numbers()));
  std::copy(all.begin(), all.end(), sum.numbers().begin());
}

FreightSettings settings_of(TradeFlows const& flows, CellBlocks const& blocks, int hs_digits)
{
  FreightSettings settings;
  settings.countries = flows.countries().size();
  std::int32_t last = -1;
  for (std::int32_t const hs : blocks.products())
  {
    std::int32_t const heading = hs_digits == 6 ? hs / 100 : hs;
    settings.headings += heading != last ? 1 : 0;
    last = heading;
    settings.product_heading.push_back(static_cast<std::int32_t>(settings.headings) - 1);
  }
  settings.first_year = blocks.first_year();
  settings.years = static_cast<std::size_t>(blocks.years());
  return settings;
}

/// One after the other on all threads, each with truth of its own.
class Learning
{
 public:
  Learning(Run const& run, FreightSettings settings, CellBlocks const& blocks,
           std::vector<MirrorCells> const& cells, double money_unit, kernels::CountryPairs const& pairs)
      : run_(run)
      , settings_(std::move(settings))
      , truth_(static_cast<std::size_t>(run.settings.threads))
  {
    blocks.each(
        [&](FlowBlock const& block, CellBlocks::Place place, int thread)
        {
          std::vector<double> cif(block.size()), fob(block.size()), kg(block.size());
          MirrorCells const& part = cells[place.range];
          bool any = false;
          for (std::size_t flow = 0; flow < block.size(); ++flow)
          {
            std::size_t const cell = place.first + flow;
            bool const known = part.import_fob[cell] > 0;
            any = any || known;
            cif[flow] = known ? static_cast<double>(part.import_cif[cell]) / money_unit : unknown;
            fob[flow] = known ? static_cast<double>(part.import_fob[cell]) / money_unit : unknown;
            // A weight belongs to all records of the cell.
            kg[flow] = part.import_cif[cell] == part.import_value[cell] ? block.imported_kg[flow] : unknown;
          }
          if (any)
          {
            FlowBlock valued = block;
            valued.imported = cif;
            valued.imported_kg = kg;
            truth_[static_cast<std::size_t>(thread)].add(valued, fob, pairs, settings_);
          }
        });
    std::vector<ImputedRatios> imputed(truth_.size(), ImputedRatios(settings_));
    each([&](std::size_t thread) { imputed[thread].add(truth_[thread], 0, truth_[thread].size()); });
    over_all(run_.comm, imputed);
    std::int64_t marked = 0, all = 0;
    for (FreightTruth& truth : truth_)
    {
      marked += static_cast<std::int64_t>(imputed.front().mark(truth));
      all += static_cast<std::int64_t>(truth.size());
    }
    imputed_ = run_.comm.sum(marked);
    flows_ = run_.comm.sum(all);
  }

  std::int64_t flows() const noexcept { return flows_; }
  std::int64_t imputed() const noexcept { return imputed_; }

  /// [all]
  FreightModel fit(std::vector<std::int32_t> const& fold_of, std::int32_t left_out) const
  {
    FreightModel model(settings_, fold_of, left_out);
    while (flows_ > imputed_ && !model.finished())
    {
      std::vector<FreightSums> sums(truth_.size(), FreightSums(model));
      each([&](std::size_t thread) { sums[thread].add(truth_[thread], 0, truth_[thread].size(), model); });
      over_all(run_.comm, sums);
      run_.comm.all_or_none("freight model", [&] { model.advance(sums.front()); });
    }
    return model;
  }

  /// [all] Errors made on importers that were not learnt from.
  FreightErrors errors() const
  {
    std::vector<std::int32_t> fold_of(settings_.countries);
    for (std::size_t country = 0; country < fold_of.size(); ++country)
    {
      fold_of[country] = static_cast<std::int32_t>(country) % folds;
    }
    FreightErrors all;
    for (std::int32_t fold = 0; fold < folds; ++fold)
    {
      FreightModel const model = fit(fold_of, fold);
      std::vector<FreightErrors> errors(truth_.size());
      each([&](std::size_t thread) { errors[thread].add(truth_[thread], 0, truth_[thread].size(), model); });
      over_all(run_.comm, errors);
      all.add(errors.front());
    }
    return all;
  }

 private:
  template <class Use>
  void each(Use const& use) const
  {
    ThreadTeam(static_cast<int>(truth_.size()))
        .run([&](int thread) { use(static_cast<std::size_t>(thread)); });
  }

  Run const& run_;
  FreightSettings settings_;
  std::vector<FreightTruth> truth_;  ///< [threads]
  std::int64_t flows_ = 0, imputed_ = 0;
};

std::vector<FreightTerm> terms_of(FreightModel const& model, std::vector<std::string> const& countries)
{
  std::vector<FreightTerm> terms;
  for (std::size_t country = 0; country < countries.size(); ++country)
  {
    auto const at = static_cast<std::int32_t>(country);
    if (double const effect = model.exporter_effect(at); effect != 0)
    {
      terms.push_back({"exporter " + countries[country], effect, unknown});
    }
  }
  for (std::size_t country = 0; country < countries.size(); ++country)
  {
    auto const at = static_cast<std::int32_t>(country);
    if (double const effect = model.importer_effect(at); effect != 0)
    {
      terms.push_back({"importer " + countries[country], effect, unknown});
    }
  }
  return terms;
}

}  // namespace

FobFigures by_freight_model(Run const& run, std::vector<ImportBasis> const& basis, int hs_digits,
                            TradeFlows const& flows, CellBlocks const& blocks,
                            std::vector<MirrorCells> const& cells, kernels::CountryPairs const& pairs)
{
  FobFigures figures(cells);
  double const money_unit = flows.value_schema().stored_per_unit();
  Learning const learning(run, settings_of(flows, blocks, hs_digits), blocks, cells, money_unit, pairs);
  FreightModel const model = learning.fit({}, -1);
  kernels::FreightIntervals const intervals(learning.errors(), interval_share);
  figures.model = terms_of(model, flows.countries());
  figures.observations = learning.flows() - learning.imputed();
  figures.imputed = learning.imputed();
  for (MirrorCells const& range : cells)
  {
    figures.ratio_low.emplace_back(range.size());
    figures.ratio_high.emplace_back(range.size());
  }
  std::vector<std::int64_t> reported(static_cast<std::size_t>(run.settings.threads));
  blocks.each(
      [&](FlowBlock const& block, CellBlocks::Place place, int thread)
      {
        std::vector<double> ratio(block.size());
        model.ratios(block, pairs, ratio);
        MirrorCells const& part = cells[place.range];
        kernels::CellFigures& of_range = figures.of_range[place.range];
        for (std::size_t flow = 0; flow < block.size(); ++flow)
        {
          std::size_t const cell = place.first + flow;
          double& low = figures.ratio_low[place.range][cell];
          double& high = figures.ratio_high[place.range][cell];
          ImportBasis const importer = basis[static_cast<std::size_t>(block.importer[flow])];
          bool const is_reported =
              part.import_fob[cell] > 0 && part.import_cif[cell] == part.import_value[cell];
          if (is_reported)
          {
            of_range.set_reported(cell, part, part.import_fob[cell]);
            low = high = of_range.cif_fob_ratio[cell];
            ++reported[static_cast<std::size_t>(thread)];
            continue;
          }
          double const modelled = std::isnan(ratio[flow]) ? FreightModel::flat_ratio : ratio[flow];
          double const applied =
              kernels::applied_cif_ratio(modelled, importer, block.exported[flow], block.imported[flow], {});
          of_range.set(cell, part, kernels::in_trillionths(applied));
          bool const is_modelled = importer == ImportBasis::cif && !std::isnan(ratio[flow]);
          double const value =
              is_modelled ? model.standard_value(kernels::portable_log(block.imported[flow])) : unknown;
          auto const interval = is_modelled ? intervals.around(applied, value)
                                            : kernels::FreightIntervals::Interval{applied, applied};
          low = interval.low;
          high = interval.high;
        }
      });
  for (std::int64_t const of_thread : reported)
  {
    figures.reported_cells += of_thread;
  }
  figures.reported_cells = run.comm.sum(figures.reported_cells);
  return figures;
}

}  // namespace tarifa::jobs
