#include "kernels/synth/nomenclature.hpp"

#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

World const& world()
{
  static World const made(7);
  return made;
}

struct Code
{
  std::string digits, parent, unit, from, to;
};

/// By code; a code stands in the list once.
std::map<std::string, Code> listed()
{
  std::map<std::string, Code> codes;
  std::istringstream lines(nomenclature_text(world()));
  std::string line, last;
  std::getline(lines, line);
  EXPECT_EQ(line, "code,digits,parent,unit,valid_from,valid_to");
  while (std::getline(lines, line))
  {
    std::istringstream fields(line + ",");
    std::string code;
    Code facts;
    for (std::string* field : {&code, &facts.digits, &facts.parent, &facts.unit, &facts.from, &facts.to})
    {
      std::getline(fields, *field, ',');
    }
    EXPECT_LT(last, code) << "order";
    last = code;
    codes[code] = facts;
  }
  return codes;
}

bool valid_in(Code const& code, int year)
{
  return std::stoi(code.from) <= year && (code.to.empty() || std::stoi(code.to) >= year);
}

TEST(Nomenclature, EveryCodeHangsUnderAParentThatIsValidAsLong)
{
  auto const codes = listed();
  std::map<std::string, int> count;
  for (auto const& [code, facts] : codes)
  {
    ++count[facts.digits];
    EXPECT_EQ(std::to_string(code.size()), facts.digits);
    if (code.size() > 2)
    {
      ASSERT_TRUE(codes.count(facts.parent)) << code;
      for (int const year : {2019, 2021, 2022, 2030})
      {
        EXPECT_TRUE(!valid_in(facts, year) || valid_in(codes.at(facts.parent), year)) << code;
      }
    }
    EXPECT_EQ(facts.unit.empty(), code.size() < 6) << code;
  }
  EXPECT_EQ(count["2"], 96);
  EXPECT_EQ(count["4"], 1000);
  EXPECT_GT(count["8"], 8000);
  EXPECT_GT(count["10"], count["8"]);
}

TEST(Nomenclature, GoodsAreFiledUnderACodeThatIsValidInTheYear)
{
  auto const codes = listed();
  std::set<std::string> before, since;
  int moved = 0;
  for (Product const& product : world().products())
  {
    for (int const year : {2021, 2022})
    {
      std::string const code(world().products()[product.filed_as(year)].hs6(year));
      ASSERT_TRUE(codes.count(code)) << code;
      EXPECT_TRUE(valid_in(codes.at(code), year)) << code;
      (year == 2021 ? before : since).insert(code);
    }
    moved += product.filed_before != product.filed_since || product.code != product.code_before ? 1 : 0;
  }
  // A tenth to a fifth of the headings are touched by a revision, one or two codes in each.
  EXPECT_GT(moved, 100);
  EXPECT_LT(moved, 400);
  int at_2021 = 0, at_2022 = 0;
  for (auto const& [code, facts] : codes)
  {
    at_2021 += code.size() == 6 && valid_in(facts, 2021) ? 1 : 0;
    at_2022 += code.size() == 6 && valid_in(facts, 2022) ? 1 : 0;
  }
  EXPECT_EQ(at_2021, static_cast<int>(before.size())) << "codes without goods";
  EXPECT_EQ(at_2022, static_cast<int>(since.size()));
}

TEST(Nomenclature, ChangesLeadFromEveryCodeThatEndsToOneThatIsValid)
{
  auto const codes = listed();
  std::istringstream lines(nomenclature_changes_text(world()));
  std::string line;
  std::getline(lines, line);
  std::set<std::string> left, reached;
  std::map<std::string, int> kinds;
  while (std::getline(lines, line))
  {
    std::string const from = line.substr(11, 6), to = line.substr(18, 6);
    EXPECT_TRUE(valid_in(codes.at(from), 2021)) << line;
    EXPECT_TRUE(valid_in(codes.at(to), 2022)) << line;
    left.insert(from);
    reached.insert(to);
    ++kinds[line.substr(25)];
  }
  EXPECT_EQ(kinds.size(), 3U);
  for (auto const& [code, facts] : codes)
  {
    if (code.size() == 6)
    {
      EXPECT_TRUE(valid_in(facts, 2022) || left.count(code)) << code;
      EXPECT_TRUE(valid_in(facts, 2021) || reached.count(code)) << code;
    }
  }
}

}  // namespace
}  // namespace tarifa::kernels
