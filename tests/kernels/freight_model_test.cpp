#include "kernels/mirror/freight/freight_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

/// Trained as a job does it: pass by pass.
FreightModel trained(FreightTruth const& truth, FreightModel model)
{
  while (!model.finished())
  {
    FreightSums sums(model);
    sums.add(truth, 0, truth.size(), model);
    model.advance(sums);
  }
  return model;
}

/// Flows with CIF and FOB values by importer, on the rows of the reference's own comparison.
struct TruthFile
{
  FreightSettings settings;
  FreightTruth truth;
  std::vector<double> fob;
  std::vector<std::string> countries;

  TruthFile()
  {
    ReferenceCsv const distances("geo/cepii_dist.csv.gz");
    std::map<std::pair<std::string, std::string>, std::pair<double, double>> known;
    // Romania's code changed in 2002.
    auto const now = [](std::string const& code) { return code == "ROM" ? std::string("ROU") : code; };
    std::vector<double> const km = distances.numbers("dist"), contiguous = distances.numbers("contig");
    for (std::size_t row = 0; row < distances.rows(); ++row)
    {
      known[{now(distances.text("iso_o")[row]), now(distances.text("iso_d")[row])}] = {km[row],
                                                                                       contiguous[row]};
    }
    ReferenceCsv const file("reference/mirror/cif_truth.csv.gz");
    std::vector<double> const year = file.numbers("year"), cif = file.numbers("cif"),
                              value = file.numbers("fob");
    std::vector<double> const kg = file.numbers("netwgt");
    std::map<std::string, std::int32_t> country, product, heading;
    auto const index = [](auto& map, std::string const& name)
    { return map.emplace(name, static_cast<std::int32_t>(map.size())).first->second; };
    std::vector<std::int32_t> exporter, importer, code, period;
    std::vector<double> imported, weight, distance, border;
    for (std::size_t row = 0; row < file.rows(); ++row)
    {
      std::string const from = file.text("exp")[row], to = file.text("imp")[row];
      double const unit_value = value[row] / kg[row];
      auto const at = known.find({from, to});
      if (!(kg[row] > 0) || to == "ROU" || !(unit_value > 0.01 && unit_value < 1000) || at == known.end())
      {
        continue;
      }
      exporter.push_back(index(country, from));
      importer.push_back(index(country, to));
      code.push_back(index(product, file.text("cmd_code")[row]));
      index(heading, file.text("cmd_code")[row].substr(0, 4));
      period.push_back(static_cast<std::int32_t>(year[row]));
      imported.push_back(cif[row]);
      weight.push_back(kg[row]);
      fob.push_back(value[row]);
      distance.push_back(at->second.first);
      border.push_back(at->second.second);
    }
    CountryPairs pairs(country.size());
    for (std::size_t row = 0; row < fob.size(); ++row)
    {
      pairs.set(exporter[row], importer[row], distance[row], border[row] != 0);
    }
    settings.countries = country.size();
    settings.headings = heading.size();
    settings.product_heading.resize(product.size());
    for (auto const& [name, place] : product)
    {
      settings.product_heading[static_cast<std::size_t>(place)] = heading[name.substr(0, 4)];
    }
    settings.first_year = 2000;
    settings.years = 25;
    countries.resize(country.size());
    for (auto const& [name, place] : country)
    {
      countries[static_cast<std::size_t>(place)] = name;
    }
    truth.add({exporter, importer, code, period, imported, imported, weight, weight}, fob, pairs, settings);
    ImputedRatios imputed(settings);
    imputed.add(truth, 0, truth.size());
    imputed.mark(truth);
  }
};

TruthFile const& truth_file()
{
  static TruthFile const file;
  return file;
}

struct Score
{
  double error = 0, value_error = 0, value = 0, covered = 0, flows = 0;
  double of_flows() const { return error / flows; }
  double of_value() const { return value_error / value; }
};

