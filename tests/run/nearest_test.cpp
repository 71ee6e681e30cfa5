#include "pipeline/run/nearest.hpp"

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

using Names = std::vector<std::string>;

TEST(NearestNames, PutsTheBestFirstAndKeepsTheOrderGivenAmongEquals)
{
  EXPECT_EQ(nearest_names("mirrors", {"mirrored", "mirror", "terror"}), (Names{"mirror", "mirrored"}));
  EXPECT_EQ(nearest_names("part", {"parb", "para", "parc", "pard"}), (Names{"parb", "para", "parc"}));
}

TEST(NearestNames, LeavesOutPoorMatchesBesideAGoodOne)
{
  EXPECT_EQ(nearest_names("mirror.rwos", {"mirror.years", "mirror.rows"}), Names{"mirror.rows"});
}

TEST(NearestNames, StopsAtTheNumberAskedFor)
{
  EXPECT_EQ(nearest_names("part", {"parb", "para"}, 1), Names{"parb"});
}

TEST(NearestNames, TakesSwappedNeighboursForOneSlipAndIgnoresCase)
{
  EXPECT_EQ(nearest_names("hs", {"sh"}), Names{"sh"});
  EXPECT_EQ(nearest_names("PARTNER", {"partner"}), Names{"partner"});
}

TEST(NearestNames, OffersNothingForAnotherWord)
{
  EXPECT_TRUE(nearest_names("declaration", {"seizure", "mirror"}).empty());
  EXPECT_TRUE(nearest_names("", {"mirror"}).empty());
  EXPECT_TRUE(nearest_names("mirror", {}).empty());
}

TEST(DidYouMean, IsASentenceOrNothing)
{
  EXPECT_EQ(did_you_mean("synht", {"synth", "ingest"}), " Did you mean 'synth'?");
  EXPECT_EQ(did_you_mean("part", {"parb", "para"}), " Did you mean 'parb' or 'para'?");
  EXPECT_EQ(did_you_mean("zzz", {"synth"}), "");
}

}  // namespace
}  // namespace tarifa
