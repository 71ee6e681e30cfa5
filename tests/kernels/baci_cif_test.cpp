#include "kernels/mirror/baci/baci_cif.hpp"

#include "tests/kernels/baci_panel.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/least_squares.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

double uniform(std::uint64_t record, std::uint64_t purpose)
{
  return static_cast<double>(Draws(stream_key(5, 1), record).bits(purpose) >> 11) * 0x1p-53;
}

/// Both steps of a model, in blocks of `length` rows that `shares` summaries take in turn.
std::vector<GroupedFit> two_steps(BaciCifDesign const& design, FlowColumns const& flows, std::size_t length,
                                  std::size_t shares)
{
  std::vector<GroupedFit> fits;
  for (int step = 0; step < 2; ++step)
  {
    std::vector<BaciCifSums> sums(shares, BaciCifSums(design.settings()));
    std::size_t block = 0;
    for_stretches(flows.size(), length,
                  [&](std::size_t begin, std::size_t end)
                  { sums[block++ % shares].add(design, flows.block(begin, end), fits); });
    // As ranks do: digits added element by element.
    std::vector<std::int64_t> digits = sums.back().to_digits();
    for (std::size_t share = 0; share + 1 < shares; ++share)
    {
      auto const some = sums[share].to_digits();
      std::transform(digits.begin(), digits.end(), some.begin(), digits.begin(), std::plus<>());
    }
    BaciCifSums all(design.settings());
    all.set_digits(digits);
    fits.push_back(all.fit());
  }
  return fits;
}

TEST(BaciCif, equals_lm_of_R_in_all_four_models_and_both_steps)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  BaciPanel const panel;
  CountryPairs const pairs = panel.pairs();
  ReferenceCsv const reference("reference/mirror/baci_coefs.csv");
  auto const& models = reference.text("model");
  auto const& terms = reference.text("term");
  auto const steps = reference.numbers("step"), coefs = reference.numbers("coef"),
             ses = reference.numbers("se");
  auto const ns = reference.numbers("n"), ps = reference.numbers("p"), r2s = reference.numbers("r2");
  std::vector<std::string> const model_names{"I", "II", "III", "IV"};
  std::vector<std::string> const term_names{"ld", "ld2", "luv", "contig", "ll_j", "ll_i"};
  constexpr std::size_t reference_year = 2019 - 2012;
  double worst = 0;
  std::size_t rows = 0;
  for (int model = 1; model <= 4; ++model)
  {
    BaciCifDesign const design(baci_cif_model(model, 2012, 12), pairs, panel.unit_value);
    auto const fits = two_steps(design, panel.flows, 10'000, 1);
    for (std::size_t row = 0; row < reference.rows(); ++row)
    {
      if (models[row] != model_names[static_cast<std::size_t>(model - 1)])
      {
        continue;
      }
      ++rows;
      SCOPED_TRACE(models[row] + " " + terms[row]);
      GroupedFit const& fit = fits[static_cast<std::size_t>(steps[row])];
      auto const term = static_cast<std::size_t>(std::find(term_names.begin(), term_names.end(), terms[row])
                                                 - term_names.begin());
      bool const intercept = term == term_names.size();
      double const coef = intercept ? fit.intercepts[reference_year] : fit.coefficients[term];
      double const se =
          intercept ? fit.standard_error_of_intercept(reference_year) : fit.standard_error(term);
      EXPECT_EQ(fit.observations, ns[row]);
      EXPECT_EQ(fit.considered, ps[row]);
      for (double const difference :
           {relative_difference(coef, coefs[row]), relative_difference(se, ses[row]),
            relative_difference(fit.r_squared(), r2s[row])})
      {
        EXPECT_LT(difference, 1e-8);
        worst = std::max(worst, difference);
      }
    }
    // What R leaves out of its table is left out here.
    EXPECT_EQ(fits[1].kept[5], model % 2 == 0);
    if (model != 2)
    {
      continue;
    }
    std::vector<double> ratio(panel.flows.size());
    fill_cif_ratio(design, fits[1], panel.flows.block(), ratio);
    double worst_ratio = 0;
    for (std::size_t row = 0; row < ratio.size(); ++row)
    {
      worst_ratio = std::max(worst_ratio, relative_difference(ratio[row], panel.cif2[row]));
    }
    EXPECT_LT(worst_ratio, 1e-8);
    std::printf("largest relative difference of cif2: %.2g\n", worst_ratio);
  }
  EXPECT_EQ(rows, reference.rows());
  std::printf("largest relative difference of coef, se, r2: %.2g over %zu rows\n", worst, rows);
}

/// ln ratio = year + 0.4 - 0.1 ln D + 0.01 (ln D)^2 - 0.02 ln UV + 0.03 contiguous, no noise but a few flows
/// far off; no country is landlocked.
struct Planted
{
  static constexpr std::int32_t countries = 12, products = 9;
  FlowColumns flows;
  CountryPairs pairs{countries};
  std::vector<double> unit_value;

