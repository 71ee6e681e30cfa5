#include "kernels/synth/amendments.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t rows_of_year = 65536;

struct Judged
{
  Declaration declaration;
  Selection selection;
  Inspection inspection;
  Amendments amendments;
  bool inspected() const { return selection.channel != Channel::none; }
};

DeclarationMaker const& maker()
{
  static World const world(7);
  static Actors const actors(world, {500, 4, Persistence::on});
  static DeclarationMaker const made(world, actors, {2021, rows_of_year, 0}, FraudSettings{});
  return made;
}

std::vector<Judged> judge(AmendmentSettings const& settings)
{
  Inspectorate const inspectorate(maker(), InspectionSettings{});
  Amender const amender(maker(), settings);
  std::vector<Judged> all;
  Span span;
  for (std::int64_t k = 0; k * rows_per_span < rows_of_year; ++k)
  {
    maker().make(k, span);
    for (int d = 0; d < span.count; ++d)
    {
      Judged one{span.declarations[static_cast<std::size_t>(d)], {}, {}, {}};
      one.selection = inspectorate.select(one.declaration);
      if (one.inspected())
      {
        one.inspection = inspectorate.inspect(one.declaration, one.selection);
      }
      one.amendments = amender.amend(one.declaration, one.selection, one.inspection);
      all.push_back(one);
    }
  }
  return all;
}

std::vector<Judged> const& usual()
{
  static std::vector<Judged> const made = judge({});
  return made;
}

std::int64_t taxes(Declaration const& declaration)
{
  std::int64_t sum = 0;
  for (int i = 0; i < declaration.count; ++i)
  {
    sum += declaration.items[static_cast<std::size_t>(i)].declared_taxes.total();
  }
  return sum;
}

bool same(Goods const& a, Goods const& b)
{
  return a.origin == b.origin && a.product == b.product && a.net == b.net && a.quantity == b.quantity
         && a.customs_value() == b.customs_value();
}

TEST(Amendments, VersionsFollowEachOtherAndEachChangesSomething)
{
  std::map<Author, int> by;
  for (Judged const& one : usual())
  {
    Declaration const* before = &one.declaration;
    Day last = maker().absolute(one.declaration.head.day);
    int number = 1;
    for (Version const& version : one.amendments.versions)
    {
      ASSERT_EQ(version.number, ++number);
      ASSERT_GE(version.day, last);
      ASSERT_GE(version.declaration.count, before->count);
      int changed = 0;
      for (int i = 0; i < version.declaration.count; ++i)
      {
        changed += changed_columns(*before, version.declaration, i).empty() ? 0 : 1;
      }
      ASSERT_GT(changed, 0);
      ++by[version.author];
      before = &version.declaration;
      last = version.day;
    }
  }
  EXPECT_GT(by[Author::declarant], 500);
  EXPECT_GT(by[Author::inspection], 300);
  EXPECT_GT(by[Author::audit], 20);
}

TEST(Amendments, WhatAnInspectionAssessesIsWhatTheVersionOwesMore)
{
  int assessed = 0, exact = 0, found = 0;
  for (Judged const& one : usual())
  {
    if (!one.inspected() || one.inspection.items_found == 0)
    {
      continue;
    }
    ++found;
    for (Version const& version : one.amendments.versions)
    {
      ASSERT_GT(version.day, maker().absolute(one.inspection.result_day)) << "amended while customs looked";
    }
    bool whole = true;
    std::int64_t gap = 0;
    for (int i = 0; i < one.declaration.count; ++i)
    {
      auto const at = static_cast<std::size_t>(i);
      Item const& item = one.declaration.items[at];
      if (one.inspection.found[at])
      {
        whole = whole && one.inspection.shown[at] == 1 && item.due.total() >= item.declared_taxes.total();
        gap += item.due.total() - item.declared_taxes.total();
      }
    }
    if (whole && !one.amendments.versions.empty()
        && one.amendments.versions.front().author == Author::inspection)
    {
      ++assessed;
      std::int64_t const more = taxes(one.amendments.versions.front().declaration) - taxes(one.declaration);
      EXPECT_EQ(gap, one.inspection.additional_taxes);
      exact += more == gap ? 1 : 0;
    }
  }
  EXPECT_GT(assessed, 200);
  EXPECT_GT(exact, assessed * 9 / 10) << "of " << assessed;
  EXPECT_LT(assessed, found);
}