TEST(FreightModel, beats_the_bar_on_importers_that_it_has_not_seen)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  TruthFile const& file = truth_file();
  FreightTruth const& truth = file.truth;
  ASSERT_EQ(truth.size(), 25265);
  ASSERT_EQ(file.fob.size(), 25265);
  std::vector<std::int32_t> folds(file.settings.countries);
  std::set<std::int32_t> const importers(truth.importer.begin(), truth.importer.end());
  ASSERT_EQ(importers.size(), 25);
  for (std::int32_t country = 0; country < static_cast<std::int32_t>(folds.size()); ++country)
  {
    folds[static_cast<std::size_t>(country)] = country;
  }
  FreightErrors all;
  std::map<std::int32_t, FreightErrors> own;
  std::map<std::int32_t, FreightModel> models;
  for (std::int32_t const importer : importers)
  {
    FreightModel const model = trained(truth, FreightModel(file.settings, folds, importer));
    own[importer].add(truth, 0, truth.size(), model);
    all.add(own[importer]);
    models.emplace(importer, model);
  }
  Score model_score, flat;
  std::map<std::int32_t, Score> by_importer;
  std::map<std::int32_t, FreightIntervals> intervals;
  for (std::int32_t const importer : importers)
  {
    // The errors of the others only: the interval has not seen this importer either.
    FreightErrors others = all;
    others.subtract(own[importer]);
    intervals.emplace(importer, FreightIntervals(others, 0.9));
  }
  for (std::size_t row = 0; row < truth.size(); ++row)
  {
    FreightModel const& model = models.at(truth.importer[row]);
    double const ratio = model.ratio(truth.flow(row)), r = truth.ratio[row];
    FreightIntervals::Interval const interval =
        intervals.at(truth.importer[row]).around(ratio, model.standard_value(truth.log_value[row]));
    for (Score* const score : {&model_score, &by_importer[truth.importer[row]]})
    {
      score->error += std::abs(r - ratio);
      score->value_error += file.fob[row] * std::abs(r - ratio);
      score->value += file.fob[row];
      score->covered += interval.low <= r && r <= interval.high ? 1 : 0;
      score->flows += 1;
    }
    flat.error += std::abs(r - 1.06);
    flat.value_error += file.fob[row] * std::abs(r - 1.06);
  }
  for (auto const& [importer, score] : by_importer)
  {
    std::printf("  %s %5.0f flows: error %.4f, by value %.4f, covered %.3f\n",
                file.countries[static_cast<std::size_t>(importer)].c_str(), score.flows, score.of_flows(),
                score.of_value(), score.covered / score.flows);
  }
  std::printf(
      "error of the ratio, one importer left out at a time: %.5f of flows, %.5f by value (flat 1.06 %.4f, "
      "%.4f); 90 %% intervals cover %.3f\n",
      model_score.of_flows(), model_score.of_value(), flat.error / model_score.flows,
      flat.value_error / model_score.value, model_score.covered / model_score.flows);
  EXPECT_NEAR(flat.error / model_score.flows, 0.1087, 5e-5);
  EXPECT_NEAR(flat.value_error / model_score.value, 0.0585, 5e-5);
  EXPECT_LE(model_score.of_flows(), 0.092);
  EXPECT_LE(model_score.of_value(), 0.053);
  EXPECT_GT(model_score.covered / model_score.flows, 0.85);
  EXPECT_LT(model_score.covered / model_score.flows, 0.95);
}

/// Rows of which `wanted` says yes.
template <class Wanted>
FreightTruth part_of(FreightTruth const& truth, Wanted const& wanted)
{
  FreightTruth part;
  for (std::size_t row = 0; row < truth.size(); ++row)
  {
    if (wanted(row))
    {
      part.exporter.push_back(truth.exporter[row]);
      part.importer.push_back(truth.importer[row]);
      part.product.push_back(truth.product[row]);
      part.year.push_back(truth.year[row]);
      part.log_value.push_back(truth.log_value[row]);
      part.log_unit_value.push_back(truth.log_unit_value[row]);
      part.log_distance.push_back(truth.log_distance[row]);
      part.value_weight.push_back(truth.value_weight[row]);
      part.contiguous.push_back(truth.contiguous[row]);
      part.ratio.push_back(truth.ratio[row]);
      part.imputed.push_back(truth.imputed[row]);
    }
  }
  return part;
}

