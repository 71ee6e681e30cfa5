#include "pipeline/run/config_text.hpp"

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

std::string fault_of(std::string_view text)
{
  try
  {
    read_config_text(text);
  }
  catch (Error const& error)
  {
    EXPECT_EQ(error.fault(), Fault::usage);
    return error.what();
  }
  return "no fault";
}

TEST(ConfigText, KeepsOrderSectionsAndLineNumbers)
{
  auto const entries =
      read_config_text("\xEF\xBB\xBF# head\r\n[run]\r\nseed = 4 # four\r\n\n; x\n[a b]\npath=x#1\nempty =\n");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].section, "run");
  EXPECT_EQ(entries[0].key, "seed");
  EXPECT_EQ(entries[0].value, "4");
  EXPECT_EQ(entries[0].line, 3);
  EXPECT_EQ(entries[1].section, "a b");
  EXPECT_EQ(entries[1].value, "x#1");
  EXPECT_EQ(entries[1].line, 7);
  EXPECT_EQ(entries[2].value, "");
}

TEST(ConfigText, ReadsBackEveryValueItWrites)
{
  for (std::string const value :
       {"plain", "", " blanks ", "a # b", "#", "\"", "\"quoted\"", "a=b", "[x]", "x\" # y"})
  {
    auto const entries = read_config_text("[s]\nk = " + config_value(value) + "\n");
    ASSERT_EQ(entries.size(), 1U) << value;
    EXPECT_EQ(entries[0].value, value);
  }
}

TEST(ConfigText, NamesTheLineOfAFault)
{
  EXPECT_EQ(fault_of("[run]\nseed\n"), "line 2: 'seed' is neither [section] nor key = value");
  EXPECT_EQ(fault_of("[run\n"), "line 1: '[run' is not a [section]");
  EXPECT_EQ(fault_of("[]\n"), "line 1: '[]' is not a [section]");
  EXPECT_EQ(fault_of("\n\nk = \"open\n"),
            "line 3: a value that starts with a double quote must end with one");
  EXPECT_EQ(fault_of("= 4\n"), "line 1: '= 4' is neither [section] nor key = value");
}

TEST(ConfigText, AnEmptyTextHasNoEntries)
{
  EXPECT_TRUE(read_config_text("").empty());
}

}  // namespace
}  // namespace tarifa