  explicit Planted(double gross)
  {
    for (std::int32_t k = 0; k < products; ++k)
    {
      unit_value.push_back(0.5 + k);
    }
    std::uint64_t record = 0;
    for (std::int32_t i = 0; i < countries; ++i)
    {
      for (std::int32_t j = 0; j < countries; ++j)
      {
        pairs.set(i, j, 100 + 9000 * uniform(record, 0), uniform(record, 1) < 0.3);
        for (std::int32_t k = 0; k < products; ++k, ++record)
        {
          double const d = std::log(pairs.distance(i, j));
          std::int32_t const year = 2001 + static_cast<std::int32_t>(record % 3);
          double const ratio = 0.01 * (year - 2001) + 0.4 - 0.1 * d + 0.01 * d * d
                               - 0.02 * std::log(unit_value[static_cast<std::size_t>(k)])
                               + (pairs.contiguous(i, j) ? 0.03 : 0) + 1e-4 * (uniform(record, 2) - 0.5)
                               + (record % 100 == 7 ? gross : 0);
          double const x = 1e5 * (1 + uniform(record, 3)), kg = 1e4 * (1 + uniform(record, 4));
          double const m_kg = kg * (0.9 + 0.2 * uniform(record, 5));
          flows.add(i, j, k, year, x, std::exp(ratio) * x / kg * m_kg, kg, m_kg);
        }
      }
    }
  }
};

TEST(BaciCif, the_second_step_finds_what_was_planted_in_spite_of_gross_errors)
{
  Planted const world(1.5);
  BaciCifDesign const design(baci_cif_model(2, 2000, 5), world.pairs, world.unit_value);
  auto const fits = two_steps(design, world.flows, 100, 1);
  std::vector<double> const planted{-0.1, 0.01, -0.02, 0.03};
  for (std::size_t term = 0; term < planted.size(); ++term)
  {
    EXPECT_NEAR(fits[1].coefficients[term], planted[term], 1e-3) << term;
  }
  EXPECT_GT(std::abs(fits[0].intercepts[1] - 0.4), 1e-3);
  EXPECT_NEAR(fits[1].intercepts[1], 0.4, 3e-3);
  EXPECT_NEAR(fits[1].intercepts[3] - fits[1].intercepts[1], 0.02, 1e-4);
  // Years without flows and terms without variation.
  EXPECT_TRUE(std::isnan(fits[1].intercepts[0]));
  EXPECT_FALSE(fits[1].kept[4]);
  EXPECT_TRUE(std::isnan(fits[1].standard_error(4)));
  EXPECT_EQ(fits[0].parameters, 7);
  EXPECT_EQ(fits[0].considered, 9);
  EXPECT_EQ(fits[0].observations, 1296);
  EXPECT_LT(fits[1].observations, 1296);
}

/// The same model with a term for each year but one, in plain least squares.
TEST(BaciCif, eliminated_years_equal_terms_for_years)
{
  Planted const world(0.2);
  BaciCifDesign const design(baci_cif_model(2, 2000, 5), world.pairs, world.unit_value);
  GroupedFit const fit = two_steps(design, world.flows, 100, 1).front();
  LeastSquares plain({8, 64, 1, 0, 0, 0, 0, 0, 0});
  std::vector<std::vector<double>> terms;
  std::vector<BaciCifDesign::Observation> all;
  for (std::size_t row = 0; row < world.flows.size(); ++row)
  {
    all.push_back(*design.observation(world.flows.block(), row));
    std::vector<double> x(all.back().x.begin(), all.back().x.end());
    x.push_back(all.back().year == 2 ? 1 : 0);
    x.push_back(all.back().year == 3 ? 1 : 0);
    plain.add(x, all.back().log_ratio, all.back().weight);
    terms.push_back(x);
  }
  LinearFit const oracle = plain.fit();
  EXPECT_EQ(fit.parameters, oracle.parameters);
  EXPECT_NEAR(fit.intercepts[1], oracle.intercept, 1e-9);
  EXPECT_NEAR(fit.standard_error_of_intercept(1), oracle.standard_error_of_intercept(), 1e-9);
  EXPECT_NEAR(fit.intercepts[3], oracle.intercept + oracle.coefficients[7], 1e-9);
  EXPECT_NEAR(fit.r_squared(), oracle.r_squared(), 1e-10);
  for (std::size_t term = 0; term < cif_terms; ++term)
  {
    EXPECT_EQ(fit.kept[term], oracle.kept[term]);
    EXPECT_NEAR(fit.coefficients[term], oracle.coefficients[term], 1e-10);
    if (fit.kept[term])
    {
      EXPECT_NEAR(fit.standard_error(term), oracle.standard_error(term), 1e-10);
    }
  }
  for (std::size_t row = 0; row < terms.size(); row += 37)
  {
    EXPECT_NEAR(fit.predict(all[row].x, all[row].year), oracle.predict(terms[row]), 1e-10);
    EXPECT_NEAR(fit.leverage(all[row].x, all[row].year, all[row].weight),
                oracle.leverage(terms[row], all[row].weight), 1e-10);
  }
}

