#include "kernels/synth/inspections.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t rows_of_year = 65536;

struct Made
{
  std::string rows, inspections;
  DeclarationTruth truth;
};

Made make(InspectionSettings const& settings)
{
  static World const world(7);
  static Actors const actors(world, {500, 4, Persistence::on});
  static DeclarationMaker const maker(world, actors, {2021, rows_of_year, 0}, FraudSettings{});
  Inspectorate const inspectorate(maker, settings);
  Made made;
  append_declarations(maker, 0, rows_of_year,
                      {&made.rows, nullptr, &made.truth, &made.inspections, &inspectorate});
  return made;
}

Made const& usual()
{
  static Made const made = make({});
  return made;
}

std::vector<std::vector<std::string>> table(std::string const& text)
{
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
  {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');)
    {
      rows.back().push_back(field);
    }
  }
  return rows;
}

/// Rows of the truth that open a declaration.
std::vector<std::size_t> opening(DeclarationTruth const& truth)
{
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < truth.item.size(); ++i)
  {
    if (truth.item[i] == 1)
    {
      rows.push_back(i);
    }
  }
  return rows;
}

/// Share of false declarations among those the weights choose; weights of 1 count, of 1 / p estimate.
template <class Weight>
double false_share(DeclarationTruth const& truth, Weight const& weight)
{
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < truth.item.size();)
  {
    double const w = weight(i);
    bool is_false = false;
    std::size_t j = i;
    for (; j < truth.item.size() && truth.declaration[j] == truth.declaration[i]; ++j)
    {
      is_false = is_false || truth.mechanism[j] != 0;
    }
    sum += is_false ? w : 0;
    all += w;
    i = j;
  }
  return sum / all;
}

TEST(Inspections, WhatIsLoggedOfASelectionIsWhatTheTruthSays)
{
  Made const& made = usual();
  auto const rows = table(made.inspections);
  std::map<std::int64_t, std::size_t> row_of;
  std::size_t selected = 0;
  for (std::size_t const i : opening(made.truth))
  {
    row_of[made.truth.declaration[i]] = i;
    selected += made.truth.channel[i] != 0 ? 1U : 0U;
  }
  ASSERT_EQ(rows.size(), selected);
  for (auto const& row : rows)
  {
    ASSERT_EQ(row.size(), 15U);
    std::size_t const i = row_of.at(std::stoll(row[0]));
    EXPECT_EQ(row[4], name_of(static_cast<Channel>(made.truth.channel[i])));
    EXPECT_EQ(std::stod(row[6]), made.truth.random_probability[i]);
    EXPECT_EQ(std::stod(row[7]), made.truth.rule_probability[i]);
    EXPECT_EQ(row[5].empty(), made.truth.rule_probability[i] == 0);
    EXPECT_GE(row[9], row[1]);
    EXPECT_EQ(row[10] == "conform", row[12] == "0");
    EXPECT_TRUE(row[10] != "conform" || row[13] == "0.00") << row[13];
  }
}

TEST(Inspections, InverseOfTheLoggedChancesCountsAllDeclarations)
{
  DeclarationTruth const& truth = usual().truth;
  double at_random = 0, logged = 0, all = 0, random_variance = 0, logged_variance = 0, any = 0, variance = 0;
  double total = 0;
  for (std::size_t const i : opening(truth))
  {
    double const random = truth.random_probability[i];
    double const known = 1 - (1 - random) * (1 - truth.rule_probability[i]);
    double const any_channel = 1 - (1 - known) * (1 - truth.officer_probability[i]);
    auto const channel = static_cast<Channel>(truth.channel[i]);
    at_random += channel == Channel::random ? 1 / random : 0;
    logged += channel == Channel::random || channel == Channel::rule ? 1 / known : 0;
    any += channel != Channel::none ? 1 : 0;
    all += any_channel;
    random_variance += 1 / random - 1;
    logged_variance += 1 / known - 1;
    variance += any_channel * (1 - any_channel);
    total += 1;
  }
  EXPECT_NEAR(at_random, total, 4 * std::sqrt(random_variance));
  EXPECT_NEAR(logged, total, 4 * std::sqrt(logged_variance));
  EXPECT_NEAR(any, all, 4 * std::sqrt(variance));
  EXPECT_NEAR(any / total, 0.12, 0.04);
}

