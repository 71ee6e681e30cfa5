#include "tests/kernels/growth_lab_reference.hpp"

namespace tarifa::kernels
{
namespace
{

using namespace growth_lab_reference;

TEST(GrowthLabReference, pairs_from_the_raw_reports_equal_the_reference)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  for (std::int32_t const year : years)
  {
    GrowthLabPairs const pairs = pairs_of(year, input().settings);
    GrowthLabPairs const reference = reference_step2(year).pairs;
    ASSERT_EQ(pairs.exporter, reference.exporter);
    ASSERT_EQ(pairs.importer, reference.importer);
    Worst worst;
    compare(worst, pairs.exported, reference.exported);
    compare(worst, pairs.imported, reference.imported);
    EXPECT_LT(worst.value(), 2e-15) << year;
    if (year == 2019)
    {
      EXPECT_EQ(pairs.size(), 9924U);
      GrowthLabSettings settings = input().settings;
      settings.small_pairs = GrowthLabForm::corrected;
      std::size_t small = 0, empty = 0;
      for (std::size_t i = 0; i < pairs.size(); ++i)
      {
        double const most = std::fmax(pairs.exported[i], pairs.imported[i]);
        small += most < 1000 ? 1 : 0;
        empty += std::isnan(most) ? 1 : 0;
      }
      EXPECT_EQ(small, 559U);
      EXPECT_EQ(pairs_of(year, settings).size(), pairs.size() - small - empty);
    }
  }
}

TEST(GrowthLabReference, freight_regression_equals_the_reference_as_far_as_its_single_precision_goes)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  // The published program takes the logarithm of the distances, and the rates from it, in single precision,
  // from a table of distances with digits that the one at hand does not have.
  ReferenceCsv const file(mirror + "harvard_step2_cif_regression.csv");
  auto const column = [&file](char const* name, std::int32_t year)
  { return file.numbers(name)[static_cast<std::size_t>(year - 2018)]; };
  for (std::int32_t const year : years)
  {
    Step2 const reference = reference_step2(year);
    auto const freight = fit_growth_lab_freight(reference.pairs, input().geography, input().settings);
    EXPECT_EQ(freight.observations, column("n", year));
    EXPECT_EQ(freight.zeros, column("zeros", year));
    EXPECT_EQ(freight.exporters, column("fe_o", year));
    EXPECT_EQ(freight.importers, column("fe_d", year));
    EXPECT_NEAR(freight.distance / column("beta_dist", year), 1, 4e-7);
    EXPECT_NEAR(freight.contiguity / column("beta_contig", year), 1, 2e-7);
    EXPECT_NEAR(freight.distance_error / column("se_dist", year), 1, 1e-8);
    EXPECT_NEAR(freight.contiguity_error / column("se_contig", year), 1, 1e-8);
    EXPECT_LT(freight.distance, 0);
    Worst worst;
    compare(worst, growth_lab_at_fob(reference.pairs, input().geography, freight, input().settings),
            reference.at_fob);
    EXPECT_LT(worst.value(), 6e-8) << year;
    GrowthLabSettings corrected = input().settings;
    corrected.incomplete_pairs = GrowthLabForm::corrected;
    corrected.freight_floor = GrowthLabForm::corrected;
    auto const better = fit_growth_lab_freight(reference.pairs, input().geography, corrected);
    EXPECT_LT(better.observations, 2700);
    EXPECT_LT(better.zeros, 10);
    std::vector<GrowthLabPairs> const others = {reference_step2(year == 2019 ? 2020 : 2019).pairs};
    auto const with_others = fit_growth_lab_freight(reference.pairs, input().geography, corrected, others);
    EXPECT_EQ(with_others.observations, better.observations);
    EXPECT_LT(with_others.distance_error, better.distance_error);
  }
}

TEST(GrowthLabReference, scores_equal_the_reference)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  for (std::int32_t const year : years)
  {
    Step2 const step = reference_step2(year);
    auto const scores =
        growth_lab_scores(step.pairs, step.at_fob, input().population.at(year), input().settings);
    ReferenceCsv const file(mirror + "harvard_step3_reliability_" + std::to_string(year) + ".csv");
    auto const iso = file.text("iso");
    ASSERT_EQ(scores.countries, static_cast<std::int64_t>(iso.size()));
    Worst worst;
    for (std::size_t row = 0; row < iso.size(); ++row)
    {
      auto const country = static_cast<std::size_t>(input().countries[iso[row]]);
      auto const reference = [&](char const* name) { return file.numbers(name)[row]; };
      double const exporter = scores.exporter_reliability[country];
      double const importer = scores.importer_reliability[country];
      worst.compare(static_cast<double>(scores.exporter_flows[country]), reference("exporter_nflows"));
      worst.compare(static_cast<double>(scores.importer_flows[country]), reference("importer_nflows"));
      worst.compare(scores.exporter_discrepancy[country], reference("exporter_discrepancy_matrix"));
      worst.compare(scores.importer_discrepancy[country], reference("importer_discrepancy_matrix"));
      worst.compare(exporter, reference("exporter_reliability"));
      worst.compare(importer, reference("importer_reliability"));
      worst.compare((exporter + importer) / 2, reference("acc_final"));
    }
    EXPECT_EQ(worst.compared(), 7 * iso.size());
    EXPECT_LT(worst.value(), 1e-13) << year;
  }
}

