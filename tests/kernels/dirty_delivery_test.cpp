#include "kernels/synth/dirty_delivery.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "kernels/synth/declaration_maker.hpp"
#include "kernels/synth/goods_text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr DirtySettings no_forms = {false, false, false, false, false, false, 0, 0, 0, 0};

struct Delivered
{
  std::string clean, declarations, amendments;
  DirtyKey key;
};

Delivered deliver(int year, DirtySettings const& settings)
{
  static World const world(7);
  static Actors const actors(world, {500, 40, Persistence::on});
  constexpr std::int64_t rows = 5000;
  DeclarationMaker const maker(world, actors, {year, rows, 0}, FraudSettings{});
  Delivered made;
  append_declarations(maker, 0, rows, {&made.clean});
  DirtyDelivery(maker, settings).make(0, rows, {made.declarations, made.amendments}, made.key);
  return made;
}

/// Fields of a line without quoting.
std::vector<std::string> fields_of(std::string const& line, char separator)
{
  std::vector<std::string> fields(1);
  bool inside = false;
  for (char const byte : line)
  {
    inside ^= byte == '"';
    if (byte == separator && !inside)
    {
      fields.emplace_back();
    }
    else
    {
      fields.back() += byte;
    }
  }
  return fields;
}

std::vector<std::size_t> line_starts(std::string const& text)
{
  std::vector<std::size_t> starts = {0};
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1))
  {
    starts.push_back(end + 1);
  }
  return starts;
}

TEST(DirtyDelivery, IsTheCleanFileWithTwoColumnsMoreWhenAllElseIsSwitchedOff)
{
  Delivered const made = deliver(2019, no_forms);
  EXPECT_TRUE(made.amendments.empty());
  EXPECT_TRUE(made.key.broken.empty() && made.key.repeated.empty());
  std::string back;
  for (std::size_t begin = 0; begin < made.declarations.size();)
  {
    std::size_t const end = made.declarations.find('\n', begin);
    auto fields = fields_of(made.declarations.substr(begin, end - begin), ',');
    ASSERT_EQ(fields.size(), dirty_column_count);
    EXPECT_EQ(fields[static_cast<std::size_t>(DirtyColumn::version)], "1");
    EXPECT_FALSE(fields[static_cast<std::size_t>(DirtyColumn::description)].empty());
    for (std::size_t c = 0; c < fields.size(); ++c)
    {
      auto const column = static_cast<DirtyColumn>(c);
      if (column != DirtyColumn::version && column != DirtyColumn::description)
      {
        back += fields[c] + (c + 1 < fields.size() ? "," : "\n");
      }
    }
    begin = end + 1;
  }
  EXPECT_EQ(back, made.clean);
}

TEST(DirtyDelivery, WritesNumbersDatesAndNamesAsTheSoftwareOfTheYear)
{
  DirtyLayout const old(2019, {}), middle(2020, {}), young(2021, {});
  EXPECT_EQ(old.number("1234567.50"), "1.234.567,50");
  EXPECT_EQ(old.number("999"), "999");
  EXPECT_EQ(young.number("1234.50"), "1,234.50");
  EXPECT_EQ(old.foreign_number("1234.50"), "1234.50");
  EXPECT_EQ(young.foreign_number("1234.50"), "1234,50");
  EXPECT_EQ(old.impossible_date("2019"), "30/02/2019");
  EXPECT_EQ(middle.impossible_date("2020"), "30.02.2020");
  EXPECT_EQ(young.impossible_date("2021"), "02/30/2021");
  EXPECT_TRUE(
      old.header().starts_with("N\xB0 d\xE9"
                               "claration;"));
  EXPECT_TRUE(
      young.header().starts_with("\xEF\xBB\xBF"
                                 "CUSTOMS_VALUE\tDECLARATION_NO\t"));
  std::set<std::string> const headers = {old.header(), middle.header(), young.header()};
  EXPECT_EQ(headers.size(), 3U);
  for (std::string const& header : headers)
  {
    EXPECT_EQ(std::count_if(header.begin(), header.end(), [](char c) { return c == ';' || c == '\t'; }),
              static_cast<std::ptrdiff_t>(dirty_column_count) - 1);
  }
}

TEST(DirtyDelivery, AnOpenQuoteIsFollowedByARecordThatOpensOneAndNothingElseIsLost)
{
  DirtySettings settings;
  settings.broken_share = 0.5;
  settings.cut_off_share = 0;
  for (int const year : {2019, 2021})
  {
    Delivered const made = deliver(year, settings);
    auto const declaration_lines = line_starts(made.declarations);
    auto const amendment_lines = line_starts(made.amendments);
    std::set<DirtyFault> kinds;
    for (BrokenRecord const& record : made.key.broken)
    {
      std::string const& text = record.file == DirtyFile::declarations ? made.declarations : made.amendments;
      auto const begin = static_cast<std::size_t>(record.place.first_byte);
      auto const end = begin + static_cast<std::size_t>(record.place.bytes);
      auto const& starts = record.file == DirtyFile::declarations ? declaration_lines : amendment_lines;
      ASSERT_EQ(starts[static_cast<std::size_t>(record.place.line)], begin);
      ASSERT_TRUE(text[end] == '\n' || text[end] == '\r');
      kinds.insert(record.fault);
      if (record.fault == DirtyFault::open_quote)
      {
        std::size_t const quote = text.find('"', end);
        ASSERT_LT(quote, text.find('\n', end + 2));
        EXPECT_TRUE(text[quote - 1] == ';' || text[quote - 1] == '\t');
        EXPECT_TRUE(text[quote + 1] >= 'A' && text[quote + 1] <= 'Z');
      }
    }
    EXPECT_EQ(kinds.size(), year == 2019 ? dirty_fault_count - 2 : dirty_fault_count - 1);
  }
}

TEST(GoodsText, IsLatin1AndBeginsWithAPlainLetter)
{
  for (int chapter = 1; chapter <= 97; ++chapter)
  {
    for (std::uint64_t k = 0; k < 200; ++k)
    {
      std::string const text = goods_text(chapter, mix64(k + 1));
      ASSERT_TRUE(text.front() >= 'A' && text.front() <= 'Z') << text;
      ASSERT_TRUE(
          std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0xC4; }))
          << text;
    }
  }
}

}  // namespace
}  // namespace tarifa::kernels
