#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/mirror/causes/gap_parts.hpp"
#include "kernels/mirror/causes/gap_reasons.hpp"
#include "kernels/synth/trade.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Cells of one year of the synthetic world as both sides report them, and what the world knows of them.
struct PlantedCells
{
  std::vector<std::int32_t> exporter, importer, product, period;
  std::vector<std::int64_t> imported, imported_fob, exported, re_exported;
  std::vector<double> imported_kg, exported_kg;
  std::vector<double> hubs, codes, hidden;  ///< planted parts of the gap
  std::vector<std::int64_t> duty_ppm;
  std::vector<bool> undervalued, shifted;  ///< on purpose: at a false value, under a code with less duty

  void add(KeyedCell const& keyed, std::int32_t hs6)
  {
    TradeReport const& m = keyed.cell.imports;
    TradeReport const& x = keyed.cell.exports;
    bool const has_m = m.status == ReportStatus::reported, has_x = x.status == ReportStatus::reported;
    exporter.push_back(static_cast<std::int32_t>(keyed.exporter));
    importer.push_back(static_cast<std::int32_t>(keyed.importer));
    product.push_back(hs6);
    period.push_back(2020);
    imported.push_back(has_m ? m.value() : 0);
    exported.push_back(has_x ? x.value() : 0);
    double const cif = static_cast<double>(keyed.cell.fob_arrived + keyed.cell.freight);
    double const ratio =
        keyed.cell.fob_arrived > 0 ? cif / static_cast<double>(keyed.cell.fob_arrived) : 1.08;
    imported_fob.push_back(std::llround(static_cast<double>(imported.back()) / ratio));
    re_exported.push_back(has_x ? std::min(keyed.cell.re_exports, x.value()) : 0);
    imported_kg.push_back(has_m && m.kg > 0 ? static_cast<double>(m.kg) : nan);
    exported_kg.push_back(has_x && x.kg > 0 ? static_cast<double>(x.kg) : nan);
    duty_ppm.push_back(cif > 0 ? std::llround(1e6 * static_cast<double>(keyed.cell.duty_due) / cif) : 0);
    undervalued.push_back(has_m && m.misinvoiced < -m.right / 10);
    shifted.push_back(m.misclassified < -m.right / 10);
    hubs.push_back(static_cast<double>(keyed.cell.hub_value));
    codes.push_back(static_cast<double>(m.misclassified + m.classified - x.misclassified - x.classified));
    bool const hides = m.status == ReportStatus::hidden || x.status == ReportStatus::hidden
                       || keyed.importer == unspecified_country || keyed.exporter == unspecified_country;
    hidden.push_back(hides ? static_cast<double>(m.not_reported - x.not_reported) : 0);
  }
  GapCells cells() const
  {
    return {exporter,    importer, product,     period, imported, imported_fob, exported, imported_kg,
            exported_kg, {},       re_exported, {},     {}};
  }
};

PlantedCells planted()
{
  static World const world(7);
  TradePlan const plan(world, TradeSettings{}, {2020, 60'000, 60'000});
  PlantedCells cells;
  for (std::int64_t block = 0; block < plan.blocks(); ++block)
  {
    plan.for_each_cell(block,
                       [&](KeyedCell const& keyed)
                       {
                         Product const& product = world.products()[keyed.product];
                         cells.add(keyed, std::stoi(std::string(product.hs6(2020))));
                       });
  }
  return cells;
}

/// How near a part comes to what was planted: error of the part over that of leaving it out, and correlation.
struct Fit
{
  double error = 0, correlation = 0;
};

Fit fit_of(std::vector<std::int64_t> const& part, std::vector<double> const& truth, char const* name)
{
  double error = 0, size = 0, ee = 0, et = 0, tt = 0;
  for (std::size_t cell = 0; cell < part.size(); ++cell)
  {
    auto const found = static_cast<double>(part[cell]);
    error += std::abs(found - truth[cell]);
    size += std::abs(truth[cell]);
    ee += found * found;
    et += found * truth[cell];
    tt += truth[cell] * truth[cell];
  }
  Fit const fit{error / size, et / std::sqrt(ee * tt)};
  std::printf("%s: error %.3f of that of leaving it out, correlation %.3f\n", name, fit.error,
              fit.correlation);
  return fit;
}

TEST(GapParts, come_near_what_was_planted_in_a_world_with_all_faults)
{
  PlantedCells const world = planted();
  std::vector<std::uint8_t> unspecified(unspecified_country + 1);
  unspecified[unspecified_country] = 1;
  GapParts const parts = take_apart(world.cells(), unspecified, {});
  Fit const hubs = fit_of(parts[GapPart::re_exports], world.hubs, "re_exports");
  Fit const hidden = fit_of(parts[GapPart::unspecified], world.hidden, "unspecified");
  Fit const codes = fit_of(parts[GapPart::heading], world.codes, "heading");
  EXPECT_LT(hubs.error, 0.6);
  EXPECT_GT(hubs.correlation, 0.8);
  EXPECT_LT(hidden.error, 0.7);
  EXPECT_GT(hidden.correlation, 0.7);
  EXPECT_LT(codes.error, 0.8);
  EXPECT_GT(codes.correlation, 0.6);
}

/// Share of the cells with exports, and imports of at least `least_imported`, that have a label among those
/// that are planted, over that among the others.
double lift(PlantedCells const& world, std::vector<GapHypothesis> const& label,
            std::vector<bool> const& truth, GapHypothesis which, std::int64_t least_imported)
{
  double labelled[2] = {0, 0}, cells[2] = {0, 0};
  for (std::size_t cell = 0; cell < label.size(); ++cell)
  {
    if (world.exported[cell] > 0 && world.imported[cell] >= least_imported)
    {
      std::size_t const is_planted = truth[cell] ? 1 : 0;
      ++cells[is_planted];
      labelled[is_planted] += label[cell] == which ? 1 : 0;
    }
  }
  double const share = labelled[1] / cells[1], others = labelled[0] / cells[0];
  std::printf("%s: %.0f planted, %.3f of them labelled, %.3f of the others\n",
              std::string(name_of(which)).c_str(), cells[1], share, others);
  return share / others;
}

TEST(GapHypotheses, are_more_frequent_where_fraud_was_planted)
{
  PlantedCells const world = planted();
  std::vector<std::uint8_t> unspecified(unspecified_country + 1);
  unspecified[unspecified_country] = 1;
  GapParts const parts = take_apart(world.cells(), unspecified, {});
  std::vector<GapHypothesis> const label = gap_hypotheses_of(world.cells(), parts, world.duty_ppm, {});
  EXPECT_GT(lift(world, label, world.undervalued, GapHypothesis::undervaluation, 1), 1.1);
  EXPECT_GT(lift(world, label, world.shifted, GapHypothesis::misclassification, 0), 8);
}

}  // namespace
}  // namespace tarifa::kernels