Score score_of(FreightModel const& model, FreightTruth const& truth)
{
  Score score;
  for (std::size_t row = 0; row < truth.size(); ++row)
  {
    double const error = std::abs(truth.ratio[row] - model.ratio(truth.flow(row)));
    double const fob = std::exp(truth.log_value[row]) / truth.ratio[row];
    score.error += error;
    score.value_error += fob * error;
    score.value += fob;
    score.flows += 1;
  }
  return score;
}

Score flat_score(FreightTruth const& truth)
{
  return score_of(FreightModel({.countries = 1000, .product_heading = std::vector<std::int32_t>(1000)}),
                  truth);
}

TEST(FreightModel, holds_on_other_years_and_on_halves_of_the_importers)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  TruthFile const& file = truth_file();
  FreightTruth const& truth = file.truth;
  for (std::int32_t const year : {2020})
  {
    FreightTruth const before = part_of(truth, [&](std::size_t row) { return truth.year[row] <= year; });
    FreightTruth const after = part_of(truth, [&](std::size_t row) { return truth.year[row] > year; });
    Score const found = score_of(trained(before, FreightModel(file.settings)), after),
                flat = flat_score(after);
    std::printf("learnt to %d, later flows: %.4f of flows, %.4f by value; flat 1.06 %.4f, %.4f\n", year,
                found.of_flows(), found.of_value(), flat.of_flows(), flat.of_value());
    EXPECT_LT(found.of_flows(), 0.85 * flat.of_flows());
    EXPECT_LT(found.of_value(), 0.85 * flat.of_value());
  }
  for (std::int32_t split = 0; split < 4; ++split)
  {
    std::vector<std::int32_t> folds(file.settings.countries);
    for (std::size_t country = 0; country < folds.size(); ++country)
    {
      folds[country] = static_cast<std::int32_t>(
          Draws(stream_key(1, 5), country).bits(static_cast<std::uint64_t>(split / 2)) % 2);
    }
    FreightModel const model = trained(truth, FreightModel(file.settings, folds, split % 2));
    FreightTruth const others =
        part_of(truth, [&](std::size_t row) { return !model.learns_from(truth.importer[row]); });
    Score const found = score_of(model, others), flat = flat_score(others);
    std::printf(
        "half %d of the importers from the other: %.4f of flows, %.4f by value; flat 1.06 %.4f, %.4f\n",
        split, found.of_flows(), found.of_value(), flat.of_flows(), flat.of_value());
    EXPECT_LT(found.of_flows(), flat.of_flows());
  }
}

/// A planted world: 40 exporters and importers, 60 products of 6 headings, 3 years; ratios of a known median.
struct PlantedFreight
{
  FreightSettings settings;
  CountryPairs pairs{40};
  std::vector<std::int32_t> exporter, importer, product, year;
  std::vector<double> cif, fob, kg, median;
  FreightTruth truth;

  FlowBlock block() const { return {exporter, importer, product, year, cif, cif, kg, kg}; }
};

double uniform(Draws const& draws, std::uint64_t purpose)
{
  return (static_cast<double>(draws.bits(purpose) >> 12) + 0.5) * 0x1p-52;
}

double normal(std::uint64_t table, std::uint64_t record)
{
  return normal_quantile(uniform(Draws(stream_key(3, table), record), 0));
}