TEST(Inspections, TargetedOnesAreFalseFarMoreOftenThanAllAndRandomOnesAreNot)
{
  DeclarationTruth const& truth = usual().truth;
  auto const of = [&](Channel channel)
  {
    return false_share(truth, [&](std::size_t i)
                       { return truth.channel[i] == static_cast<std::int8_t>(channel) ? 1.0 : 0.0; });
  };
  double const all = false_share(truth, [](std::size_t) { return 1.0; });
  EXPECT_GT(of(Channel::rule), 1.6 * all);
  EXPECT_GT(of(Channel::officer), 1.4 * all);
  EXPECT_LT(of(Channel::officer), 6 * all);
  double const random = of(Channel::random);
  EXPECT_NEAR(random, all, 0.03);
  // Blind officers are no better than chance.
  InspectionSettings blind;
  blind.judgement = 0;
  DeclarationTruth const other = make(blind).truth;
  double const guessed =
      false_share(other, [&](std::size_t i)
                  { return other.channel[i] == static_cast<std::int8_t>(Channel::officer) ? 1.0 : 0.0; });
  EXPECT_LT(guessed, 1.35 * all);
}

TEST(Inspections, FindPartOfWhatIsThereAndNothingElse)
{
  DeclarationTruth const& truth = usual().truth;
  std::array<std::array<int, 2>, mechanism_count> found{};
  for (std::size_t i = 0; i < truth.item.size(); ++i)
  {
    auto const outcome = static_cast<Outcome>(truth.outcome[i]);
    bool const is_false = truth.mechanism[i] != 0 || truth.honest_error[i] != 0;
    EXPECT_EQ(outcome == Outcome::not_inspected, truth.channel[i] == 0);
    EXPECT_EQ(outcome == Outcome::missed || outcome == Outcome::found, truth.channel[i] != 0 && is_false);
    if (truth.mechanism[i] != 0 && truth.channel[i] != 0)
    {
      ++found[static_cast<std::size_t>(truth.mechanism[i])][outcome == Outcome::found ? 1 : 0];
    }
  }
  auto const share = [&](Mechanism mechanism)
  {
    auto const& [missed, seen] = found[static_cast<std::size_t>(mechanism)];
    return static_cast<double>(seen) / (missed + seen);
  };
  EXPECT_NEAR(share(Mechanism::undervaluation), 0.34, 0.12);
  EXPECT_LT(share(Mechanism::invoice_chain), share(Mechanism::hs_shift));
  InspectionSettings blind;
  blind.skill = 0;
  for (auto const& row : table(make(blind).inspections))
  {
    ASSERT_EQ(row[10], "conform");
    ASSERT_EQ(row[13], "0.00");
  }
}

TEST(Inspections, ResultsComeLateAndSomeInTheNextYear)
{
  auto const rows = table(usual().inspections);
  auto const in_next = std::count_if(rows.begin(), rows.end(),
                                     [](auto const& row) { return row[9].compare(0, 4, "2022") == 0; });
  EXPECT_GT(in_next, 20);
  EXPECT_LT(in_next, static_cast<std::ptrdiff_t>(rows.size()) / 10);
  InspectionSettings at_once;
  at_once.delay = 0;
  for (auto const& row : table(make(at_once).inspections))
  {
    ASSERT_EQ(row[9], row[1]);
  }
}

TEST(Inspections, TakeNobodyWithoutCapacityAndEverybodyWhenAllAreDrawn)
{
  InspectionSettings none;
  none.capacity = none.random = 0;
  EXPECT_TRUE(make(none).inspections.empty());
  InspectionSettings all;
  all.random = 200;
  EXPECT_EQ(table(make(all).inspections).size(), opening(usual().truth).size());
}

TEST(Inspections, LeaveTheRowsAsTheyWereLodged)
{
  InspectionSettings none;
  none.capacity = none.random = 0;
  EXPECT_EQ(make(none).rows, usual().rows);
}

}  // namespace
}  // namespace tarifa::kernels