TEST(GrowthLabReference, defects_of_the_scores_are_there_as_published_and_gone_when_corrected)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  Step2 const step = reference_step2(2019);
  auto const scores = [&](int iterations, GrowthLabForm form, GrowthLabForm labels)
  {
    GrowthLabSettings settings = input().settings;
    settings.iterations = iterations;
    settings.scores = form;
    settings.labels = labels;
    return growth_lab_scores(step.pairs, step.at_fob, input().population.at(2019), settings);
  };
  auto const published = GrowthLabForm::published, corrected = GrowthLabForm::corrected;
  auto const level = [&](int iterations)
  { return mean(scores(iterations, published, published).exporter_reliability); };
  for (int const odd : {25, 51, 201})
  {
    EXPECT_NEAR(level(odd), 2.501, 5e-4) << odd;
  }
  for (int const even : {24, 26, 200})
  {
    EXPECT_NEAR(level(even), 1.139, 5e-4) << even;
  }
  auto const settled = scores(25, corrected, published);
  EXPECT_EQ(settled.exporter_reliability.size(), scores(1, corrected, published).exporter_reliability.size());
  EXPECT_DOUBLE_EQ(mean(settled.exporter_reliability),
                   mean(scores(2, corrected, published).exporter_reliability));

  auto const swapped = scores(25, published, published);
  EXPECT_NEAR(spearman(swapped.exporter_reliability, swapped.exporter_discrepancy), 0.45, 0.005);
  EXPECT_NEAR(spearman(swapped.exporter_reliability, swapped.importer_discrepancy), -0.40, 0.005);
  auto const per_flow = [](std::vector<double> discrepancy, std::vector<std::int64_t> const& flows)
  {
    for (std::size_t country = 0; country < flows.size(); ++country)
    {
      discrepancy[country] /= static_cast<double>(flows[country]);
    }
    return discrepancy;
  };
  // Of the country's own reports, per partner; swapped, they rank it much less well.
  for (GrowthLabForm const form : {published, corrected})
  {
    auto const right = scores(25, form, corrected), wrong = scores(25, form, published);
    auto const as_exporter = per_flow(right.exporter_discrepancy, right.exporter_flows);
    auto const as_importer = per_flow(right.importer_discrepancy, right.importer_flows);
    EXPECT_LT(spearman(right.exporter_reliability, as_exporter), -0.95);
    EXPECT_LT(spearman(right.importer_reliability, as_importer), -0.9);
    EXPECT_GT(spearman(wrong.exporter_reliability, as_exporter), -0.5);
    EXPECT_GT(spearman(wrong.importer_reliability, as_importer), -0.5);
  }
}

struct Outcome
{
  GrowthLabReconciled pairs;
  GrowthLabProductTotals totals;
};

Outcome reconciled(Step2 const& step, std::int32_t year, GrowthLabSettings const& settings)
{
  auto const scores = growth_lab_scores(step.pairs, step.at_fob, input().population.at(year), settings);
  Outcome run{reconcile_growth_lab_pairs(step.pairs, step.at_fob, scores, settings),
              GrowthLabProductTotals(input().countries.size(), year)};
  run.totals.add(input().flows.block(), run.pairs, settings);
  return run;
}

