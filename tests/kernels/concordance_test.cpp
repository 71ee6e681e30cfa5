#include "kernels/hs/concordance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

using Codes = std::vector<std::int32_t>;
using Values = std::vector<std::int64_t>;

/// 1 stays, 2 is split in three, 3 and 4 merge, 5 has no weight, 6 adds up to
/// 0.5.
std::vector<ConversionWeight> small_table()
{
  return {{2, 21, 1.0 / 3}, {1, 1, 1},  {2, 22, 1.0 / 3}, {2, 23, 1.0 / 3}, {3, 30, 1},
          {4, 30, 1},       {5, 50, 0}, {6, 60, 0.2},     {6, 61, 0.3},     {1, 2, 0}};
}

TEST(Concordance, splits_without_losing_a_unit)
{
  Concordance const table(small_table());
  EXPECT_EQ(Codes(table.codes().begin(), table.codes().end()), (Codes{1, 2, 3, 4, 6}));
  EXPECT_EQ(table.split(2, 100), (Values{34, 33, 33}));
  EXPECT_EQ(table.split(2, -2), (Values{-1, -1, 0}));
  EXPECT_EQ(table.split(6, 100), (Values{40, 60}));
  EXPECT_EQ(table.targets(1).size(), 1U);
  EXPECT_TRUE(table.split(5, 7).empty());
}

TEST(Concordance, reports_what_does_not_add_up_and_what_has_no_target)
{
  Concordance const table(small_table());
  ASSERT_EQ(table.uneven().size(), 2U);
  EXPECT_EQ(table.uneven()[0].code, 5);
  EXPECT_EQ(table.uneven()[0].sum, 0);
  EXPECT_EQ(table.uneven()[1].code, 6);
  EXPECT_NEAR(table.uneven()[1].sum, 0.5, 1e-15);
  EXPECT_EQ(table.orphans(Codes{1, 2, 5, 9}), (Codes{5, 9}));
  EXPECT_THROW(Concordance({{{1, 1, -0.5}}}), std::invalid_argument);
  EXPECT_THROW(Concordance({{{1, 1, std::nan("")}}}), std::invalid_argument);
  EXPECT_TRUE(Concordance(std::vector<ConversionWeight>{}).codes().empty());
}

TEST(Concordance, families_are_codes_that_conversion_links)
{
  Concordance const table(small_table());
  EXPECT_EQ(table.family_of_source(3), table.family_of_source(4));
  EXPECT_EQ(table.family_of_target(30), table.family_of_source(3));
  EXPECT_NE(table.family_of_source(2), table.family_of_source(3));
  EXPECT_EQ(table.family_of_target(23), table.family_of_target(21));
  EXPECT_EQ(table.family_of_source(5), -1);
}

TEST(Concordance, chains_multiply_weights_and_pass_on_what_the_next_table_does_not_know)
{
  Concordance const first({{{1, 10, 0.5}, {1, 11, 0.5}, {2, 12, 1}}});
  Concordance const second({{{10, 20, 0.25}, {10, 21, 0.75}, {11, 21, 1}}});
  Concordance const chain = first.then(second);
  ASSERT_EQ(chain.targets(1).size(), 2U);
  EXPECT_EQ(chain.targets(1)[0].code, 20);
  EXPECT_EQ(chain.targets(1)[0].weight, Concordance::units / 8);
  EXPECT_EQ(chain.targets(1)[1].weight, Concordance::units / 8 * 7);
  EXPECT_EQ(chain.targets(2)[0].code, 12);
  EXPECT_EQ(chain.orphans_of_chain(), Codes{12});
  Concordance const same = Concordance::identity(Codes{1, 2}).then(first);
  EXPECT_EQ(same.targets(1)[1].weight, Concordance::units / 2);
  EXPECT_TRUE(same.uneven().empty());
}

