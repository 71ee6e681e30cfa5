#include "kernels/synth/registers.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "kernels/synth/tariff_text.hpp"

namespace tarifa::kernels
{
namespace
{

World const& world()
{
  static World const made(7);
  return made;
}

Actors const& actors()
{
  static Actors const made(world(), {400, 2, Persistence::on});
  return made;
}

constexpr int year = 2021;

TEST(Registers, HaveEveryoneWhoIsThereOnADayOfTheYear)
{
  Day const from = day_of_year_start(year), end = day_of_year_start(year + 1);
  for (std::uint32_t const reporter : {0U, 1U})
  {
    std::set<std::uint32_t> numbers;
    std::uint32_t last = 0;
    for (Importer const& importer : importers_between(actors(), reporter, from, end))
    {
      EXPECT_TRUE(numbers.empty() || importer.number > last);
      EXPECT_LT(importer.entry, end);
      EXPECT_GT(importer.exit, from);
      last = importer.number;
      numbers.insert(last);
    }
    std::set<std::uint32_t> met;
    for (std::uint32_t rank = 0; rank < actors().settings().seats; ++rank)
    {
      for (Day day = from; day < end; ++day)
      {
        Importer const importer = actors().importer(reporter, rank, day);
        if (importer.entry <= day && day < importer.exit)
        {
          met.insert(importer.number);
        }
      }
    }
    EXPECT_EQ(numbers, met);
    EXPECT_GT(numbers.size(), actors().settings().seats);  // some have come and gone
  }
}

TEST(Registers, AnExitStandsOnlyWhenItIsKnown)
{
  Importer importer = actors().occupant(0, 5, 10);
  importer.entry = day_of_year_start(2020);
  importer.exit = day_of_year_start(2021) + 3;
  std::string before, after;
  append_importer(actors(), world(), importer, day_of_year_start(2021), before);
  append_importer(actors(), world(), importer, day_of_year_start(2022), after);
  EXPECT_NE(before.find(",2020-01-01,,"), std::string::npos) << before;
  EXPECT_NE(after.find(",2020-01-01,2021-01-04,"), std::string::npos) << after;
  EXPECT_TRUE(before.ends_with(",2020\n") && after.ends_with(",2021\n")) << before << after;
}

TEST(TariffText, HasTwoLinesWhereDutyChangesInJuly)
{
  Tariff const tariff(world(), year);
  std::string text;
  append_tariff(tariff, world(), 0, text);
  std::size_t changed = 0, filed = 0;
  for (std::uint32_t product = 0; product < product_count; ++product)
  {
    bool const is_filed = world().products()[product].filed_as(year) == product;
    filed += is_filed ? 1 : 0;
    changed += is_filed && tariff.line(0, product, 1) != tariff.line(0, product, 7) ? 1 : 0;
  }
  EXPECT_GT(changed, 0U);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), filed + changed);
  EXPECT_EQ(text.find("-07-01,2021-06-30"), std::string::npos);
}

}  // namespace
}  // namespace tarifa::kernels
