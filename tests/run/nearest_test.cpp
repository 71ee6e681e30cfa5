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

TEST(NearestNames, AreFoundByReplacedMissingAndSurplusLetters)
{
  Names const keys{"scale", "digits", "format", "mandatory"};
  EXPECT_EQ(nearest_names("scale", keys), Names{"scale"});
  EXPECT_EQ(nearest_names("scalee", keys), Names{"scale"});
  EXPECT_EQ(nearest_names("digit", keys), Names{"digits"});
  EXPECT_EQ(nearest_names("manditory", keys), Names{"mandatory"});
}

TEST(NearestNames, CountASwapOfNeighboursAsOneEdit)
{
  // Two edits would be beyond a third of four letters.
  EXPECT_EQ(nearest_names("knid", {"kind", "king"}), Names{"kind"});
}

TEST(NearestNames, FoldCaseAndBlanksAround)
{
  EXPECT_EQ(nearest_names(" DATE", {"Date ", "Database"}, 1), Names{"Date "});
}

TEST(NearestNames, ComeBestFirstAndNoMoreThanAsked)
{
  Names const names{"origin_indicator", "origins", "origin"};
  EXPECT_EQ(nearest_names("origin", names), (Names{"origin", "origins", "origin_indicator"}));
  EXPECT_EQ(nearest_names("origin", names, 2), (Names{"origin", "origins"}));
  EXPECT_TRUE(nearest_names("origin", names, 0).empty());
}

TEST(NearestNames, FindANameWithinALongerOne)
{
  EXPECT_EQ(nearest_names("weight", {"Weight (kg)", "Number"}), Names{"Weight (kg)"});
}

TEST(NearestNames, AreNoneWhenNothingIsNear)
{
  EXPECT_TRUE(nearest_names("value", {"partner", "flow", "hs6"}).empty());
  EXPECT_TRUE(nearest_names("", {"a", "b"}).empty());
  EXPECT_TRUE(nearest_names("x", {"y"}).empty());
}

TEST(NearestNames, SurviveWordsOfAnyLength)
{
  std::string const huge(1 << 20, 'x');
  EXPECT_EQ(nearest_names(huge, {huge, "y"}).size(), 1U);
}

TEST(Suggestion, IsASentenceOrNothing)
{
  EXPECT_EQ(suggestion("synht", {"synth", "ingest"}), " Did you mean 'synth'?");
  EXPECT_EQ(suggestion("part", {"parb", "para"}), " Did you mean 'parb' or 'para'?");
  EXPECT_EQ(suggestion("zzz", {"synth"}), "");
}

}  // namespace
}  // namespace tarifa