PlantedFreight planted(std::uint64_t seed)
{
  PlantedFreight world;
  world.settings.countries = 40;
  world.settings.headings = 6;
  world.settings.first_year = 2020;
  world.settings.years = 3;
  for (std::int32_t product = 0; product < 60; ++product)
  {
    world.settings.product_heading.push_back(product / 10);
  }
  for (std::int32_t i = 0; i < 40; ++i)
  {
    for (std::int32_t j = 0; j < 40; ++j)
    {
      auto const pair = static_cast<std::uint64_t>(i * 40 + j);
      world.pairs.set(i, j, std::exp(8 + normal(1, pair)), uniform(Draws(stream_key(3, 2), pair), 0) < 0.1);
    }
  }
  for (std::uint64_t flow = 0; flow < 20'000; ++flow)
  {
    Draws const draws(stream_key(seed, 4), flow);
    auto const i = static_cast<std::int32_t>(draws.below(0, 40)),
               j = static_cast<std::int32_t>(draws.below(1, 40));
    auto const k = static_cast<std::int32_t>(draws.below(2, 60));
    double const distance = std::log(world.pairs.distance(i, j)) - 8;
    double const unit_value = normal_quantile(uniform(draws, 3)), size = normal_quantile(uniform(draws, 4));
    double const own = 0.3 * normal(5, static_cast<std::uint64_t>(i))
                       + 0.4 * normal(6, static_cast<std::uint64_t>(k))
                       + 0.4 * normal(7, static_cast<std::uint64_t>(j));
    double const margin = std::exp(-2.6 + 0.3 * distance - 0.2 * unit_value - 0.15 * size
                                   - (world.pairs.contiguous(i, j) ? 0.5 : 0) + own);
    double const noise = (uniform(draws, 5) < 0.5 ? 0.3 : -0.3) * std::log(uniform(draws, 6));
    world.exporter.push_back(i);
    world.importer.push_back(j);
    world.product.push_back(k);
    world.year.push_back(2020 + static_cast<std::int32_t>(draws.below(7, 3)));
    world.fob.push_back(std::exp(11 + 2 * size));
    world.median.push_back(1 + margin);
    world.cif.push_back(world.fob.back() * (1 + std::min(margin * std::exp(noise), 1.9)));
    world.kg.push_back(world.cif.back() / std::exp(1 + unit_value));
  }
  world.truth.add(world.block(), world.fob, world.pairs, world.settings);
  return world;
}

TEST(FreightModel, planted_ratios_are_found_and_intervals_cover_unseen_importers)
{
  PlantedFreight const world = planted(1);
  std::vector<std::int32_t> folds(40);
  for (std::size_t country = 0; country < 40; ++country)
  {
    folds[country] = static_cast<std::int32_t>(country % 5);
  }
  std::vector<FreightModel> models;
  std::vector<FreightErrors> errors(5);
  FreightErrors all;
  for (std::int32_t fold = 0; fold < 5; ++fold)
  {
    models.push_back(trained(world.truth, FreightModel(world.settings, folds, fold)));
    errors[static_cast<std::size_t>(fold)].add(world.truth, 0, world.truth.size(), models.back());
    all.add(errors[static_cast<std::size_t>(fold)]);
  }
  FreightModel const whole = trained(world.truth, FreightModel(world.settings));
  std::vector<double> ratios(world.cif.size());
  whole.ratios(world.block(), world.pairs, ratios);
  ASSERT_EQ(world.truth.size(), world.cif.size());
  double covered = 0, flows = 0, off = 0, off_unseen = 0, off_flat = 0;
  int different = 0;
  for (std::size_t fold = 0; fold < 5; ++fold)
  {
    FreightErrors others = all;
    others.subtract(errors[fold]);
    FreightIntervals const intervals(others, 0.9);
    for (std::size_t row = 0; row < world.truth.size(); ++row)
    {
      if (folds[static_cast<std::size_t>(world.truth.importer[row])] == static_cast<std::int32_t>(fold))
      {
        double const ratio = models[fold].ratio(world.truth.flow(row));
        FreightIntervals::Interval const interval =
            intervals.around(ratio, models[fold].standard_value(world.truth.log_value[row]));
        covered += interval.low <= world.truth.ratio[row] && world.truth.ratio[row] <= interval.high ? 1 : 0;
        flows += 1;
        off_unseen += std::abs(ratio - world.median[row]);
        off += std::abs(ratios[row] - world.median[row]);
        off_flat += std::abs(1.06 - world.median[row]);
        different += ratios[row] != whole.ratio(world.truth.flow(row)) ? 1 : 0;
      }
    }
  }
  std::printf(
      "planted: error of the median %.4f, of unseen importers %.4f, flat %.4f; intervals cover %.3f\n",
      off / flows, off_unseen / flows, off_flat / flows, covered / flows);
  EXPECT_EQ(different, 0);
  EXPECT_LT(off, 0.65 * off_unseen);
  EXPECT_LT(off_unseen, 0.8 * off_flat);
  EXPECT_NEAR(covered / flows, 0.9, 0.04);
}

TEST(FreightModel, bits_do_not_depend_on_how_flows_are_cut_and_added_nor_on_their_order)
{
  PlantedFreight const world = planted(2);
  std::size_t const flows = 3000;
  FreightTruth const forward = part_of(world.truth, [&](std::size_t row) { return row < flows; });
  FreightTruth backward;
  for (std::size_t row = flows; row-- > 0;)
  {
    auto const one = [&](auto const& column) { return std::span(column).subspan(row, 1); };
    backward.add({one(world.exporter), one(world.importer), one(world.product), one(world.year),
                  one(world.cif), one(world.cif), one(world.kg), one(world.kg)},
                 one(world.fob), world.pairs, world.settings);
  }
  ASSERT_EQ(backward.size(), flows);
  FreightModel const whole = trained(forward, FreightModel(world.settings));
  FreightModel cut(world.settings);
  while (!cut.finished())
  {
    FreightSums sums(cut);
    for (std::size_t end = flows; end > 0;)
    {
      std::size_t const begin = end - std::min<std::size_t>(end, 700);
      FreightSums part(cut);
      part.add(backward, begin, end, cut);
      sums.add(part);
      end = begin;
    }
    cut.advance(sums);
  }
  for (std::size_t row = 0; row < flows; ++row)
  {
    ASSERT_EQ(whole.ratio(forward.flow(row)), cut.ratio(forward.flow(row)));
  }
}

TEST(FreightModel, a_currency_moves_no_ratio)
{
  PlantedFreight const world = planted(2);
  FreightTruth in_cents;
  std::vector<double> cif = world.cif, fob = world.fob;
  std::ranges::for_each(cif, [](double& x) { x *= 128; });
  std::ranges::for_each(fob, [](double& x) { x *= 128; });
  in_cents.add({world.exporter, world.importer, world.product, world.year, cif, cif, world.kg, world.kg}, fob,
               world.pairs, world.settings);
  FreightModel const one = trained(world.truth, FreightModel(world.settings));
  FreightModel const other = trained(in_cents, FreightModel(world.settings));
  for (std::size_t row = 0; row < 1000; ++row)
  {
    EXPECT_NEAR(one.ratio(world.truth.flow(row)), other.ratio(in_cents.flow(row)), 1e-5);
  }
}

TEST(ImputedRatios, constants_are_found_and_observed_ratios_are_not)
{
  PlantedFreight world = planted(3);
  for (std::size_t row = 0; row < world.cif.size(); ++row)
  {
    // Importer 1 fills in 1.042 always, to the cent; importer 2 fills in 1.25 in four of ten.
    bool const always = world.importer[row] == 1, often = world.importer[row] == 2 && row % 5 < 2;
    if (always || often)
    {
      world.cif[row] = std::round(world.fob[row] * (always ? 104.2 : 125)) / 100;
    }
  }
  FreightTruth truth;
  truth.add(world.block(), world.fob, world.pairs, world.settings);
  ImputedRatios whole(world.settings), part(world.settings);
  whole.add(truth, 500, truth.size());
  part.add(truth, 0, 500);
  whole.add(part);
  std::size_t const marked = whole.mark(truth);
  double wrong = 0, missed = 0;
  for (std::size_t row = 0; row < truth.size(); ++row)
  {
    bool const constant = truth.importer[row] == 1 || (truth.importer[row] == 2 && row % 5 < 2);
    missed += constant && truth.imputed[row] == 0 ? 1 : 0;
    wrong += !constant && truth.imputed[row] != 0 ? 1 : 0;
  }
  EXPECT_GT(marked, 500);
  EXPECT_LT(missed, 5);
  EXPECT_LT(wrong, 20);
}

TEST(FreightModel, without_any_truth_the_ratio_is_flat)
{
  FreightSettings const settings{.countries = 3, .product_heading = {0}, .headings = 1};
  FreightTruth const none;
  FreightModel const model = trained(none, FreightModel(settings));
  EXPECT_NEAR(model.ratio({.exporter = 1, .importer = 2}), 1.06, 1e-12);
  EXPECT_EQ(model.flows(), 0);
  FreightIntervals const intervals(FreightErrors{}, 0.9);
  EXPECT_TRUE(std::isnan(intervals.around(1.06, 0).low));
  EXPECT_THROW(FreightModel(settings, {0, 1}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace tarifa::kernels
