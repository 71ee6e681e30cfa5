#include <gtest/gtest.h>

#include "pipeline/source/source.hpp"

using tarifa::nearest_names;
using Names = std::vector<std::string>;

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
  EXPECT_EQ(tarifa::did_you_mean("scael", {"scale"}), "; nearest: 'scale'");
  EXPECT_EQ(tarifa::did_you_mean("scael", {"unit"}), "");
}