TEST(ConvertedValues, carry_the_share_that_was_split_and_do_not_depend_on_order)
{
  Concordance const table(small_table());
  ConvertedValues forward(table), backward(table), half(table);
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < 500; ++i)
  {
    auto const value = [](std::uint64_t record)
    { return static_cast<std::int64_t>(Draws(stream_key(5, 5), record).bits(1) >> 40); };
    auto const code = [](std::uint64_t record) { return static_cast<std::int32_t>(record % 8); };
    forward.add(code(i), value(i));
    (i % 2 == 0 ? backward : half).add(code(499 - i), value(499 - i));
    sum += value(i);
  }
  backward.add(half);
  EXPECT_TRUE(std::equal(forward.codes().begin(), forward.codes().end(), backward.codes().begin(),
                         backward.codes().end()));
  EXPECT_TRUE(std::equal(forward.values().begin(), forward.values().end(), backward.values().begin()));
  EXPECT_EQ(forward.total().value, sum);
  EXPECT_GT(forward.total().orphan, 0);  // 0, 5 and 7
  ConvertedValues one(table);
  one.add(2, 90);
  one.add(3, 10);
  one.add(7, 100);
  EXPECT_EQ(one.total(), (ConvertedValue{200, 90, 100}));
  EXPECT_DOUBLE_EQ(one.total().split_share(), 0.45);
}

std::vector<ConversionWeight> read_weights(std::string const& from, std::string const& to)
{
  ReferenceCsv const csv("hs/conversion_weights_" + from + "_to_" + to + ".csv.gz");
  std::vector<double> const source = csv.numbers(from), target = csv.numbers(to),
                            weight = csv.numbers("weight");
  std::vector<ConversionWeight> rows;
  for (std::size_t i = 0; i < csv.rows(); ++i)
  {
    rows.push_back({static_cast<std::int32_t>(source[i]), static_cast<std::int32_t>(target[i]), weight[i]});
  }
  return rows;
}

TEST(Concordance, the_ten_published_tables_add_up_and_conserve_mass_along_chains)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  std::vector<std::string> const revisions{"H0", "H1", "H2", "H3", "H4", "H5"};
  std::vector<Concordance> up, down;
  for (std::size_t i = 0; i + 1 < revisions.size(); ++i)
  {
    up.emplace_back(read_weights(revisions[i], revisions[i + 1]));
    down.emplace_back(read_weights(revisions[i + 1], revisions[i]));
    EXPECT_TRUE(up.back().uneven().empty() && down.back().uneven().empty()) << revisions[i];
  }
  Concordance oldest = up[0], newest = down[4];
  for (std::size_t i = 1; i < 5; ++i)
  {
    oldest = oldest.then(up[i]);
    newest = newest.then(down[4 - i]);
  }
  for (Concordance const* const chain : {&oldest, &newest})
  {
    ConvertedValues values(*chain);
    std::int64_t sum = 0, several = 0;
    for (std::int32_t const code : chain->codes())
    {
      std::int64_t const value = 1'000'003 * std::int64_t{code} + 17;
      std::vector<std::int64_t> const parts = chain->split(code, value);
      EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}), value);
      several += parts.size() > 1 ? 1 : 0;
      values.add(code, value);
      sum += value;
    }
    EXPECT_EQ(values.total().value, sum);
    EXPECT_EQ(values.total().orphan, 0);
    std::printf(
        "%zu codes, %lld of them split; %.1f %% of equal values; %zu "
        "codes unknown to a later table\n",
        chain->codes().size(), static_cast<long long>(several),
        100.0 * static_cast<double>(several) / static_cast<double>(chain->codes().size()),
        chain->orphans_of_chain().size());
  }
  // Codes that fail in other collections of weights: each keeps all of its
  // value here.
  EXPECT_EQ(up[4].targets(690890).size(), 5U);
  EXPECT_EQ(up[4].targets(681510).size(), 2U);
}

TEST(Concordance, weights_that_lose_value_elsewhere_are_reported)
{
  // As in collections where ceramic tiles (690890) keep a fraction of their
  // value.
  Concordance const table({{{690890, 690721, 0.43}, {690890, 690722, 0.23}, {681510, 681510, 0.97}}});
  EXPECT_EQ(table.uneven().size(), 2U);
  std::vector<std::int64_t> const parts = table.split(690890, 1000);
  EXPECT_EQ(parts[0] + parts[1], 1000);
}

}  // namespace
}  // namespace tarifa::kernels