TEST(BaciCif, leverages_add_up_to_the_parameters)
{
  Planted const world(0);
  BaciCifDesign const design(baci_cif_model(4, 2000, 5), world.pairs, world.unit_value);
  GroupedFit const fit = two_steps(design, world.flows, 100, 1).front();
  double sum = 0;
  for (std::size_t row = 0; row < world.flows.size(); ++row)
  {
    auto const seen = design.observation(world.flows.block(), row);
    sum += fit.leverage(seen->x, seen->year, seen->weight);
  }
  EXPECT_NEAR(sum, fit.parameters, 1e-9);
}

TEST(BaciCif, does_not_depend_on_blocks_or_sharing)
{
  Planted const world(1.5);
  BaciCifDesign const design(baci_cif_model(2, 2000, 5), world.pairs, world.unit_value);
  auto const one = two_steps(design, world.flows, 1296, 1), many = two_steps(design, world.flows, 7, 3);
  for (std::size_t step = 0; step < 2; ++step)
  {
    EXPECT_EQ(one[step].coefficients, many[step].coefficients);
    EXPECT_EQ(one[step].intercepts[2], many[step].intercepts[2]);
    EXPECT_EQ(one[step].unscaled_covariance, many[step].unscaled_covariance);
    EXPECT_EQ(one[step].residual_sum, many[step].residual_sum);
  }
}

TEST(BaciCif, the_sample_is_as_the_paper_says_and_unknown_terms_give_no_ratio)
{
  CountryPairs pairs(2);
  pairs.set(0, 1, 1000, true);
  std::vector<double> const unit_value{2, std::nan("")};
  FlowColumns flows;
  flows.add(0, 1, 0, 202305, 100, 120, 3000, 4000);
  flows.add(0, 1, 0, 2023, 10, 120, 3000, 4000);            // not above 10
  flows.add(0, 1, 0, 2023, 100, 120, 2000, 4000);           // not above 2 t
  flows.add(0, 1, 0, 2023, 100, std::nan(""), 3000, 4000);  // not reported
  flows.add(0, 1, 1, 2023, 100, 120, 3000, 4000);           // unit value not known
  flows.add(1, 0, 0, 2023, 100, 120, 3000, 4000);           // distance not known
  flows.add(0, 1, 0, 2024, 100, 120, 3000, 4000);           // another year
  BaciCifDesign const design(baci_cif_model(2, 2023, 1), pairs, unit_value);
  FlowBlock const block = flows.block();
  auto const first = design.observation(block, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->year, 0U);
  EXPECT_EQ(first->weight, 0.75);
  EXPECT_NEAR(first->log_ratio, std::log(0.9), 1e-15);
  for (std::size_t row = 1; row < flows.size(); ++row)
  {
    EXPECT_FALSE(design.observation(block, row)) << row;
    EXPECT_EQ(design.terms(block, row).has_value(), row <= 3) << row;
  }
  BaciCifSums sums(design.settings());
  EXPECT_THROW(sums.fit(), std::domain_error);
  sums.add(design, block);
  GroupedFit const fit = sums.fit();
  std::vector<double> ratio(flows.size());
  fill_cif_ratio(design, fit, block, ratio);
  EXPECT_NEAR(ratio[3], 0.9, 1e-14);
  EXPECT_TRUE(std::isnan(ratio[4]) && std::isnan(ratio[5]) && std::isnan(ratio[6]));
  EXPECT_THROW(baci_cif_model(5, 2023, 1), std::invalid_argument);
}

TEST(BaciCif, imports_are_divided_as_their_basis_says)
{
  FobRules const rules;
  EXPECT_EQ(applied_cif_ratio(1.2, ImportBasis::cif, 100, 110, rules), 1.2);
  EXPECT_EQ(applied_cif_ratio(0.9, ImportBasis::cif, 100, 110, rules), 1);
  EXPECT_EQ(applied_cif_ratio(0.9, ImportBasis::cif, 100, 110, {0}), 0.9);
  EXPECT_EQ(applied_cif_ratio(1.2, ImportBasis::fob, 100, 110, rules), 1);
  EXPECT_EQ(applied_cif_ratio(1.2, ImportBasis::fas, 100, 125, rules), 1.2);
  EXPECT_EQ(applied_cif_ratio(1.2, ImportBasis::fas, 100, 101, rules), 1);
  EXPECT_EQ(applied_cif_ratio(1.2, ImportBasis::fas, std::nan(""), 101, rules), 1);
}

}  // namespace
}  // namespace tarifa::kernels