TEST(Amendments, EveryReasonCanBeSwitchedOffAndOn)
{
  for (Judged const& one : judge({0, 0, 0, 0, 0}))
  {
    ASSERT_TRUE(one.amendments.versions.empty());
  }
  int errors = 0;
  for (Judged const& one : judge({0, 1, 1, 0, 0}))
  {
    bool none = true;
    Declaration const& last =
        one.amendments.versions.empty() ? one.declaration : one.amendments.versions.back().declaration;
    for (int i = 0; i < one.declaration.count; ++i)
    {
      Item const& item = one.declaration.items[static_cast<std::size_t>(i)];
      bool const is_false = item.mechanism != Mechanism::none || item.error != HonestError::none;
      none = none && !is_false;
      errors += is_false ? 1 : 0;
      ASSERT_TRUE(same(last.items[static_cast<std::size_t>(i)].declared, item.truth));
    }
    ASSERT_TRUE(!none || one.amendments.versions.empty());
  }
  EXPECT_GT(errors, 2000);
}

TEST(Amendments, AnAuditTakesAnImporterAndAYear)
{
  std::map<std::uint32_t, std::set<Day>> days;
  std::map<std::uint32_t, int> audited;
  std::set<std::uint32_t> importers;
  int found = 0, missed = 0;
  for (Judged const& one : judge({0, 0, 0, 0, 0.2}))
  {
    std::uint32_t const number = one.declaration.head.importer.number;
    importers.insert(number);
    audited[number] += one.amendments.audit[0] != Outcome::not_inspected ? 1 : 0;
    for (int i = 0; i < one.declaration.count; ++i)
    {
      found += one.amendments.audit[static_cast<std::size_t>(i)] == Outcome::found ? 1 : 0;
      missed += one.amendments.audit[static_cast<std::size_t>(i)] == Outcome::missed ? 1 : 0;
    }
    for (Version const& version : one.amendments.versions)
    {
      days[number].insert(version.day);
      ASSERT_GE(version.day, day_of_year_start(2022) + 60);
      ASSERT_LE(version.day, day_of_year_start(2022) + 720);
    }
  }
  for (auto const& [number, of_importer] : days)
  {
    EXPECT_EQ(of_importer.size(), 1U) << number;
  }
  std::size_t chosen = 0;
  for (auto const& [number, count] : audited)
  {
    chosen += count > 0 ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(chosen) / static_cast<double>(importers.size()), 0.2, 0.05);
  EXPECT_GT(found, missed / 2);
  EXPECT_GT(missed, found / 3);
}

TEST(Amendments, RowsHoldTheItemsThatChange)
{
  std::string text;
  std::size_t expected = 0;
  for (Judged const& one : usual())
  {
    append_amendments(maker(), one.declaration, one.amendments, text);
    Declaration const* before = &one.declaration;
    for (Version const& version : one.amendments.versions)
    {
      for (int i = 0; i < version.declaration.count; ++i)
      {
        expected += changed_columns(*before, version.declaration, i).empty() ? 0U : 1U;
      }
      before = &version.declaration;
    }
  }
  std::istringstream lines(text);
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line); ++rows)
  {
    ASSERT_EQ(std::count(line.begin(), line.end(), ','), 30) << line;
    ASSERT_NE(line.back(), ',') << line;
  }
  EXPECT_EQ(rows, expected);
}

}  // namespace
}  // namespace tarifa::kernels