/// Compares with the files of steps 4 and 5; returns the largest relative difference.
double compare_with_reference(Outcome const& run, std::int32_t year)
{
  Worst worst;
  ReferenceCsv const pairs(mirror + "harvard_step4_pairs_" + std::to_string(year) + ".csv.gz");
  auto const from = pairs.text("exporter"), to = pairs.text("importer");
  EXPECT_EQ(run.pairs.size(), from.size());
  std::vector<std::pair<std::vector<double>, std::vector<double>>> columns;
  columns.emplace_back(run.pairs.exported, pairs.numbers("export_value"));
  columns.emplace_back(run.pairs.imported, pairs.numbers("import_value"));
  columns.emplace_back(run.pairs.value, pairs.numbers("final_trade_value"));
  columns.emplace_back(run.pairs.freight_rate, pairs.numbers("cif_ratio"));
  columns.emplace_back(run.pairs.weight, pairs.numbers("weight"));
  auto const exporter_flag = pairs.numbers("exporter_weight"),
             importer_flag = pairs.numbers("importer_weight");
  for (std::size_t row = 0; row < from.size(); ++row)
  {
    auto const place = run.pairs.find(input().countries[from[row]], input().countries[to[row]]);
    EXPECT_GE(place, 0);
    if (place < 0)
    {
      return std::numeric_limits<double>::infinity();
    }
    auto const at = static_cast<std::size_t>(place);
    for (auto const& column : columns)
    {
      worst.compare(column.first[at], column.second[row]);
    }
    worst.compare(run.pairs.exporter_flag[at], exporter_flag[row]);
    worst.compare(run.pairs.importer_flag[at], importer_flag[row]);
  }

  GrowthLabProducts const products(run.pairs, run.totals, input().settings);
  FlowColumns const& flows = input().flows;
  std::vector<GrowthLabProducts::Flow> values(flows.size());
  products.apply(flows.block(), values);
  std::map<std::tuple<int, int, int>, GrowthLabProducts::Flow> found;
  for (std::size_t flow = 0; flow < flows.size(); ++flow)
  {
    if (!std::isnan(values[flow].value))
    {
      found[{flows.exporter[flow], flows.importer[flow], flows.product[flow]}] = values[flow];
    }
  }
  for (auto const& remainder : products.remainders())
  {
    found[{remainder.exporter, remainder.importer, -1}] = {remainder.value, 0, 0};
  }
  ReferenceCsv const file(mirror + "harvard_step5_products_" + std::to_string(year) + ".csv.gz");
  auto const exporter = file.text("exporter"), importer = file.text("importer");
  auto const product = file.text("commoditycode");
  auto const value = file.numbers("value_final");
  auto const exported = file.numbers("value_exporter"), imported = file.numbers("value_importer");
  std::size_t rows = 0;
  for (std::size_t row = 0; row < exporter.size(); ++row)
  {
    // A figure for the oil of Venezuela is typed into the published program.
    if (exporter[row] == "VEN" && product[row] == "270900")
    {
      continue;
    }
    ++rows;
    std::int32_t const code = product[row] == "XXXXXX" ? -1 : input().products[product[row]];
    auto const flow = found.find({input().countries[exporter[row]], input().countries[importer[row]], code});
    if (flow == found.end())
    {
      ADD_FAILURE() << exporter[row] << ' ' << importer[row] << ' ' << product[row];
      return std::numeric_limits<double>::infinity();
    }
    worst.compare(flow->second.value, value[row]);
    worst.compare(flow->second.exported, exported[row]);
    worst.compare(flow->second.imported, imported[row]);
  }
  EXPECT_EQ(rows, found.size());
  EXPECT_EQ(rows, year == 2019 ? 37'635U : year == 2020 ? 35'088U : 35'181U);
  return worst.value();
}

TEST(GrowthLabReference, pairs_and_products_equal_the_reference)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  for (std::int32_t const year : years)
  {
    Outcome const run = reconciled(reference_step2(year), year, input().settings);
    EXPECT_LT(compare_with_reference(run, year), 1e-12) << year;
  }
}

TEST(GrowthLabReference, all_steps_from_the_raw_reports_equal_the_reference_but_for_its_single_precision)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  for (std::int32_t const year : years)
  {
    Step2 step;
    step.pairs = pairs_of(year, input().settings);
    auto const freight = fit_growth_lab_freight(step.pairs, input().geography, input().settings);
    step.at_fob = growth_lab_at_fob(step.pairs, input().geography, freight, input().settings);
    EXPECT_LT(compare_with_reference(reconciled(step, year, input().settings), year), 5e-7) << year;
  }
}

TEST(GrowthLabReference, products_ignore_the_weight_as_published_and_use_it_when_corrected)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  Step2 const step = reference_step2(2019);
  FlowColumns const& flows = input().flows;
  for (GrowthLabForm const form : {GrowthLabForm::published, GrowthLabForm::corrected})
  {
    GrowthLabSettings settings = input().settings;
    settings.product_weight = form;
    Outcome const run = reconciled(step, 2019, settings);
    GrowthLabProducts const products(run.pairs, run.totals, settings);
    std::vector<GrowthLabProducts::Flow> values(flows.size());
    products.apply(flows.block(), values);
    std::map<std::pair<int, int>, std::vector<double>> ratios;
    for (std::size_t flow = 0; flow < flows.size(); ++flow)
    {
      std::int32_t const row = run.pairs.find(flows.exporter[flow], flows.importer[flow]);
      if (row >= 0 && values[flow].value > 0 && values[flow].exported > 0 && values[flow].imported > 0
          && run.pairs.exporter_flag[static_cast<std::size_t>(row)] != 0
          && run.pairs.importer_flag[static_cast<std::size_t>(row)] != 0)
      {
        ratios[{flows.exporter[flow], flows.importer[flow]}].push_back(values[flow].value
                                                                       / values[flow].exported);
      }
    }
    std::size_t several = 0, constant = 0;
    for (auto const& pair : ratios)
    {
      auto const [least, most] = std::minmax_element(pair.second.begin(), pair.second.end());
      several += pair.second.size() > 1 ? 1 : 0;
      constant += pair.second.size() > 1 && *most / *least - 1 < 1e-9 ? 1 : 0;
    }
    EXPECT_EQ(several, 1082U);
    EXPECT_EQ(constant, form == GrowthLabForm::published ? 1082U : 0U);
  }
}

}  // namespace
}  // namespace tarifa::kernels
